//! Turns in a lane: batches are decided side by side, and appended one after the other.

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{Shared, pending};

use super::super::{Dated, Fact};

type Ended = Shared<oneshot::Receiver<()>>;

/// The turns of a lane's batches.
#[derive(Default)]
pub(super) struct Turns {
    /// The last batch's end, and whether the batch was of beginnings alone.
    last: Option<(Ended, bool)>,
}

/// A batch's turn.
pub(super) struct Turn {
    before: Option<Ended>,
    /// Whether it may be decided before its turn has come.
    early: bool,
    ended: oneshot::Sender<()>,
}

impl Turns {
    /// The turn of the next batch. A message without files is decided from nothing that was told before: a batch of nothing
    /// else, after one of nothing else, waits only to be appended.
    pub(super) fn of(&mut self, batch: &[Dated]) -> Turn {
        let begins = batch.iter().all(|dated| matches!(&dated.fact, Fact::Message { files, .. } if files.is_empty()));
        let (ended, end) = oneshot::channel();
        let last = self.last.replace((end.shared(), begins));
        let early = begins && last.as_ref().is_none_or(|(_, began)| *began);
        Turn { before: last.map(|(end, _)| end), early, ended }
    }
}

impl Turn {
    /// Waits until the batch may be decided.
    pub(super) async fn decide(&self) {
        if !self.early {
            self.append().await;
        }
    }

    /// Waits until the batch may be appended. After one that failed no turn comes: what follows it ends with it.
    pub(super) async fn append(&self) {
        if let Some(before) = &self.before
            && before.clone().await.is_err()
        {
            pending::<()>().await;
        }
    }

    /// The batch is appended: it is the next one's turn.
    pub(super) fn end(self) {
        // Nobody waits where it was the last.
        let _ = self.ended.send(());
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{FileId, MessageId, RoomId, UserId};
    use domain::imported::Origin;
    use domain::message::Names;
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;

    fn dated(fact: Fact) -> Dated {
        let origin = Origin { source: "slack".to_owned(), source_id: "1".to_owned(), rest: None };
        Dated { at: OffsetDateTime::UNIX_EPOCH, origin, fact }
    }

    fn said_with(files: Vec<FileId>) -> Dated {
        let (id, room, sender) = (MessageId(Uuid::nil()), RoomId(Uuid::nil()), UserId(Uuid::nil()));
        let (text, names) = ("hi".to_owned(), Names::default());
        dated(Fact::Message { id, room, sender, text, names, reply_to: None, files })
    }

    fn said() -> Dated {
        said_with(vec![])
    }

    fn archived() -> Dated {
        dated(Fact::Archived { room: RoomId(Uuid::nil()), by: None })
    }

    /// Whether it may be decided, and whether appended.
    fn may(turn: &Turn) -> (bool, bool) {
        (turn.decide().now_or_never().is_some(), turn.append().now_or_never().is_some())
    }

    #[test]
    fn messages_are_decided_while_those_before_them_are_appended() {
        let mut turns = Turns::default();
        let [first, second, third] = [(); 3].map(|()| turns.of(&[said(), said()]));
        assert_eq!([&first, &second, &third].map(may), [(true, true), (true, false), (true, false)]);
        first.end();
        assert_eq!([&second, &third].map(may), [(true, true), (true, false)]);
    }

    #[test]
    fn whatever_else_is_decided_in_its_turn_and_what_follows_it_too() {
        for changed in [archived(), said_with(vec![FileId(Uuid::nil())])] {
            let mut turns = Turns::default();
            let (first, second, third) = (turns.of(&[said()]), turns.of(&[said(), changed]), turns.of(&[said()]));
            assert_eq!([&first, &second, &third].map(may), [(true, true), (false, false), (false, false)]);
            first.end();
            assert_eq!([&second, &third].map(may), [(true, true), (false, false)]);
            second.end();
            assert_eq!(may(&third), (true, true));
        }
    }

    #[test]
    fn after_a_failure_no_turn_comes() {
        let mut turns = Turns::default();
        let (first, second) = (turns.of(&[said()]), turns.of(&[said()]));
        drop(first);
        assert_eq!(may(&second), (true, false));
    }
}
