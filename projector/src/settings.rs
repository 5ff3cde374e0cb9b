//! Settings of users: `migrations/read/settings.sql`.

use domain::settings::SettingsEvent;
use domain::user::UserEvent;
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
    const VERSION: i32 = 2;
    const DDL: &'static str = include_str!("../../migrations/read/settings.sql");

    /// Each event of their own holds the whole.
    fn want(rows: &mut Rows, event: &Event) {
        if let Fact::User(id, UserEvent::UserErased { .. }) = event.fact {
            rows.settings.want([id]);
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        if let Fact::Settings(id, SettingsEvent::SettingsUpdated { settings }) = &event.fact {
            rows.settings.put(UserSettings {
                user_id: *id,
                settings: settings.get().cloned(),
                version: event.sequence,
            });
        } else if let Fact::User(id, UserEvent::UserErased { .. }) = &event.fact
            && let Some(settings) = rows.settings.change([*id])
        {
            settings.settings = None;
        }
        Ok(())
    }
}
