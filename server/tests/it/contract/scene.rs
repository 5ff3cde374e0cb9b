//! Something to ask about.

use serde_json::json;
use uuid::Uuid;

use super::Row;
use crate::harness::room::Sent;
use crate::harness::{Answer, Person, Room, TestApp};

/// The people of all scenes.
pub(super) struct People {
    /// An administrator.
    pub(super) alice: Person,
    pub(super) bob: Person,
    pub(super) carol: Person,
    pub(super) dave: Person,
}

/// A room with what one may ask about. Bob is a member, Carol is not, Dave is banned.
pub(super) struct Scene {
    /// Who asks, and owns the room: Alice, unless the row changes who asks.
    pub(super) asks: Person,
    pub(super) bob: Person,
    pub(super) carol: Person,
    pub(super) dave: Person,
    pub(super) room: Room,
    pub(super) message: Sent,
    /// Position of the room's newest message.
    pub(super) latest: i64,
    pub(super) role: Uuid,
    pub(super) code: String,
    /// Another room of theirs.
    pub(super) elsewhere: Room,
    /// A session of theirs: the one in which they ask.
    pub(super) session: Uuid,
}

impl People {
    /// They register; there is another administrator besides.
    pub(super) async fn of(app: &TestApp) -> Self {
        app.administrator("root").await;
        let alice = app.administrator("alice").await;
        let (bob, carol, dave) =
            (app.registers("bob").await, app.registers("carol").await, app.registers("dave").await);
        Self { alice, bob, carol, dave }
    }

    /// A new scene for a row.
    pub(super) async fn scene(&self, app: &TestApp, row: &Row) -> Scene {
        if row.changes_who_asks() {
            self.scene_of(app.registers(&row.name).await).await
        } else {
            self.scene_of(self.alice.clone()).await
        }
    }

    /// A new scene of Alice.
    pub(super) async fn any_scene(&self) -> Scene {
        self.scene_of(self.alice.clone()).await
    }

    async fn scene_of(&self, asks: Person) -> Scene {
        let (room, elsewhere) = (asks.creates_room("general").await, asks.creates_room("elsewhere").await);
        asks.adds(&room, &self.bob).await;
        asks.bans(&room, &self.dave, json!({})).await.expect(204);
        let role = asks.defines(&room, "Trusted", 1, &["invite_members"]).await;
        let code = asks.invites(&room, json!({})).await;
        let message = asks.sends(&room, "hello").await;
        let session = asks.session();
        let (bob, carol, dave, latest) = (self.bob.clone(), self.carol.clone(), self.dave.clone(), message.position);
        Scene { asks, bob, carol, dave, room, message, latest, role, code, elsewhere, session }
    }
}

impl Scene {
    /// Somebody asks for a row as it is meant to be asked for.
    pub(super) async fn asked(&self, person: &Person, row: &Row) -> Answer {
        self.asked_at(person, row, &row.address(self)).await
    }

    /// The same at another address.
    pub(super) async fn asked_at(&self, person: &Person, row: &Row, address: &str) -> Answer {
        let request = person.request(&row.method, &format!("{address}?{}", row.query()));
        match row.body(self) {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        }
    }

    /// The same with one more header.
    pub(super) async fn asked_with(&self, row: &Row, header: &str, value: &str) -> Answer {
        let request = self.asks.request(&row.method, &row.address(self)).header(header, value);
        match row.body(self) {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        }
    }
}
