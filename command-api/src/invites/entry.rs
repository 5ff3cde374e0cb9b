//! How an invite lets somebody in: who accepts it, and who makes their account with it.

use api_kit::Problem;
use domain::id::{InviteCode, RoomId, UserId};
use domain::invite::{Invite, InviteCommand};
use domain::membership::{Membership, MembershipCommand};
use domain::permission::Standing;
use domain::room::Room;
use domain::user::User;
use event_store::Unit;
use time::OffsetDateTime;

use crate::refused::refused;

/// Has `user` come into the invite's room; which that is, and whether they were not in it already.
///
/// The invite and the membership move in one append: of those who come at once no more come in than may.
pub(crate) async fn enter(
    unit: &Unit,
    user: UserId,
    code: InviteCode,
    at: OffsetDateTime,
) -> Result<(RoomId, bool), Problem> {
    let stream = code.to_string();
    let invite = unit.load_last::<Invite>(&stream).await?;
    let id = invite.room_id.ok_or(Problem::NotFound)?;
    let room = unit.load::<Room>(&id.to_string()).await?;
    let membership = unit.load::<Membership>(&Membership::stream(id, user)).await?;
    let by = Standing::of(user, &room, &membership);
    // Of a room that is gone its invites say nothing.
    if !by.exists {
        return Err(Problem::NotFound);
    }
    if by.present {
        return Ok((id, false));
    }
    let accepted = invite.decide(InviteCommand::Accept { user, at }).map_err(refused)?;
    let inviter = invite.created_by.ok_or(Problem::InviteSpent)?;
    let maker = unit.load::<User>(&inviter.to_string()).await?;
    if !maker.exists || maker.suspended {
        return Err(Problem::InviteSpent);
    }
    let inviting = unit.load::<Membership>(&Membership::stream(id, inviter)).await?;
    let inviter = Standing::of(inviter, &room, &inviting);
    let joined = membership.decide(MembershipCommand::Accept { room: id, by, inviter, at }).map_err(refused)?;
    unit.append::<Invite>(&stream, accepted, Some(id.0));
    unit.append::<Membership>(&Membership::stream(id, user), joined, Some(id.0));
    Ok((id, true))
}
