//! A person of an export.

use std::collections::HashSet;
use std::path::Path;

use domain::text::DISPLAY_NAME_MAX;
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;

use super::super::{Dated, Fact, Faults, ImportError, name};
use super::list::{is_id, list, shown};
use super::{origin, user};

/// A person as `users.json` tells.
#[derive(Debug, Deserialize)]
pub(super) struct Person {
    pub(super) id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    real_name: Option<String>,
    /// Whether they were deactivated.
    #[serde(default)]
    deleted: Option<bool>,
    #[serde(default)]
    profile: Option<Profile>,
    /// Whether their email is none, or another's.
    #[serde(skip)]
    without_email: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Profile {
    display_name: Option<String>,
    real_name: Option<String>,
    email: Option<String>,
}

/// Who there is, each once.
pub(super) fn people(path: &Path, faults: &mut Faults) -> Result<Vec<Person>, ImportError> {
    let mut ids = HashSet::new();
    let lacks = |person: &Person| match () {
        () if !is_id(&person.id) => Some(format!("its `id` is no id: {}", shown(&person.id))),
        () if !ids.insert(person.id.clone()) => Some("somebody before it has its `id`".to_owned()),
        () => None,
    };
    let listed = list(path, lacks, faults)?;
    let (mut taken, mut people) = (HashSet::new(), Vec::with_capacity(listed.len()));
    for listed in listed {
        let mut person = listed.item;
        if let Some(why) = person.loses_email(&mut taken) {
            faults.mend(&listed.place, why);
        }
        people.push(person);
    }
    Ok(people)
}

impl Person {
    /// What they are shown as.
    pub(super) fn name(&self) -> String {
        let profile = self.profile.as_ref();
        let given = [
            profile.and_then(|profile| profile.display_name.as_ref()),
            profile.and_then(|profile| profile.real_name.as_ref()),
            self.real_name.as_ref(),
            self.name.as_ref(),
            Some(&self.id),
        ];
        let names = given.into_iter().flatten().map(|given| name(given, DISPLAY_NAME_MAX));
        names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// That they have an account.
    pub(super) fn registered(&self, at: OffsetDateTime) -> Dated {
        let email = self.email().map(str::to_owned);
        let (email, rest) =
            if self.without_email { (None, email.map(|email| json!({"email": email}))) } else { (email, None) };
        let (user, display_name) = (user(&self.id), self.name());
        let fact = Fact::Registered { user, email, display_name, active: self.is_active() };
        Dated { at, origin: origin(&self.id, rest), fact }
    }

    /// Why their email is not taken: an email is one person's. Whoever was deactivated takes none.
    fn loses_email(&mut self, taken: &mut HashSet<String>) -> Option<&'static str> {
        let email = self.email()?;
        let why = match () {
            () if domain::text::email(email).is_err() => "its email is none: imported without",
            () if self.is_active() && !taken.insert(domain::text::folded_email(email)) => {
                "its email is that of somebody before it: imported without"
            }
            () => return None,
        };
        self.without_email = true;
        Some(why)
    }

    fn email(&self) -> Option<&str> {
        self.profile.as_ref()?.email.as_deref().filter(|email| !email.is_empty())
    }

    fn is_active(&self) -> bool {
        self.deleted != Some(true)
    }
}
