//! What others say that bytes are.

/// What is unknown.
const UNKNOWN: &str = "application/octet-stream";

/// Longest half of a media type, in characters: RFC 6838, section 4.2.
const LONGEST: usize = 127;

/// `text` in lower case if it is a media type without parameters, such as `image/png`; else that of unknown bytes.
pub fn clean(text: &str) -> String {
    let is_name = |half: &str| {
        half.len() <= LONGEST
            && half.starts_with(|first: char| first.is_ascii_alphanumeric())
            && half.chars().all(|letter| letter.is_ascii_alphanumeric() || "!#$&-^_.+".contains(letter))
    };
    match text.split_once('/') {
        Some((kind, name)) if is_name(kind) && is_name(name) => text.to_ascii_lowercase(),
        Some(_) | None => UNKNOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_media_type_is_unknown() {
        for (told, cleaned) in [
            ("image/png", "image/png"),
            ("Application/vnd.google-apps.document", "application/vnd.google-apps.document"),
            ("image/svg+xml", "image/svg+xml"),
            ("text/plain; charset=utf-8", UNKNOWN),
            ("text/html\r\nSet-Cookie: a", UNKNOWN),
            ("text", UNKNOWN),
            ("/", UNKNOWN),
            ("a/b/c", UNKNOWN),
            ("", UNKNOWN),
        ] {
            assert_eq!(clean(told), cleaned, "{told:?}");
        }
        assert_eq!(clean(&format!("text/{}", "x".repeat(128))), UNKNOWN);
    }
}
