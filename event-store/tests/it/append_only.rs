//! Nobody changes what is in the log, and a database that may lose it is not used.

use sqlx::Executor;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::database::Database;
use crate::model::{Command, Outcome, What, execute};

fn code(error: &sqlx::Error) -> String {
    error.as_database_error().unwrap().code().unwrap().into_owned()
}

#[tokio::test]
async fn not_even_the_owner_changes_an_event_and_the_writer_may_only_add() {
    let database = Database::new().await;
    let store = database.store(&TaskTracker::new()).await;
    let command = Command { id: Uuid::now_v7(), receipt: None, what: What::Create { id: 1 } };
    assert_eq!(execute(&store, &command).await, Outcome::Appended { position: 1 });

    let owner = database.pool(None).await;
    for change in ["update log.events set position = 2", "delete from log.events", "truncate log.events"] {
        assert_eq!(code(&owner.execute(change).await.unwrap_err()), "HS002", "{change}");
    }
    let writer = database.pool(Some("hansard_writer")).await;
    for change in [
        "update log.events set position = 2",
        "delete from log.events",
        "truncate log.events",
        "delete from log.head",
        "update log.receipts set position = 2",
        "delete from keys.key",
        "alter table log.events disable trigger all",
    ] {
        assert_eq!(code(&writer.execute(change).await.unwrap_err()), "42501", "{change}");
    }
    database.remove().await;
}

#[tokio::test]
async fn a_database_that_may_lose_what_it_acknowledged_is_refused() {
    let database = Database::new().await;
    let owner = database.pool(None).await;
    owner
        .execute(
            format!("alter database {} set synchronous_commit = off", owner.connect_options().get_database().unwrap())
                .as_str(),
        )
        .await
        .unwrap();
    let pool = database.pool(Some("hansard_writer")).await;
    let keyring = event_store::Keyring::new(
        pool.clone(),
        event_store::MasterKey::parse(&crate::database::master()).unwrap(),
        crate::model::NAMES,
        vec![],
    );
    let refused = event_store::Store::open(pool, keyring, &TaskTracker::new()).await.err().unwrap();
    assert_eq!(
        refused.to_string(),
        "PostgreSQL runs with synchronous_commit = off: what it acknowledged could be lost. Set synchronous_commit = on"
    );
    database.remove().await;
}
