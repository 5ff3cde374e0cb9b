//! What can be asked for, and what is asked for when.
//!
//! After each step what it can have changed (`Query::touched`) is asked for by who did it, and by another; and one in
//! `SHARE` of everything there is (`Query::all`), so that each of these is asked within a case. After the last step
//! everything is asked for; in one of `THOROUGH` cases, those that are whole, after each step.
//!
//! Who asks for everything goes by turns (`Askers`): everybody for what is theirs, for each room and for what is said
//! in it, one or two of them for the rest, and in the next turn others. A turn is a step in a case that is whole, and
//! else as many steps as it takes to ask for each once. Turns follow from the numbers of the case and the step: no
//! random number is drawn for them, so that the stories stay the same whatever is asked.
//!
//! Where `HANSARD_TEST_MODEL_WHOLE` says of how many cases one is whole, everybody asks for everything in these, and
//! after the last step of the others too. That takes several times as many requests; `./dev bench model` does so if
//! told to.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::names::Thing;
use super::play::Play;
use super::shown::Shown;
use super::sought::Sought;
use super::step::{Act, Step};
use super::world::{Number, PEOPLE, Who, World};

/// How much is asked for on each side of a message: so little that mostly there is more.
const BESIDE: usize = 1;

/// A query.
#[derive(Clone, Copy, Debug)]
pub(super) enum Query {
    Rooms,
    PublicRooms,
    Blocks,
    Search(Sought),
    Room(Number),
    Members(Number),
    Member(Number, Who),
    Membership(Number),
    Bans(Number),
    Invites(Number),
    Messages(Number),
    Pinned(Number),
    /// A room, and a message that may be of another.
    Around(Number, Number),
    Calls(Number),
    Call(Number),
    Explanation(Number, Who),
    Role(Number, Number),
    Message(Number, Number),
    Versions(Number, Number),
    Readers(Number, Number),
}

