//! Schema `record`.

use record::{Edge, FullTile};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::SealError;

/// A signed head, as it is stored.
pub(crate) struct Signed {
    pub(crate) origin: Uuid,
    pub(crate) note: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) verifiers: Vec<String>,
}

/// A signed head that is to be brought somewhere.
pub(crate) struct Due {
    pub(crate) origin: Uuid,
    pub(crate) size: i64,
    pub(crate) note: String,
}

/// The right edge of the tree as it is stored.
pub(crate) async fn edge(pool: &PgPool) -> Result<Edge, SealError> {
    let size = covered(pool).await?;
    let (leaves, tiles) = last_tiles(pool, size).await?;
    Edge::restore(leaves, tiles).ok_or(SealError::Torn(size))
}

/// The root that the tree had when it had `size` leaves; none if it has not so many.
pub(crate) async fn root_at(pool: &PgPool, size: u64) -> Result<Option<[u8; 32]>, SealError> {
    let covered = covered(pool).await?;
    let Some(size) = i64::try_from(size).ok().filter(|size| *size <= covered) else { return Ok(None) };
    let (leaves, tiles) = last_tiles(pool, size).await?;
    Edge::earlier(leaves, tiles).map(|edge| Some(edge.root())).ok_or(SealError::Torn(size))
}

/// How many events the tree covers.
async fn covered(pool: &PgPool) -> Result<i64, SealError> {
    Ok(sqlx::query_scalar!("select size from record.tree").fetch_one(pool).await?)
}

/// The tile of each level at which a tree of `size` leaves ends, as it is now; an empty one where there is none.
async fn last_tiles(pool: &PgPool, size: i64) -> Result<(u64, Vec<Vec<u8>>), SealError> {
    let leaves = u64::try_from(size).map_err(|_| SealError::Torn(size))?;
    let mut tiles = vec![];
    for level in 0..Edge::depth(leaves) {
        let index = size >> (8 * (level + 1));
        let level = i16::try_from(level).map_err(|_| SealError::Torn(size))?;
        let stored =
            sqlx::query_scalar!("select hashes from record.tile where level = $1 and index = $2", level, index);
        tiles.push(stored.fetch_optional(pool).await?.unwrap_or_default());
    }
    Ok((leaves, tiles))
}

/// Keeps what came to a tree that had `before` leaves, and its head if it was signed, together.
pub(crate) async fn keep(
    pool: &PgPool,
    before: u64,
    edge: &Edge,
    full: &[FullTile],
    signed: Option<&Signed>,
) -> Result<(), SealError> {
    let (before, size) = (before.cast_signed(), edge.size().cast_signed());
    let mut transaction = event_store::begin(pool, event_store::BEGIN).await?;
    let moved = sqlx::query!("update record.tree set size = $1 where size = $2", size, before);
    if moved.execute(&mut *transaction).await?.rows_affected() == 0 {
        return Err(SealError::Moved);
    }
    let full = full.iter().map(|tile| (tile.level, tile.index, tile.hashes.as_slice()));
    let (mut levels, mut indexes, mut tiles) = (vec![], vec![], vec![]);
    for (level, index, hashes) in full.chain(edge.partial_tiles()) {
        levels.push(i16::from(level));
        indexes.push(index.cast_signed());
        tiles.push(hashes.to_vec());
    }
    sqlx::query!(
        "insert into record.tile as t (level, index, hashes) select * from unnest($1::int2[], $2::int8[], $3::bytea[])
         on conflict (level, index) do update set hashes = excluded.hashes where t.hashes <> excluded.hashes",
        &levels,
        &indexes,
        &tiles
    )
    .execute(&mut *transaction)
    .await?;
    if let Some(Signed { origin, note, at, verifiers }) = signed {
        // The newest alone can be of this minute: those of the years before are not looked at.
        sqlx::query!(
            "delete from record.checkpoint where origin = $1
                 and size = (select max(size) from record.checkpoint where origin = $1)
                 and date_trunc('minute', signed_at) = date_trunc('minute', $2::timestamptz)",
            origin,
            at
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "insert into record.checkpoint (origin, size, note, signed_at) values ($1, $2, $3, $4)
             on conflict (origin, size) do update set note = excluded.note, signed_at = excluded.signed_at",
            origin,
            size,
            note,
            at
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!("delete from record.verifier where origin = $1", origin).execute(&mut *transaction).await?;
        sqlx::query!(
            "insert into record.verifier (origin, number, vkey)
             select $1, (ordinality - 1)::int2, vkey from unnest($2::text[]) with ordinality v (vkey, ordinality)",
            origin,
            verifiers
        )
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// The oldest heads of this history that were not brought to `target`, in order; of a new target the newest alone. What was
/// signed anew since, with other keys, was not brought there.
pub(crate) async fn due(pool: &PgPool, target: &str, most: i64) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        // The lateral join keeps it to the end of the index, however many are kept.
        r#"select c.origin as "origin!", c.size as "size!", c.note as "note!" from log.head h
         left join record.pushed p on p.target = $1 and p.origin = h.origin
         cross join lateral (
             select k.origin, k.size, k.note from record.checkpoint k
             where k.origin = h.origin
                 and k.size >= coalesce(p.size, (select max(n.size) from record.checkpoint n where n.origin = h.origin))
                 and (p.size is null or k.size > p.size or k.note <> p.note)
             order by k.size limit $2) c
         order by c.size"#,
        target,
        most
    )
    .fetch_all(pool)
    .await
}

/// Notes that a head was brought to `target`.
pub(crate) async fn pushed(pool: &PgPool, target: &str, head: &Due) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into record.pushed (target, origin, size, note) values ($1, $2, $3, $4)
         on conflict (target) do update set origin = excluded.origin, size = excluded.size, note = excluded.note",
        target,
        head.origin,
        head.size,
        head.note
    )
    .execute(pool)
    .await?;
    Ok(())
}
