//! Links.

/// What links begin with, in whatever case.
const SCHEMES: [&str; 2] = ["http://", "https://"];

/// Marks that end a sentence, and so belong to no address that they end.
const ENDS: [char; 14] = ['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', '’', '”', '»', '…'];

/// Brackets that belong to an address only where it has both.
const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// How many bytes of `rest` are an address: `http://` or `https://`, a letter or digit (or `[`, as of IPv6), and what
/// follows up to a space or what no address holds.
pub(super) fn at(rest: &str) -> Option<usize> {
    let is_here = |scheme: &str| rest.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let scheme = SCHEMES.into_iter().find(|scheme| is_here(scheme))?;
    let host = rest[scheme.len()..].chars().next()?;
    if !host.is_alphanumeric() && host != '[' {
        return None;
    }
    let foreign =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '|' | '\\' | '^');
    Some(without_the_sentence(rest.split(foreign).next().unwrap_or_default()).len())
}

/// `link` without what belongs to the text around it: marks, and brackets that it did not open.
fn without_the_sentence(link: &str) -> &str {
    let mut unopened =
        BRACKETS.map(|(open, close)| link.matches(close).count().saturating_sub(link.matches(open).count()));
    let belongs_to_the_sentence = |c: char| {
        if let Some(kind) = BRACKETS.iter().position(|(_, close)| *close == c) {
            let is_unopened = unopened[kind] > 0;
            unopened[kind] = unopened[kind].saturating_sub(1);
            return is_unopened;
        }
        ENDS.contains(&c)
    };
    link.trim_end_matches(belongs_to_the_sentence)
}
