//! What happened in the stored log: of everything that there is to happen, something.

use api_kit::Context;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::rooms::Rooms;
use super::{accounts, calls, files, messages, record};
use crate::harness::{Person, Setup, TestApp};

/// When it begins. Its clock stands still: whenever it is looked at, what runs out by the clock has not.
const BEGINS: OffsetDateTime = datetime!(2024-01-10 12:00 UTC);
/// How much later it ends: what was said in its beginning has ended where it is kept for a day.
pub(super) const LASTS: Duration = Duration::days(25);

/// What everybody asks for.
const OF_ONESELF: [&str; 7] = [
    "/v1/rooms",
    "/v1/rooms/public",
    "/v1/users/me",
    "/v1/users/me/settings",
    "/v1/users/me/blocks",
    "/v1/users?q=a",
    "/v1/search?q=the&limit=200",
];

/// What everybody asks for of each room, theirs or not.
const OF_A_ROOM: [&str; 8] = [
    "",
    "/messages?limit=200",
    "/messages?limit=200&pinned=true",
    "/members",
    "/membership",
    "/bans",
    "/invites",
    "/calls",
];

/// An instance for it. What is signed in at its beginning is so at its end.
pub(super) async fn setup() -> Setup {
    let mut setup = Setup::without_nats().await.flag("--session-lifetime=3650d").flag("--blobs-collect-every=10ms");
    setup.context = Context::fixed(BEGINS, 7);
    setup
}

/// The clock at its end, with other ids to come than those that are taken.
pub(super) fn afterwards() -> Context {
    Context::fixed(BEGINS + LASTS, 8)
}

/// Its people, but for the one who is erased.
pub(super) struct Cast {
    /// Administers the instance.
    pub(super) admin: Person,
    /// Audits it.
    pub(super) ada: Person,
    pub(super) alice: Person,
    pub(super) bob: Person,
    pub(super) carol: Person,
    /// Is moderated.
    pub(super) dave: Person,
}

/// Once it is told.
pub(super) struct Story {
    cast: Cast,
    /// What everybody asks for.
    paths: Vec<String>,
    /// What the auditor asks for besides.
    looks: Vec<String>,
}

impl Cast {
    async fn of(app: &TestApp) -> Self {
        let admin = app.administrator("admin").await;
        let (ada, alice) = (app.registers("ada").await, app.registers("alice").await);
        let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
        let dave = app.registers("dave").await;
        accounts::alice_shows_who_she_is(app, &alice).await;
        accounts::people_are_blocked(&bob, &carol, &dave).await;
        let (bob, carol) = (accounts::bob_moves(app, &bob).await, accounts::carol_forgets(app, &carol).await);
        let dave = accounts::administrators_act(app, &admin, &ada, &dave).await;
        Self { admin, ada, alice, bob, carol, dave }
    }

    fn all(&self) -> [&Person; 6] {
        [&self.admin, &self.ada, &self.alice, &self.bob, &self.carol, &self.dave]
    }
}

impl Story {
    pub(super) fn people(&self) -> [&Person; 6] {
        self.cast.all()
    }

    /// What somebody asks for.
    pub(super) fn asks(&self, person: &Person) -> Vec<&String> {
        let looks = if person.id == self.cast.ada.id { &*self.looks } else { &[] };
        self.paths.iter().chain(looks).collect()
    }
}

/// Has it happen.
pub(super) async fn told(app: &TestApp) -> Story {
    let cast = Cast::of(app).await;
    let rooms = Rooms::made(&cast).await;
    app.settled().await;
    let first = messages::said(&cast, &rooms).await;
    messages::whispered(&cast, &rooms).await;
    let shared = files::shared(app, &cast, &rooms).await;
    calls::held(&cast, &rooms).await;
    let brought = files::imported(app, &cast.carol).await;
    let erased = record::held_and_erased(app, &cast, &rooms).await;
    record::expired(app, &cast, &rooms).await;
    app.settled().await;

    let mut paths: Vec<String> = OF_ONESELF.map(str::to_owned).into();
    for room in rooms.all().into_iter().chain([brought]) {
        paths.extend(OF_A_ROOM.map(|below| room.path(below)));
    }
    paths.extend(["", "/versions", "/seen"].map(|below| rooms.general.message(&first, below)));
    for file in shared {
        paths.extend(["", "/permissions"].map(|below| format!("/v1/files/{file}{below}")));
    }
    paths.extend(cast.all().map(|person| format!("/v1/users/{}", person.id)));
    paths.extend([format!("/v1/users/{}", erased.user), erased.receipt]);

    let (room, position) = (rooms.general.0, app.head().await);
    let of_the_past = |below: &str| format!("/v1/audit/rooms/{room}{below}?as_of={position}");
    let mut looks: Vec<String> = ["", "/members", "/messages"].map(of_the_past).into();
    looks.push(format!("/v1/audit/messages/{}/provenance", first.id));
    looks.extend(["/v1/audit/holds".to_owned(), format!("/v1/audit/erasures/{}", erased.erasure)]);
    Story { cast, paths, looks }
}
