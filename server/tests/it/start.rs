//! What a start refuses or warns of, in which words.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use crate::harness::{Cluster, Setup, TestDatabase};

/// Runs `hansard serve`, which must not: its exit code and what it says.
async fn refused(setup: &Setup) -> (Option<i32>, String) {
    let mut arguments = vec!["serve".to_owned()];
    arguments.extend(setup.flags());
    let output = setup.command(arguments.iter().map(String::as_str)).await;
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), said.lines().last().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_postgresql_that_may_lose_what_it_acknowledged_is_refused() {
    let cluster = Cluster::start().await;
    let setup = Setup::on_cluster(&cluster).await;
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        cluster.stop().await;
        cluster.set(&[&format!("{setting} = off")]).await;
        cluster.run().await;
        let (code, said) = refused(&setup).await;
        assert_eq!(code, Some(1));
        assert_eq!(
            said,
            format!(
                "hansard: PostgreSQL runs with {setting} = off: what it acknowledged could be lost. Set {setting} = on"
            )
        );
        cluster.set(&[&format!("{setting} = on")]).await;
    }
}

#[tokio::test]
async fn a_database_without_the_migrations_is_refused() {
    let database = TestDatabase::empty().await;
    let (code, said) = refused(&Setup::on(&database.url)).await;
    assert_eq!((code, said.as_str()), (Some(1), "hansard: the database lacks migration 1: run `hansard migrate`"));
}

#[tokio::test]
async fn a_master_key_that_is_missing_malformed_or_another_is_refused() {
    let setup = Setup::without_nats().await;
    let mut spawned = setup.spawn().await;
    spawned.signal("TERM").await;
    assert!(spawned.ends().await.success());

    let file = setup.folder.path().join("master.key");
    std::fs::write(&file, format!("1:{}", "77".repeat(32))).unwrap();
    let (code, said) = refused(&setup).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("another master key than the one this database was begun with"), "{said}");

    std::fs::write(&file, "swordfish").unwrap();
    let (code, said) = refused(&setup).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("line 1 of the master key file is not"), "{said}");

    std::fs::remove_file(&file).unwrap();
    let (code, said) = refused(&setup).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("cannot be read: No such file"), "{said}");
}

#[tokio::test]
async fn a_master_key_that_others_have_access_to_is_warned_of() {
    let setup = Setup::without_nats().await;
    let file = setup.folder.path().join("master.key");
    for (mode, warned) in [(0o600, None), (0o400, None), (0o640, Some("640")), (0o604, Some("604"))] {
        std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let mut spawned = setup.spawn().await;
        spawned.signal("TERM").await;
        assert!(spawned.ends().await.success());
        let complaints = spawned.complaints().await;
        let said = "others than its owner have access to the master key: chmod 600";
        let told = complaints.iter().find(|line| line["message"] == said);
        assert_eq!(told.and_then(|line| line["file.mode"].as_str()), warned, "{mode:o}: {complaints:?}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let setup = Setup::without_nats().await;
    let output = setup.command(["serve", "--metrics-listen=127.0.0.1:0", "--listen", &address]).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.starts_with(&format!("hansard: cannot listen at {address} (HANSARD_LISTEN): ")), "{said}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_waited_for_and_named() {
    let setup = Setup::on("postgres://nobody@127.0.0.1:1/none").flag("--database-wait=300ms");
    let (code, said) = refused(&setup).await;
    assert_eq!(code, Some(1));
    assert!(said.starts_with("hansard: PostgreSQL cannot be reached: "), "{said}");
}

#[tokio::test]
async fn an_unknown_role_is_a_mistake_of_usage() {
    let setup = Setup::on("postgres://nobody@127.0.0.1:1/none");
    let output = setup.command(["serve", "--roles=relay,smelter"]).await;
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(
            "there is no role `smelter`: there are command-api, relay, projector, query-api, sealer and reactor"
        ),
        "{said}"
    );
}
