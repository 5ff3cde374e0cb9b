//! What an older program stored is shown as what today's stores.

use std::convert::Infallible;

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use cqrs_es::{Aggregate, DomainEvent};
use domain::id::{MessageId, RoomId, UserId};
use domain::message::Content;
use domain::permission::Permission;
use domain::room::{RoomType, Visibility};
use domain::sealed::{KeyName, Month, Sealed};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::facts::USUAL;
use crate::world::{Person, World};

/// What `message_sent` was in version 0: called otherwise, and without what came later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "message_said")]
struct Said {
    room_id: RoomId,
    by: UserId,
    words: Sealed<Content>,
}

impl DomainEvent for Said {
    fn event_type(&self) -> String {
        "message_said".to_owned()
    }

    fn event_version(&self) -> String {
        "0".to_owned()
    }
}

/// The stream as the older program knew it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Earlier;

impl Aggregate for Earlier {
    const TYPE: &'static str = "message";
    type Command = ();
    type Event = Said;
    type Error = Infallible;
    type Services = ();

    async fn handle(&mut self, (): (), (): &(), _: &EventSink<Self>) -> Result<(), Infallible> {
        Ok(())
    }

    fn apply(&mut self, _: Said) {}
}

/// From version 0 to today's.
struct SaidToSent;

impl EventUpcaster for SaidToSent {
    fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
        (event_type, event_version) == ("message_said", "0")
    }

    fn upcast(&self, event: SerializedEvent) -> SerializedEvent {
        let payload = json!({
            "type": "message_sent", "room_id": event.payload["room_id"], "sender_id": event.payload["by"],
            "content": event.payload["words"], "mentions": [], "mentions_all": false, "reply_to": null,
            "forwarded_from": null, "file_ids": [],
        });
        SerializedEvent { event_type: "message_sent".to_owned(), event_version: "1".to_owned(), payload, ..event }
    }
}

/// How the tests' program reads what is older than it.
pub(crate) fn upcasters() -> Vec<Box<dyn EventUpcaster>> {
    vec![Box::new(SaidToSent)]
}

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
