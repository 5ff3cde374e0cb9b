//! A case, played on the real application and in the model at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Rules;
use super::coverage::{Coverage, Problems};
use super::names::{Names, Thing};
use super::query::{Askers, Query};
use super::request::{Asked, is_dialog};
use super::step::{Act, Step};
use super::world::{NAMES, Number, PEOPLE, ROOT, Who, World, dialog};
use crate::harness::person::PASSWORD;
use crate::harness::{Answer, Person, Setup, TestApp, environment};

/// How long purging may take, and looking after calls.
const PURGES_WITHIN: Duration = Duration::from_secs(20);

/// How many days from now on somebody's socket is seen.
const SEEN_FOR: i64 = 10_000;

/// Of so many cases one is whole, unless `HANSARD_TEST_MODEL_WHOLE` says otherwise: after each step everything is asked
/// for, by turns. It costs as many requests as all other cases together (ADR 0045).
const THOROUGH: u32 = 16;

/// Of so many queries one is asked after each step of the other cases, besides those that the step can have changed:
/// within a case each of them, by whose turn it is.
const SHARE: usize = 40;

/// An application with a clock that stands still, for one case after another.
pub(super) struct Stage {
    pub(super) app: TestApp,
    root: Person,
    /// Who looks back, once somebody does.
    ada: Option<Person>,
    cases: u32,
    /// Of so many cases one is whole.
    whole: u32,
    /// Whether everybody asks for everything, in cases that are whole and after the last step of each, instead of by
    /// turns: for that a test has no time.
    everybody: bool,
    pub(super) coverage: Coverage,
    problems: Problems,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let app = Setup::without_nats().await.with_clock().start().await;
        let root = app.administrator(NAMES[ROOT]).await;
        let (whole, coverage, problems) = (environment::model_whole(), Coverage::default(), Problems::documented());
        let (whole, everybody) = (whole.unwrap_or(THOROUGH), whole.is_some());
        Self { app, root, ada: None, cases: 0, whole, everybody, coverage, problems }
    }

    /// Who may look back.
    pub(super) async fn auditor(&mut self) -> Person {
        if self.ada.is_none() {
            let ada = self.app.registers("ada").await;
            let granted = self.app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
            assert!(granted.status.success(), "{granted:?}");
            self.ada = Some(ada);
        }
        self.ada.clone().unwrap()
    }

    /// A case, of people of its own.
    pub(super) async fn begins(&mut self) -> Play<'_> {
        self.cases += 1;
        Play::begin(self).await
    }

    /// Plays a case; where it is not as by these rules, tells the story.
    pub(super) async fn plays(
        &mut self,
        world: World,
        steps: &[Step],
        played: Option<Arc<AtomicUsize>>,
        rules: Rules,
    ) -> Result<(), String> {
        let mut play = self.begins().await;
        let share = if play.stage.cases.is_multiple_of(play.stage.whole) { 1 } else { SHARE };
        let ended = play.plays(world, steps, played, share, rules).await;
        ended.map_err(|difference| format!("{}\n\n{difference}", play.story.join("\n")))
    }
}

/// A case.
pub(super) struct Play<'a> {
    stage: &'a mut Stage,
    people: Vec<Person>,
    pub(super) names: Names,
    pub(super) start: OffsetDateTime,
    dialogs: BTreeMap<Number, Uuid>,
    codes: BTreeMap<Number, String>,
    positions: BTreeMap<Number, i64>,
    /// The newest position that was answered.
    head: i64,
    story: Vec<String>,
}

impl<'a> Play<'a> {
    /// New people, so that nothing is left of other cases.
    async fn begin(stage: &'a mut Stage) -> Self {
        let start = stage.app.setup.context.now();
        let mut names = Names::new(stage.cases, start);
        let mut people = vec![];
        for name in &NAMES[..PEOPLE] {
            let email = format!("{name}.{}@example.org", stage.cases);
            people.push(Person::registers_as(&stage.app.url, name, &email).await);
        }
        people.push(stage.root.clone());
        for (person, name) in people.iter().zip(NAMES) {
            names.call(&person.id.to_string(), name);
        }
        // Nobody is taken for gone from a call: that time is none of the model's.
        let sockets = "insert into observed.socket (user_id, seen_at) select id, $2 from unnest($1::uuid[]) id \
             on conflict do nothing";
        let ids: Vec<_> = people.iter().map(|person| person.id).collect();
        let seen_at = start + time::Duration::days(SEEN_FOR);
        sqlx::query(sockets).bind(ids).bind(seen_at).execute(&stage.app.pool).await.unwrap();
        let head = stage.app.head().await;
        let (dialogs, codes, positions) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { stage, people, names, start, dialogs, codes, positions, head, story: vec![] }
    }

