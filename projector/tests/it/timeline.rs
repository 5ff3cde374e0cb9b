//! The read models of a room's timeline: messages, notices, reactions, pins.

use domain::imported::Imported;
use domain::permission::{Permission, PermissionSet};
use domain::room::{RoomEvent, Visibility};
use serde_json::{Value, json};

use crate::facts::*;
use crate::models::read;
use crate::projecting::World;

#[tokio::test]
async fn messages_have_ordinals_wordings_and_leave_nothing_when_deleted() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), room_created(2, 1, "other")]).await;
    world.log.append([sent(1, 1, 1, "one"), sent(2, 2, 1, "elsewhere"), sent(3, 1, 2, "two")]).await;
    world.log.append([edited(1, 1, 1, "One"), edited(1, 1, 1, "One!"), deleted(3, 1, 2)]).await;
    world.settle().await;
    let columns = "room_id, ordinal, id, sender_id, position, status, text, reply_to, sent_at, edited_at, \
                   worded_version, worded_position, version";
    let sent = |id, room, ordinal, sender, position: u32| {
        json!({
            "room_id": room_id(room), "ordinal": ordinal, "id": message_id(id), "sender_id": user_id(sender),
            "position": position, "status": "sent", "text": "elsewhere", "reply_to": null,
            "sent_at": format!("2026-01-01T00:00:0{position}+00:00"), "edited_at": null,
            "worded_version": 1, "worded_position": position, "version": 1,
        })
    };
    let with = |mut message: Value, changes: Value| {
        message.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        message
    };
    let edited = json!({
        "status": "edited", "text": "One!", "edited_at": "2026-01-01T00:00:07+00:00",
        "worded_version": 3, "worded_position": 7, "version": 3,
    });
    assert_eq!(
        read(&world, columns, "message").await,
        [
            with(sent(1, 1, 1, 1, 3), edited),
            with(sent(3, 1, 2, 2, 5), json!({"status": "deleted", "text": null, "version": 2})),
            sent(2, 2, 1, 1, 4),
        ]
    );
    let wording = |version, text, second| {
        json!({
            "message_id": message_id(1), "version": version, "text": text,
            "at": format!("2026-01-01T00:00:0{second}+00:00"), "position": second,
        })
    };
    assert_eq!(
        read(&world, "message_id, version, text, at, position", "message_version").await,
        [wording(1, "one", 3), wording(2, "One", 6)]
    );
    let activity = read(&world, "room_id, message_count, last_position, last_message_id", "room_activity").await;
    assert_eq!(activity[0]["message_count"], 2);
    assert_eq!((&activity[0]["last_position"], &activity[0]["last_message_id"]), (&json!(5), &json!(message_id(3))));
    world.database.drop().await;
}

#[tokio::test]
async fn what_happens_in_a_room_is_told_between_its_messages_and_not_counted() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), founded(1, 1), sent(1, 1, 1, "one"), added(1, 2, 1)]).await;
    world.log.append([joined(1, 3), sent(2, 1, 1, "two"), left(1, 2), removed(1, 3, 1)]).await;
    world.log.append([room_renamed(1, "talk").by(1), topic_changed(1, "words").by(1), pinned(1, 1, 1)]).await;
    let permissions = PermissionSet::from([Permission::SendMessages]);
    let changes = [
        RoomEvent::RoomVisibilityChanged { visibility: Visibility::Public },
        RoomEvent::RoomPermissionsChanged { permissions },
        room_archived(),
        room_unarchived(),
    ];
    world.log.append(changes.map(|fact| room_changed(1, &fact).by(2))).await;
    world.log.append([room_renamed(1, "by nobody"), unpinned(1, 1, 1)]).await;
    world.settle().await;
    let told = |position: i64, kind: &str, sender, ordinal: i64, event| {
        json!({
            "room_id": room_id(1), "position": position, "type": kind, "sender_id": user_id(sender), "ordinal": ordinal,
            "status": "sent", "text": null, "event": event, "version": 1, "worded_position": position,
        })
    };
    let columns = "room_id, position, type, sender_id, ordinal, status, text, event, version, worded_position";
    let notices = read(&world, columns, "message").await.into_iter().filter(|row| row["type"] != "message");
    assert_eq!(
        notices.collect::<Vec<_>>(),
        [
            told(4, "user_joined", 1, 1, json!({"type": "membership_added", "user_id": user_id(2)})),
            told(5, "user_joined", 3, 1, json!({"type": "membership_joined", "user_id": user_id(3)})),
            told(7, "user_left", 2, 2, json!({"type": "membership_left", "user_id": user_id(2)})),
            told(8, "user_left", 1, 2, json!({"type": "membership_removed", "user_id": user_id(3)})),
            told(9, "event", 1, 2, json!({"type": "room_renamed", "name": "talk"})),
            told(10, "event", 1, 2, json!({"type": "room_topic_changed", "topic": "words"})),
            told(11, "event", 1, 2, json!({"type": "message_pinned", "message_id": message_id(1)})),
            told(12, "event", 2, 2, json!({"type": "room_visibility_changed", "visibility": "public"})),
            told(13, "event", 2, 2, json!({"type": "room_permissions_changed", "permissions": ["send_messages"]})),
            told(14, "event", 2, 2, json!({"type": "room_archived"})),
            told(15, "event", 2, 2, json!({"type": "room_unarchived"})),
        ]
    );
    let activity = read(&world, "room_id, message_count, last_position, last_message_id", "room_activity").await;
    assert_eq!((&activity[0]["message_count"], &activity[0]["last_position"]), (&json!(2), &json!(6)));
    assert_eq!(activity[0]["last_message_id"], json!(message_id(2)));
    world.database.drop().await;
}

