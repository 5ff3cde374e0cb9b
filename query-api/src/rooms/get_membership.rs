//! One's own membership of a room.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Path, Problem, Query, shape};
use axum::extract::State;
use domain::id::RoomId;

use crate::Queries;
use crate::asker::Asker;
use crate::asking::View;
use crate::place::{Place, mute};

/// One's own membership of a room.
///
/// That a mute runs out does not change the version.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/membership",
    operation_id = "GetMembership",
    tag = "members",
    params(("room" = Uuid, Path, description = "The room"), QueryHeaders),
    responses((status = 200, body = shape::Membership), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(room): Path<RoomId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Answer<shape::Membership>, Problem> {
    let (mut view, place) = queries.at(&asker, room).await?;
    let membership = membership_of(&mut view, &place, room).await?;
    Ok(view.answer_of(membership.version, membership))
}

/// The caller's membership of the room, who stands at `place` in it.
pub(crate) async fn membership_of(view: &mut View, place: &Place, room: RoomId) -> Result<shape::Membership, Problem> {
    place.member()?;
    let (user, now) = (view.caller.user, view.now);
    let row = sqlx::query!(
        r#"select m.roles as "roles!", m.joined_at as "joined_at!", m.muted as "muted!", m.muted_until,
            m.pinned as "pinned!", m.version as "version!"
        from read.membership m where m.room_id = $1 and m.user_id = $2"#,
        room.0,
        user.0,
    )
    .fetch_one(view.connection())
    .await?;
    let mute = mute(row.muted, row.muted_until, now);
    Ok(shape::Membership {
        room_id: room.0,
        user_id: user.0,
        roles: place.defined(&row.roles),
        joined_at: row.joined_at.into(),
        is_muted: mute.is_some(),
        muted_until: mute.and_then(|mute| mute.until).map(Into::into),
        is_pinned: row.pinned,
        version: row.version,
    })
}
