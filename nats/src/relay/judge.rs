//! What the end of a stream says about it and about the log. Pure.

use crate::event::Mark;
use crate::place::Place;
use crate::stream::{Last, Tail};

/// What is to be done with a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It holds this log up to here: go on.
    GoOn(Place),
    /// Nothing wrong was handed out, but the stream is of no use: begin another in the same epoch.
    NewBase(&'static str),
    /// It holds what the log does not: the log was restored from an older copy. Begin an epoch.
    NewEpoch(&'static str),
}

/// Judges a stream of the log's own epoch. `head` is the log's last position, read after the stream's end was; `there`
/// is the event that the log has at the stream's last position.
pub(super) fn judge(tail: &Tail, head: i64, there: Option<Mark>) -> Verdict {
    let position = tail.position();
    match &tail.message {
        // Even if all that it held has expired: someone may have read it.
        _ if position > head => Verdict::NewEpoch("the stream is ahead of the log"),
        Last::Nothing => Verdict::GoOn(Place { position, mark: there }),
        Last::Expired => Verdict::NewBase("the stream's events have all expired, so that nothing can be compared"),
        Last::Foreign => Verdict::NewBase("the stream ends with a message that is no event"),
        Last::Event(event) if event.position != position || event.timeline.epoch != tail.name.epoch => {
            Verdict::NewBase("the stream ends with an event of another place")
        }
        Last::Event(event) if Some(event.mark) != there => {
            Verdict::NewEpoch("the stream ends with an event that the log does not hold")
        }
        Last::Event(event) => Verdict::GoOn(Place { position, mark: Some(event.mark) }),
    }
}

#[cfg(test)]
mod tests;
