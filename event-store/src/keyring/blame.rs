//! Whose fault it is that a stored key does not unwrap: that of the master key at hand, or of the key's own row.
//!
//! With another master key nothing opens, and all must wait for the right one; a damaged row is lost, and with it what it
//! sealed, and nobody else need wait for that.

use super::{KeyError, Keyring, Row};
use crate::in_time::in_time;

/// Other keys that the master key is tried on.
const TRIED: i64 = 3;

impl Keyring {
    /// The error of a key that does not unwrap with the master key, if it is that one's fault; else that of a damaged row.
    pub(super) async fn blame(&self, error: KeyError) -> KeyError {
        match error {
            KeyError::WrongMaster(name) => match self.opens_others(&name).await {
                Ok(true) => KeyError::DamagedKey(name),
                Ok(false) => KeyError::WrongMaster(name),
                Err(error) => error.into(),
            },
            error @ (KeyError::Unavailable(_)
            | KeyError::Damaged { .. }
            | KeyError::DamagedKey(_)
            | KeyError::MasterAway { .. }
            | KeyError::NotJson(_)) => error,
        }
    }

    /// Whether the master key opens another key of the same version, or of any if there is none. Two probes of an index.
    async fn opens_others(&self, name: &str) -> Result<bool, sqlx::Error> {
        const SAME: &str = "select name, wrapped, master_version from keys.key where name <> $1 \
                            and master_version = (select master_version from keys.key where name = $1) limit $2";
        const ANY: &str = "select name, wrapped, master_version from keys.key where name <> $1 \
                           and master_version is not null order by master_version desc limit $2";
        for others in [SAME, ANY] {
            let others = sqlx::query_as::<_, Row>(others).bind(name).bind(TRIED).fetch_all(&self.inner.pool);
            let others = in_time(others).await?;
            if !others.is_empty() {
                return Ok(others.iter().any(|other| self.opens(other)));
            }
        }
        Ok(false)
    }

    fn opens(&self, row: &Row) -> bool {
        let wrapped = row.wrapped.as_ref();
        wrapped.is_some_and(|wrapped| self.inner.master.unwrap(&row.name, row.master_version, wrapped).is_ok())
    }
}
