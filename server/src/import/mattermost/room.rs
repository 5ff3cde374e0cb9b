//! Rooms: channels of teams, and direct rooms, and who is in them.

mod told;

use std::collections::{BTreeMap, HashMap};

use domain::id::{RoomId, derived};

use super::SOURCE;
use super::line::{Channel, DirectChannel, NotifyProps, Team, User, UserChannel};
use super::people::{People, PersonNumber};

/// A room's place in the list.
pub(super) type RoomNumber = u32;

/// Rooms, and who is in them.
#[derive(Default)]
pub(super) struct Rooms {
    /// What teams are called, by their names in addresses.
    teams: BTreeMap<String, String>,
    list: Vec<Room>,
    channels: HashMap<String, RoomNumber>,
    direct: HashMap<Vec<PersonNumber>, RoomNumber>,
    /// Who is in which room today, and how they want to have it.
    members: BTreeMap<(RoomNumber, PersonNumber), Wishes>,
    /// Who came and left, where there is a notice of it.
    moves: BTreeMap<(RoomNumber, PersonNumber), Moves>,
}

struct Room {
    id: RoomId,
    kind: Kind,
    /// Milliseconds since 1970 of the oldest post in it.
    oldest: Option<i64>,
    names: Changes,
    headers: Changes,
    /// Those who look after it.
    admins: Vec<PersonNumber>,
}

enum Kind {
    Channel {
        team: String,
        name: String,
        public: bool,
        header: String,
        purpose: String,
        /// Milliseconds since 1970; it is archived if this is set.
        deleted_at: Option<i64>,
    },
    Direct {
        members: Vec<PersonNumber>,
        header: String,
    },
}

#[derive(Clone, Copy, Default)]
struct Wishes {
    muted: bool,
    pinned: bool,
}

/// The first and the last time that somebody came or left, in milliseconds since 1970, and whether they came.
#[derive(Clone, Copy)]
struct Moves {
    first: (i64, bool),
    last: (i64, bool),
}

/// What something was before it first changed, and after it last did, each with its time.
#[derive(Default)]
struct Changes {
    before: Option<(i64, String)>,
    after: Option<(i64, String)>,
}

impl Changes {
    fn note(&mut self, at: i64, before: &str, after: &str) {
        if self.before.as_ref().is_none_or(|(first, _)| at < *first) {
            self.before = Some((at, before.to_owned()));
        }
        if self.after.as_ref().is_none_or(|(last, _)| at >= *last) {
            self.after = Some((at, after.to_owned()));
        }
    }
}

impl Rooms {
    pub(super) fn team(&mut self, team: Team) {
        let called = team.display_name.filter(|name| !name.trim().is_empty());
        let called = called.unwrap_or_else(|| team.name.clone());
        self.teams.insert(team.name, called);
    }

    pub(super) fn channel(&mut self, channel: Channel) -> Result<(), String> {
        let public = match &*channel.kind {
            "O" => true,
            "P" => false,
            kind => return Err(format!("a channel is of the type O or P, not {kind}")),
        };
        let key = key(&channel.team, &channel.name);
        if self.channels.contains_key(&key) {
            return Err(format!("the channel {} of the team {} was told of before", channel.name, channel.team));
        }
        let id = RoomId(derived(SOURCE, &format!("channel/{key}")));
        let called = channel.display_name.filter(|name| !name.trim().is_empty());
        let kind = Kind::Channel {
            name: called.unwrap_or(channel.name),
            team: channel.team,
            public,
            header: channel.header.unwrap_or_default(),
            purpose: channel.purpose.unwrap_or_default(),
            deleted_at: channel.deleted_at.filter(|at| *at != 0),
        };
        let number = self.put(id, kind);
        self.channels.insert(key, number);
        Ok(())
    }

    /// Puts somebody into the channels that they are in.
    pub(super) fn member_of(&mut self, person: PersonNumber, user: &User) -> Result<(), String> {
        let mut missing = None;
        for team in user.teams.iter().flatten() {
            for channel in team.channels.iter().flatten() {
                match self.find(Some(&team.name), Some(&channel.name)) {
                    Ok(room) => self.put_member(room, person, channel),
                    Err(why) => missing = missing.or(Some(why)),
                }
            }
        }
        missing.map_or(Ok(()), Err)
    }

