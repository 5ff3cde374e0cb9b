//! Read positions: `migrations/read/reading.sql`.

use domain::reading::ReadingEvent;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// How far somebody has read a room.
    struct Reading in "reading" by [room_id, user_id] {
        room_id: Uuid,
        user_id: Uuid,
        position: i64,
        version: i64,
    }
}

pub(crate) struct Readings;

impl Projection for Readings {
    const NAME: &'static str = "readings";
    const VERSION: i32 = 1;
    const DDL: &'static str = include_str!("../../migrations/read/reading.sql");

    /// Nothing: each event holds the whole.
    fn want(_: &mut Rows, _: &Event) {}

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::Reading(ReadingEvent::ReadAdvanced { room_id, user_id, position }) = &event.fact else {
            return Ok(());
        };
        rows.readings.put(Reading {
            room_id: room_id.0,
            user_id: user_id.0,
            position: *position,
            version: event.sequence,
        });
        Ok(())
    }
}
