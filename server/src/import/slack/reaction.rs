//! Reactions to a message of an export.

use serde::Deserialize;
use serde_json::Value;

use super::super::emoji::emoji;
use super::list::is_id;

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
    /// How many are by people whose ids can be none.
    pub(super) unknown: usize,
}

impl Reactions {
    pub(super) fn of(field: Option<&Value>) -> Self {
        let Some(Value::Array(listed)) = field else { return Self { whole: field.is_none(), ..Self::default() } };
        let mut reactions = Self { whole: true, ..Self::default() };
        for item in listed {
            let reaction = Reaction::deserialize(item).unwrap_or_default();
            let Some(emoji) = emoji(&reaction.name) else {
                reactions.whole = false;
                continue;
            };
            reactions.whole &= reaction.count <= reaction.users.len();
            let (known, unknown) = reaction.users.into_iter().partition::<Vec<_>, _>(|user| is_id(user));
            reactions.unknown += unknown.len();
            reactions.told.extend(known.into_iter().map(|user| (user, emoji.clone())));
        }
        reactions.whole &= reactions.unknown == 0;
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
        let [empty, long] = [String::new(), "x".repeat(999)];
        assert_eq!(told(&json!([{"name": "+1", "users": ["U1", empty, long], "count": 3}])), (1, false));
        assert_eq!(told(&json!([{"name": "+1", "users": [1], "count": 1}])), (0, false));
        assert_eq!(told(&json!("?")), (0, false));
        assert!(Reactions::of(None).whole);
    }
}