#[tokio::test]
async fn what_an_import_says_became_of_a_room_is_told_as_the_doing_of_who_did_it_there() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), sent(1, 1, 1, "one")]).await;
    let imported = || Some(Imported { source: "slack".into(), source_id: "C1/1.0/archive".into(), rest: None });
    let told = [
        RoomEvent::RoomArchived { by: Some(user_id(3)), imported: imported() },
        RoomEvent::RoomUnarchived { by: None, imported: imported() },
        RoomEvent::RoomArchived { by: Some(user_id(2)), imported: imported() },
    ];
    world.log.append(told.map(|fact| room_changed(1, &fact))).await;
    world.settle().await;
    let notices = read(&world, "position, type, sender_id, event", "message").await.into_iter().skip(1);
    let archived = |position: i64, by| json!({"position": position, "type": "event", "sender_id": user_id(by), "event": {"type": "room_archived"}});
    assert_eq!(notices.collect::<Vec<_>>(), [archived(3, 3), archived(5, 2)], "of nobody known nothing is told");
    world.database.drop().await;
}

#[tokio::test]
async fn reactions_are_counted_by_emoji_and_leave_nothing_when_taken_back() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), sent(1, 1, 1, "one")]).await;
    world.log.append([reacted(1, 1, "a"), reacted(1, 2, "b"), reacted(1, 2, "a"), reacted(1, 3, "c")]).await;
    world.settle().await;
    world.log.append([unreacted(1, 1, "a"), unreacted(1, 3, "c"), reacted(1, 3, "c"), unreacted(1, 3, "c")]).await;
    world.log.append([unreacted(1, 2, "b"), unreacted(1, 2, "b"), reacted(1, 1, "b"), reacted(1, 1, "b")]).await;
    world.settle().await;
    let reaction = |user, emoji: &[&str], version| json!({"message_id": message_id(1), "user_id": user_id(user), "emoji": emoji, "version": version});
    assert_eq!(
        read(&world, "message_id, user_id, emoji, version", "reaction").await,
        [reaction(1, &["b"], 4), reaction(2, &["a"], 4), reaction(3, &[], 4)]
    );
    let count = |emoji, count| json!({"message_id": message_id(1), "emoji": emoji, "count": count});
    assert_eq!(read(&world, "message_id, emoji, count", "reaction_count").await, [count("a", 1), count("b", 1)]);
    world.database.drop().await;
}

