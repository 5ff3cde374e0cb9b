//! What happens, told as it happens.

mod calls;
mod chaos;
mod contract;
mod ending;
mod events;
mod hostile;
mod passing;
mod resuming;
mod seeing;
mod telling;

use serde_json::Value;

/// A thing as it is told: without what differs by who looks.
fn for_nobody(mut thing: Value) -> Value {
    let fields = thing.as_object_mut().expect("an object");
    fields.remove("my");
    fields.remove("last_message");
    for reaction in fields.get_mut("reactions").and_then(Value::as_array_mut).into_iter().flatten() {
        reaction.as_object_mut().unwrap().remove("mine");
    }
    thing
}
