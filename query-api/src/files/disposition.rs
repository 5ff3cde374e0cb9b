//! Whether a file is shown or saved, and as what: RFC 6266 and RFC 8187.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 8187 lets stand as it is, besides letters and digits.
const ENCODED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Types that a browser may show without harm, if it is asked to.
const SHOWN: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// The header's value. Other types than images are saved, whatever is asked.
pub(super) fn disposition(filename: &str, media_type: &str, inline: bool) -> String {
    let how = if inline && SHOWN.contains(&media_type) { "inline" } else { "attachment" };
    let plain = |letter: char| if letter.is_ascii_graphic() || letter == ' ' { letter } else { '_' };
    let ascii: String =
        filename.chars().map(plain).map(|letter| if "\"\\%".contains(letter) { '_' } else { letter }).collect();
    let encoded = utf8_percent_encode(filename, &ENCODED);
    if ascii == filename {
        format!("{how}; filename=\"{ascii}\"")
    } else {
        format!("{how}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
    }
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn images_are_shown_if_asked_and_all_else_is_saved() {
        assert_eq!(disposition("a.png", "image/png", true), "inline; filename=\"a.png\"");
        assert_eq!(disposition("a.png", "image/png", false), "attachment; filename=\"a.png\"");
        assert_eq!(disposition("a.svg", "image/svg+xml", true), "attachment; filename=\"a.svg\"");
        assert_eq!(disposition("a.png", "text/html", true), "attachment; filename=\"a.png\"");
    }

    #[test]
    fn a_name_that_is_not_plain_is_encoded_besides() {
        assert_eq!(
            disposition("Über \"世\".txt", "text/plain", false),
            "attachment; filename=\"_ber ___.txt\"; filename*=UTF-8''%C3%9Cber%20%22%E4%B8%96%22.txt"
        );
    }
}
