//! Members by their names, for the write edge.

use api_kit::names::{Finding, Names};
use sqlx::PgPool;
use uuid::Uuid;

/// Most accounts of one name that are looked at: the oldest. So a room's member may not be found by a name that very many
/// have; a name that everybody took would otherwise make each mention of it dear.
const NAMESAKES: i64 = 50;

/// Finds members by their names.
#[derive(Clone, Debug)]
pub struct MemberNames(PgPool);

impl MemberNames {
    /// Over a pool whose role may read schema `read`.
    pub fn new(pool: PgPool) -> Self {
        Self(pool)
    }
}

impl Names for MemberNames {
    /// Of several members of one name, the one whose account is oldest.
    fn members(&self, room: Uuid, names: Vec<String>) -> Finding<'_> {
        Box::pin(async move {
            let found = sqlx::query!(
                r#"select wanted.name as "name!", found.id as "id!"
                from unnest($2::text[]) as wanted (name)
                cross join lateral (
                    select a.id
                    from (
                        select a.id from read.account a where lower(a.display_name) = lower(wanted.name)
                        order by a.id limit $3) a
                    join read.membership m on m.room_id = $1 and m.user_id = a.id and m.present
                    where not exists (select from keys.erased k where k.user_id = a.id)
                    order by a.id limit 1
                ) found"#,
                room,
                &names,
                NAMESAKES,
            );
            let found = found.fetch_all(&self.0).await?;
            Ok(found.into_iter().map(|row| (row.name, row.id)).collect())
        })
    }
}
