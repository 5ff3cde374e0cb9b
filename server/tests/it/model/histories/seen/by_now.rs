//! What today's keys leave of what was answered: nothing of who was erased since, and nothing of what was said in
//! secret.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::histories::question::Question;
use crate::model::names::Thing;
use crate::model::play::Play;
use crate::model::world::{Kind, Number, Who, World};

/// What cannot be read any more.
pub(super) struct Today {
    /// Who was erased since, and their ids.
    gone: Vec<(Who, String)>,
    /// Secret rooms.
    rooms: BTreeSet<String>,
    /// The messages of these.
    messages: BTreeSet<String>,
}

impl Today {
    pub(super) fn of(play: &mut Play<'_>, then: &World, now: &World) -> Self {
        let people = 0..then.people.len();
        let gone = people.filter(|who| now.people[*who].erased && !then.people[*who].erased);
        let gone = gone.map(|who| (who, play.person(who).to_string())).collect();
        let is_secret = |room: Number| then.rooms[&room].kind == Kind::Secret;
        let rooms = then.rooms.keys().filter(|room| is_secret(**room));
        let rooms = rooms.map(|room| play.room_id(*room).to_string()).collect();
        let messages = then.messages.iter().filter(|(_, message)| is_secret(message.room));
        let messages = messages.map(|(number, _)| play.names.id(Thing::Message, *number).to_string()).collect();
        Self { gone, rooms, messages }
    }

    /// Whether somebody was erased since.
    pub(super) fn is_gone(&self, who: Who) -> bool {
        self.gone.iter().any(|(gone, _)| *gone == who)
    }

    /// What is left of an answer.
    pub(super) fn opens(&self, question: Question, said: &Value) -> Value {
        let mut left = said.clone();
        if said["status"] == 401 {
            return left;
        }
        match question {
            Question::Export => self.opens_archive(&mut left["body"]),
            Question::Account(who) if self.is_gone(who) => left["body"]["display_name"] = Value::Null,
            Question::Users(who) if self.is_gone(who) => left["body"]["items"] = json!([]),
            Question::File(file) | Question::Content(file) | Question::FilePermissions(file)
                if self.is_gone(file.owner) =>
            {
                left = json!({"status": 404, "problem": "not-found"});
            }
            Question::Settings
            | Question::OwnAccount
            | Question::Sessions
            | Question::Account(_)
            | Question::Users(_)
            | Question::File(_)
            | Question::Content(_)
            | Question::FilePermissions(_) => {}
        }
        left
    }

    /// Of one's own data words of others are no part, but for what one forwarded: that is gone with who said it.
    fn opens_archive(&self, archive: &mut Value) {
        for (name, told) in archive.as_object_mut().into_iter().flatten() {
            let Some(told) = told.as_array_mut() else { continue };
            if name == "reactions.jsonl" {
                told.retain(|reaction| !has(&self.messages, &reaction["message_id"]));
            }
            let Some(room) = name.strip_prefix("messages/") else { continue };
            let is_secret = self.rooms.contains(room.trim_end_matches(".jsonl"));
            for message in told {
                let author = &message["forwarded_from"]["sender_id"];
                let is_gone = self.gone.iter().any(|(_, id)| author == id.as_str());
                if is_secret || is_gone {
                    message["status"] = json!("deleted");
                    message["text"] = Value::Null;
                }
            }
        }
    }
}

/// Whether an id is among some.
fn has(ids: &BTreeSet<String>, id: &Value) -> bool {
    id.as_str().is_some_and(|id| ids.contains(id))
}
