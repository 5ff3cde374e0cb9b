//! One event, proved without the others.

use tlog_tiles::{Hash, check_record};

use crate::{Event, Head, NotAnEvent};

/// An event is not proved to be in a log.
#[derive(Debug, thiserror::Error)]
pub enum NotIncluded {
    /// It has no leaf.
    #[error(transparent)]
    NotAnEvent(#[from] NotAnEvent),
    /// The head is of a log that ends before it, or that has another event in its place, or the proof is another's.
    #[error("the checkpoint does not cover this event at position {0}")]
    Elsewhere(i64),
    /// It is in the log, and is said to have another leaf there.
    #[error("the leaf that the event at position {0} is said to have is not its own")]
    OtherLeaf(i64),
}

impl Head {
    /// Checks that the log of this head has `event`, by a proof whose hashes are in the order of RFC 9162.
    pub fn includes(&self, event: &Event<'_>, hashes: &[[u8; 32]]) -> Result<(), NotIncluded> {
        let elsewhere = NotIncluded::Elsewhere(event.position);
        let Some(index) = event.position.checked_sub(1).and_then(|index| u64::try_from(index).ok()) else {
            return Err(elsewhere);
        };
        let (proof, leaf) = (hashes.iter().copied().map(Hash).collect(), event.made()?);
        check_record(&proof, self.size, Hash(self.root), index, leaf.hash()).map_err(|_| elsewhere)?;
        if event.leaf.is_none() || event.claimed() == Some(leaf) {
            Ok(())
        } else {
            Err(NotIncluded::OtherLeaf(event.position))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{Edge, Proof, Tiles};

    fn event(position: i64) -> Value {
        json!({
            "position": position, "event_id": "0190a000-0000-7000-8000-000000000001", "stream": "message-1",
            "sequence": position, "type": "message_sent", "version": "1", "recorded_at": "2025-03-01T12:00:00.123456Z",
            "payload": {"n": position}, "metadata": {},
        })
    }

    /// Whether the log of `head` includes an event by a proof.
    fn includes(head: &Head, event: &Value, hashes: &[[u8; 32]]) -> bool {
        let text = event.to_string();
        head.includes(&Event::parse(text.as_bytes()).unwrap(), hashes).is_ok()
    }

    #[test]
    fn an_event_is_in_the_log_by_its_own_proof_alone() {
        let (mut edge, size) = (Edge::default(), 5);
        for position in 1..=5 {
            edge.push(Event::parse(event(position).to_string().as_bytes()).unwrap().made().unwrap(), &mut vec![]);
        }
        let tiles: Tiles =
            edge.partial_tiles().map(|(level, index, hashes)| ((level, index), hashes.to_vec())).collect();
        let head = Head { origin: "a".to_owned(), size, root: edge.root() };
        let proof = |position| Proof::Inclusion { position, size }.hashes(&tiles).unwrap();
        for position in 1..=5 {
            assert!(includes(&head, &event(position), &proof(position.cast_unsigned())), "{position}");
        }
        let mut changed = event(3);
        changed["payload"]["n"] = 4.into();
        assert!(!includes(&head, &changed, &proof(3)) && !includes(&head, &event(3), &proof(4)));
        for (leaf, is_its_own) in [(event(3), true), (event(4), false)] {
            let leaf = Event::parse(leaf.to_string().as_bytes()).unwrap().made().unwrap();
            let mut claims = event(3);
            claims["leaf"] = hex::encode(leaf.0).into();
            assert_eq!(includes(&head, &claims, &proof(3)), is_its_own);
        }
        let shorter = Head { size: 2, ..head };
        for outside in [0, -1, 3, i64::MAX] {
            assert!(!includes(&shorter, &event(outside), &proof(3)), "{outside}");
        }
    }
}
