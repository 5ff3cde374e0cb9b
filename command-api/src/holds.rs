//! Legal holds, which auditors place and lift, and what they keep from being erased.

mod lift_hold;
mod place_hold;

use api_kit::{Attempt, Problem};
use domain::audit::{Audit, AuditCommand};
use domain::file::File;
use domain::holds::{FORWARDED_CLAIM, Holds, WORDS_CLAIM, forwarded, forwarded_with, words};
use domain::id::{RoomId, UserId};
use domain::membership::Membership;
use domain::refusal::Refusal;
use domain::sealed::{KeyName, Month};
use domain::user::{InstanceRole, User};
use event_store::{Done, StoreError};
use time::Duration;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::Commands;
use crate::actor::Actor;
use crate::caller::Caller;
use crate::receipted::Receipted;
use crate::refused::refused;

/// More than the clocks of two processes differ.
const CLOCKS_DIFFER: Duration = Duration::minutes(1);

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new().routes(routes!(place_hold::handle, lift_hold::handle))
}

/// Refuses who is no auditor: to them there is nothing here.
fn audits(actor: &Actor) -> Result<(), Problem> {
    if actor.account.roles.contains(&InstanceRole::Auditor) { Ok(()) } else { Err(Problem::NotFound) }
}

/// Puts on record that an auditor does something, and why, in the same append.
async fn on_record(actor: &Actor, reason: &str, what: String) -> Result<(), Problem> {
    let access = AuditCommand::Access { auditor: actor.user, reason: reason.to_owned(), what };
    let events = Audit::default().decide(access).map_err(unsaid)?;
    Ok(actor.unit.append_blindly::<Audit>(&actor.user.to_string(), events, None).await?)
}

/// What is answered where nothing but the header with the reason can be invalid.
fn unsaid(refusal: Refusal) -> Problem {
    if let Refusal::Invalid { .. } = refusal {
        Problem::InvalidHeader { name: "Audit-Reason", detail: "must be 1 to 1000 characters" }
    } else {
        refused(refusal)
    }
}

/// What somebody wants to erase.
#[derive(Clone, Copy)]
pub(crate) struct Erasing {
    /// `account`, `room`, `message`, `file`.
    pub(crate) kind: &'static str,
    pub(crate) id: Uuid,
}

impl Commands {
    /// Runs a command that may erase something. If a legal hold keeps that, the attempt is put on record before it is
    /// refused; the refusal itself is not remembered, since the hold may be lifted.
    pub(crate) async fn erase<T, F>(
        &self,
        caller: &Caller,
        attempt: &Attempt,
        Erasing { kind, id }: Erasing,
        decide: impl Fn(Actor) -> F + Sync,
    ) -> Result<Done<T>, Problem>
    where
        F: Future<Output = Result<T, Problem>> + Send,
        T: Receipted,
    {
        let done = self.execute(caller, attempt, decide).await;
        if let Err(Problem::LegalHold) = done {
            self.ask(caller, |actor| async move {
                let refuse = AuditCommand::RefuseErasure { kind: kind.to_owned(), id };
                let events = Audit::default().decide(refuse).map_err(refused)?;
                Ok(actor.unit.append_blindly::<Audit>(&actor.user.to_string(), events, None).await?)
            })
            .await?;
        }
        done
    }
}

impl Actor {
    /// The legal holds: a guard of the append, so that none is placed between this look and the erasure.
    async fn holds(&self) -> Result<impl std::ops::Deref<Target = Holds> + use<>, StoreError> {
        self.unit.load::<Holds>(Holds::STREAM).await
    }

    /// Refuses to erase what `author` wrote in `room`, if that is held.
    pub(crate) async fn let_go(&self, author: UserId, room: RoomId) -> Result<(), Problem> {
        self.holds().await?.let_go(author, room).map_err(refused)
    }

    /// Refuses to end a room, if anything of it is held.
    pub(crate) async fn let_room_go(&self, room: RoomId) -> Result<(), Problem> {
        self.holds().await?.let_room_go(room).map_err(refused)
    }

    /// Refuses to take away a file's bytes, if they are held where it ever was.
    pub(crate) async fn let_file_go(&self, file: &File) -> Result<(), Problem> {
        self.holds().await?.let_file_go(file).map_err(refused)
    }

    /// Refuses to erase the actor's account, if it is held, or if they ever were in a room that is, or are the author of
    /// what was forwarded there, or by somebody who is held; or if one of them and somebody who is held said why the
    /// other was suspended.
    pub(crate) async fn let_oneself_go(&self, commands: &Commands) -> Result<(), Problem> {
        let holds = self.holds().await?;
        holds.let_user_go(self.user).map_err(refused)?;
        let rooms = holds.rooms();
        for room in &rooms {
            if self.unit.load::<Membership>(&Membership::stream(*room, self.user)).await?.sequence > 0 {
                return Err(Problem::LegalHold);
            }
        }
        let people: Vec<_> = holds.people().map(|person| person.to_string()).collect();
        for person in &people {
            // A guard: whom the actor suspends in this moment is not suspended yet. The other way the actor's account is
            // one.
            self.unit.load::<User>(person).await?;
        }
        let others: Vec<_> = rooms.iter().map(ToString::to_string).chain(people).collect();
        let wrote = commands.store.keyring().has_labelled(&self.user.to_string(), &others).await;
        if wrote.map_err(StoreError::from)? {
            return Err(Problem::LegalHold);
        }
        let held = holds.in_force().filter_map(|kept| Some(forwarded(kept.user_id?, self.user, kept.room_id)));
        let held: Vec<_> = held.collect();
        if !commands.store.claimed_of(FORWARDED_CLAIM, &held).await?.is_empty() {
            return Err(Problem::LegalHold);
        }
        // What is forwarded in this moment is not there yet: of it and the erasure one is first, and the other is decided again.
        for digest in held {
            self.unit.claim(FORWARDED_CLAIM, digest, "erased".to_owned());
        }
        for room in holds.rooms() {
            for at in [self.at - CLOCKS_DIFFER, self.at + CLOCKS_DIFFER] {
                self.unit.claim(WORDS_CLAIM, words(self.user, room, at), "erased".to_owned());
            }
        }
        Ok(())
    }

    /// Has what is appended bring the words of `author` into `room`, where they may never have been: not if their erasure, which found
    /// none there, is first.
    pub(crate) fn brings(&self, author: UserId, room: RoomId) {
        self.unit.claim(WORDS_CLAIM, words(author, room, self.at), "there".to_owned());
        let key = KeyName::content(author, room, Month::of(self.at));
        let anywhere = forwarded(self.user, author, None);
        for digest in [anywhere, forwarded(self.user, author, Some(room)), forwarded_with(self.user, &key)] {
            self.unit.claim(FORWARDED_CLAIM, digest, "there".to_owned());
        }
    }
}
