//! Where words end.

/// Whether a word goes on after `before`: then neither a link nor a mention begins.
pub(super) fn goes_on_after(before: &str) -> bool {
    before.chars().next_back().is_some_and(joins)
}

/// Whether a word goes on from `before` to `rest`.
pub(super) fn goes_on(before: &str, rest: &str) -> bool {
    goes_on_after(before) && rest.starts_with(joins)
}

/// Whether a character is part of a word that only a space ends, as in most scripts. Some write words without spaces: in
/// those a word may end after each character.
fn joins(c: char) -> bool {
    let without_spaces = matches!(c,
        '\u{e00}'..='\u{eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Burmese
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{3040}'..='\u{30ff}' // kana
        | '\u{3400}'..='\u{9fff}' // Chinese characters
        | '\u{ac00}'..='\u{d7af}' // Hangul, whose particles follow a name
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}');
    c == '_' || c.is_alphanumeric() && !without_spaces
}
