//! Who acts, proven in the unit of work that their command is decided in.

use api_kit::{Limits, Problem};
use domain::id::{RoomId, SessionId, UserId};
use domain::membership::Membership;
use domain::permission::Standing;
use domain::room::Room;
use domain::session::Session;
use domain::user::User;
use event_store::{Loaded, StoreError, Unit};
use time::OffsetDateTime;

use crate::caller::Caller;

/// Who acts. The streams that prove it are guards of the append: no event of theirs comes after the end of their session.
pub(crate) struct Actor {
    /// What their command is decided in.
    pub(crate) unit: Unit,
    /// Who.
    pub(crate) user: UserId,
    /// In which session.
    pub(crate) session: SessionId,
    /// Their account.
    pub(crate) account: Loaded<User>,
    /// When.
    pub(crate) at: OffsetDateTime,
}

/// A room and where the actor stands in it. Both streams that say so are guards of the append.
pub(crate) struct Place {
    pub(crate) room: Loaded<Room>,
    pub(crate) membership: Loaded<Membership>,
    pub(crate) standing: Standing,
}

impl Actor {
    /// Proves who calls, counts the request, and ends the decision if this very request was accepted before.
    pub(crate) async fn prove(
        unit: Unit,
        caller: &Caller,
        limits: &Limits,
        at: OffsetDateTime,
    ) -> Result<Self, Problem> {
        let id = SessionId(caller.token.session);
        let session = unit.load::<Session>(&id.to_string()).await?;
        if !caller.token.matches(&session.secret_sha256) || !session.is_open(at) {
            return Err(Problem::NotSignedIn);
        }
        let user = session.user_id.ok_or(Problem::NotSignedIn)?;
        let account = unit.load::<User>(&user.to_string()).await?;
        if !account.accepts(id, &session) {
            return Err(Problem::NotSignedIn);
        }
        caller.is(user, limits)?;
        unit.actor(user.0, id.0);
        unit.idempotent(&format!("user/{user}")).await?;
        Ok(Self { unit, user, session: id, account, at })
    }

    /// A room and where the actor stands in it.
    pub(crate) async fn place(&self, id: RoomId) -> Result<Place, StoreError> {
        let room = self.unit.load::<Room>(&id.to_string()).await?;
        let membership = self.membership(id, self.user).await?;
        let standing = Standing::of(self.user, &room, &membership);
        Ok(Place { room, membership, standing })
    }

    /// Somebody's membership of a room.
    pub(crate) async fn membership(&self, room: RoomId, user: UserId) -> Result<Loaded<Membership>, StoreError> {
        self.unit.load(&Membership::stream(room, user)).await
    }
}
