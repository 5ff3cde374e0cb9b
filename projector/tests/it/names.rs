//! What files are called: it ends with who uploaded them.

use domain::file::File;
use domain::room::Room;
use domain::user::User;

use crate::facts::files::{file_forwarded, uploaded};
use crate::facts::{registered, room_created};
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

/// What the files are called in a generation.
async fn names(sealed: &Sealed, generation: i32) -> Vec<Option<String>> {
    let names = format!("select filename from read_v{generation}.file order by id");
    sqlx::query_scalar(&names).fetch_all(&sealed.world.database.owner).await.unwrap()
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
    assert_eq!(names(&sealed, 1).await, [None, None]);
    let report = projector.verify(&mut |_| {}).await.unwrap();
    assert!(report.is_clean(), "{:?}", report.difference);
    sealed.world.database.drop().await;
}
