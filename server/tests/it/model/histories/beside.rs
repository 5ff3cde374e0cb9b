//! What people do that the model knows nothing of: settings, and files.

use serde_json::json;
use uuid::Uuid;

use crate::harness::{Answer, Person};
use crate::model::play::Play;
use crate::model::world::{PEOPLE, Who, World};

/// What files say. An auditor has each of them too, so that no erasure waits for bytes to be collected, which is done
/// seldom.
const TEXTS: [&str; 3] = ["apple", "pear", "plum"];

/// A file that was uploaded.
#[derive(Clone, Copy, Debug)]
pub(super) struct File {
    pub(super) id: Uuid,
    pub(super) owner: Who,
}

/// What was done so far.
pub(super) struct Beside {
    /// Oldest first, with those that were deleted.
    pub(super) files: Vec<File>,
    /// How many of them were to be deleted: the oldest.
    deleted: usize,
    /// Whom a file was granted last.
    granted: Option<(File, Who)>,
    turns: usize,
}

impl Beside {
    pub(super) async fn begin(auditor: &Person) -> Self {
        for text in TEXTS {
            auditor.uploads("kept.txt", text).await;
        }
        Self { files: vec![], deleted: 0, granted: None, turns: 0 }
    }

    /// Somebody does something, in turn; whether they may does not matter.
    pub(super) async fn goes_on(&mut self, play: &mut Play<'_>, world: &World) {
        let turn = self.turns;
        self.turns += 1;
        match turn % 6 {
            1 => self.grants_somebody(play, turn).await,
            2 => {
                let path = "/v1/users/me/settings";
                is_taken(&play.asker(turn / 6 % PEOPLE).put(path, json!({"turn": turn})).await);
            }
            4 => self.grants_room(play, world, turn).await,
            5 => self.takes_back(play, turn).await,
            _ => self.uploads(play, world, turn).await,
        }
    }

    async fn uploads(&mut self, play: &Play<'_>, world: &World, turn: usize) {
        let here = (0..PEOPLE).filter(|who| world.is_here(*who)).cycle().nth(turn);
        let Some(owner) = here else { return };
        let name = format!("{}.txt", self.files.len());
        let id = play.asker(owner).uploads(&name, TEXTS[self.files.len() % TEXTS.len()]).await;
        self.files.push(File { id, owner });
    }

    async fn grants_somebody(&mut self, play: &Play<'_>, turn: usize) {
        let Some(file) = self.files.last().copied() else { return };
        let who = (file.owner + 1 + turn % (PEOPLE - 1)) % PEOPLE;
        let path = format!("/v1/files/{}/permissions/users/{}", file.id, play.person(who));
        is_taken(&play.asker(file.owner).put(&path, json!({})).await);
        self.granted = Some((file, who));
    }

    async fn grants_room(&self, play: &mut Play<'_>, world: &World, turn: usize) {
        let Some(file) = self.files.last() else { return };
        let Some(room) = world.rooms.keys().copied().cycle().nth(turn) else { return };
        let path = format!("/v1/files/{}/permissions/rooms/{}", file.id, play.room_id(room));
        is_taken(&play.asker(file.owner).put(&path, json!({})).await);
    }

    /// From somebody what they were granted, or a file from everybody, by turns.
    async fn takes_back(&mut self, play: &Play<'_>, turn: usize) {
        if turn % 12 == 5 {
            let Some((file, who)) = self.granted.take() else { return };
            let path = format!("/v1/files/{}/permissions/users/{}", file.id, play.person(who));
            is_taken(&play.asker(file.owner).delete(&path).await);
        } else if let Some(file) = self.files.get(self.deleted) {
            is_taken(&play.asker(file.owner).delete(&format!("/v1/files/{}", file.id)).await);
            self.deleted += 1;
        }
    }
}

/// Fails unless it was done or refused.
fn is_taken(answer: &Answer) {
    assert!(answer.status < 500, "{}", answer.text);
}
