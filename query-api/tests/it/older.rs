//! What an older program stored is shown as what today's stores.

#[path = "../../../projector/tests/it/older/shape.rs"]
mod shape;

use domain::id::{MessageId, RoomId, UserId};
use domain::message::Content;
use domain::permission::Permission;
use domain::room::{RoomType, Visibility};
use domain::sealed::{KeyName, Month, Sealed};
use serde_json::json;
use uuid::Uuid;

use crate::facts::USUAL;
use crate::world::{Person, World};
pub(crate) use shape::upcasters;
use shape::{Earlier, Said};

/// The older program stores what somebody says, sealed with the key of the month, or of the message.
async fn said(world: &World, room: Uuid, who: &Person, secret: bool, text: &str) -> Uuid {
    let (id, room_id, by) = (world.context.new_id(), RoomId(room), UserId(who.id));
    let month = Month::of(world.context.now());
    let key = if secret { KeyName::message(by, room_id, MessageId(id)) } else { KeyName::content(by, room_id, month) };
    let said = Said { room_id, by, words: Sealed::new(key, Content::plain(text)) };
    let position = world.append::<Earlier>(&id.to_string(), vec![said], Some(who.id), Some(room)).await;
    world.message_row(id, room, who.id, position, text).await;
    world.catch_up().await;
    id
}

#[tokio::test]
async fn where_a_message_of_an_older_shape_came_from_is_told() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    let room = world.private_room(&auditor).await;
    let message = said(&world, room, &auditor, false, "as it was said").await;
    let path = format!("/v1/audit/messages/{message}/provenance");
    // It is told as of the look itself, which is on record first.
    let follows = async {
        loop {
            world.catch_up().await;
            tokio::task::yield_now().await;
        }
    };
    let reason = [("audit-reason", "case 17")];
    let told = tokio::select! {
        told = world.get_with(&auditor, &path, &reason) => told.expect(200),
        () = follows => panic!("it follows for as long as is asked"),
    };
    let text = told.body["fields"].as_array().unwrap().iter().find(|part| part["field"] == "text").unwrap();
    assert_eq!((&text["value"], &text["origin"]["type"]), (&json!("as it was said"), &json!("message_said")));

    world.index_events().await;
    let page = world.audits(&auditor, "?open=true&type=message_said").await.expect(200);
    let shown = &page.items()[0];
    assert_eq!((&shown["type"], &shown["version"]), (&json!("message_said"), &json!("0")));
    assert_eq!(shown["opened"]["words"]["open"]["text"], "as it was said", "opened, it is what was stored");
    world.end().await;
}

#[tokio::test]
async fn what_is_opened_from_the_log_for_each_who_asks_may_be_of_an_older_shape() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let permissions: Vec<Permission> = USUAL.to_vec();
    let room = world.room_of_type(RoomType::Secret, &alice, Visibility::Private, &permissions).await;
    said(&world, room, &alice, true, "as it was whispered").await;
    let page = world.get(&alice, &format!("/v1/rooms/{room}/messages")).await.expect(200);
    assert_eq!(page.each("/data/text"), ["as it was whispered"]);
    world.end().await;
}
