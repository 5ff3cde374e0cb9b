//! The data keys, called as the domain calls them.

use event_store::{KeyNames, Keyring, MasterKey};
use sqlx::PgPool;

/// What the names of keys say.
const NAMES: KeyNames = KeyNames { wrapped_by: domain::sealed::wrapped_by, is_fleeting: domain::sealed::is_fleeting };

/// The data keys of this process. What it opens with them it reads as the domain reads events of older shapes.
pub(crate) fn over(pool: PgPool, master: MasterKey) -> Keyring {
    Keyring::new(pool, master, NAMES, domain::upcast::upcasters())
}
