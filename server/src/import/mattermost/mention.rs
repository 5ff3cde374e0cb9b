//! Mentions: `@username` there, `@display name` here.

use std::collections::HashMap;

use domain::message::Names;
use domain::message::entity::{find, names};

use super::people::{People, PersonNumber};

/// A text with the names that people have here, and whom they mention. In code nobody is mentioned.
pub(super) fn named(text: String, people: &People) -> (String, Vec<(String, PersonNumber)>) {
    if !text.contains('@') {
        return (text, vec![]);
    }
    let mut numbers = HashMap::new();
    let mut usernames = Names::new();
    for name in names(&text) {
        if let Some(number) = people.find(&name) {
            let user = people.id(number);
            numbers.insert(user, number);
            usernames.insert(name, user);
        }
    }
    if usernames.is_empty() {
        return (text, vec![]);
    }
    let (mut said, mut mentions) = (String::with_capacity(text.len()), Vec::new());
    let (mut rest, mut at) = (text.as_str(), 0);
    for entity in find(&text, &usernames, false) {
        let Some(number) = entity.user_id.and_then(|user| numbers.get(&user)).copied() else { continue };
        let (before, after) = split(rest, entity.offset - at);
        let (_, after) = split(after, entity.length);
        let name = people.display_name(number);
        said.push_str(before);
        said.push('@');
        said.push_str(name);
        mentions.push((name.to_owned(), number));
        (rest, at) = (after, entity.offset + entity.length);
    }
    said.push_str(rest);
    (said, mentions)
}

/// A text before and after so many characters.
fn split(text: &str, chars: usize) -> (&str, &str) {
    text.split_at(text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn people_are_mentioned_by_the_names_they_have_here() {
        let mut people = People::default();
        let user = |fields| serde_json::from_value(fields).unwrap();
        let ann = people.user(&user(json!({"username": "ann.lee", "nickname": "Ann Lee"})));
        let bob = people.user(&user(json!({"username": "bob"})));
        for (written, said, mentions) in [
            ("no one", "no one", vec![]),
            ("@ann.lee: hi", "@Ann Lee: hi", vec![ann]),
            ("ü @Ann.Lee, @bob.", "ü @Ann Lee, @bob.", vec![ann, bob]),
            ("ann@bob `@bob` @bobby @nobody", "ann@bob `@bob` @bobby @nobody", vec![]),
        ] {
            let (text, found) = named(written.to_owned(), &people);
            assert_eq!((&*text, found.iter().map(|(_, number)| *number).collect::<Vec<_>>()), (said, mentions));
        }
    }
}
