//! Who races, and where.

use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use super::doing::Doing;
use super::race::LINES;
use super::taking::Taking;
use crate::harness::person::PASSWORD;
use crate::harness::room::Sent;
use crate::harness::{Person, Room, Setup, Spawned};

/// What Bob's password is in every other race that changes it.
const OTHER_PASSWORD: &str = "another rather long one";

/// What Bob may: it is his role that gives it to him, or the room to everyone.
const RIGHTS: [&str; 5] = ["send_messages", "react", "invite_members", "manage_roles", "start_calls"];

/// Two processes that take commands, and the log.
pub(super) struct Stage {
    processes: [Spawned; 2],
    pub(super) pool: PgPool,
    administrator: Person,
    guests: Vec<Uuid>,
}

/// Alice takes rights from Bob in one way, again and again.
pub(super) struct Pair {
    pub(super) taking: Taking,
    /// Who made the rooms; where accounts are suspended, the administrator.
    alice: Person,
    /// In the session in which he takes his own rights.
    pub(super) bob: Person,
    /// In the session in which he acts.
    phone: Person,
    passwords_changed: usize,
}

/// What one race is about. Alice and Bob's laptop ask one process, Bob's phone the other.
pub(super) struct Place<'a> {
    pub(super) alice: Person,
    pub(super) laptop: Person,
    pub(super) bob: Person,
    pub(super) room: Room,
    /// What lets Bob act, if it is not the room that lets everyone.
    pub(super) role: Uuid,
    /// What would keep him from it.
    pub(super) gag: Uuid,
    /// A message of Bob's for each of the lines in which he acts.
    pub(super) messages: Vec<Sent>,
    /// Somebody to be added, for each of them.
    pub(super) guests: &'a [Uuid],
    /// Alice's call, if that is what he acts in.
    pub(super) call: Option<Uuid>,
    /// The session in which he acts.
    pub(super) session: Uuid,
}

impl Stage {
    pub(super) async fn new(setup: &Setup) -> Self {
        let spawn = || setup.spawn_with(&["--roles=command-api"]);
        let processes = <[Spawned; 2]>::from(tokio::join!(spawn(), spawn()));
        let administrator = processes[0].registers("administrator").await;
        let granted = setup.command(["admin", "grant-role", &administrator.email, "admin"]).await;
        assert!(granted.status.success(), "{granted:?}");
        let mut guests = vec![];
        for number in 0..LINES {
            guests.push(processes[0].registers(&format!("guest{number}")).await.id);
        }
        let pool = PgPool::connect_lazy(&setup.superuser_url).unwrap();
        Self { processes, pool, administrator, guests }
    }

    /// Two people for the races of one way of taking a right.
    pub(super) async fn pair(&self, taking: Taking) -> Pair {
        let registers = async |name| self.processes[0].registers(&format!("{name}-{taking:?}")).await;
        let alice = if taking == Taking::Suspension { self.administrator.clone() } else { registers("alice").await };
        let bob = registers("bob").await;
        Pair { taking, alice, phone: bob.clone(), bob, passwords_changed: 0 }
    }

    /// Positions of what came into the log after `start` by a user, in their order; but of their leaving calls, which needs
    /// no right.
    pub(super) async fn events_by(&self, user: Uuid, start: i64) -> Vec<i64> {
        let by = "select position from log.events where position > $1 and metadata->>'actor_id' = $2 \
            and event_type <> 'call_left' order by position";
        sqlx::query_scalar(by).bind(start).bind(user.to_string()).fetch_all(&self.pool).await.unwrap()
    }
}

impl Pair {
    pub(super) fn password(&self) -> &'static str {
        [PASSWORD, OTHER_PASSWORD][self.passwords_changed % 2]
    }

    pub(super) fn other_password(&self) -> &'static str {
        [OTHER_PASSWORD, PASSWORD][self.passwords_changed % 2]
    }

    /// A new room for the next race, where both processes know Bob and his rights; from race to race they change sides.
    pub(super) async fn meets<'a>(&mut self, stage: &'a Stage, doing: Doing, round: usize) -> Place<'a> {
        let [here, there] = [round % 2, (round + 1) % 2].map(|side| stage.processes[side].url.as_str());
        if self.taking.ends_sessions() {
            self.phone = Person::signs_in(there, &self.bob.email, self.password()).await;
        }
        let (alice, laptop, bob) = (self.alice.at(here), self.bob.at(here), self.phone.at(there));
        let (everyone, own): (&[&str], &[&str]) =
            if self.taking.is_from_everyone(round) { (&RIGHTS, &[]) } else { (&[], &RIGHTS) };
        let permissions = [&["view_history"][..], everyone].concat();
        let made = json!({"type": "group", "name": "contended", "permissions": permissions});
        let room = Room(alice.post("/v1/rooms", made).await.expect(201).id());
        let role = alice.defines(&room, "Trusted", 10, own).await;
        let gag = json!({"name": "Gagged", "rank": 9, "permissions": {"deny": RIGHTS}});
        let gag = alice.post(&room.path("/roles"), gag).await.expect(201).id();
        alice.gives(&room, &bob, &[role]).await.expect(201);
        let call = calls(doing, &alice, &bob, &room).await;
        let mut messages = vec![];
        for _ in 0..LINES {
            messages.push(bob.sends(&room, "as it was").await);
        }
        let session = bob.session();
        Place { alice, laptop, bob, room, role, gag, messages, guests: &stage.guests, call, session }
    }

    /// After a race: gives back what outlasts the room.
    pub(super) async fn parts(&mut self, place: &Place<'_>) {
        match self.taking {
            Taking::Suspension => {
                place.alice.delete(&format!("/v1/users/{}/suspension", self.bob.id)).await.expect(204);
            }
            Taking::PasswordChange => self.passwords_changed += 1,
            Taking::Removal
            | Taking::Ban
            | Taking::RoleChange
            | Taking::Revocation
            | Taking::Archive
            | Taking::Close => {}
        }
    }
}

/// Alice calls if that is what Bob acts in; whoever signals is in the call.
async fn calls(doing: Doing, alice: &Person, bob: &Person, room: &Room) -> Option<Uuid> {
    if !matches!(doing, Doing::JoinCall | Doing::Signal) {
        return None;
    }
    let call = alice.post(&room.path("/calls"), json!({"media": "audio"})).await.expect(201).id();
    if doing == Doing::Signal {
        bob.put(&format!("/v1/calls/{call}/participants/me"), json!({})).await.expect(204);
    }
    Some(call)
}
