//! Settings of users: `migrations/read/settings.sql`.

use domain::settings::SettingsEvent;
use serde_json::Value;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// What a client stores for its user.
    struct UserSettings in "settings" by [user_id] {
        user_id: Uuid,
        settings: Option<Value>,
        version: i64,
    }
}

pub(crate) struct Settings;

impl Projection for Settings {
    const NAME: &'static str = "settings";
    const VERSION: i32 = 1;
    const DDL: &'static str = include_str!("../../migrations/read/settings.sql");

    /// Nothing: each event holds the whole.
    fn want(_: &mut Rows, _: &Event) {}

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::Settings(id, SettingsEvent::SettingsUpdated { settings }) = &event.fact else { return Ok(()) };
        rows.settings.put(UserSettings { user_id: *id, settings: settings.get().cloned(), version: event.sequence });
        Ok(())
    }
}