    async fn plays(
        &mut self,
        mut world: World,
        steps: &[Step],
        played: Option<Arc<AtomicUsize>>,
        share: usize,
        rules: Rules,
    ) -> Result<(), String> {
        for (place, step) in steps.iter().enumerate() {
            if let Some(played) = &played {
                played.fetch_add(1, Ordering::SeqCst);
            }
            let before = world.clone();
            world = rules(world, step);
            self.does(&before, &world, step).await?;
            let touched = Query::touched(&world, step, place).into_iter();
            let asked = Query::all(&world, self.askers(place / share, share == 1));
            for (viewer, query) in touched.chain(asked.into_iter().skip(place % share).step_by(share)) {
                self.compares(&world, viewer, query).await?;
            }
        }
        for (viewer, query) in Query::all(&world, self.askers(0, true)) {
            self.compares(&world, viewer, query).await?;
        }
        Ok(())
    }

    /// Who asks for everything, after it was asked for so many times; whether it is all asked for now.
    pub(super) fn askers(&self, times: usize, whole: bool) -> Askers {
        let case = usize::try_from(self.stage.cases).unwrap_or_default();
        Askers { turn: case + times, everybody: whole && self.stage.everybody }
    }

    pub(super) async fn does(&mut self, before: &World, after: &World, step: &Step) -> Result<(), String> {
        let acts = step.act.each();
        for (place, (act, expected)) in acts.iter().zip(&after.answers).enumerate() {
            let tick = before.tick + 1 + i64::try_from(place).unwrap_or_default();
            if let Act::Wait { minutes } = act {
                self.story.push(format!("{minutes} min later"));
                self.stage.app.setup.context.advance(time::Duration::minutes(*minutes));
                continue;
            }
            let Some(asked) = self.asks(before, act) else { continue };
            let answer = self.sends(step.by, &asked).await;
            let got =
                answer.problem().map_or_else(|| answer.status.to_string(), |slug| format!("{} {slug}", answer.status));
            let line = self.line(step.by, &asked, &got);
            self.story.push(line);
            let wanted = match expected {
                Ok(status) => status.to_string(),
                Err(slug) => format!("{} {slug}", self.stage.problems.status(slug)),
            };
            if got != wanted {
                return Err(format!("was to be answered with {wanted}: {}", self.read(&answer)));
            }
            self.stage.coverage.count(act, *expected);
            if expected.is_ok() {
                self.learns(step.by, act, &answer, tick).await;
            }
        }
        self.attended(after).await
    }

    /// Waits until what becomes of calls by itself is on record.
    async fn attended(&mut self, after: &World) -> Result<(), String> {
        let deadline = Instant::now() + PURGES_WITHIN;
        let recorded = "select count(*) from log.events where aggregate_type = 'call' and aggregate_id = $1";
        for call in &after.attended {
            let (id, version) = (self.names.id(Thing::Call, *call), after.calls[call].version);
            let recorded = || sqlx::query_scalar::<_, i64>(recorded).bind(id.to_string());
            while recorded().fetch_one(self.pool()).await.unwrap() < version {
                if Instant::now() > deadline {
                    return Err(format!("nobody looks after call {call}: it was to have version {version}"));
                }
                // Polls the log: nothing tells of it.
                sleep(Duration::from_millis(10)).await;
            }
        }
        if !after.attended.is_empty() {
            self.head = self.stage.app.head().await;
            self.names.done(self.head, after.tick);
        }
        Ok(())
    }

    async fn sends(&mut self, by: Who, asked: &Asked) -> Answer {
        let mut request = self.people[by].request(asked.method, &asked.path);
        if let Some(body) = &asked.body {
            request = request.json(body);
        }
        if let Some(if_match) = &asked.if_match {
            request = request.header("if-match", if_match);
        }
        let answer = request.patiently().await;
        self.head = self.head.max(answer.position().unwrap_or_default());
        answer
    }

    /// Remembers ids, codes and positions.
    async fn learns(&mut self, by: Who, act: &Act, answer: &Answer, tick: i64) {
        if let Some(position) = answer.position() {
            self.names.done(position, tick);
        }
        if let Act::OpenDialog { with, .. } = act {
            let (number, id) = (dialog(by, *with), answer.id());
            let (first, second) = (by.min(*with), by.max(*with));
            self.names.call(&id.to_string(), &format!("dialog of {} and {}", NAMES[first], NAMES[second]));
            self.dialogs.insert(number, id);
        }
        if let Act::SendMessage { message, .. } | Act::ForwardMessage { copy: message, .. } = act {
            let position = answer.body["position"].as_i64().unwrap_or_default();
            self.positions.entry(*message).or_insert(position);
        }
        if let Act::CreateInvite { invite, .. } = act {
            let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
            self.names.call(&code, &format!("invite {invite}"));
            self.codes.insert(*invite, code);
        }
        if let Act::ReinstateUser { who } = act {
            let email = self.people[*who].email.clone();
            self.people[*who] = Person::signs_in(&self.stage.app.url, &email, PASSWORD).await;
        }
        if *act == Act::EraseUser {
            self.purged(answer).await;
        }
    }

