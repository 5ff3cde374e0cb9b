//! Whom and which rooms the names in a question mean.

use concordance::fold_words;
use uuid::Uuid;

use super::question::Name;
use crate::asking::{Interrupted, View};

/// Most people that one name stands for.
const MOST_NAMESAKES: i64 = 1_000;

/// The people with these names: the whole name, or its first words. Who is erased has none.
pub(super) async fn people(view: &mut View, names: &[Name]) -> Result<Vec<Uuid>, Interrupted> {
    let mut people = vec![];
    for name in names {
        let name = match name {
            Name::Id(id) => {
                people.push(*id);
                continue;
            }
            Name::Folded(name) => name,
        };
        let found = sqlx::query_scalar!(
            r#"(select a.id as "id!" from read.account a
                where a.folded = $1 and not exists (select from keys.erased k where k.user_id = a.id) limit $4)
            union all
            (select a.id from read.account a
                where a.folded >= $2 and a.folded < $3 and not exists (select from keys.erased k where k.user_id = a.id)
                order by a.folded limit $4)"#,
            name,
            format!("{name} "),
            format!("{name}!"), // the sign after the space
            MOST_NAMESAKES,
        )
        .fetch_all(view.connection())
        .await?;
        people.extend(found);
    }
    Ok(people)
}

/// The caller's own rooms with these names.
pub(super) async fn rooms(view: &mut View, names: &[Name]) -> Result<Vec<Uuid>, Interrupted> {
    let mut rooms: Vec<_> = names
        .iter()
        .filter_map(|name| match name {
            Name::Id(id) => Some(*id),
            Name::Folded(_) => None,
        })
        .collect();
    if rooms.len() == names.len() {
        return Ok(rooms);
    }
    let user = view.caller.user;
    let own = sqlx::query!(
        r#"select r.id as "id!", r.name as "name!" from read.membership m join read.room r on r.id = m.room_id
        where m.user_id = $1 and m.present and not r.closed and r.name is not null"#,
        user.0,
    )
    .fetch_all(view.connection())
    .await?;
    let meant = own.into_iter().filter(|room| names.contains(&Name::Folded(fold_words(&room.name))));
    rooms.extend(meant.map(|room| room.id));
    Ok(rooms)
}
