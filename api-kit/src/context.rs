//! What a process takes from around itself: the time, new ids, randomness. The one place where they are made.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use time::{Duration, OffsetDateTime};
use uuid::{Builder, Uuid};

/// The clock, ids and randomness of a process; handed to whatever needs them. Cheap to clone.
#[derive(Clone)]
pub struct Context(Source);

#[derive(Clone)]
enum Source {
    Ambient,
    Fixed(Arc<Mutex<Fixed>>),
}

struct Fixed {
    now: OffsetDateTime,
    random: StdRng,
}

impl Context {
    /// The machine's clock and the operating system's randomness.
    pub fn ambient() -> Self {
        Self(Source::Ambient)
    }

    /// A clock that stands still and randomness that `seed` determines, so that a test replays exactly.
    pub fn fixed(now: OffsetDateTime, seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed);
        Self(Source::Fixed(Arc::new(Mutex::new(Fixed { now: milliseconds(now), random }))))
    }

    /// Moves a fixed clock, for every clone of it; an ambient one moves by itself.
    pub fn advance(&self, by: Duration) {
        if let Source::Fixed(fixed) = &self.0 {
            fixed.lock().unwrap_or_else(PoisonError::into_inner).now += by;
        }
    }

    /// The time in UTC, to whole milliseconds.
    #[expect(clippy::disallowed_methods, reason = "this is where time is made")]
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Source::Ambient => milliseconds(OffsetDateTime::now_utc()),
            Source::Fixed(fixed) => fixed.lock().unwrap_or_else(PoisonError::into_inner).now,
        }
    }

    /// A new UUIDv7. Ambient ones ascend within the process.
    #[expect(clippy::disallowed_methods, reason = "this is where ids are made")]
    pub fn new_id(&self) -> Uuid {
        match &self.0 {
            Source::Ambient => Uuid::now_v7(),
            Source::Fixed(_) => {
                let millis = u64::try_from(self.now().unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
                Builder::from_unix_timestamp_millis(millis, &self.random()).into_uuid()
            }
        }
    }

    /// `N` bytes that nobody can foretell, fit for secrets.
    #[expect(clippy::disallowed_methods, reason = "this is where randomness is made")]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::Ambient => rand::rng().fill_bytes(&mut bytes),
            Source::Fixed(fixed) => {
                fixed.lock().unwrap_or_else(PoisonError::into_inner).random.fill_bytes(&mut bytes);
            }
        }
        bytes
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Source::Ambient => "Context::ambient",
            Source::Fixed(_) => "Context::fixed",
        })
    }
}

/// `time` in UTC without what is finer than a millisecond.
fn milliseconds(time: OffsetDateTime) -> OffsetDateTime {
    let time = time.to_offset(time::UtcOffset::UTC);
    time.replace_millisecond(time.millisecond()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_fixed_context_replays() {
        let make = || Context::fixed(datetime!(2025-03-01 12:00:00.123456 +1), 7);
        let (one, other) = (make(), make());
        assert_eq!(one.now(), datetime!(2025-03-01 11:00:00.123 UTC));
        assert_eq!((one.new_id(), one.random::<32>()), (other.new_id(), other.random::<32>()));
        assert_ne!(one.new_id(), one.new_id());
        one.clone().advance(Duration::SECOND);
        assert_eq!(one.now() - other.now(), Duration::SECOND);
    }

    #[test]
    fn ids_are_of_version_7_and_tell_their_time() {
        for context in [Context::ambient(), Context::fixed(datetime!(2025-03-01 12:00 UTC), 7)] {
            let before = context.now();
            let id = context.new_id();
            assert_eq!(id.get_version_num(), 7);
            let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
            let made = OffsetDateTime::from_unix_timestamp(seconds.cast_signed()).unwrap()
                + Duration::nanoseconds(nanos.into());
            assert!(made >= before && made - before < Duration::MINUTE);
        }
    }
}
