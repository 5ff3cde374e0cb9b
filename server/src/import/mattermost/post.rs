//! A post as it is read: what it tells is kept under its time.

use domain::file::FILES_MAX;
use domain::text::IMPORTED_MESSAGE_MAX;
use serde_json::{Value, json};

use super::super::emoji::emoji;
use super::line::{Post, Reaction};
use super::mention::named;
use super::people::{People, PersonNumber, told};
use super::room::RoomNumber;
use super::said::{Answered, Reacted, Said, Told};
use super::{NotRead, Reading, moment};

/// What a post is, by its type.
enum What<'a> {
    Message,
    /// Whose username it is.
    Came(&'a str),
    Left(&'a str),
    Header {
        before: &'a str,
        after: &'a str,
    },
    Renamed {
        before: &'a str,
        after: &'a str,
    },
    /// A notice of what there is no fact for, or of what other lines say.
    Notice,
}

impl Reading {
    /// Takes what was posted in a room, and what was answered to it.
    pub(super) fn post(&mut self, mut post: Post, room: RoomNumber, line: u64) -> Result<(), NotRead> {
        let replies = post.replies.take().unwrap_or_default();
        for part in [&post].into_iter().chain(&replies) {
            let times = part.reactions.iter().flatten().map(|reaction| reaction.create_at);
            for at in [part.create_at].into_iter().chain(part.edit_at).chain(times) {
                if moment(at).is_none() {
                    return Err(NotRead::Bad(format!("{at} is no time")));
                }
            }
        }
        let first = Answered { person: self.people.know(&post.user), at: post.create_at, line };
        self.part(post, room, (line, 0), None)?;
        for (place, reply) in (1..).zip(replies) {
            self.part(reply, room, (line, place), Some(first))?;
        }
        Ok(())
    }

    fn part(
        &mut self,
        post: Post,
        room: RoomNumber,
        (line, place): (u64, u32),
        answers: Option<Answered>,
    ) -> Result<(), NotRead> {
        let at = post.create_at;
        self.rooms.posted(room, at);
        self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
        let happened = match what(&post) {
            What::Message => {
                self.counts.messages += 1;
                let person = self.people.know(&post.user);
                let said = said(&mut self.people, post, room, person, answers);
                self.counts.files += said.files.len();
                let here = |path: &&String| self.folder.as_ref().is_some_and(|folder| folder.at(path).is_some());
                self.counts.files_here += said.files.iter().filter(here).count();
                Told::Said(Box::new(said))
            }
            What::Came(username) => {
                let person = self.people.know(username);
                self.rooms.moved(room, person, at, true);
                Told::Came { room, person }
            }
            What::Left(username) => {
                let person = self.people.know(username);
                self.rooms.moved(room, person, at, false);
                Told::Left { room, person }
            }
            What::Header { .. } if !self.rooms.has_topic(room) => {
                self.skip("notices");
                return Ok(());
            }
            What::Header { before, after } => {
                self.rooms.header_changed(room, at, before, after);
                Told::Header { room, person: self.people.know(&post.user), header: after.to_owned() }
            }
            What::Renamed { before, after } => {
                self.rooms.renamed(room, at, before, after);
                Told::Renamed { room, person: self.people.know(&post.user), name: after.to_owned() }
            }
            What::Notice => {
                self.skip("notices");
                return Ok(());
            }
        };
        self.counts.facts += happened.facts();
        if self.keep {
            let record = serde_json::to_vec(&happened).map_err(std::io::Error::other)?;
            self.posts.push((at, line, place), record)?;
        }
        Ok(())
    }
}

/// What a post is. Mattermost's own types begin with `system_`; those of its plugins and integrations are messages.
fn what(post: &Post) -> What<'_> {
    let Some(kind) = post.kind.as_deref().and_then(|kind| kind.strip_prefix("system_")) else { return What::Message };
    let change = |what: &str| {
        let prop = |when: &str| post.prop(&format!("{when}_{what}"));
        Some((prop("old").unwrap_or_default(), prop("new")?))
    };
    match kind {
        "join_channel" | "guest_join_channel" => What::Came(post.prop("username").unwrap_or(&post.user)),
        "leave_channel" => What::Left(post.prop("username").unwrap_or(&post.user)),
        "add_to_channel" | "add_guest_to_chan" => post.prop("addedUsername").map_or(What::Notice, What::Came),
        "remove_from_channel" => post.prop("removedUsername").map_or(What::Notice, What::Left),
        "header_change" => change("header").map_or(What::Notice, |(before, after)| What::Header { before, after }),
        "displayname_change" => {
            change("displayname").map_or(What::Notice, |(before, after)| What::Renamed { before, after })
        }
        _ => What::Notice,
    }
}

fn said(people: &mut People, post: Post, room: RoomNumber, person: PersonNumber, answers: Option<Answered>) -> Said {
    let written = post.message.unwrap_or_default();
    let written = if written.contains('\0') { written.replace('\0', "") } else { written };
    let (text, mentions) = named(written.clone(), people);
    let text = text.char_indices().nth(IMPORTED_MESSAGE_MAX).map(|(end, _)| text[..end].to_owned()).unwrap_or(text);
    let (reactions, unnamed) = reactions(people, post.reactions.unwrap_or_default());
    let (files, attachments) = attached(post.attachments);
    let rest = told(json!({
        "message": Some(written).filter(|written| *written != text),
        "type": post.kind,
        "props": post.props.filter(|props| !is_empty(props)),
        "flagged_by": post.flagged_by.filter(|flagged| !is_empty(flagged)),
        "attachments": attachments,
        "thread_followers": post.thread_followers.filter(|followers| !is_empty(followers)),
        "reactions": Some(unnamed).filter(|unnamed| !unnamed.is_empty()),
    }));
    Said {
        room,
        person,
        text,
        mentions,
        edit_at: post.edit_at.filter(|at| *at != 0),
        answers,
        reactions,
        pinned: post.is_pinned == Some(true),
        files,
        rest: Some(rest).filter(|rest| !is_empty(rest)),
    }
}

/// Who reacted with what, and what is no emoji here.
fn reactions(people: &mut People, reactions: Vec<Reaction>) -> (Vec<Reacted>, Vec<Value>) {
    let (mut told, mut unnamed) = (vec![], vec![]);
    for Reaction { user, create_at: at, emoji_name } in reactions {
        match emoji(&emoji_name) {
            Some(emoji) => told.push(Reacted { person: people.know(&user), at, emoji }),
            None => unnamed.push(json!({"user": user, "create_at": at, "emoji_name": emoji_name})),
        }
    }
    (told, unnamed)
}

/// The paths of files, at most as many as go with a message, and what else there is.
fn attached(attachments: Option<Value>) -> (Vec<String>, Option<Value>) {
    let attachments = attachments.filter(|attached| !is_empty(attached));
    let Some(Value::Array(items)) = attachments else { return (vec![], attachments) };
    let path = |item: &Value| Some(item.get("path")?.as_str()?.to_owned());
    let (mut paths, mut rest) = (vec![], vec![]);
    for item in items {
        match path(&item).filter(|path| paths.len() < FILES_MAX && !path.contains('\0')) {
            Some(path) => paths.push(path),
            None => rest.push(item),
        }
    }
    (paths, Some(rest).filter(|rest| !rest.is_empty()).map(Value::Array))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
