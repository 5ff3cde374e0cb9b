//! How much people have, held, so that whoever asks for it waits.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep};

use super::sending::Sending;
use crate::harness::{Person, TestApp};

/// While it is there, nobody is told how much anybody has.
pub(super) struct Held(PgConnection);

impl Held {
    /// Once read models hold all that the log holds, from now on.
    pub(super) async fn usage(app: &TestApp) -> Self {
        app.settled().await;
        let mut locking = PgConnection::connect(&app.setup.superuser_url).await.unwrap();
        let lock = "begin; lock table read_v1.file_usage in access exclusive mode";
        sqlx::raw_sql(lock).execute(&mut locking).await.unwrap();
        Self(locking)
    }

    /// Waits until somebody waits for it.
    pub(super) async fn is_waited_for(&self, app: &TestApp) {
        let waits = "select exists (select from pg_stat_activity where datname = current_database() \
             and wait_event_type = 'Lock' and query like '%read.file_usage u on u.user_id%')";
        let deadline = Instant::now() + Duration::from_secs(20);
        while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&app.pool).await.unwrap() {
            assert!(Instant::now() < deadline, "nobody waits");
            // Polls what the upload waits for.
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whoever waits goes on.
    pub(super) async fn ends(mut self) {
        sqlx::raw_sql("rollback").execute(&mut self.0).await.unwrap();
    }
}

/// Ends a session when all that it was to bring came, and has yet to become a file: `part` is refused then.
pub(super) async fn ends_before_it_is_a_file(
    app: &TestApp,
    alice: &Person,
    phone: &Person,
    mut part: Sending,
    rest: &[u8],
) {
    let held = Held::usage(app).await;
    part.goes_on(rest).await;
    held.is_waited_for(app).await;
    alice.delete(&format!("/v1/sessions/{}", phone.session())).await.expect(204);
    held.ends().await;
    let told = part.answer().await;
    assert!(told.starts_with("HTTP/1.1 401 "), "{told}");
}
