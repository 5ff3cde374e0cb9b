//! Messages of secret rooms: no read model holds a word of them. They are opened from the log for each who asks, with
//! keys that are asked for each time: what was deleted a moment ago, by whichever process, does not open any more.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use api_kit::shape::Reaction;
use domain::id::UserId;
use domain::message::{Content, MessageEvent};
use domain::reaction::ReactionEvent;
use event_store::{KeyError, Keyring, Recorded, Told};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::fleeting::{open, opened_at};

/// What the events at these positions say, by position; nothing of those whose key is gone.
pub(crate) async fn opened(
    connection: &mut PgConnection,
    keyring: &Keyring,
    positions: &[i64],
) -> Result<HashMap<i64, Content>, KeyError> {
    let told = opened_at(connection, keyring, positions).await?;
    Ok(told.into_iter().filter_map(|(position, told)| Some((position, content(told)?))).collect())
}

/// How both members reacted to these messages, as `viewer` sees it, by message; nothing of who is erased. Of each the last
/// thousand changes count, which are all that one may make of a message ([`domain::reaction::REACTIONS_MAX`], each taken
/// back): what one does hides nothing of the other.
pub(crate) async fn reactions(
    connection: &mut PgConnection,
    keyring: &Keyring,
    messages: &[Uuid],
    viewer: UserId,
) -> Result<HashMap<Uuid, Vec<Reaction>>, KeyError> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let events = sqlx::query_as!(
        Recorded,
        r#"select e.position, e.event_id, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
            e.recorded_at, e.payload::text as "payload!", e.metadata::text as "metadata!"
        from unnest($1::uuid[]) as asked (id)
        join read.message m on m.id = asked.id
        join read.room r on r.id = m.room_id
        cross join lateral unnest(r.member_ids) as p (user_id)
        cross join lateral (
            select * from log.events e
            where e.aggregate_type = 'reaction' and e.aggregate_id = m.id::text || ':' || p.user_id::text
            order by e.sequence desc limit 1000
        ) e
        where not exists (select from keys.erased k where k.user_id = p.user_id)
        order by e.position"#,
        messages,
    )
    .fetch_all(connection)
    .await?;
    let mut standing = HashMap::<Uuid, BTreeMap<String, BTreeSet<UserId>>>::new();
    for event in open(keyring, &events).await?.into_iter().filter_map(|told| told.fact().ok()) {
        match event {
            ReactionEvent::ReactionAdded { message_id, user_id, emoji, .. } => {
                let Some(emoji) = emoji.into_inner() else { continue };
                standing.entry(message_id.0).or_default().entry(emoji).or_default().insert(user_id);
            }
            ReactionEvent::ReactionRemoved { message_id, user_id, emoji, .. } => {
                let emoji = emoji.into_inner().unwrap_or_default();
                let people = standing.entry(message_id.0).or_default().get_mut(&emoji);
                people.map(|people| people.remove(&user_id));
            }
        }
    }
    Ok(standing.into_iter().map(|(message, emoji)| (message, counted(emoji, viewer))).collect())
}

/// What most chose first.
fn counted(emoji: BTreeMap<String, BTreeSet<UserId>>, viewer: UserId) -> Vec<Reaction> {
    let mut counted: Vec<_> = emoji.into_iter().filter(|(_, people)| !people.is_empty()).collect();
    counted.sort_by_key(|(_, people)| Reverse(people.len()));
    let reaction = |(emoji, people): (String, BTreeSet<UserId>)| Reaction {
        emoji,
        count: i64::try_from(people.len()).unwrap_or(i64::MAX),
        mine: people.contains(&viewer),
    };
    counted.into_iter().map(reaction).collect()
}

/// What a sent or edited message says.
fn content(told: Told) -> Option<Content> {
    match told.fact().ok()? {
        MessageEvent::MessageSent { content, .. } | MessageEvent::MessageEdited { content, .. } => content.into_inner(),
        MessageEvent::MessageDeleted { .. }
        | MessageEvent::MessagePinned { .. }
        | MessageEvent::MessageUnpinned { .. } => None,
    }
}
