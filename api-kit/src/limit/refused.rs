//! Whose last request was refused, by their token.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::Token;

/// Most that are remembered, some 100 bytes each; beyond it all are forgotten, and looked up again.
const MOST: usize = 4096;

/// Users by their session, with what is stored of its secret. Each until their next request.
#[derive(Default)]
pub(super) struct Refused(Mutex<HashMap<Uuid, (String, Uuid)>>);

impl Refused {
    pub(super) fn note(&self, token: &Token, user: Uuid) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= MOST {
            noted.clear();
        }
        noted.insert(token.session, (token.secret_sha256(), user));
    }

    /// Who they are, if they are noted; then they are no longer.
    pub(super) fn take(&self, token: &Token) -> Option<Uuid> {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get(&token.session).filter(|(secret_sha256, _)| token.matches(secret_sha256))?;
        noted.remove(&token.session).map(|(_, user)| user)
    }
}
