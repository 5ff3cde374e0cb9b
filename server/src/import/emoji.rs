//! Emoji by the names that other systems have for them.

use domain::text::EMOJI_MAX;

/// The emoji that is called `name`, such as `+1` or `wave::skin-tone-3`: itself where Unicode has it, else its name between
/// colons. None of what can be neither.
pub(super) fn emoji(name: &str) -> Option<String> {
    let (base, tone) = toned(name);
    if let Some(emoji) = emojis::get_by_shortcode(base) {
        let toned = tone.and_then(|tone| emoji.with_skin_tone(tone));
        return Some(toned.unwrap_or(emoji).as_str().to_owned());
    }
    let own = format!(":{name}:");
    let is_one = !name.is_empty() && domain::text::emoji(&own).is_ok();
    is_one.then_some(own).filter(|own| own.len() <= EMOJI_MAX)
}

/// A name without its skin tone, as Slack (`::skin-tone-2` to 6) and Mattermost (`_light_skin_tone`) write it.
fn toned(name: &str) -> (&str, Option<emojis::SkinTone>) {
    use emojis::SkinTone::{Dark, Light, Medium, MediumDark, MediumLight};
    let tones = [
        ("::skin-tone-2", "_light_skin_tone", Light),
        ("::skin-tone-3", "_medium_light_skin_tone", MediumLight),
        ("::skin-tone-4", "_medium_skin_tone", Medium),
        ("::skin-tone-5", "_medium_dark_skin_tone", MediumDark),
        ("::skin-tone-6", "_dark_skin_tone", Dark),
    ];
    // The longest ending first: one is the end of another.
    let mut found = tones.iter().filter_map(|(slack, mattermost, tone)| {
        let base = name.strip_suffix(slack).or_else(|| name.strip_suffix(mattermost))?;
        Some((base, Some(*tone)))
    });
    let shortest = found.by_ref().min_by_key(|(base, _)| base.len());
    shortest.unwrap_or((name, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_what_unicode_has_for_them() {
        let long = "x".repeat(63);
        for (name, expected) in [
            ("+1", Some("👍")),
            ("thumbsup", Some("👍")),
            ("world_map", Some("🗺️")),
            ("clap::skin-tone-3", Some("👏🏼")),
            ("wave_medium_dark_skin_tone", Some("👋🏾")),
            ("100", Some("💯")),
            ("our-logo", Some(":our-logo:")),
            ("two words", None),
            ("", None),
            (long.as_str(), None),
        ] {
            assert_eq!(emoji(name).as_deref(), expected, "{name}");
        }
    }
}