    fn put_member(&mut self, room: RoomNumber, person: PersonNumber, channel: &UserChannel) {
        let muted = channel.notify_props.as_ref().is_some_and(NotifyProps::mutes);
        let wishes = Wishes { muted, pinned: channel.favorite == Some(true) };
        self.members.insert((room, person), wishes);
        let roles = channel.roles.as_deref().unwrap_or_default();
        if roles.split_whitespace().any(|role| role == "channel_admin") {
            self.list[room as usize].admins.push(person);
        }
    }

    /// The room of a channel.
    pub(super) fn find(&self, team: Option<&str>, channel: Option<&str>) -> Result<RoomNumber, String> {
        let (Some(team), Some(channel)) = (team, channel) else {
            return Err("it names no team and channel".to_owned());
        };
        let known = self.channels.get(&key(team, channel)).copied();
        known.ok_or_else(|| format!("there is no channel {channel} of a team {team} before it"))
    }

    pub(super) fn direct_channel(&mut self, people: &mut People, channel: DirectChannel) -> Result<(), String> {
        let participants = channel.participants.unwrap_or_default();
        let listed = channel.members.unwrap_or_default();
        let members = participants.iter().map(|member| &member.username).chain(&listed);
        let room = self.direct(people, members.map(String::as_str))?;
        if let Kind::Direct { header, .. } = &mut self.list[room as usize].kind {
            *header = channel.header.unwrap_or_default();
        }
        for member in &participants {
            let person = people.know(&member.username);
            let wishes = self.members.entry((room, person)).or_default();
            wishes.muted = member.notify_props.as_ref().is_some_and(NotifyProps::mutes);
        }
        for username in channel.favorited_by.iter().flatten() {
            self.members.entry((room, people.know(username))).and_modify(|wishes| wishes.pinned = true);
        }
        Ok(())
    }

    /// The room that some people have, each once.
    pub(super) fn direct<'a>(
        &mut self,
        people: &mut People,
        members: impl IntoIterator<Item = &'a str>,
    ) -> Result<RoomNumber, String> {
        let mut members = members.into_iter().map(|username| people.know(username)).collect::<Vec<_>>();
        members.sort_unstable_by_key(|member| people.id(*member));
        members.dedup();
        if members.is_empty() {
            return Err("it names no members".to_owned());
        }
        if let Some(room) = self.direct.get(&members) {
            return Ok(*room);
        }
        let ids = members.iter().map(|member| people.id(*member)).collect::<Vec<_>>();
        let id = if let [one, other] = *ids {
            domain::room::Room::dialog_id(one, other)
        } else {
            let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>();
            RoomId(derived(SOURCE, &format!("direct/{}", ids.join(","))))
        };
        let number = self.put(id, Kind::Direct { members: members.clone(), header: String::new() });
        self.members.extend(members.iter().map(|member| ((number, *member), Wishes::default())));
        self.direct.insert(members, number);
        Ok(number)
    }

    pub(super) fn id(&self, room: RoomNumber) -> RoomId {
        self.list[room as usize].id
    }

    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    /// Something was posted there.
    pub(super) fn posted(&mut self, room: RoomNumber, at: i64) {
        let oldest = &mut self.list[room as usize].oldest;
        *oldest = Some(oldest.map_or(at, |oldest| oldest.min(at)));
    }

    /// Somebody came or left.
    pub(super) fn moved(&mut self, room: RoomNumber, person: PersonNumber, at: i64, came: bool) {
        let now = (at, came);
        let moves = self.moves.entry((room, person)).or_insert(Moves { first: now, last: now });
        if at < moves.first.0 {
            moves.first = now;
        }
        if at >= moves.last.0 {
            moves.last = now;
        }
    }

    pub(super) fn renamed(&mut self, room: RoomNumber, at: i64, before: &str, after: &str) {
        self.list[room as usize].names.note(at, before, after);
    }

    /// Whether a room can have a topic: a dialog has none.
    pub(super) fn has_topic(&self, room: RoomNumber) -> bool {
        match &self.list[room as usize].kind {
            Kind::Channel { .. } => true,
            Kind::Direct { members, .. } => members.len() != 2,
        }
    }

    pub(super) fn header_changed(&mut self, room: RoomNumber, at: i64, before: &str, after: &str) {
        self.list[room as usize].headers.note(at, before, after);
    }

    fn put(&mut self, id: RoomId, kind: Kind) -> RoomNumber {
        let number = RoomNumber::try_from(self.list.len()).expect("a file holds fewer lines than that");
        let (names, headers) = (Changes::default(), Changes::default());
        self.list.push(Room { id, kind, oldest: None, names, headers, admins: vec![] });
        number
    }
}

/// What a channel is found under.
fn key(team: &str, channel: &str) -> String {
    format!("{team}/{channel}")
}
