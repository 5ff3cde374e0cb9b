//! What there is: a plain world in memory, without events, streams or read models.

mod call;
mod message;
mod room;

use std::collections::BTreeMap;

use super::permissions::Permissions;
use super::step::{Act, Step};

pub(super) use call::{Call, Participant};
pub(super) use message::{Message, Wording};
pub(super) use room::{Ban, Kind, Member, Notice, Rank, Role, Room};

/// Somebody, by their place in [`NAMES`].
pub(super) type Who = usize;

/// What a room, a message, a role or an invite is called: its number.
pub(super) type Number = u32;

/// The people, and who administers the instance and is in no room.
pub(super) const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "root"];

/// How many people are in rooms.
pub(super) const PEOPLE: usize = 4;

/// The administrator.
pub(super) const ROOT: Who = 4;

/// Everything.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// Minutes since the beginning.
    pub(super) now: i64,
    /// Counts what was asked: the order in which everything happened.
    pub(super) tick: i64,
    /// The next number for what is made.
    pub(super) next: Number,
    pub(super) people: Vec<Person>,
    pub(super) rooms: BTreeMap<Number, Room>,
    pub(super) messages: BTreeMap<Number, Message>,
    pub(super) invites: BTreeMap<Number, Invite>,
    pub(super) calls: BTreeMap<Number, Call>,
    /// Calls that the last step had end, or lose somebody, without anybody asking for it.
    pub(super) attended: Vec<Number>,
    /// What was made under a chosen id, by whom: the same again gets the first answer.
    pub(super) made: BTreeMap<Number, (Who, Act)>,
    /// How the last step is to be answered, each of its requests: with a status, or with a problem.
    pub(super) answers: Vec<Answer>,
    /// Whether it is looked back at: then nothing of secret rooms is opened.
    pub(super) past: bool,
}

/// A status, or the name of a problem.
pub(super) type Answer = Result<u16, &'static str>;

/// Somebody.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) suspended: bool,
    pub(super) erased: bool,
    /// Whom they block, in the order of blocking, and since which minute.
    pub(super) blocks: Vec<(Who, i64)>,
}

/// An invite to a room.
#[derive(Clone, Debug)]
pub(super) struct Invite {
    pub(super) room: Number,
    pub(super) by: Who,
    pub(super) made_at: i64,
    pub(super) max_uses: Option<i64>,
    pub(super) expires: Option<i64>,
    pub(super) uses: i64,
    pub(super) revoked: bool,
}

impl World {
    /// People, and nothing else.
    pub(super) fn new() -> Self {
        Self {
            now: 0,
            tick: 0,
            next: 1,
            people: vec![Person::default(); NAMES.len()],
            rooms: BTreeMap::new(),
            messages: BTreeMap::new(),
            invites: BTreeMap::new(),
            calls: BTreeMap::new(),
            attended: vec![],
            made: BTreeMap::new(),
            answers: vec![],
            past: false,
        }
    }

    /// One of each thing that a query is about.
    pub(super) fn of_each() -> Self {
        let (room, none) = (1, Permissions::new());
        let mut world = Self::new();
        for act in [
            Act::CreateGroup { room, name: Some("square"), public: true, with: vec![1], permissions: None },
            Act::DefineRole { room, role: 2, name: "warden", rank: 1, allow: none.clone(), deny: none },
            Act::SendMessage { room, message: 3, text: "apple", reply_to: None },
            Act::StartCall { room, call: 4, media: "audio" },
        ] {
            world.take(&Step { by: 0, act });
            assert!(world.answers.iter().all(Result::is_ok), "{:?}", world.answers);
        }
        world
    }

    /// How it is shown to who looks back at it from `now`: with today's keys.
    pub(super) fn looked_back_at(&self, now: &Self) -> Self {
        let mut shown = Self { past: true, ..self.clone() };
        for who in (0..now.people.len()).filter(|who| now.people[*who].erased) {
            shown.forgets(who);
        }
        shown
    }

    /// Erases somebody. Whom they blocked is nobody's to know any more, and what they reacted with is theirs.
    pub(super) fn forgets(&mut self, who: Who) {
        self.people[who].erased = true;
        self.people[who].blocks.clear();
        for message in self.messages.values_mut() {
            for (_, people) in &mut message.reactions {
                people.retain(|one| *one != who);
            }
            message.reactions.retain(|(_, people)| !people.is_empty());
        }
    }

    /// Whether somebody can sign in.
    pub(super) fn is_here(&self, who: Who) -> bool {
        !self.people[who].suspended && !self.people[who].erased
    }

    pub(super) fn blocks(&self, who: Who, other: Who) -> bool {
        self.people[who].blocks.iter().any(|(blocked, _)| *blocked == other)
    }

    /// What others see of somebody's name.
    pub(super) fn name(&self, who: Who) -> Option<&'static str> {
        (!self.people[who].erased).then(|| NAMES[who])
    }

    /// The room, if it is there.
    pub(super) fn room(&self, room: Number) -> Option<&Room> {
        self.rooms.get(&room).filter(|room| !room.closed)
    }

    /// Whether a message says nothing any more.
    pub(super) fn is_gone(&self, message: &Message) -> bool {
        let closed = self.past && self.rooms[&message.room].kind == Kind::Secret;
        closed || self.is_over(message)
    }

    /// Whether it is deleted, or whose it was is erased.
    pub(super) fn is_over(&self, message: &Message) -> bool {
        message.deleted || self.people[message.author()].erased
    }

    /// Whether a member sees what happened in a room at some time: without `view_history` what came after them.
    pub(super) fn sees(&self, who: Who, room: Number, tick: i64) -> bool {
        let Some(room) = self.room(room) else { return false };
        let Some(member) = room.members.get(&who) else { return false };
        tick > member.since || room.may(who, "view_history")
    }

    /// A message that somebody sees in a room.
    pub(super) fn seen_message(&self, who: Who, room: Number, message: Number) -> Option<&Message> {
        let message = self.messages.get(&message).filter(|message| message.room == room)?;
        self.sees(who, room, message.tick).then_some(message)
    }
}

/// The number of the dialog of two people.
pub(super) fn dialog(one: Who, other: Who) -> Number {
    let (first, second) = (one.min(other), one.max(other));
    1_000_000 + Number::try_from(first * NAMES.len() + second).unwrap_or_default()
}
