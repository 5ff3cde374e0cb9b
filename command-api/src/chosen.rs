//! What a body holds beyond plain values.

use api_kit::{Context, Timestamp};
use serde::{Deserialize, Deserializer, de};
use time::OffsetDateTime;
use uuid::{Uuid, Variant};

/// The id that a client chose for what it creates: a UUID of version 7, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChosenId(pub(crate) Uuid);

impl<'de> Deserialize<'de> for ChosenId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let id = Uuid::try_parse(&text).ok().filter(|id| id.as_hyphenated().to_string() == text);
        let id = id.filter(|id| id.get_version_num() == 7 && id.get_variant() == Variant::RFC4122);
        id.map(Self).ok_or_else(|| de::Error::custom("must be a UUID of version 7, in lower case"))
    }
}

/// The chosen id, or a new one.
pub(crate) fn or_new(chosen: Option<ChosenId>, context: &Context) -> Uuid {
    chosen.map_or_else(|| context.new_id(), |ChosenId(id)| id)
}

/// Reads a field that may be absent, but of which `null` is a value like any other, as `T` has it.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The time of a body, to whole milliseconds: as times are answered.
pub(crate) fn instant(Timestamp(time): Timestamp) -> OffsetDateTime {
    time.truncate_to_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str) -> Result<ChosenId, String> {
        serde_json::from_value(text.into()).map_err(|error| error.to_string())
    }

    #[test]
    fn only_a_uuid_of_version_7_may_be_chosen() {
        assert!(chosen("01890a5d-ac96-774b-bcce-b302099a8057").is_ok());
        for bad in [
            "",
            "01890A5D-AC96-774B-BCCE-B302099A8057",
            "01890a5dac96774bbcceb302099a8057",
            "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
            "01890a5d-ac96-474b-bcce-b302099a8057",
            "01890a5d-ac96-774b-ccce-b302099a8057",
        ] {
            assert_eq!(chosen(bad), Err("must be a UUID of version 7, in lower case".to_owned()), "{bad}");
        }
    }
}