    /// Waits until what was erased is gone from every read model, as the receipt says.
    async fn purged(&self, receipt: &Answer) {
        let (address, deadline) =
            (receipt.body["address"].as_str().unwrap_or_default(), Instant::now() + PURGES_WITHIN);
        while self.stage.app.get(address).await.expect(200).body["status"] != "final" {
            assert!(Instant::now() < deadline, "{}", receipt.text);
            // Polls as whoever has the receipt would.
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// What a query shows somebody, as of everything that was done.
    async fn compares(&mut self, world: &World, viewer: Who, query: Query) -> Result<(), String> {
        let path = query.path(self);
        let asked = Asked { method: "GET", path, body: None, if_match: None };
        let request = self.people[viewer].request("GET", &asked.path);
        let answer = request.header("min-event-position", self.head.to_string()).patiently().await;
        let found = self.finds(world, viewer, query, &answer);
        if found.is_err() {
            let line = self.line(viewer, &asked, &answer.status.to_string());
            self.story.push(line);
        }
        found
    }

    /// Whether an answer shows what it shows in a world.
    pub(super) fn finds(&mut self, world: &World, viewer: Who, query: Query, answer: &Answer) -> Result<(), String> {
        let expected = if world.is_here(viewer) { query.expected(world, viewer) } else { Err("not-signed-in") };
        self.stage.coverage.count_query(query, &expected);
        let (got, wanted) = match (answer.problem(), expected) {
            (None, Ok(wanted)) => (query.shown(self.names.named(answer.body.clone())), wanted),
            (slug, wanted) => {
                let wanted = wanted
                    .map_or_else(|slug| format!("{} {slug}", self.stage.problems.status(slug)), |_| "200".to_owned());
                let got = slug.map_or_else(|| answer.status.to_string(), |slug| format!("{} {slug}", answer.status));
                (Value::String(got), Value::String(wanted))
            }
        };
        if got == wanted {
            return Ok(());
        }
        let (viewer, differences) = (NAMES[viewer], differences("", &wanted, &got).join("\n"));
        Err(format!("{query:?} of {viewer} is not as it was to be:\n{differences}"))
    }

    /// Where the log ends.
    pub(super) async fn head(&self) -> i64 {
        self.stage.app.head().await
    }

    /// Waits until the read models have seen what was done.
    pub(super) async fn settles(&self) {
        self.stage.app.settled().await;
    }

    /// What its application stands on.
    pub(super) fn setup(&self) -> &Setup {
        &self.stage.app.setup
    }

    /// Connections to its database.
    pub(super) fn pool(&self) -> &PgPool {
        &self.stage.app.pool
    }

    /// What was done so far.
    pub(super) fn told(&self) -> String {
        self.story.join("\n")
    }

    fn line(&self, by: Who, asked: &Asked, got: &str) -> String {
        let body =
            asked.body.as_ref().map(|body| format!(" {}", self.names.told(&body.to_string()))).unwrap_or_default();
        let version = asked.if_match.as_ref().map(|version| format!(" if-match {version}")).unwrap_or_default();
        format!("{}: {} {}{version}{body} -> {got}", NAMES[by], asked.method, self.names.told(&asked.path))
    }

    /// An answer with names instead of ids.
    fn read(&self, answer: &Answer) -> String {
        if answer.body.is_null() { answer.text.clone() } else { self.names.named(answer.body.clone()).to_string() }
    }

    /// Somebody, to ask as they do.
    pub(super) fn asker(&self, who: Who) -> &Person {
        &self.people[who]
    }

    pub(super) fn person(&self, who: Who) -> Uuid {
        self.people[who].id
    }

    pub(super) fn room_id(&mut self, room: Number) -> Uuid {
        let dialog = is_dialog(room).then(|| self.dialogs.get(&room).copied().unwrap_or_default());
        dialog.unwrap_or_else(|| self.names.id(Thing::Room, room))
    }

    pub(super) fn code(&self, invite: Number) -> String {
        let code = self.codes.get(&invite).cloned();
        code.unwrap_or_else(|| "A".repeat(22))
    }

    /// Where a message stands; without one, beyond everything.
    pub(super) fn position(&self, message: Option<Number>) -> i64 {
        match message {
            Some(message) => self.positions.get(&message).copied().unwrap_or(1),
            None => i64::from(u32::MAX),
        }
    }
}

/// Where two documents differ, a line each.
pub(super) fn differences(place: &str, wanted: &Value, got: &Value) -> Vec<String> {
    match (wanted, got) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<_> = one.keys().chain(other.keys()).collect();
            let below =
                |key: &&String| differences(&format!("{place}/{key}"), &wanted[key.as_str()], &got[key.as_str()]);
            keys.iter().flat_map(below).collect()
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other).enumerate();
            pairs.flat_map(|(index, (one, other))| differences(&format!("{place}/{index}"), one, other)).collect()
        }
        _ if wanted == got => vec![],
        _ => vec![format!("{place} was to be {wanted}\n{place} is {got}")],
    }
}