impl Query {
    /// What the contract calls it.
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Rooms => "ListRooms",
            Self::PublicRooms => "ListPublicRooms",
            Self::Blocks => "ListBlocks",
            Self::Search(_) => "SearchMessages",
            Self::Room(_) => "GetRoom",
            Self::Members(_) => "ListMembers",
            Self::Member(..) => "GetMember",
            Self::Membership(_) => "GetMembership",
            Self::Bans(_) => "ListBans",
            Self::Invites(_) => "ListInvites",
            Self::Messages(_) | Self::Pinned(_) | Self::Around(..) => "ListMessages",
            Self::Calls(_) => "ListCalls",
            Self::Call(_) => "GetCall",
            Self::Explanation(..) => "ExplainPermissions",
            Self::Role(..) => "GetRole",
            Self::Message(..) => "GetMessage",
            Self::Versions(..) => "ListMessageVersions",
            Self::Readers(..) => "ListMessageReaders",
        }
    }

    /// What coverage counts it as: searches by what they are for.
    pub(super) fn kind(self) -> String {
        if let Self::Search(sought) = self {
            return format!("Search for {}", sought.kind());
        }
        let debugged = format!("{self:?}");
        debugged.split('(').next().unwrap_or_default().to_owned()
    }

    /// Every kind of query.
    pub(super) fn kinds() -> BTreeSet<String> {
        let all = Self::all(&World::of_each(), Askers { turn: 0, everybody: true });
        all.into_iter().map(|(_, query)| query.kind()).collect()
    }

    pub(super) fn path(self, play: &mut Play) -> String {
        match self {
            Self::Rooms => "/v1/rooms?limit=200".to_owned(),
            Self::PublicRooms => {
                format!("/v1/rooms/public?limit=200&q={}", play.names.tag().trim_start().replace(' ', "%20"))
            }
            Self::Blocks => "/v1/users/me/blocks".to_owned(),
            Self::Search(sought) => format!("/v1/search?limit=200&q={}", sought.typed(play)),
            Self::Room(room) => play.room(room, ""),
            Self::Members(room) => play.room(room, "/members"),
            Self::Member(room, who) => play.member(room, who),
            Self::Membership(room) => play.room(room, "/membership"),
            Self::Bans(room) => play.room(room, "/bans"),
            Self::Invites(room) => play.room(room, "/invites"),
            Self::Messages(room) => play.room(room, "/messages?limit=200"),
            Self::Pinned(room) => play.room(room, "/messages?limit=200&pinned=true"),
            Self::Around(room, message) => {
                let (limit, id) = (2 * BESIDE + 1, play.names.id(Thing::Message, message));
                play.room(room, &format!("/messages?limit={limit}&around={id}"))
            }
            Self::Calls(room) => play.room(room, "/calls?limit=200"),
            Self::Call(call) => play.call(call, ""),
            Self::Explanation(room, who) => format!("{}/permissions", play.member(room, who)),
            Self::Role(room, role) => play.role(room, role),
            Self::Message(room, message) => play.message(room, message, ""),
            Self::Versions(room, message) => play.message(room, message, "/versions"),
            Self::Readers(room, message) => play.message(room, message, "/seen"),
        }
    }

    pub(super) fn expected(self, world: &World, viewer: Who) -> Shown {
        match self {
            Self::Rooms => world.shows_rooms(viewer),
            Self::PublicRooms => world.shows_public_rooms(viewer),
            Self::Blocks => world.shows_blocks(viewer),
            Self::Search(sought) => world.finds(viewer, sought),
            Self::Room(room) => world.shows_room(viewer, room),
            Self::Members(room) => world.shows_members(viewer, room),
            Self::Member(room, who) => world.shows_member(viewer, room, who),
            Self::Membership(room) => world.shows_membership(viewer, room),
            Self::Bans(room) => world.shows_bans(viewer, room),
            Self::Invites(room) => world.shows_invites(viewer, room),
            Self::Messages(room) => world.shows_messages(viewer, room),
            Self::Pinned(room) => world.shows_pinned(viewer, room),
            Self::Around(room, message) => world.shows_around(viewer, room, message, BESIDE),
            Self::Calls(room) => world.shows_calls(viewer, room),
            Self::Call(call) => world.shows_call(viewer, call),
            Self::Explanation(room, who) => world.explains(viewer, room, who),
            Self::Role(room, role) => world.shows_role(viewer, room, role),
            Self::Message(room, message) => world.shows_message(viewer, room, message),
            Self::Versions(room, message) => world.shows_versions(viewer, room, message),
            Self::Readers(room, message) => world.shows_readers(viewer, room, message),
        }
    }

    /// What is compared of an answer: of a page its items, and around a message also whether there are more.
    pub(super) fn shown(self, answer: Value) -> Value {
        if let Self::Around(..) = self {
            let is_more = |cursor: &str| !answer[cursor].is_null();
            return json!({"items": answer["items"], "before": is_more("before"), "after": is_more("after")});
        }
        let mut shown = answer;
        if shown.get("items").is_some() {
            shown = shown["items"].take();
        }
        // Of those who have come as far as each other, either may be first.
        if let (Self::Readers(..), Value::Array(readers)) = (self, &mut shown)
            && readers.is_sorted_by_key(|reader| reader["read_position"].as_i64())
        {
            readers.sort_by_key(|reader| (reader["read_position"].as_i64(), reader["user_id"].to_string()));
        }
        if let Self::Calls(_) = self {
            shown.as_array_mut().into_iter().flatten().for_each(still);
        }
        if let Self::Call(_) = self {
            still(&mut shown);
        }
        shown
    }

    /// What a step, by its place, may have changed, for who did it and for another.
    pub(super) fn touched(world: &World, step: &Step, place: usize) -> Vec<(Who, Self)> {
        let other = (step.by + 1 + place) % PEOPLE;
        let viewer = if step.by < PEOPLE { step.by } else { other };
        // Of two ways to ask, one goes on until each of the people has been the other.
        let turn = place / PEOPLE;
        let is_second = !turn.is_multiple_of(2);
        let mut asked = vec![];
        for room in step.act.rooms() {
            let around = step.act.message().filter(|_| !is_second);
            let said = around.map_or(Self::Messages(room), |message| Self::Around(room, message));
            asked.extend([(viewer, Self::Room(room)), (other, Self::Room(room)), (other, said)]);
            let ways = Sought::each(world, viewer, room);
            let sought = is_second.then(|| ways[turn / 2 % ways.len()]);
            asked.extend(Self::about(&step.act, room, viewer, sought).into_iter().map(|query| (viewer, query)));
        }
        if let Act::AcceptInvite { invite } = &step.act
            && let Some(room) = world.invites.get(invite).map(|invite| invite.room)
        {
            asked.extend([(viewer, Self::Room(room)), (other, Self::Members(room))]);
        }
        if let Act::BlockUser { .. } | Act::UnblockUser { .. } = &step.act {
            asked.push((viewer, Self::Blocks));
        }
        if let Some(call) = step.act.call() {
            asked.extend([(viewer, Self::Call(call)), (other, Self::Call(call))]);
        }
        for call in step.act.call().iter().chain(&world.attended) {
            let room = world.calls.get(call).map(|call| call.room);
            asked.extend(room.iter().flat_map(|room| [(other, Self::Calls(*room)), (other, Self::Messages(*room))]));
        }
        if step.act == Act::EraseUser {
            asked.extend([(viewer, Self::Rooms), (other, Self::Search(Sought { words: &["e"], ..Sought::default() }))]);
        }
        asked.push((other, Self::Rooms));
        asked
    }

    fn about(act: &Act, room: Number, viewer: Who, sought: Option<Sought>) -> Vec<Self> {
        if let Some(message) = act.message() {
            // By reading nothing comes to be found.
            let sought = sought.filter(|_| !matches!(act, Act::MarkRead { .. }));
            let last = sought.map_or(Self::Readers(room, message), Self::Search);
            return vec![Self::Message(room, message), Self::Versions(room, message), last];
        }
        if let Act::StartCall { .. } = act {
            return vec![];
        }
        if let Act::UpdateMembership { .. } = act {
            return vec![Self::Membership(room)];
        }
        if let Act::BanMember { .. } | Act::UnbanMember { .. } = act {
            return vec![Self::Bans(room), Self::Members(room)];
        }
        if let Act::CreateInvite { .. } | Act::RevokeInvite { .. } = act {
            return vec![Self::Invites(room)];
        }
        if let Act::DefineRole { role, .. } | Act::ChangeRole { role, .. } | Act::DeleteRole { role, .. } = act {
            return vec![Self::Role(room, *role), Self::Explanation(room, viewer)];
        }
        if let Act::UpdateRoom { .. } | Act::CloseRoom { .. } | Act::CreateGroup { .. } = act {
            return vec![Self::PublicRooms];
        }
        let who = if let Act::AddMember { who, .. } = act { *who } else { viewer };
        vec![Self::Members(room), Self::Member(room, who), Self::Explanation(room, who)]
    }

    /// Everything there is, as those see it who ask.
    pub(super) fn all(world: &World, askers: Askers) -> Vec<(Who, Self)> {
        let mut asked = vec![];
        // Whoever asks in every second turn asks about others, and searches another room, each time.
        let about = askers.turn / 2;
        let within = world.rooms.keys().cycle().nth(about).copied().unwrap_or_default();
        for viewer in 0..PEOPLE {
            asked.extend([(viewer, Self::Rooms), (viewer, Self::PublicRooms), (viewer, Self::Blocks)]);
            let searches = Sought::each(world, (viewer + about) % PEOPLE, within).map(Self::Search);
            let asks = |(number, query): (usize, Self)| askers.ask(number + viewer, 2).then_some((viewer, query));
            asked.extend(searches.into_iter().enumerate().filter_map(asks));
            for (place, room) in world.rooms.keys().enumerate() {
                asked.extend([(viewer, Self::Room(*room)), (viewer, Self::Messages(*room))]);
                let below = [
                    Self::Members(*room),
                    Self::Member(*room, (viewer + place + about) % PEOPLE),
                    Self::Membership(*room),
                    Self::Bans(*room),
                    Self::Invites(*room),
                    Self::Pinned(*room),
                    Self::Calls(*room),
                    Self::Explanation(*room, (viewer + about) % PEOPLE),
                ];
                let asks =
                    |(number, query): (usize, Self)| askers.ask(number + place + viewer, 2).then_some((viewer, query));
                asked.extend(below.into_iter().enumerate().filter_map(asks));
            }
        }
        // With the number that says whose turn it is, and of how many.
        let mut by_itself = vec![];
        for (place, (number, room)) in world.rooms.iter().enumerate() {
            let roles = room.roles.keys().chain(&room.former).enumerate();
            by_itself.extend(roles.map(|(role, id)| (place + role, PEOPLE, Self::Role(*number, *id))));
            let elsewhere = world.messages.iter().find(|(_, message)| message.room != *number);
            let elsewhere = elsewhere.map_or(0, |(message, _)| *message);
            by_itself.push((place, PEOPLE, Self::Around(*number, elsewhere)));
        }
        for (place, (number, message)) in world.messages.iter().enumerate() {
            let room = message.room;
            by_itself.extend([
                // One asks for it alone or with what stands beside it, by turns.
                (place, 2 * PEOPLE, Self::Message(room, *number)),
                (place + PEOPLE, 2 * PEOPLE, Self::Around(room, *number)),
                (place, PEOPLE, Self::Versions(room, *number)),
                (place, PEOPLE, Self::Readers(room, *number)),
            ]);
        }
        by_itself.extend(world.calls.keys().enumerate().map(|(place, call)| (place, PEOPLE, Self::Call(*call))));
        for (place, of, query) in by_itself {
            let viewers = (0..PEOPLE).filter(|viewer| askers.ask(place + PEOPLE - viewer, of));
            asked.extend(viewers.map(|viewer| (viewer, query)));
        }
        asked
    }
}

