//! Where in the log stands what keys sealed that are gone: found page by page, as a history may be long, and by what each
//! event says of the keys that it was sealed with.

use domain::sealed::{KeyName, wrapped_by};
use sqlx::PgPool;
use uuid::Uuid;

/// Places that are looked at together.
const PAGE: i64 = 5_000;

// The next places where something of `$1` can stand: after `$2`, before `$3`, `$4` of them.

/// All that happened in a room.
const IN_A_ROOM: &str = "\
    (select position from read.indexed_event \
        where room_id = $1 and position > $2 and position < $3 order by position limit $4) \
    union all \
    (select position from read.message \
        where room_id = $1 and position > $2 and position < $3 and told order by position limit $4) \
    order by position limit $4";

/// What nobody did in a room: what an import tells. Whose it is no index knows.
const IMPORTED: &str = "\
    select position from read.indexed_event \
    where room_id = $1 and actor_id is null and position > $2 and position < $3 order by position limit $4";

/// A stream. It is read in its order, which is that of the log: by `position` the planner might walk the whole log.
macro_rules! stream {
    ($kind:literal) => {
        concat!(
            "select position from log.events where aggregate_type = '",
            $kind,
            "' and aggregate_id = $1::text and position > $2 and position < $3 order by sequence limit $4"
        )
    };
}

/// What anybody reacted with to a message: the ids of these streams begin with that of the message. Whose they are no key
/// tells where it is the message's own, as it was at first. `offset 0` has the streams found before they are put in order:
/// by `position` the planner might walk the whole log.
const REACTIONS: &str = "\
    select position from ( \
        select position from log.events where aggregate_type = 'reaction' \
            and aggregate_id > $1::text || ':' and aggregate_id < $1::text || ';' offset 0 \
    ) reactions where position > $2 and position < $3 order by position limit $4";

/// What is somebody's, whoever did it: what became of their account, what they did themselves, what they sent, what
/// others forwarded of it, and their files with others' copies.
const SOMEBODYS: [&str; 5] = [
    stream!("user"),
    "select position from read.indexed_event \
     where actor_id = $1 and position > $2 and position < $3 order by position limit $4",
    "select position from read.message where sender_id = $1 and type = 'message' \
         and position > $2 and position < $3 order by position limit $4",
    "select position from read.message where author_id = $1 and author_id <> sender_id and type = 'message' \
         and position > $2 and position < $3 order by position limit $4",
    "select position from read.file \
     where author_id = $1 and position > $2 and position < $3 order by position limit $4",
];

/// The places before one of all that the keys sealed that an erasure of this kind destroyed, in order.
pub(super) async fn of(
    pool: &PgPool,
    kind: &str,
    id: Uuid,
    gone: &[String],
    until: i64,
) -> Result<Vec<i64>, sqlx::Error> {
    match kind {
        "account" => of_an_account(pool, id, gone, until).await,
        "messages" => sealed(pool, IN_A_ROOM, id, gone, until).await,
        "message" => of_a_message(pool, id, gone, until).await,
        // What a file is called has no key but in the file's own stream.
        _ => sealed(pool, stream!("file"), id, gone, until).await,
    }
}

/// Of a message of a secret room, as others have no key of their own: its wordings, what people reacted with, and what is
/// sealed of the files whose keys end with it.
async fn of_a_message(pool: &PgPool, message: Uuid, gone: &[String], until: i64) -> Result<Vec<i64>, sqlx::Error> {
    let mut all = vec![];
    for places in [stream!("message"), REACTIONS] {
        all.extend(sealed(pool, places, message, gone, until).await?);
    }
    let names = gone.iter().cloned().map(KeyName::stored);
    let files: Vec<_> = names.filter_map(|name| name.of_a_file()).collect();
    for (_, file) in files {
        all.extend(sealed(pool, stream!("file"), file.0, gone, until).await?);
    }
    all.sort_unstable();
    Ok(all)
}

/// Of an account, wherever it is and whoever did it.
async fn of_an_account(pool: &PgPool, user: Uuid, gone: &[String], until: i64) -> Result<Vec<i64>, sqlx::Error> {
    let mut all = vec![];
    for places in SOMEBODYS {
        all.extend(sealed(pool, places, user, gone, until).await?);
    }
    let rooms = "select distinct labels[3]::uuid from keys.key \
         where labels @> array[$1] and labels[1] = 'content' and labels[2] = $1";
    let rooms: Vec<Uuid> = sqlx::query_scalar(rooms).bind(user.to_string()).fetch_all(pool).await?;
    for room in rooms {
        all.extend(sealed(pool, IMPORTED, room, gone, until).await?);
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// Those of some places at which something was sealed with keys that are gone, in order.
async fn sealed(pool: &PgPool, places: &str, of: Uuid, gone: &[String], until: i64) -> Result<Vec<i64>, sqlx::Error> {
    let sql = format!(
        "select l.position, array(select json_array_elements_text(l.metadata -> 'key_ids')) \
         from ({places}) page join log.events l on l.position = page.position order by l.position"
    );
    let (mut sealed, mut after) = (vec![], 0);
    loop {
        let page: Vec<(i64, Vec<String>)> =
            sqlx::query_as(&sql).bind(of).bind(after).bind(until).bind(PAGE).fetch_all(pool).await?;
        let Some((last, _)) = page.last() else { return Ok(sealed) };
        after = *last;
        let went = page.into_iter().filter(|(_, keys)| keys.iter().any(|key| is_gone(key, gone)));
        sealed.extend(went.map(|(position, _)| position));
    }
}

/// Whether a key was destroyed itself, or one that wraps it.
fn is_gone(key: &str, gone: &[String]) -> bool {
    gone.iter().any(|name| name == key) || wrapped_by(key).iter().any(|outer| gone.contains(outer))
}
