//! What a file is called.

/// The longest name, in bytes: what file systems take.
pub const NAME_MAX: usize = 255;

/// What a file without a name is called.
const NAMELESS: &str = "file";

/// `name` without what could lead out of a folder, end a line or turn the order of its letters around, cut to
/// [`NAME_MAX`] bytes between two characters.
pub fn clean(name: &str) -> String {
    let name: String = name.chars().filter(|letter| !is_odd(*letter)).collect();
    let name = name.trim();
    let name = name[..name.floor_char_boundary(NAME_MAX)].trim_end();
    if name.trim_matches('.').is_empty() { NAMELESS.to_owned() } else { name.to_owned() }
}

/// Separators of folders, controls, line ends, and marks that set the direction of text.
fn is_odd(letter: char) -> bool {
    matches!(letter, '/' | '\\' | '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || letter.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_lead_elsewhere_or_mislead_is_left_out() {
        for (given, cleaned) in [
            ("report.pdf", "report.pdf"),
            (" 世界 2024.png ", "世界 2024.png"),
            ("../../etc/passwd", "....etcpasswd"),
            ("C:\\temp\\a.txt", "C:tempa.txt"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\r\nSet-Cookie: b\0", "aSet-Cookie: b"),
            ("\u{2066}x\u{2069}\u{feff}\u{200f}", "x"),
            ("", "file"),
            ("/", "file"),
            ("..", "file"),
        ] {
            assert_eq!(clean(given), cleaned, "{given:?}");
        }
    }

    #[test]
    fn it_is_cut_between_two_characters() {
        assert_eq!(clean(&"x".repeat(300)).len(), 255);
        assert_eq!(clean(&format!("x{}", "é".repeat(200))).len(), 255);
        assert_eq!(clean(&"é".repeat(200)).len(), 254);
    }
}