#[tokio::test]
async fn a_message_is_pinned_until_it_is_unpinned_or_deleted() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general")]).await;
    world.log.append((1..=4).map(|message| sent(message, 1, 1, "hello"))).await;
    world.log.append((2..=4).map(|message| pinned(message, 1, 1))).await;
    world.log.append([unpinned(3, 1, 1), deleted(4, 1, 1), pinned(4, 1, 1)]).await;
    world.settle().await;
    let rows = read(&world, "position, pinned, version, type", "message").await;
    let messages = rows.iter().filter(|row| row["type"] == "message");
    let pins = messages.map(|row| (row["pinned"].as_bool().unwrap(), row["version"].as_i64().unwrap()));
    assert_eq!(pins.collect::<Vec<_>>(), [(false, 1), (true, 2), (false, 3), (false, 4)]);
    world.database.drop().await;
}

/// The rows of a tally by kind, sender, level and bucket, with their counts.
async fn tallies(world: &World) -> Vec<(String, Value, i64, i64, i64)> {
    let rows = read(world, "kind, sender_id, level, bucket, count", "tally").await;
    let mut rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let number = |field: &str| row[field].as_i64().unwrap();
            (
                row["kind"].as_str().unwrap().to_owned(),
                row["sender_id"].clone(),
                number("level"),
                number("bucket"),
                number("count"),
            )
        })
        .collect();
    rows.sort_by_key(|(kind, sender, level, bucket, _)| (kind.clone(), sender.to_string(), *level, *bucket));
    rows
}

#[tokio::test]
async fn mentions_stand_as_long_as_their_wording_and_never_of_oneself() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general")]).await;
    world.log.append([sent_to(1, 1, 1, "@1 @2 @3", &[1, 2, 3], false), sent_to(2, 1, 2, "@all @1", &[1], true)]).await;
    world.log.append([sent_to(3, 1, 1, "@2", &[2], false), deleted(3, 1, 1)]).await;
    world.settle().await;
    world.log.append([edited_to(1, 1, 1, "@3 @4", &[3, 4], false), edited_to(2, 1, 2, "@1", &[1], false)]).await;
    world.settle().await;
    let mention = |user, ordinal: i64, sender| json!({"user_id": user_id(user), "ordinal": ordinal, "sender_id": user_id(sender)});
    assert_eq!(
        read(&world, "user_id, ordinal, sender_id", "mention").await,
        [mention(1, 2, 2), mention(3, 1, 1), mention(4, 1, 1)]
    );
    let rows = read(&world, "ordinal, mentions, sender_ordinal", "message").await;
    let mentions = |users: &[u32]| json!(users.iter().map(|user| user_id(*user)).collect::<Vec<_>>());
    assert_eq!(
        rows.iter().map(|row| row["mentions"].clone()).collect::<Vec<_>>(),
        [mentions(&[3, 4]), mentions(&[1]), Value::Null]
    );
    assert_eq!(rows.iter().map(|row| row["sender_ordinal"].as_i64()).collect::<Vec<_>>(), [Some(1), Some(1), Some(2)]);
    world.database.drop().await;
}

#[tokio::test]
async fn what_changes_later_is_tallied_by_how_far_back_it_lies() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general")]).await;
    world.log.append((1..=130).map(|message| sent_to(message, 1, 1 + message % 2, "hello", &[], message == 128))).await;
    world.settle().await;
    world.log.append([deleted(1, 1, 1), deleted(128, 1, 1), deleted(129, 1, 1), deleted(129, 1, 1)]).await;
    world.settle().await;
    let (everybody, one, two) = (json!("00000000-0000-0000-0000-000000000000"), json!(user_id(1)), json!(user_id(2)));
    let mut expected = vec![];
    for (kind, counts) in [
        ("all", [(&everybody, vec![(1, 0)]), (&one, vec![(1, 0)]), (&two, vec![])]),
        ("gone", [(&everybody, vec![(0, 1), (1, 2)]), (&one, vec![(1, 1)]), (&two, vec![(0, 1), (1, 1)])]),
    ] {
        for (sender, buckets) in counts {
            for (bucket, count) in &buckets {
                expected.push((kind.to_owned(), sender.clone(), 1, *bucket, *count));
            }
            let sum = buckets.iter().map(|(_, count)| count).sum::<i64>();
            for level in 2..=3 {
                if !buckets.is_empty() {
                    expected.push((kind.to_owned(), sender.clone(), level, 0, sum));
                }
            }
        }
    }
    assert_eq!(tallies(&world).await, expected);
    world.database.drop().await;
}
