//! Everything that is anybody's: once they are erased a replay makes the same of it as purging does, whatever tables
//! there are.

use std::time::Duration;

use domain::admins::Admins;
use domain::audit::Audit;
use domain::call::Call;
use domain::erasure::Completion;
use domain::file::File;
use domain::invite::Invite;
use domain::membership::Membership;
use domain::message::Message;
use domain::reaction::Reaction;
use domain::reading::Reading;
use domain::retention::Expiry;
use domain::room::Room;
use domain::session::Session;
use domain::settings::Settings;
use domain::user::User;
use projector::Pace;

use crate::facts::{Entry, a_bit_of_everything, content_key, expired, sent};
use crate::projecting::{Tail, brisk, reached, run};
use crate::sealed::{Sealed, erase, master, purged, purged_but_for};

/// Appends a fact to a stream of its kind.
async fn append(sealed: &mut Sealed, entry: Entry) -> i64 {
    match entry.aggregate_type {
        "user" => sealed.append::<User>(entry, None).await,
        "session" => sealed.append::<Session>(entry, None).await,
        "settings" => sealed.append::<Settings>(entry, None).await,
        "room" => sealed.append::<Room>(entry, None).await,
        "membership" => sealed.append::<Membership>(entry, None).await,
        "message" => sealed.append::<Message>(entry, None).await,
        "reading" => sealed.append::<Reading>(entry, None).await,
        "admins" => sealed.append::<Admins>(entry, None).await,
        "invite" => sealed.append::<Invite>(entry, None).await,
        "reaction" => sealed.append::<Reaction>(entry, None).await,
        "call" => sealed.append::<Call>(entry, None).await,
        "file" => sealed.append::<File>(entry, None).await,
        "audit" => sealed.append::<Audit>(entry, None).await,
        "erasure" => sealed.append::<Completion>(entry, None).await,
        other => panic!("facts of {other} are new here: append them too"),
    }
}

#[tokio::test]
async fn purging_leaves_of_every_table_what_a_replay_makes() {
    let mut sealed = Sealed::new().await;
    let mut last = 0;
    for entry in a_bit_of_everything() {
        last = append(&mut sealed, entry).await;
    }
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    for user in [1, 2] {
        let position = erase(&mut sealed, user).await;
        reached(&projector, position).await;
        for purged_by_now in [false, true] {
            let report = projector.verify(&mut |_| {}).await.unwrap();
            assert!(report.is_clean(), "{user} is erased, purged: {purged_by_now}: {:?}", report.difference);
            purged(&sealed, &projector).await;
        }
    }
    running.stop().await;
    sealed.world.database.drop().await;
}

#[tokio::test]
async fn purging_what_a_room_keeps_no_longer_leaves_what_a_replay_makes() {
    let mut sealed = Sealed::new().await;
    for entry in a_bit_of_everything() {
        append(&mut sealed, entry).await;
    }
    // More than one step purges.
    sealed.append_all::<Message>((5_000..6_100).map(|message| sent(message, 1, 1, "a word")).collect()).await;
    let elsewhere = append(&mut sealed, sent(7_000, 9, 1, "elsewhere")).await;
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, elsewhere).await;
    for author in [1, 2] {
        let position = sealed.append::<Expiry>(expired(1, author), Some(content_key(author, 1))).await;
        reached(&projector, position).await;
        for purged_by_now in [false, true] {
            let report = projector.verify(&mut |_| {}).await.unwrap();
            assert!(report.is_clean(), "of {author}, purged: {purged_by_now}: {:?}", report.difference);
            purged(&sealed, &projector).await;
        }
    }
    let left: Vec<String> =
        sqlx::query_scalar("select text from read.message where sender_id = $1 and text is not null order by position")
            .bind(crate::facts::user_id(1).0)
            .fetch_all(&sealed.world.database.owner)
            .await
            .unwrap();
    assert_eq!(left.last().map(String::as_str), Some("elsewhere"));
    assert!(!left.iter().any(|text| text == "a word"), "{left:?}");
    running.stop().await;
    sealed.world.database.drop().await;
}

/// Who vacuums a table gives way once somebody has waited for it for longer than `deadlock_timeout`.
#[tokio::test]
async fn what_an_older_program_filled_makes_way_and_all_else_is_purged_meanwhile() {
    let mut sealed = Sealed::new().await;
    let mut last = 0;
    for entry in a_bit_of_everything() {
        last = append(&mut sealed, entry).await;
    }
    let (brief, long) = (Duration::from_millis(500), Duration::from_secs(2));
    let projector = sealed.world.another_projector(Pace { drop: (brief, long), ..brisk() });
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    for _ in 0..2 {
        projector.rebuild(&mut |_| {}).await.unwrap();
    }
    let owner = sealed.world.database.owner.clone();
    sqlx::raw_sql("update projection.version set version = 0 where generation = 2").execute(&owner).await.unwrap();
    let mut vacuum = event_store::begin(&owner, "begin").await.unwrap();
    sqlx::raw_sql("lock table read_v2.message in share update exclusive mode").execute(&mut *vacuum).await.unwrap();
    let erased = erase(&mut sealed, 1).await;
    reached(&projector, erased).await;
    purged_but_for(2, &sealed, &projector).await;

    let waits = "select exists (select from pg_stat_activity where datname = current_database() \
        and wait_event_type = 'Lock' and query like 'drop schema%' \
        and clock_timestamp() - query_start > current_setting('deadlock_timeout')::interval)";
    let gives_way = async {
        while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&owner).await.unwrap() {
            // Polls who waits for it.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        vacuum.rollback().await.unwrap();
    };
    tokio::join!(purged(&sealed, &projector), gives_way);
    running.stop().await;
    let left = projector.status().await.unwrap().others;
    assert_eq!(left.iter().map(|other| other.generation).collect::<Vec<_>>(), [1]);
    let report = projector.verify(&mut |_| {}).await.unwrap();
    assert!(report.is_clean(), "{:?}", report.difference);
    sealed.world.database.drop().await;
}
