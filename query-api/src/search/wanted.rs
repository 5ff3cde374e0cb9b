//! What a message must be to be found.

use concordance::{asks, fold};
use time::OffsetDateTime;
use uuid::Uuid;

use super::own::Own;
use super::question::{Question, refused};
use super::{names, search_messages::Parameters};
use crate::asking::{Interrupted, View};

/// Grams that are asked of the index: more say hardly more.
const GRAMS: usize = 12;

/// More rooms than this are not named to the database.
const FEW: usize = 20;

/// What a message must be to be found.
pub(super) struct Wanted {
    /// In one of these rooms.
    pub(super) own: Own,
    /// With all of these folded words.
    pub(super) words: Vec<String>,
    /// By one of these; by anybody if none.
    pub(super) senders: Option<Vec<Uuid>>,
    pub(super) since: Option<OffsetDateTime>,
    pub(super) until: Option<OffsetDateTime>,
}

impl Wanted {
    /// What a question asks for, as of a snapshot.
    pub(super) async fn of(view: &mut View, parameters: &Parameters) -> Result<Self, Interrupted> {
        let question = Question::read(parameters.q.as_deref().unwrap_or_default())?;
        if question == Question::default() && parameters.room.is_none() && parameters.sender.is_none() {
            return Err(refused("say what to look for").into());
        }
        let mut within = parameters.room.map(|room| vec![room.0]);
        if !question.within.is_empty() {
            let named = names::rooms(view, &question.within).await?;
            within = Some(both(within, named));
        }
        let mut senders = parameters.sender.map(|sender| vec![sender.0]);
        if !question.from.is_empty() {
            let named = names::people(view, &question.from).await?;
            senders = Some(both(senders, named));
        }
        let own = Own::rooms(view, within.as_deref()).await?;
        Ok(Self { own, words: question.words, senders, since: question.since, until: question.until })
    }

    /// Whether nothing can be it.
    pub(super) fn is_impossible(&self) -> bool {
        let never = self.since.zip(self.until).is_some_and(|(since, until)| since >= until);
        self.own.is_empty() || self.senders.as_ref().is_some_and(Vec::is_empty) || never
    }

    /// The grams that the words ask for.
    pub(super) fn asks(&self) -> Vec<String> {
        let most = (GRAMS / self.words.len().max(1)).max(1);
        let mut grams: Vec<_> = self.words.iter().flat_map(|word| asks(word, most)).map(str::to_owned).collect();
        grams.sort_unstable();
        grams.dedup();
        grams
    }

    /// Whether all words are in a text.
    pub(super) fn is_said_in(&self, text: &str) -> bool {
        let folded = fold(text);
        self.words.iter().all(|word| folded.contains(word))
    }

    /// The rooms, if they are few.
    pub(super) fn few_rooms(&self) -> Option<Vec<Uuid>> {
        self.own.few(FEW)
    }
}

/// What both lists hold; the first may be of everything.
fn both(all: Option<Vec<Uuid>>, named: Vec<Uuid>) -> Vec<Uuid> {
    match all {
        Some(all) => named.into_iter().filter(|id| all.contains(id)).collect(),
        None => named,
    }
}
