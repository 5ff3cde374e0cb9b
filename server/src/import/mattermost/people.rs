//! Who there is.

use std::collections::HashMap;

use domain::id::{UserId, derived};
use domain::text::DISPLAY_NAME_MAX;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::{Dated, Fact, name};
use super::line::{Bot, User};
use super::{SOURCE, origin};

/// A person's place in the list.
pub(super) type PersonNumber = u32;

/// Who there is.
#[derive(Default)]
pub(super) struct People {
    numbers: HashMap<String, PersonNumber>,
    list: Vec<Person>,
}

struct Person {
    id: UserId,
    display_name: String,
    email: Option<String>,
    active: bool,
    /// What there is no fact for.
    rest: Option<Value>,
}

impl People {
    /// Somebody with an account there, deactivated or not.
    pub(super) fn user(&mut self, user: &User) -> PersonNumber {
        let full =
            [&user.first_name, &user.last_name].into_iter().flatten().map(|name| name.trim()).collect::<Vec<_>>();
        let names = [user.nickname.clone().unwrap_or_default(), full.join(" "), user.username.clone()];
        let active = user.delete_at.unwrap_or_default() == 0;
        let valid = user.email.clone().filter(|email| domain::text::email(email).is_ok());
        let rest = json!({
            "username": user.username,
            "email": user.email.as_ref().filter(|_| !active || valid.is_none()),
            "nickname": user.nickname,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "position": user.position,
            "roles": user.roles,
            "locale": user.locale,
            "delete_at": user.delete_at,
        });
        self.put(&user.username, |id| Person {
            id,
            display_name: first_name(&names),
            email: valid,
            active,
            rest: Some(told(rest)),
        })
    }

    /// Somebody's program, which posts.
    pub(super) fn bot(&mut self, bot: &Bot) {
        let names = [bot.display_name.clone().unwrap_or_default(), bot.username.clone()];
        let rest = json!({"username": bot.username, "owner": bot.owner, "description": bot.description});
        let display_name = first_name(&names);
        self.put(&bot.username, |id| Person { id, display_name, email: None, active: true, rest: Some(told(rest)) });
    }

    /// Whoever is called so; who has no line of their own is somebody all the same.
    pub(super) fn know(&mut self, username: &str) -> PersonNumber {
        if let Some(number) = self.numbers.get(username) {
            return *number;
        }
        let display_name = first_name(&[username.to_owned()]);
        self.put(username, |id| Person { id, display_name, email: None, active: true, rest: None })
    }

    /// Whose username it is, without regard to case.
    pub(super) fn find(&self, username: &str) -> Option<PersonNumber> {
        self.numbers.get(&*username.to_lowercase()).copied()
    }

    pub(super) fn id(&self, number: PersonNumber) -> UserId {
        self.list[number as usize].id
    }

    pub(super) fn display_name(&self, number: PersonNumber) -> &str {
        &self.list[number as usize].display_name
    }

    /// That they have accounts, told as of `at`.
    pub(super) fn registered(&self, at: OffsetDateTime) -> impl Iterator<Item = Dated> {
        self.list.iter().map(move |person| {
            let Person { id, display_name, email, active, rest } = person;
            let (user, display_name, email) = (*id, display_name.clone(), email.clone());
            let fact = Fact::Registered { user, email, display_name, active: *active };
            // A username names a person: the origin, which stands in clear, names the derived id instead.
            Dated { at, origin: origin(format!("user/{id}"), rest.clone()), fact }
        })
    }

    fn put(&mut self, username: &str, person: impl FnOnce(UserId) -> Person) -> PersonNumber {
        let person = person(UserId(derived(SOURCE, &format!("user/{username}"))));
        if let Some(number) = self.numbers.get(username) {
            self.list[*number as usize] = person;
            return *number;
        }
        let number = PersonNumber::try_from(self.list.len()).expect("there are fewer people than that on Earth");
        self.numbers.insert(username.to_owned(), number);
        self.list.push(person);
        number
    }
}

/// The first of some names that says anything.
fn first_name(names: &[String]) -> String {
    let names = names.iter().map(|given| name(given, DISPLAY_NAME_MAX));
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "?".to_owned())
}

/// What is told of some fields: not what is nothing or empty.
pub(super) fn told(fields: Value) -> Value {
    let Value::Object(mut fields) = fields else { return fields };
    fields.retain(|_, field| !matches!(field, Value::Null) && field.as_str() != Some(""));
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_called_as_they_want_or_else_as_they_are() {
        let called = |fields: Value| {
            let mut people = People::default();
            let number = people.user(&serde_json::from_value(fields).unwrap());
            people.display_name(number).to_owned()
        };
        assert_eq!(called(json!({"username": "ann", "nickname": " Annie\u{7} ", "first_name": "Ann"})), "Annie");
        assert_eq!(
            called(json!({"username": "ann", "nickname": "", "first_name": "Ann", "last_name": "Lee"})),
            "Ann Lee"
        );
        assert_eq!(called(json!({"username": "ann"})), "ann");
    }
}
