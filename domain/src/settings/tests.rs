//! Given, when, then: settings.

use serde_json::{Value, json};

use super::{Settings, SettingsCommand, SettingsEvent};
use crate::facts::{ALICE, erased, given, personal};
use crate::refusal::Refusal;
use crate::text;

fn updated(settings: Value) -> SettingsEvent {
    SettingsEvent::SettingsUpdated { settings: personal(ALICE, settings) }
}

fn update(settings: Value) -> SettingsCommand {
    SettingsCommand::Update { user: ALICE, settings }
}

#[test]
fn settings_are_replaced() {
    given::<Settings>([]).when(update(json!({}))).then_expect_events(vec![updated(json!({}))]);
    given::<Settings>([updated(json!({"a": 1}))])
        .when(update(json!({"b": [true, null]})))
        .then_expect_events(vec![updated(json!({"b": [true, null]}))]);
}

#[test]
fn the_same_settings_are_no_event() {
    given::<Settings>([updated(json!({"a": 1, "b": 2}))])
        .when(update(json!({"b": 2, "a": 1})))
        .then_expect_events(vec![]);
}

#[test]
fn earlier_settings_count_nothing() {
    given::<Settings>([updated(json!({"a": 1})), updated(json!({"a": 2}))])
        .when(update(json!({"a": 1})))
        .then_expect_events(vec![updated(json!({"a": 1}))]);
}

#[test]
fn after_an_erasure_anything_is_new() {
    given::<Settings>([SettingsEvent::SettingsUpdated { settings: erased() }])
        .when(update(json!({})))
        .then_expect_events(vec![updated(json!({}))]);
}

#[test]
fn settings_are_an_object() {
    for other in [json!(null), json!([]), json!("text"), json!(1)] {
        given::<Settings>([]).when(update(other)).then_expect_error(Refusal::invalid("", "not a JSON object"));
    }
}

#[test]
fn settings_are_at_most_16_kib() {
    let of_size = |bytes: usize| json!({"k": "x".repeat(bytes - r#"{"k":""}"#.len())});
    let fitting = of_size(text::SETTINGS_MAX);
    given::<Settings>([]).when(update(fitting.clone())).then_expect_events(vec![updated(fitting)]);
    let detail = "16385 bytes of JSON where at most 16384 are allowed";
    given::<Settings>([]).when(update(of_size(text::SETTINGS_MAX + 1))).then_expect_error(Refusal::invalid("", detail));
}

#[test]
fn settings_hold_no_nul() {
    for nul in [json!({"a": [{"b": "\0"}]}), json!({"a": {"\0": 1}})] {
        given::<Settings>([]).when(update(nul)).then_expect_error(Refusal::invalid("", "holds the character U+0000"));
    }
}
