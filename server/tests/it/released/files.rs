//! Files: uploaded, shown to people and rooms and not any more, forwarded, deleted and imported.

use image::ImageFormat;
use serde_json::json;
use uuid::Uuid;

use super::rooms::Rooms;
use super::story::Cast;
use crate::files::images::image;
use crate::harness::{Person, Room, TestApp};
use crate::imports::files::{folder, slack, with_files};
use crate::imports::import;

/// Files of Alice's in several rooms; all of them.
pub(super) async fn shared(app: &TestApp, cast: &Cast, rooms: &Rooms) -> Vec<Uuid> {
    let Cast { alice, bob, carol, .. } = cast;
    let notes = alice.uploads("notes.txt", "of the engine").await;
    let picture = alice.uploads("engine.png", image(640, 400, ImageFormat::Png)).await;
    let gone = alice.uploads("gone.txt", "gone").await;
    let whispered = alice.whispers(&rooms.secret, "secret.txt", "pssst").await.expect(201).id();
    let sent = alice.sends_files(&rooms.general, "the files", &[notes, picture]).await;
    alice.sends_files(&rooms.secret, "the file", &[whispered]).await;
    let to = |person: &Person| format!("/v1/files/{gone}/permissions/users/{}", person.id);
    for person in [bob, carol] {
        alice.put(&to(person), json!({})).await.expect(204);
    }
    alice.delete(&to(carol)).await.expect(204);
    alice.delete(&format!("/v1/files/{gone}")).await.expect(204);
    app.settled().await;
    let forward = json!({"to_room_id": rooms.given.0});
    bob.post(&rooms.general.message(&sent, "/forwards"), forward).await.expect(201);
    vec![notes, picture, gone, whispered]
}

/// What was shared elsewhere comes by an import, the bytes of one file later; a room of it that Carol joins.
pub(super) async fn imported(app: &TestApp, carol: &Person) -> Room {
    let (export, bytes) = (slack(), folder(&[("F01", "hello")]));
    import(app, &["slack", export.path().to_str().unwrap()]).await;
    with_files(app, "slack", export.path(), bytes.path(), &[]).await;
    app.settled().await;
    let public = carol.get("/v1/rooms/public").await.expect(200);
    let brought = public.items().iter().find(|room| room["name"] == "general").expect("the room of the export");
    let brought = Room(brought["id"].as_str().unwrap().parse().unwrap());
    carol.joins(&brought).await.expect(201);
    brought
}
