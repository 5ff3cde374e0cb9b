//! What a channel is about: its topic, for which its purpose stands in where it has none.

use std::collections::HashMap;

use domain::text::TOPIC_MAX;
use serde_json::Value;

use super::super::cut;
use super::format;
use super::list::Placed;
use super::message::Posted;

/// What a channel is about. A room has one text for it.
#[derive(Clone, Debug)]
pub(super) struct Topics {
    topic: String,
    purpose: String,
}

impl Topics {
    /// As `channels.json` tells.
    pub(super) fn today(topic: &Value, purpose: &Value, people: &HashMap<String, String>) -> Self {
        let words = |field: &Value| {
            let words = field.get("value").and_then(Value::as_str).unwrap_or_default();
            cut(&format::plain(words, people).0, TOPIC_MAX)
        };
        Self { topic: words(topic), purpose: words(purpose) }
    }

    /// Before anything on record: what never changed was as it is today; of what did, nothing is known.
    pub(super) fn before(mut self, posted: &[Placed<Posted>], people: &HashMap<String, String>) -> Self {
        for Placed { item, .. } in posted {
            if item.topic(people).is_some() {
                self.topic.clear();
            }
            if item.purpose(people).is_some() {
                self.purpose.clear();
            }
        }
        self
    }

    /// Takes what a message tells of it; what it is about since, if that can be another: a purpose under a topic says nothing.
    pub(super) fn change(&mut self, posted: &Posted, people: &HashMap<String, String>) -> Option<&str> {
        if let Some(topic) = posted.topic(people) {
            self.topic = cut(&topic, TOPIC_MAX);
            return Some(self.shown());
        }
        self.purpose = cut(&posted.purpose(people)?, TOPIC_MAX);
        self.topic.is_empty().then_some(&*self.purpose)
    }

    /// What the room is about.
    pub(super) fn shown(&self) -> &str {
        if self.topic.is_empty() { &self.purpose } else { &self.topic }
    }

    /// A purpose for which there is no place in the room.
    pub(super) fn hidden(&self) -> Option<&str> {
        Some(&*self.purpose).filter(|purpose| !self.topic.is_empty() && !purpose.is_empty())
    }
}