/// Who asks for everything there is. For what is theirs, and for each room and what is said in it, everybody does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Askers {
    /// In the next one others ask.
    pub(super) turn: usize,
    /// Whether everybody asks for all else too. Otherwise two search in each way, and ask for what else is in a room,
    /// and one asks for a message, a call or a role by itself.
    pub(super) everybody: bool,
}

impl Askers {
    /// Whether it is the turn of this one, of so many.
    fn ask(self, number: usize, of: usize) -> bool {
        self.everybody || (number + self.turn).is_multiple_of(of)
    }
}

/// A call without how long it lasts, which grows until it ends; of those who came at once, either may be first.
fn still(call: &mut Value) {
    if call["ended_at"].is_null() {
        call["duration_ms"] = json!(0);
    }
    let Some(people) = call["participants"].as_array_mut() else { return };
    for one in people.iter_mut().filter(|one| one["left_at"].is_null()) {
        one["duration_ms"] = json!(0);
    }
    people.sort_by_key(|one| one["user_id"].to_string());
}

#[test]
fn everybody_asks_for_everything_at_once_or_by_turns() {
    let world = World::of_each();
    let all = |everybody| -> BTreeSet<String> {
        let turns = (0..2 * PEOPLE).flat_map(|turn| Query::all(&world, Askers { turn, everybody }));
        turns.map(|asked| format!("{asked:?}")).collect()
    };
    let at_once = all(true);
    assert_eq!(all(false), at_once);
    for (_, query) in Query::all(&world, Askers { turn: 0, everybody: true }) {
        let asked = (0..PEOPLE).filter(|viewer| at_once.contains(&format!("{:?}", (viewer, query)))).count();
        assert_eq!(asked, PEOPLE, "{query:?}");
    }
}
