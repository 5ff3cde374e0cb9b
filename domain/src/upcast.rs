//! How events of older shapes are read: by all, in one place, as the keyring of the event store opens them.
//!
//! An upcaster takes payloads with sealed fields opened, closed, or as they are stored, and leaves those fields as they are. Some
//! queries look at types of events and fields of payloads in the log itself, in clear: [`LOOKED_AT`]. Those stay what they are
//! called and mean; what must be otherwise is a new field.

use cqrs_es::persist::EventUpcaster;

/// Fields of payloads that queries look at in the log itself.
pub const LOOKED_AT: [&str; 8] = ["allow", "deny", "from", "owner_id", "permissions", "position", "room_id", "to"];

/// Every step from a stored shape to the next, for all streams: names of events are unique across them.
///
/// Empty for as long as no shape ever stored has been left behind.
pub fn upcasters() -> Vec<Box<dyn EventUpcaster>> {
    vec![]
}
