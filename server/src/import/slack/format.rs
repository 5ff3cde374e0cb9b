//! Slack's markup as plain text.

use std::collections::HashMap;

/// Slack's text as people read it: `<@U1|name>` as `@name`, links as their address, `&lt;` as `<`.
pub(super) fn plain(text: &str, people: &HashMap<String, String>) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, marked)) = rest.split_once('<') {
        plain.push_str(before);
        let Some((mark, after)) = marked.split_once('>') else {
            plain.push('<');
            rest = marked;
            continue;
        };
        plain.push_str(&reference(mark, people));
        rest = after;
    }
    plain.push_str(rest);
    // Last of all `&amp;`: what it reveals is not markup.
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// What stands between angle brackets.
fn reference(mark: &str, people: &HashMap<String, String>) -> String {
    let (target, label) = mark.split_once('|').map_or((mark, None), |(target, label)| (target, Some(label)));
    let mut target_chars = target.chars();
    match target_chars.next() {
        Some('@') => {
            let id = target_chars.as_str();
            format!("@{}", people.get(id).map(String::as_str).or(label).unwrap_or(id))
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

/// The first `most` characters, without the control characters that names may not hold at their ends.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.trim().replace('\0', "").chars().take(most).collect()
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
            assert_eq!(plain(written, &people), read);
        }
    }
}
