//! What is pinned in a channel of an export.

use serde_json::Value;
use time::OffsetDateTime;

use super::list::is_id;
use super::moment;

/// A pin as `channels.json` tells, or the message itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pin {
    /// The message's timestamp.
    pub(super) message: String,
    /// Slack's id of who pinned it.
    pub(super) user: String,
    pub(super) at: OffsetDateTime,
}

impl Pin {
    /// A pin of the channel's list: of a message; what else can be pinned has no timestamp for its id.
    pub(super) fn listed(pin: &Value) -> Option<Self> {
        let message = pin.get("id")?.as_str()?.to_owned();
        moment(&message).filter(|_| message.contains('.'))?;
        Some(Self { message, user: person(pin.get("user")?)?, at: seconds(pin.get("created")?)? })
    }

    /// The pin that a message's field `pinned_info` tells of.
    pub(super) fn of_message(message: &str, info: &Value) -> Option<Self> {
        let user = person(info.get("pinned_by")?)?;
        Some(Self { message: message.to_owned(), user, at: seconds(info.get("pinned_ts")?)? })
    }
}

/// Slack's id of a person, if it can be one.
fn person(value: &Value) -> Option<String> {
    value.as_str().filter(|id| is_id(id)).map(str::to_owned)
}

/// A time in seconds since 1970, as a text or as a number.
pub(super) fn seconds(value: &Value) -> Option<OffsetDateTime> {
    match value {
        Value::String(seconds) => moment(seconds),
        Value::Number(seconds) => moment(&seconds.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn messages_are_pinned_by_somebody_at_a_time() {
        let pin = Pin {
            message: "1444755381.000003".to_owned(),
            user: "U1".to_owned(),
            at: datetime!(2015-10-13 16:57:43 UTC),
        };
        let listed = json!({"id": "1444755381.000003", "type": "C", "user": "U1", "created": "1444755463"});
        assert_eq!(Pin::listed(&listed), Some(pin.clone()));
        let told = json!({"channel": "C1", "pinned_by": "U1", "pinned_ts": 1_444_755_463});
        assert_eq!(Pin::of_message("1444755381.000003", &told), Some(pin));
        let nobody = json!({"id": "1444755381.000003", "user": "", "created": 1});
        let other = [json!({"id": "F1", "user": "U1", "created": 1}), json!({"id": "1444755381.000003"}), json!(1)];
        for other in other.into_iter().chain([nobody]) {
            assert_eq!(Pin::listed(&other), None);
        }
    }
}
