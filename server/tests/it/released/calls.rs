//! A call: two are in it, and one would not.

use serde_json::json;

use super::rooms::Rooms;
use super::story::Cast;

/// Bob comes and goes, Carol declines, and Alice ends it.
pub(super) async fn held(cast: &Cast, rooms: &Rooms) {
    let Cast { alice, bob, carol, .. } = cast;
    let started = alice.post(&rooms.general.path("/calls"), json!({"media": "video"})).await.expect(201);
    let call = format!("/v1/calls/{}", started.id());
    let participation = format!("{call}/participants/me");
    bob.put(&participation, json!({})).await.expect(204);
    carol.delete(&participation).await.expect(204);
    bob.delete(&participation).await.expect(204);
    alice.delete(&call).await.expect(204);
}
