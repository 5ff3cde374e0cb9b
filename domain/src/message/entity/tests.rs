//! What is found in texts.

use super::{Entity, EntityKind, MARKS_MOST, MENTIONS_MOST, Names, find, mentioned, mentions_all, names};
use crate::facts::{ALICE, BOB, CAROL};
use crate::id::UserId;

/// The members whom `text` may mention, looked up without regard to case.
fn members(text: &str) -> Names {
    let members = [("bob", BOB), ("ada lovelace", ALICE), ("ada", CAROL), ("o'brien, jr.", BOB), ("张三", CAROL)];
    let found = |name: &String| members.iter().find(|(member, _)| *member == name.to_lowercase());
    names(text).into_iter().filter_map(|name| Some((name.clone(), found(&name)?.1))).collect()
}

/// What is found, as the parts of the text that they are; each part is cut out by characters.
fn parts(text: &str, all: bool) -> Vec<(EntityKind, String, Option<UserId>)> {
    let cut = |entity: &Entity| text.chars().skip(entity.offset).take(entity.length).collect();
    find(text, &members(text), all).iter().map(|entity| (entity.kind, cut(entity), entity.user_id)).collect()
}

fn links(text: &str) -> Vec<String> {
    parts(text, true).into_iter().filter(|(kind, ..)| *kind == EntityKind::Link).map(|(_, part, _)| part).collect()
}

fn code(text: &str) -> Vec<String> {
    parts(text, true).into_iter().filter(|(kind, ..)| *kind == EntityKind::Code).map(|(_, part, _)| part).collect()
}

/// Who is mentioned how.
fn mentions(text: &str) -> Vec<(String, UserId)> {
    parts(text, false).into_iter().filter_map(|(_, part, user)| Some((part, user?))).collect()
}

fn said(part: &str, user: UserId) -> (String, UserId) {
    (part.to_owned(), user)
}

