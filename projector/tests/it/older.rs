//! A log that an older program began: what it stored is read alike by aggregates, projections, the past and the purge.

mod shape;

use domain::message::{Content, Message};
use domain::sealed::Sealed;
use domain::user::User;
use event_store::{Request, StoreError, Unit};
use serde_json::Value;
use time::macros::datetime;
use uuid::Uuid;

use crate::facts::{content_key, edited, message_id, registered, room_created, room_id, sent, user_id};
use crate::projecting::{Tail, World, reached, run};
use crate::sealed::{Sealed as SealedWorld, erase, master, purged};
pub(crate) use shape::upcasters;
use shape::{Earlier, Said};

/// The older program's store says something; the position.
async fn said(sealed: &SealedWorld, message: u32, room: u32, by: u32, text: &str) -> i64 {
    let request = Request::unasked(Uuid::from_u128(u128::from(message) << 64), datetime!(2026-01-01 00:00 UTC));
    let words = Sealed::new(content_key(by, room), Content::plain(text));
    let said = Said { room_id: room_id(room), by: user_id(by), words };
    let stream = message_id(message).to_string();
    let (said, stream) = (&said, &stream);
    let done = sealed.store.execute(&request, |unit: Unit| async move {
        unit.append::<Earlier>(stream, vec![said.clone()], Some(room_id(room).0));
        Ok::<_, StoreError>(())
    });
    done.await.unwrap().position
}

/// What the aggregate is that another process, with nothing in memory, loads.
async fn loaded(sealed: &SealedWorld, message: u32) -> Message {
    let store = sealed.another_store().await;
    let request = Request::unasked(Uuid::from_u128(1), datetime!(2026-01-01 00:00 UTC));
    let stream = message_id(message).to_string();
    let stream = &stream;
    let done = store.execute(&request, |unit: Unit| async move {
        let loaded = unit.load::<Message>(stream).await?;
        Ok::<_, StoreError>((*loaded).clone())
    });
    done.await.unwrap().value
}

async fn texts(sealed: &SealedWorld) -> Vec<Option<String>> {
    let texts = sqlx::query_scalar("select text from read.message where type = 'message' order by position");
    texts.fetch_all(&sealed.world.database.owner).await.unwrap()
}

#[tokio::test]
async fn an_event_of_an_older_shape_is_read_alike_by_all() {
    let mut sealed = SealedWorld::new().await;
    sealed.append::<User>(registered(1, "alice"), None).await;
    sealed.append::<domain::room::Room>(room_created(1, 1, "general"), None).await;
    said(&sealed, 1, 1, 1, "as it was said").await;
    let last = sealed.append::<Message>(sent(2, 1, 1, "as it is said"), None).await;

    let (older, newer) = (loaded(&sealed, 1).await, loaded(&sealed, 2).await);
    assert_eq!(older, Message { text: Some("as it was said".to_owned()), ..newer });

    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    assert_eq!(texts(&sealed).await, [Some("as it was said".to_owned()), Some("as it is said".to_owned())]);
    let is_clean = async || projector.verify(&mut |_| {}).await.unwrap().is_clean();
    assert!(is_clean().await);

    let events = sealed.world.log.reader().after(0, 100).await.unwrap();
    assert_eq!((events[2].event_type.as_str(), events[2].event_version.as_str()), ("message_said", "0"));
    let past = projector::replay(&sealed.world.log.keyring(), events).await.unwrap();
    let mut told: Vec<&Value> = past.messages.iter().map(|message| &message["text"]).collect();
    told.sort_by_key(ToString::to_string);
    assert_eq!(told, ["as it is said", "as it was said"]);

    let erased = erase(&mut sealed, 1).await;
    reached(&projector, erased).await;
    purged(&sealed, &projector).await;
    assert_eq!(texts(&sealed).await, [None, None]);
    assert!(is_clean().await);
    assert_eq!(loaded(&sealed, 1).await.text, None);
    running.stop().await;
    sealed.world.database.drop().await;
}

#[tokio::test]
async fn a_version_that_is_not_known_is_refused_by_all() {
    let mut sealed = SealedWorld::new().await;
    sealed.append::<User>(registered(1, "alice"), None).await;
    sealed.append::<Message>(sent(1, 1, 1, "hello"), None).await;
    sealed.world.log.age(2, "2").await;
    let store = sealed.another_store().await;
    let request = Request::unasked(Uuid::from_u128(1), datetime!(2026-01-01 00:00 UTC));
    let stream = message_id(1).to_string();
    let stream = &stream;
    let load = |unit: Unit| async move { unit.load::<Message>(stream).await.map(drop) };
    let refused = store.execute(&request, load).await.err().unwrap();
    assert!(format!("{refused:?}").contains("Unreadable"), "{refused:?}");

    let projector = sealed.projector(&master());
    let last = sealed.append::<Message>(sent(2, 1, 1, "goodbye"), None).await;
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    assert_eq!(texts(&sealed).await, [Some("goodbye".to_owned())]);
    running.stop().await;
    sealed.world.database.drop().await;
}

#[tokio::test]
async fn a_stream_that_was_parked_goes_on_once_its_shape_is_known() {
    let mut world = World::new().await;
    world.log.append([sent(1, 1, 1, "one"), edited(1, 1, 1, "two")]).await;
    world.log.age(1, "2").await;
    world.settle().await;
    let parked: i64 =
        sqlx::query_scalar("select count(*) from projection.parked").fetch_one(&world.database.owner).await.unwrap();
    assert_eq!(parked, 1);
    world.log.age(1, "1").await;
    let stream = format!("message-{}", message_id(1));
    world.projector.unpark(&stream, &mut |_| {}).await.unwrap();
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}
