//! Reactions to a message of an export.

use serde::Deserialize;
use serde_json::Value;

use super::super::emoji::emoji;

/// What people reacted to a message with, as the export tells.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reaction {
    name: String,
    /// Not all of them, if there are many.
    users: Vec<String>,
    count: usize,
}

/// Who reacted with what, as far as the field `reactions` tells.
#[derive(Debug, Default)]
pub(super) struct Reactions {
    /// Slack's ids of people, and the emoji.
    pub(super) told: Vec<(String, String)>,
    /// Whether that is all.
    pub(super) whole: bool,
}

impl Reactions {
    pub(super) fn of(field: Option<&Value>) -> Self {
        let Some(Value::Array(listed)) = field else { return Self { told: vec![], whole: field.is_none() } };
        let mut reactions = Self { told: vec![], whole: true };
        for item in listed {
            let reaction = Reaction::deserialize(item).unwrap_or_default();
            let Some(emoji) = emoji(&reaction.name) else {
                reactions.whole = false;
                continue;
            };
            reactions.whole &= reaction.count <= reaction.users.len();
            reactions.told.extend(reaction.users.into_iter().map(|user| (user, emoji.clone())));
        }
        reactions
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whoever_is_listed_reacted() {
        let told = |field: &Value| {
            let reactions = Reactions::of(Some(field));
            (reactions.told.len(), reactions.whole)
        };
        let [two, more] = [2, 9].map(|count| json!([{"name": "+1", "users": ["U1", "U2"], "count": count}]));
        assert_eq!(told(&two), (2, true));
        assert_eq!(told(&more), (2, false), "the rest is kept as it is");
        assert_eq!(told(&json!([{"name": "no emoji"}, {"name": "+1", "users": ["U1"], "count": 1}])), (1, false));
        assert_eq!(told(&json!("?")), (0, false));
        assert!(Reactions::of(None).whole);
    }
}
