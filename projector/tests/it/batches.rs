//! It does not matter how events fall into batches.

use event_store::Reader;
use projector::{Batch, Feed, FeedError, Pace};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use sqlx::PgPool;
use tokio::runtime::Runtime;

use crate::facts::*;
use crate::log::Log;
use crate::projecting::{World, brisk, reached, run};

/// A fact about few enough things that they meet in batches.
#[derive(Clone, Debug)]
enum Step {
    Register(u32),
    Rename(u32, String),
    StartSession(u32),
    EndSession(u32),
    Settle(u32, u8),
    CreateRoom(u32),
    RenameRoom(u32, String),
    Archive(u32),
    Join(u32, u32),
    Leave(u32, u32),
    Send(u32, u32, String, Vec<u32>, bool),
    Edit(u32, String, Vec<u32>, bool),
    Delete(u32),
    Pin(u32),
    Unpin(u32),
    React(u32, u32, String),
    TakeBack(u32, u32, String),
    Read(u32, u32, i64),
    Garble(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let (user, room, message) = (0..4_u32, 0..3_u32, 0..12_u32);
    prop_oneof![
        2 => user.clone().prop_map(Step::Register),
        2 => (user.clone(), "[a-z,\"\\\\{}]{1,8}").prop_map(|(user, name)| Step::Rename(user, name)),
        1 => user.clone().prop_map(Step::StartSession),
        1 => user.clone().prop_map(Step::EndSession),
        1 => (user.clone(), any::<u8>()).prop_map(|(user, value)| Step::Settle(user, value)),
        3 => room.clone().prop_map(Step::CreateRoom),
        1 => (room.clone(), "[a-z]{1,8}").prop_map(|(room, name)| Step::RenameRoom(room, name)),
        1 => room.clone().prop_map(Step::Archive),
        4 => (room.clone(), user.clone()).prop_map(|(room, user)| Step::Join(room, user)),
        3 => (room.clone(), user.clone()).prop_map(|(room, user)| Step::Leave(room, user)),
        9 => (message.clone(), room.clone(), "\\PC{1,12}", vec(user.clone(), 0..3), all())
            .prop_map(|(message, room, text, mentions, all)| Step::Send(message, room, text, mentions, all)),
        4 => (message.clone(), "\\PC{1,12}", vec(user.clone(), 0..3), all())
            .prop_map(|(message, text, mentions, all)| Step::Edit(message, text, mentions, all)),
        2 => message.clone().prop_map(Step::Delete),
        1 => message.clone().prop_map(Step::Pin),
        1 => message.clone().prop_map(Step::Unpin),
        4 => (0..2_u32, user.clone(), "[a-c]").prop_map(|(message, user, emoji)| Step::React(message, user, emoji)),
        4 => (0..2_u32, user.clone(), "[a-c]").prop_map(|(message, user, emoji)| Step::TakeBack(message, user, emoji)),
        3 => (room, user, 1..100_i64).prop_map(|(room, user, position)| Step::Read(room, user, position)),
        1 => message.prop_map(Step::Garble),
    ]
}

/// Whether everybody is mentioned: now and then.
fn all() -> impl Strategy<Value = bool> {
    proptest::bool::weighted(0.3)
}

fn distinct(mut users: Vec<u32>) -> Vec<u32> {
    users.sort_unstable();
    users.dedup();
    users
}

/// What is appended. Some steps make what was made before, change what never was, or garble it: they park its stream.
fn entry(step: Step) -> Entry {
    match step {
        Step::Register(user) => registered(user, "somebody"),
        Step::Rename(user, name) => renamed(user, &name),
        Step::StartSession(session) => session_started(session, session),
        Step::EndSession(session) => session_ended(session),
        Step::Settle(user, value) => settings_updated(user, json!({ "value": value })),
        Step::CreateRoom(room) => room_created(room, room, "room"),
        Step::RenameRoom(room, name) => room_renamed(room, &name),
        Step::Archive(room) => room_changed(room, &room_archived()).by(room),
        Step::Join(room, user) => joined(room, user),
        Step::Leave(room, user) => left(room, user),
        Step::Send(message, room, text, mentions, all) => {
            sent_to(message, room, message % 4, &text, &distinct(mentions), all)
        }
        Step::Edit(message, text, mentions, all) => {
            edited_to(message, message % 3, message % 4, &text, &distinct(mentions), all)
        }
        Step::Delete(message) => deleted(message, message % 3, message % 4),
        Step::Pin(message) => pinned(message, message % 3, message % 4),
        Step::Unpin(message) => unpinned(message, message % 3, message % 4),
        Step::React(message, user, emoji) => reacted(message, user, &emoji),
        Step::TakeBack(message, user, emoji) => unreacted(message, user, &emoji),
        Step::Read(room, user, position) => read_up_to(room, user, position),
        Step::Garble(message) => garbled(message),
    }
}

/// Appends a batch to the log whenever it is asked for more, and hands it out.
struct Batches {
    log: Log,
    waiting: std::vec::IntoIter<Vec<Entry>>,
    reader: Reader,
}

impl Feed for Batches {
    async fn next(&mut self, after: i64, _: usize) -> Result<Batch, FeedError> {
        let Some(batch) = self.waiting.next() else { return std::future::pending().await };
        self.log.append(batch).await;
        Ok(Batch { epoch: 1, events: self.reader.after(after, 1_000).await.unwrap() })
    }
}

async fn projected_in(batches: Vec<Vec<Entry>>) {
    let world = World::new().await;
    let events: usize = batches.iter().map(Vec::len).sum();
    let log = Log::new(&world.database.owner);
    let feed = Batches { reader: log.reader(), log, waiting: batches.into_iter() };
    let running = run(&world.projector, feed);
    reached(&world.projector, i64::try_from(events).unwrap()).await;
    running.stop().await;

    assert_counts(&world.database.owner).await;
    for page in [1, 2_000] {
        let replayer = world.another_projector(Pace { page, ..brisk() });
        let report = replayer.verify(&mut |_| {}).await.unwrap();
        assert_eq!(report.difference, None, "in pages of {page}");
        assert_eq!(report.position, i64::try_from(events).unwrap());
    }
    world.database.drop().await;
}

/// What is kept by increments is what a count finds.
async fn assert_counts(pool: &PgPool) {
    for (what, sql) in [
        (
            "members",
            "select count(*) from read.room_activity a where member_count <>
             (select count(*) from read.membership m where m.room_id = a.room_id and m.present)",
        ),
        (
            "messages",
            "select count(*) from read.room_activity a where message_count <>
             (select count(*) from read.message m where m.room_id = a.room_id and m.type = 'message')",
        ),
        (
            "ordinals",
            "select count(*) from (select ordinal, count(*) filter (where type = 'message') over (partition by room_id
             order by position) as place from read.message) m where ordinal <> place",
        ),
        (
            "newest messages",
            "select count(*) from read.room_activity a where last_message_id is distinct from
             (select id from read.message m where m.room_id = a.room_id and m.type = 'message' order by position desc limit 1)",
        ),
        (
            "reactions",
            "select count(*) from (select message_id, unnest(emoji) as emoji from read.reaction) r
             full join read.reaction_count c on c.message_id = r.message_id and c.emoji = r.emoji
             where c.count is distinct from (select count(*) from read.reaction o
                 where o.message_id = c.message_id and c.emoji = any(o.emoji)) or c.count = 0",
        ),
        (
            "senders",
            "select count(*) from read.sender s where message_count <> (select count(*) from read.message m
             where m.room_id = s.room_id and m.sender_id = s.user_id and m.type = 'message')",
        ),
        (
            "sender's ordinals",
            "select count(*) from (select sender_ordinal, row_number() over (partition by room_id, sender_id
             order by position) as place from read.message where type = 'message') m where sender_ordinal <> place",
        ),
        (
            "mentions",
            "select count(*) from (select room_id, ordinal, sender_id, unnest(mentions) as user_id from read.message) m
             full join read.mention t using (room_id, ordinal, user_id, sender_id)
             where m is null or t is null or user_id = sender_id",
        ),
        ("mentions of what is deleted", "select count(*) from read.message where status = 'deleted' and mentions is not null"),
        (
            "tallies",
            "select count(*) from read.tally t where count <> (select count(*) from read.message m
             where m.room_id = t.room_id and m.type = 'message' and m.ordinal >> (7 * t.level::int) = t.bucket
             and (t.sender_id in (m.sender_id, '00000000-0000-0000-0000-000000000000'))
             and case t.kind when 'gone' then m.status = 'deleted'
                 else coalesce('00000000-0000-0000-0000-000000000000' = any(m.mentions), false) end)",
        ),
        (
            "what is tallied",
            "select count(*) from read.message m where m.status = 'deleted' and 6 <> (select count(*) from read.tally t
             where m.room_id = t.room_id and m.ordinal >> (7 * t.level::int) = t.bucket and t.kind = 'gone'
             and t.sender_id in (m.sender_id, '00000000-0000-0000-0000-000000000000'))",
        ),
        ("pins", "select count(*) from read.message where pinned and status = 'deleted'"),
        ("wordings", "select count(*) from read.message where (edited_at is null) <> (worded_version = 1)"),
    ] {
        let wrong: i64 = sqlx::query_scalar(sql).fetch_one(pool).await.unwrap();
        assert_eq!(wrong, 0, "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_of_any_size_make_the_same_rows(batches in vec(vec(step(), 1..20), 1..12)) {
        let batches = batches.into_iter().map(|batch| batch.into_iter().map(entry).collect()).collect();
        Runtime::new().unwrap().block_on(projected_in(batches));
    }
}

#[test]
fn a_message_of_a_parked_room_is_indexed_whatever_room_its_deletion_names() {
    let send = |message, room| Step::Send(message, room, "hello".into(), vec![], false);
    let steps = [
        Step::Archive(1),
        Step::CreateRoom(1),
        Step::CreateRoom(2),
        send(9, 2),
        send(5, 1),
        send(7, 2),
        Step::Delete(5),
    ];
    let batches = steps.into_iter().map(|step| vec![entry(step)]).collect();
    Runtime::new().unwrap().block_on(projected_in(batches));
}
