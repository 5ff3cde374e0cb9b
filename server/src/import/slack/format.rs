//! Slack's markup as plain text.

use std::collections::HashMap;

use domain::message::Names;

use super::list::is_id;
use super::user;

/// Slack's text as people read it: `<@U1|name>` as `@name`, links as their address, `&lt;` as `<`. With it whom those names
/// mention.
pub(super) fn plain(text: &str, people: &HashMap<String, String>) -> (String, Names) {
    let mut names = Names::new();
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, marked)) = rest.split_once('<') {
        plain.push_str(before);
        let Some((mark, after)) = marked.split_once('>') else {
            plain.push('<');
            rest = marked;
            continue;
        };
        plain.push_str(&reference(mark, people, &mut names));
        rest = after;
    }
    plain.push_str(rest);
    // Last of all `&amp;`: what it reveals is not markup.
    (plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"), names)
}

/// What stands between angle brackets.
fn reference(mark: &str, people: &HashMap<String, String>, names: &mut Names) -> String {
    let (target, label) = mark.split_once('|').map_or((mark, None), |(target, label)| (target, Some(label)));
    let mut target_chars = target.chars();
    match target_chars.next() {
        Some('@') => {
            let id = target_chars.as_str();
            let name = people.get(id).map(String::as_str).or(label).unwrap_or(id);
            if is_id(id) {
                names.insert(name.to_owned(), user(id));
            }
            format!("@{name}")
        }
        Some('#') => format!("#{}", label.unwrap_or(target_chars.as_str())),
        Some('!') => format!("@{}", label.unwrap_or(target_chars.as_str()).trim_start_matches('@')),
        Some(_) | None => match label {
            Some(label) if !target.trim_end_matches('/').ends_with(label.trim_end_matches('/')) => {
                format!("{label} ({target})")
            }
            Some(_) | None => target.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_what_people_read() {
        let people = HashMap::from([("U1".to_owned(), "Ann".to_owned())]);
        for (written, read) in [
            ("hi <@U1>, <@U2|bob> &amp; <@U3>", "hi @Ann, @bob & @U3"),
            ("see <#C1|general> and <!channel>", "see #general and @channel"),
            ("<http://example.org/>", "http://example.org/"),
            ("<http://example.org/|example.org>", "http://example.org/"),
            ("<http://example.org/a|the page>", "the page (http://example.org/a)"),
            ("a &lt; b &amp;lt; c", "a < b &lt; c"),
            ("1 < 2", "1 < 2"),
        ] {
            assert_eq!(plain(written, &people).0, read);
        }
    }
    #[test]
    fn names_say_whom_they_mention() {
        let people = HashMap::from([("U1".to_owned(), "Ann".to_owned())]);
        let (_, names) = plain("<@U1> and <@U2|bob> in <#C1|general>", &people);
        assert_eq!(names, Names::from([("Ann".to_owned(), user("U1")), ("bob".to_owned(), user("U2"))]));
        let (text, names) = plain(&format!("<@> <@|bob> <@{}|eve>", "U".repeat(999)), &people);
        assert_eq!((&*text, names), ("@ @bob @eve", Names::new()), "of no id nobody is meant");
    }
}
