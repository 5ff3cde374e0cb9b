//! The limits, at their borders.

use serde_json::json;

use super::*;

fn too_long(pointer: &'static str, most: usize) -> Refusal {
    Refusal::invalid(pointer, format!("{} characters where at most {most} are allowed", most + 1))
}

#[test]
fn lengths_are_counted_in_characters() {
    for wide in ["x", "é", "漢", "🦀"] {
        assert_eq!(message(&wide.repeat(MESSAGE_MAX), false), Ok(()));
        assert_eq!(message(&wide.repeat(MESSAGE_MAX + 1), false), Err(too_long("/text", MESSAGE_MAX)));
        assert_eq!(display_name(&wide.repeat(DISPLAY_NAME_MAX)), Ok(wide.repeat(DISPLAY_NAME_MAX)));
        let longer = wide.repeat(DISPLAY_NAME_MAX + 1);
        assert_eq!(display_name(&longer), Err(too_long("/display_name", DISPLAY_NAME_MAX)));
        assert_eq!(room_name(&wide.repeat(ROOM_NAME_MAX)), Ok(wide.repeat(ROOM_NAME_MAX)));
        assert_eq!(room_name(&wide.repeat(ROOM_NAME_MAX + 1)), Err(too_long("/name", ROOM_NAME_MAX)));
        assert_eq!(topic(&wide.repeat(TOPIC_MAX)), Ok(wide.repeat(TOPIC_MAX)));
        assert_eq!(topic(&wide.repeat(TOPIC_MAX + 1)), Err(too_long("/topic", TOPIC_MAX)));
    }
}

#[test]
fn names_are_trimmed_before_they_are_counted() {
    assert_eq!(display_name(" \u{a0}\u{3000}Ann  Lee\n").as_deref(), Ok("Ann  Lee"));
    assert_eq!(room_name(&format!(" {} ", "x".repeat(ROOM_NAME_MAX))), Ok("x".repeat(ROOM_NAME_MAX)));
    assert_eq!(topic(" \n ").as_deref(), Ok(""));
}

#[test]
fn control_characters_stand_in_messages_and_topics_not_in_names() {
    for control in ['\u{1}', '\u{1b}', '\n', '\t', '\u{7f}', '\u{85}'] {
        let text = format!("a{control}b");
        assert_eq!(message(&text, false), Ok(()));
        assert_eq!(topic(&text).as_ref(), Ok(&text));
        let refusal = |pointer| Refusal::invalid(pointer, "holds a control character");
        assert_eq!(display_name(&text), Err(refusal("/display_name")));
        assert_eq!(room_name(&text), Err(refusal("/name")));
    }
}

#[test]
fn nothing_holds_u_0000() {
    let refusal = |pointer| Refusal::invalid(pointer, "holds the character U+0000");
    assert_eq!(message("a\0", false), Err(refusal("/text")));
    assert_eq!(imported_message("\0"), Err(refusal("/text")));
    assert_eq!(display_name("\0a"), Err(refusal("/display_name")));
    assert_eq!(room_name("\0"), Err(refusal("/name")));
    assert_eq!(topic("a\0"), Err(refusal("/topic")));
    assert_eq!(email("a@\0"), Err(refusal("/email")));
    assert_eq!(reason("a\0b"), Err(refusal("/reason")));
    for value in [json!("\0"), json!([["\0"]]), json!({"a": {"b": "\0"}}), json!([{"\0": 1}])] {
        assert_eq!(json("/imported", &value), Err(refusal("/imported")));
    }
    assert_eq!(json("/imported", &json!([null, true, 1, "a", {"b": []}])), Ok(()));
}

#[test]
fn an_email_is_something_at_something() {
    for address in ["a@b", "Ann.Lee+x@example.org", "\"a@b\"@example.org", "用户@例子.广告"] {
        assert_eq!(email(address), Ok(()), "{address}");
    }
    for other in ["a b@c", "a@b ", "@example.org", "ann@", "a@b\n", "abc"] {
        assert_eq!(email(other), Err(Refusal::invalid("/email", "not an email address")), "{other}");
    }
    assert_eq!(email(&format!("{}@b", "a".repeat(EMAIL_MAX - 2))), Ok(()));
    assert_eq!(email(&format!("{}@b", "a".repeat(EMAIL_MAX - 1))), Err(too_long("/email", EMAIL_MAX)));
}

#[test]
fn case_is_without_meaning_in_an_email() {
    assert_eq!(folded_email("Ann@Example.ORG"), folded_email("ann@example.org"));
    assert_eq!(folded_email("ÄNN@x"), "änn@x");
}

#[test]
fn an_emoji_is_any_short_text_without_spaces() {
    for text in ["👍", "👩‍👩‍👧‍👦", ":+1:", &"x".repeat(EMOJI_MAX)] {
        assert_eq!(emoji(text), Ok(()), "{text}");
    }
    for text in ["", " ", "a b", "a\u{2003}b", "a\nb", "\0", &"x".repeat(EMOJI_MAX + 1), &"👍".repeat(17)] {
        assert!(emoji(text).is_err(), "{text}");
    }
}

#[test]
fn a_user_agent_is_cut_and_never_refused() {
    assert_eq!(user_agent("a\0b\nc"), "abc");
    assert_eq!(user_agent(&"🦀".repeat(USER_AGENT_MAX + 1)), "🦀".repeat(USER_AGENT_MAX));
}

#[test]
fn the_reason_of_a_ban_or_a_suspension_may_be_left_away() {
    assert_eq!(optional_reason(" spam\n"), Ok(Some("spam".into())));
    assert_eq!(optional_reason(" \n"), Ok(None));
    assert_eq!(optional_reason(&"x".repeat(REASON_MAX + 1)), Err(too_long("/reason", REASON_MAX)));
    assert_eq!(optional_reason("a\0"), Err(Refusal::invalid("/reason", "holds the character U+0000")));
}
