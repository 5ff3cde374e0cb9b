//! What files are called: it ends with who uploaded them, and with what no room keeps any longer.

use domain::file::File;
use domain::room::Room;
use domain::settings::Settings;
use domain::user::User;
use serde_json::json;

use crate::facts::files::{file_ended, file_forwarded, name_key, uploaded};
use crate::facts::{registered, room_created, settings_updated};
use crate::projecting::{Tail, reached, run};
use crate::sealed::{Sealed, erase, master, purged};

/// A file of alice's, and the copy that bob has of it; and where the log is then.
async fn shared() -> (Sealed, i64) {
    let mut sealed = Sealed::new().await;
    sealed.append::<User>(registered(1, "alice"), None).await;
    sealed.append::<User>(registered(2, "bob"), None).await;
    sealed.append::<Room>(room_created(1, 1, "general"), None).await;
    sealed.append::<File>(uploaded(1, 1), None).await;
    let last = sealed.append::<File>(file_forwarded(2, 2, (1, 1), 7), None).await;
    (sealed, last)
}

/// Both files end.
async fn end(sealed: &mut Sealed) -> i64 {
    sealed.append::<File>(file_ended(1, 1, 1), Some(name_key(1, 1))).await;
    sealed.append::<File>(file_ended(2, 2, 1), Some(name_key(2, 1))).await
}

/// What the files are called in a generation.
async fn names(sealed: &Sealed, generation: i32) -> Vec<Option<String>> {
    let names = format!("select filename from read_v{generation}.file order by id");
    sqlx::query_scalar(&names).fetch_all(&sealed.world.database.owner).await.unwrap()
}

#[tokio::test]
async fn a_name_that_ended_is_in_no_generation_and_a_replay_counts_as_what_serves() {
    let (mut sealed, last) = shared().await;
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    projector.rebuild(&mut |_| {}).await.unwrap();
    let last = end(&mut sealed).await;
    reached(&projector, last).await;
    // What served before stays where it was, and is purged all the same.
    let left: i64 = sqlx::query_scalar("select count(*) from projection.purge_name where generation = 1")
        .fetch_one(&sealed.world.database.owner)
        .await
        .unwrap();
    assert_eq!((left, names(&sealed, 1).await), (2, vec![Some("notes.txt".to_owned()); 2]));
    purged(&sealed, &projector).await;
    running.stop().await;
    for generation in [1, 2] {
        assert_eq!(names(&sealed, generation).await, [None, None], "{generation}");
    }
    let report = projector.verify(&mut |_| {}).await.unwrap();
    assert!(report.is_clean(), "{:?}", report.difference);
    assert!(report.tables.iter().any(|table| table.table == "file_usage" && table.rows == 0), "nobody has a file");
    sealed.world.database.drop().await;
}

/// As after an update: nobody fills what served before while it is rebuilt, and what ends meanwhile only the rebuild hears of.
#[tokio::test]
async fn what_ended_during_a_rebuild_is_purged_of_what_it_replaced() {
    let (mut sealed, last) = shared().await;
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    running.stop().await;
    let last = end(&mut sealed).await;
    projector.rebuild(&mut |_| {}).await.unwrap();
    assert_eq!(names(&sealed, 1).await, vec![Some("notes.txt".to_owned()); 2]);
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    purged(&sealed, &projector).await;
    running.stop().await;
    assert_eq!(names(&sealed, 1).await, [None, None]);
    sealed.world.database.drop().await;
}

#[tokio::test]
async fn a_name_that_ends_while_read_models_are_verified_makes_no_difference() {
    let (mut sealed, last) = shared().await;
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    running.stop().await;
    // They do not know of it yet, and no key opens the names for a replay.
    end(&mut sealed).await;
    assert_eq!(names(&sealed, 1).await, vec![Some("notes.txt".to_owned()); 2]);
    let report = projector.verify(&mut |_| {}).await.unwrap();
    assert!(report.is_clean(), "{:?}", report.difference);
    sealed.world.database.drop().await;
}

/// As in a copy of the past, which has no end of the file, and is told which keys are destroyed today.
#[tokio::test]
async fn a_name_is_purged_where_it_is_not_heard_how_the_file_ended() {
    let (mut sealed, last) = shared().await;
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    let last = sealed.append::<Settings>(settings_updated(2, json!({})), Some(name_key(2, 1))).await;
    reached(&projector, last).await;
    running.stop().await;
    let mut transaction = event_store::begin(&sealed.world.database.owner, "begin").await.unwrap();
    projector::forget(&mut transaction, &[name_key(2, 1)], last).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(names(&sealed, 1).await, [Some("notes.txt".to_owned()), None]);
    let report = projector.verify(&mut |_| {}).await.unwrap();
    assert!(report.is_clean(), "{:?}", report.difference);
    sealed.world.database.drop().await;
}

#[tokio::test]
async fn who_had_nothing_but_what_an_erased_person_uploaded_has_nothing_in_a_replay_either() {
    let (mut sealed, last) = shared().await;
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    let last = erase(&mut sealed, 1).await;
    reached(&projector, last).await;
    purged(&sealed, &projector).await;
    running.stop().await;
    assert_eq!(names(&sealed, 1).await, [None, None], "its own key, which hers wraps, opens it no more");
    let report = projector.verify(&mut |_| {}).await.unwrap();
    assert!(report.is_clean(), "{:?}", report.difference);
    sealed.world.database.drop().await;
}
