//! What was answered when it was now is answered again as of then, with today's keys.

mod by_now;

use serde_json::{Value, json};

use super::beside::File;
use super::question::Question;
use super::{Moment, Past};
use crate::export::unpacked;
use crate::harness::request::Request;
use crate::model::play::{Play, differences};
use crate::model::world::{NAMES, Who, World};
use by_now::Today;

/// An answer.
pub(super) struct Seen {
    viewer: Who,
    question: Question,
    said: Value,
}

impl Seen {
    /// What everybody is answered now.
    pub(super) async fn by_everybody(play: &Play<'_>, files: &[File], position: i64) -> Vec<Self> {
        let mut all = vec![];
        for (viewer, question) in Question::all(files) {
            let request = play.asker(viewer).request("GET", &question.path(play));
            let request = request.header("min-event-position", position.to_string());
            all.push(Self { viewer, question, said: said(request, question).await });
        }
        all
    }
}

/// Whether everybody is answered as they were then.
pub(super) async fn is_shown_again(play: &mut Play<'_>, past: &Past, then: &Moment, now: &World) -> Result<(), String> {
    let today = Today::of(play, &then.world, now);
    for seen in then.seen.iter().filter(|seen| !today.is_gone(seen.viewer)) {
        let (viewer, question) = (seen.viewer, seen.question);
        let shown = said(past.asked(play.person(viewer), &question.path(play)), question).await;
        let different = differences("", &today.opens(question, &seen.said), &shown);
        if !different.is_empty() {
            return Err(format!("{question:?} of {} is not as it was:\n{}", NAMES[viewer], different.join("\n")));
        }
    }
    Ok(())
}

/// What is compared of an answer.
async fn said(request: Request, question: Question) -> Value {
    if let Question::Export = question {
        return taken_along(request).await;
    }
    let answer = request.patiently().await;
    if answer.status != 200 {
        return json!({"status": answer.status, "problem": answer.problem()});
    }
    let mut body = if answer.body.is_null() { json!(answer.text) } else { answer.body };
    if let Question::Sessions = question {
        // Which of them asks, and when it last did, is of today.
        for session in body["items"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            session.remove("current");
            session.remove("last_seen_at");
        }
    }
    json!({"status": 200, "body": body})
}

/// The files of an export, each as JSON.
async fn taken_along(request: Request) -> Value {
    let answer = request.raw().send().await.unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await.unwrap();
    if status != 200 {
        let problem: Value = serde_json::from_slice(&bytes).unwrap();
        return json!({"status": status, "problem": problem["type"]});
    }
    let parsed = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let file = |(name, text): (String, String)| {
        let lines = name == "reactions.jsonl" || name.starts_with("messages/");
        let value = match (name.starts_with("files/"), lines) {
            (true, _) => json!(text),
            (false, true) => text.lines().map(parsed).collect(),
            (false, false) => parsed(&text),
        };
        (name, value)
    };
    let files: serde_json::Map<_, _> = unpacked(&bytes).into_iter().map(file).collect();
    json!({"status": 200, "body": files})
}
