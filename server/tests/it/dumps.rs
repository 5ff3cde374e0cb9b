//! A dump of the database, restored to a PostgreSQL that has never heard of it.

use std::path::Path;

use tokio::process::Command;

use crate::harness::{Cluster, Setup, environment};

/// As the manual of operators has it; what differs is where they ask for their superuser.
const MOVE: &str = r#"
pg_dumpall --roles-only --dbname="$1/postgres" >roles.sql
pg_dump --format=custom --dbname="$1/hansard" >hansard.dump
psql --quiet --dbname="$2/postgres" <roles.sql
createdb --owner=hansard --maintenance-db="$2/postgres" hansard
pg_restore --exit-on-error --dbname="$2/hansard" <hansard.dump
"#;

/// The address of a cluster as a user, without a database.
fn server(cluster: &Cluster, user: &str) -> String {
    cluster.url().replace("/postgres@", &format!("/{user}@")).trim_end_matches("/postgres").to_owned()
}

async fn runs(folder: &Path, script: &str, arguments: &[&str]) {
    let path = format!("{}:/usr/bin:/bin", environment::postgres_bin());
    let mut shell = Command::new("sh");
    shell.current_dir(folder).env("PATH", path).args(["-ec", script, "-"]).args(arguments);
    let output = shell.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_dump_is_restored_to_an_empty_cluster_with_all_that_was_said() {
    let (old, new) = tokio::join!(Cluster::start(), Cluster::start());
    let owner = "psql --quiet --dbname=$1/postgres --command='create role hansard login createrole' \
         --command='create database hansard owner hansard'";
    let folder = tempfile::tempdir().unwrap();
    runs(folder.path(), owner, &[&server(&old, "postgres")]).await;
    let mut setup = Setup::on(format!("{}/hansard", server(&old, "hansard")));
    assert!(setup.command(["migrate"]).await.status.success());
    let serving = setup.spawn().await;
    let alice = serving.registers("alice").await;
    let room = alice.creates_room("general").await;
    alice.sends(&room, "before the move").await;
    assert_eq!(alice.reads(&room).await, ["before the move"]);
    drop(serving);

    runs(folder.path(), MOVE, &[&server(&old, "postgres"), &server(&new, "postgres")]).await;
    drop(old);
    setup.database_url = format!("{}/hansard", server(&new, "hansard"));
    let migrated = setup.command(["migrate"]).await;
    assert!(migrated.status.success(), "{migrated:?}");
    let serving = setup.spawn().await;
    let alice = alice.at(&serving.url);
    assert_eq!(alice.reads(&room).await, ["before the move"]);
    alice.sends(&room, "after it").await;
    assert_eq!(alice.reads(&room).await, ["before the move", "after it"]);
    let verified = setup.command(["projections", "verify"]).await;
    assert!(verified.status.success(), "{verified:?}");
}
