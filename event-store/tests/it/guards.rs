//! Guards that a process has seen to hold before, while another appends.

use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::database::Database;
use crate::model::{Command, Outcome, What, execute};

fn command(what: What) -> Command {
    Command { id: Uuid::now_v7(), receipt: None, what }
}

fn add(gate: u8) -> Command {
    command(What::Add { items: vec![gate], gate, count: 1, key: 1 })
}

#[tokio::test]
async fn what_is_known_is_looked_at_again_once_another_process_has_appended() {
    let database = Database::new().await;
    let (one, other) = (database.store(&TaskTracker::new()).await, database.store(&TaskTracker::new()).await);
    for gate in [1, 2] {
        let opened = execute(&one, &command(What::SetGate { gate, open: true })).await;
        assert!(matches!(opened, Outcome::Appended { .. } | Outcome::NothingToDo), "{opened:?}");
    }
    // Twice: the second time nothing is looked at.
    for _ in 0..2 {
        assert!(matches!(execute(&one, &add(1)).await, Outcome::Appended { .. }));
        assert!(matches!(execute(&one, &add(2)).await, Outcome::Appended { .. }));
    }
    let closed = execute(&other, &command(What::SetGate { gate: 1, open: false })).await;
    assert!(matches!(closed, Outcome::Appended { .. }), "{closed:?}");
    assert_eq!(execute(&one, &add(1)).await, Outcome::GateClosed);
    // What the other did to one gate is no matter for another.
    assert!(matches!(execute(&one, &add(2)).await, Outcome::Appended { .. }));
    database.remove().await;
}

#[tokio::test]
async fn what_is_not_told_any_more_is_told_once_another_process_has_appended() {
    let database = Database::new().await;
    let (one, other) = (database.store(&TaskTracker::new()).await, database.store(&TaskTracker::new()).await);
    for open in [true, false, true] {
        let set = execute(&other, &command(What::SetGate { gate: 1, open })).await;
        assert!(matches!(set, Outcome::Appended { .. } | Outcome::NothingToDo), "{set:?}");
        // Many, one upon another: all but the first of them rest on what the process knows, and in the end does not tell.
        for _ in 0..40 {
            let added = execute(&one, &add(1)).await;
            assert_eq!(matches!(added, Outcome::Appended { .. }), open, "{added:?}");
            assert!(matches!(execute(&one, &add(2)).await, Outcome::Appended { .. }));
        }
    }
    database.remove().await;
}
