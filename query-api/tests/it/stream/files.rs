//! Files are told to those members of a room who see what was said there when they came.

use domain::file::{Blob, File, FileEvent, Grantee, Told};
use domain::id::{MessageId, RoomId, UserId};
use domain::imported::Imported;
use domain::permission::Permission;
use domain::room::Visibility;
use domain::sealed::{KeyName, Sealed};
use serde_json::json;
use uuid::Uuid;

use super::kinds;
use crate::world::{Person, World};

/// What an import tells of a file, without its bytes.
fn described(owner_id: UserId) -> FileEvent {
    let told = Told { size: 5, media_type: "text/plain".to_owned() };
    let imported = Imported { source: "slack".to_owned(), source_id: "F01".to_owned(), rest: None };
    let filename_visible = Sealed::new(KeyName::user(owner_id), "notes.txt".to_owned());
    FileEvent::FileDescribed { owner_id, filename_visible, told, imported }
}

/// Its bytes came.
fn completed(owner_id: UserId) -> FileEvent {
    let (filename_internal, media_type) = ("0f".repeat(32), "text/plain".to_owned());
    let sha256 = Some(filename_internal.clone());
    FileEvent::FileCompleted {
        owner_id,
        blob: Blob { filename_internal, sha256, size: 5, media_type, pixels: None, preview: None },
    }
}

/// The file's stream goes on; where in the log. Its row knows as much.
async fn goes_on(world: &World, file: Uuid, by: &Person, events: Vec<FileEvent>) -> i64 {
    let position = world.append::<File>(&file.to_string(), events, Some(by.id), None).await;
    let seen = "update read.file set version = \
        (select max(sequence) from log.events where aggregate_type = 'file' and aggregate_id = $1::text) where id = $1";
    world.sql(seen, file).await;
    position
}

#[tokio::test]
async fn who_came_after_a_file_and_does_not_see_it_is_not_told_of_it() {
    let world = World::new().await;
    let (alice, carol, dave) = (world.person("alice").await, world.person("carol").await, world.person("dave").await);
    let room = world.room(&alice, Visibility::Private, &[Permission::SendMessages]).await;
    world.joins(room, &carol).await;
    let (file, owner, to) = (world.context.new_id(), UserId(alice.id), Grantee::Room(RoomId(room)));
    let granted = FileEvent::FileGranted { to, message_id: None };
    let position = goes_on(&world, file, &alice, vec![described(owner), granted]).await;
    world.file_row(file, alice.id, "notes.txt", position - 1).await;
    world.file_permission_row(file, room, position).await;
    world.joins(room, &dave).await;
    world
        .telling(async |telling| {
            let (mut at_carol, mut at_dave) = (telling.listens(&carol, None).await, telling.listens(&dave, None).await);
            let position = goes_on(&world, file, &alice, vec![completed(owner)]).await;
            world.come_to(position).await;
            telling.hears_of(position).await;
            assert_eq!(kinds(&telling.told(&mut at_carol).await), ["file_completed"]);
            assert_eq!(kinds(&telling.told(&mut at_dave).await), [""; 0]);
            world.get(&carol, &format!("/v1/files/{file}")).await.expect(200);
            world.get(&dave, &format!("/v1/files/{file}")).await.expect_problem(404, "not-found");

            // It came once more, by a message that is deleted by now.
            let message_id = Some(MessageId(world.context.new_id()));
            let again =
                vec![FileEvent::FileGranted { to, message_id }, FileEvent::FileRevoked { from: to, message_id }];
            let position = goes_on(&world, file, &alice, again).await;
            world.come_to(position).await;
            telling.hears_of(position).await;
            for (listener, filename) in [(&mut at_carol, json!("notes.txt")), (&mut at_dave, json!(null))] {
                let told = telling.told(listener).await;
                assert_eq!(kinds(&told), ["file_granted", "file_revoked"]);
                let told = told.iter().map(|frame| (&frame["data"]["id"], &frame["data"]["filename_visible"]));
                assert_eq!(told.collect::<Vec<_>>(), [(&json!(file), &filename); 2]);
            }
        })
        .await;
    world.end().await;
}
