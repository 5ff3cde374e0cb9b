//! Transactions whose beginning nobody waits for.

use event_store::begin;
use sqlx::postgres::PgPoolOptions;

use crate::database::Database;

#[tokio::test]
async fn a_beginning_that_is_dropped_leaves_no_transaction_behind() {
    let database = Database::new().await;
    let pool = PgPoolOptions::new().max_connections(1).connect_with(database.owner()).await.unwrap();
    for turns in (0..1_000).step_by(10) {
        let wait = async {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            begun = begin(&pool, "begin; set local application_name = 'left behind'") => drop(begun.unwrap()),
            () = wait => {}
        }
        let name: String = sqlx::query_scalar("show application_name").fetch_one(&pool).await.unwrap();
        assert_ne!(name, "left behind", "dropped after {turns} turns");
    }
    pool.close().await;
    database.remove().await;
}
