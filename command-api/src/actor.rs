//! Who acts, proven in the unit of work that their command is decided in.

use api_kit::{Limits, Problem};
use domain::id::{MessageId, RoomId, SessionId, UserId};
use domain::membership::Membership;
use domain::message::Message;
use domain::permission::{Permission, Standing};
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

/// A room and where the actor stands in it. The streams that say so are guards of the append: room, membership, and in
/// a room of two the other's account, since they may have blocked the actor.
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
        caller.may_go_on()?;
        let id = SessionId(caller.token.session);
        let session = unit.load::<Session>(&id.to_string()).await?;
        if !caller.token.matches(&session.secret_sha256) || !session.is_open(at) {
            return Err(Problem::NotSignedIn);
        }
        let user = session.user_id.ok_or(Problem::NotSignedIn)?;
        let account = unit.load::<User>(&user.to_string()).await?;
        if !account.accepts(id, &session) {
            if account.erased {
                // Whoever erased their account, and was not answered, may ask again.
                caller.is(user, limits)?;
                unit.idempotent(&format!("user/{user}")).await?;
            }
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
        let mut standing = Standing::of(self.user, &room, &membership);
        if let Some(other) = room.other(self.user).filter(|_| standing.present) {
            standing = standing.towards(&*self.unit.load::<User>(&other.to_string()).await?);
        }
        Ok(Place { room, membership, standing })
    }

    /// A message, for somebody who stands at `place` in `room`: one that they do not see is to them as if it were not
    /// there. Its stream is a guard of the append.
    pub(crate) async fn message(
        &self,
        place: &Place,
        room: RoomId,
        id: MessageId,
    ) -> Result<Loaded<Message>, StoreError> {
        let message = self.unit.load::<Message>(&id.to_string()).await?;
        Ok(if self.sees(place, room, id).await? { message } else { Loaded::default() })
    }

    /// Whether what has the id `id`, if it is a message of `room`, was not said before they came, or they may see that.
    pub(crate) async fn sees(&self, place: &Place, room: RoomId, id: MessageId) -> Result<bool, StoreError> {
        let standing = &place.standing;
        if !standing.present || standing.effective.contains(&Permission::ViewHistory) {
            return Ok(standing.present);
        }
        let membership = Membership::stream(room, self.user);
        let said = self.unit.position_of::<Message>(&id.to_string(), 1).await?;
        let came = self.unit.position_of::<Membership>(&membership, place.membership.came).await?;
        Ok(came.is_some() && said > came)
    }

    /// Somebody's membership of a room.
    pub(crate) async fn membership(&self, room: RoomId, user: UserId) -> Result<Loaded<Membership>, StoreError> {
        self.unit.load(&Membership::stream(room, user)).await
    }
}
