//! What auditors hold, and what ends: an account, and words of a room that keeps them for a time.

use serde_json::json;
use uuid::Uuid;

use super::rooms::Rooms;
use super::story::{Cast, LASTS};
use crate::erasures::{erases, finished};
use crate::harness::TestApp;
use crate::{holds, retention};

/// Somebody who is erased.
pub(super) struct Erased {
    pub(super) user: Uuid,
    pub(super) erasure: Uuid,
    /// Where the receipt is, with what opens it.
    pub(super) receipt: String,
}

/// Earl is erased, once nobody holds what he wrote any more. What was said in a room stays held.
pub(super) async fn held_and_erased(app: &TestApp, cast: &Cast, rooms: &Rooms) -> Erased {
    let Cast { ada, alice, .. } = cast;
    let earl = app.registers("earl").await;
    alice.adds(&rooms.general, &earl).await;
    let file = earl.uploads("earl.txt", "of earl").await;
    earl.sends_files(&rooms.general, "the words of earl", &[file]).await;
    let hold = holds::held(app, ada, json!({"user_id": earl.id})).await;
    erases(&earl).await.expect_problem(409, "legal-hold");
    holds::lifts(ada, hold).await.expect(204);
    let receipt = erases(&earl).await.expect(200);
    finished(alice, &receipt).await;
    holds::held(app, ada, json!({"room_id": rooms.given.0})).await;
    let address = receipt.body["address"].as_str().unwrap().to_owned();
    Erased { user: earl.id, erasure: receipt.id(), receipt: address }
}

/// Time passes, and the older words of a room end.
pub(super) async fn expired(app: &TestApp, cast: &Cast, rooms: &Rooms) {
    let (Cast { ada, alice, .. }, room) = (cast, &rooms.brief);
    alice.sends(room, "the older words").await;
    retention::keeps(alice, room, "P1D").await;
    app.setup.context.advance(LASTS);
    alice.sends(room, "the newer words").await;
    retention::ended(app, room, 1).await;
    retention::purged(app, room).await;
    retention::receipts(app, ada, room).await;
}