#[test]
fn a_link_is_an_address_without_the_sentence_around_it() {
    for (text, link) in [
        ("http://example.org", "http://example.org"),
        ("see HTTPS://Example.org/a?b=c#d, please", "HTTPS://Example.org/a?b=c#d"),
        ("(https://example.org)", "https://example.org"),
        ("https://en.wikipedia.org/wiki/Rust_(video_game).", "https://en.wikipedia.org/wiki/Rust_(video_game)"),
        ("<https://example.org>", "https://example.org"),
        ("*https://example.org/a_b_*", "https://example.org/a_b"),
        ("看https://例子.测试/路径 吧", "https://例子.测试/路径"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://localhost?!...", "http://localhost"),
    ] {
        assert_eq!(links(text), [link], "{text}");
    }
    for text in
        ["http://", "https:// example.org", "http://.", "xhttp://example.org", "ftp://example.org", "example.org"]
    {
        assert!(links(text).is_empty(), "{text}");
    }
    assert_eq!(links("http://a http://b\nhttp://c"), ["http://a", "http://b", "http://c"]);
}

#[test]
fn code_stands_between_backticks_in_a_line_or_between_two_lots_of_three() {
    for (text, part) in [
        ("run `ls -l` now", "`ls -l`"),
        ("``a ` b``", "``a ` b``"),
        ("```\nfn main() {}\n```", "```\nfn main() {}\n```"),
        ("so: ```a `b` ``c`` d```", "```a `b` ``c`` d```"),
        ("`a\n`b`", "`b`"),
    ] {
        assert_eq!(code(text), [part], "{text}");
    }
    for text in ["`", "``", "```", "``````", "`a", "`a``", "```a``", "````a````", "`a\nb`"] {
        assert!(code(text).is_empty(), "{text}");
    }
}

#[test]
fn in_code_nothing_else_is_found() {
    assert!(mentions("`@bob` ```@ada http://example.org```").is_empty());
    assert!(links("`http://example.org`").is_empty());
    assert_eq!(parts("http://example.org/@bob", false).len(), 1, "nor in a link");
    assert_eq!(mentions("`@bob"), [said("@bob", BOB)], "what opens nothing is no code");
}

#[test]
fn a_member_is_mentioned_by_their_name_in_whatever_case() {
    for text in ["@bob", "@BOB", "hi (@Bob), hi", "@bob's", "@bob.", "你好@bob", "@bob-cat"] {
        let found = mentions(text);
        assert_eq!(found.iter().map(|(_, user)| *user).collect::<Vec<_>>(), [BOB], "{text}");
        assert_eq!(found[0].0.to_lowercase(), "@bob", "{text}");
    }
    for text in ["bob", "@bobby", "@bob_cat", "@ bob", "@", "@@", "ann@bob", "@\nbob", "@bo"] {
        assert!(mentions(text).is_empty(), "{text}");
    }
    assert_eq!(mentions("@@bob"), [said("@bob", BOB)]);
}

#[test]
fn the_longest_name_wins() {
    assert_eq!(mentions("@Ada Lovelace wrote"), [said("@Ada Lovelace", ALICE)]);
    assert_eq!(mentions("@ada lovelaces"), [said("@ada", CAROL)]);
    assert_eq!(mentions("@ada  lovelace"), [said("@ada", CAROL)], "spaces count");
    assert_eq!(mentions("@O'Brien, Jr. and @bob"), [said("@O'Brien, Jr.", BOB), said("@bob", BOB)]);
}

#[test]
fn in_scripts_without_spaces_a_name_ends_anywhere() {
    assert_eq!(mentions("请@张三看看"), [said("@张三", CAROL)]);
}

#[test]
fn offsets_count_characters() {
    let text = "🦀é @bob `x`";
    let entity = |kind, offset, length, user_id| Entity { kind, offset, length, user_id };
    assert_eq!(
        find(text, &members(text), false),
        [entity(EntityKind::Mention, 3, 4, Some(BOB)), entity(EntityKind::Code, 8, 3, None)]
    );
}

#[test]
fn all_are_mentioned_where_that_may_be() {
    let all = |text: &str| mentions_all(&find(text, &members(text), true));
    assert!(all("@all") && all("hello @ALL!") && all("@all hands"));
    assert!(!all("@allow") && !all("`@all`") && !all("all"));
    assert!(!mentions_all(&find("@all", &Names::new(), false)));
    let named: Names = [("all hands".to_owned(), BOB), ("all".to_owned(), CAROL)].into();
    assert_eq!(mentioned(&find("@all hands", &named, true)), [BOB], "the longest name wins");
    assert!(mentions_all(&find("@all", &named, true)));
    assert_eq!(mentioned(&find("@all", &named, false)), [CAROL]);
}

#[test]
fn who_is_mentioned_twice_is_mentioned() {
    let text = "@bob @ada @bob";
    assert_eq!(mentioned(&find(text, &members(text), true)), [BOB, CAROL]);
}

#[test]
fn names_are_asked_for_as_they_may_stand_there() {
    let asked = |text: &str| names(text).into_iter().collect::<Vec<_>>();
    assert_eq!(asked("hi @Ada Lovelace!"), ["Ada", "Ada Lovelace", "Ada Lovelace!"]);
    assert_eq!(asked("ann@example.org, @\n@bob\n@Bob"), ["Bob", "bob"]);
    assert!(asked("nobody").is_empty());
    let long = format!("@{}", "a".repeat(101));
    assert!(asked(&long).is_empty(), "no name is so long");
}

#[test]
fn so_much_and_no_more_is_found_and_asked_for() {
    assert_eq!(mentions(&"@bob ".repeat(60)).len(), MENTIONS_MOST);
    assert_eq!(links(&"http://a ".repeat(300)).len(), MARKS_MOST);
    assert_eq!(parts(&format!("{}@bob", "`a` ".repeat(300)), false).len(), MARKS_MOST + 1);
    let many: Vec<_> = (0..400).map(|number| format!("@a{number} b c d e f g h")).collect();
    assert_eq!(names(&many.join(" ")).len(), 500);
}
