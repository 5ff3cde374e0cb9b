//! Where somebody stands in a room, made of rows: computed by the same function as for commands.

use api_kit::Problem;
use api_kit::shape::Role;
use domain::id::{RoleId, UserId};
use domain::membership::{Membership, Mute};
use domain::permission::{self, Permission, PermissionSet, Standing};
use domain::refusal::Refusal;
use domain::room::Room;
use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, Error as NoSuchName};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a room's row tells that permissions depend on.
pub(crate) struct RoomRow {
    pub(crate) room_type: String,
    pub(crate) visibility: String,
    pub(crate) permissions: Vec<String>,
    pub(crate) roles: Vec<Role>,
    pub(crate) owner: Option<Uuid>,
    pub(crate) archived: bool,
    pub(crate) closed: bool,
}

/// Where somebody stands in a room.
pub(crate) struct Place {
    pub(crate) room: Room,
    pub(crate) standing: Standing,
    joined_position: i64,
}

impl Place {
    /// Where `user` stands in `room`; none is one that is not there.
    pub(crate) fn of(
        user: UserId,
        room: Option<&RoomRow>,
        present: bool,
        roles: &[Uuid],
        joined_position: i64,
    ) -> Result<Self, Problem> {
        let room = room.map(RoomRow::state).transpose()?.unwrap_or_default();
        let membership = membership(present, roles);
        let standing = Standing::of(user, &room, &membership);
        Ok(Self { room, standing, joined_position })
    }

    /// Refuses who is no member: 404 unless the room is public.
    pub(crate) fn member(&self) -> Result<(), Problem> {
        self.standing
            .member()
            .map_err(|refusal| if refusal == Refusal::NotAMember { Problem::NotAMember } else { Problem::NotFound })
    }

    /// Refuses (404) who may not know that the room is there; a public one is seen by everyone.
    pub(crate) fn knows(&self) -> Result<(), Problem> {
        if self.standing.member() == Err(Refusal::NotFound) { Err(Problem::NotFound) } else { Ok(()) }
    }

    /// What was said up to this position they do not see: without `view_history`, what came before their joining.
    pub(crate) fn floor(&self) -> i64 {
        if self.holds(Permission::ViewHistory) { 0 } else { self.joined_position }
    }

    /// Whether they hold `permission`.
    pub(crate) fn holds(&self, permission: Permission) -> bool {
        self.standing.effective.contains(&permission)
    }

    /// Refuses who is no member, then who lacks `permission`.
    pub(crate) fn require(&self, permission: Permission) -> Result<(), Problem> {
        self.member()?;
        if self.holds(permission) { Ok(()) } else { Err(Problem::Forbidden { permission: permission.name() }) }
    }

    /// Those of `roles` that the room has.
    pub(crate) fn defined(&self, roles: &[Uuid]) -> Vec<Uuid> {
        roles.iter().copied().filter(|role| self.room.roles.contains_key(&RoleId(*role))).collect()
    }

    /// What they may do, by name.
    pub(crate) fn permissions(&self) -> Vec<String> {
        names(&self.standing.effective)
    }
}

/// A membership as its row has it.
pub(crate) fn membership(present: bool, roles: &[Uuid]) -> Membership {
    Membership { present, roles: roles.iter().copied().map(RoleId).collect(), ..Membership::default() }
}

/// The mute that holds at `now`, by the domain's own rule.
pub(crate) fn mute(muted: bool, until: Option<OffsetDateTime>, now: OffsetDateTime) -> Option<Mute> {
    Membership { mute: muted.then_some(Mute { until }), ..Membership::default() }.muted(now)
}

/// Permissions by name, in the contract's order.
pub(crate) fn names(permissions: &PermissionSet) -> Vec<String> {
    permissions.iter().map(|permission| permission.name().to_owned()).collect()
}

/// A value of the domain by its name in the contract, as rows hold it.
pub(crate) fn named<'a, T: Deserialize<'a>>(name: &'a str) -> Result<T, Problem> {
    T::deserialize(BorrowedStrDeserializer::<NoSuchName>::new(name)).map_err(Problem::internal)
}

impl RoomRow {
    /// The room's state, as far as permissions depend on it.
    fn state(&self) -> Result<Room, Problem> {
        let roles = self.roles.iter().map(|role| Ok((RoleId(role.id), state(role)?)));
        Ok(Room {
            exists: true,
            room_type: named(&self.room_type)?,
            visibility: named(&self.visibility)?,
            permissions: set(&self.permissions)?,
            roles: roles.collect::<Result<_, Problem>>()?,
            owner: self.owner.map(UserId),
            archived: self.archived,
            closed: self.closed,
            ..Room::default()
        })
    }
}

fn state(role: &Role) -> Result<permission::Role, Problem> {
    let (allow, deny) = (set(&role.permissions.allow)?, set(&role.permissions.deny)?);
    Ok(permission::Role { name: role.name.clone(), rank: role.rank, allow, deny, version: role.version })
}

fn set(names: &[String]) -> Result<PermissionSet, Problem> {
    names.iter().map(|name| named(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use api_kit::shape::RolePermissions;

    const ALICE: UserId = UserId(Uuid::from_u128(1));
    const MUTED: Uuid = Uuid::from_u128(2);

    fn room(visibility: &str) -> RoomRow {
        let permissions = RolePermissions { allow: vec![], deny: vec!["send_messages".to_owned()] };
        RoomRow {
            room_type: "group".to_owned(),
            visibility: visibility.to_owned(),
            permissions: vec!["send_messages".to_owned(), "react".to_owned()],
            roles: vec![Role { id: MUTED, name: None, rank: 1, permissions, version: 1 }],
            owner: None,
            archived: false,
            closed: false,
        }
    }

    fn place(visibility: &str, present: bool, roles: &[Uuid]) -> Place {
        Place::of(ALICE, Some(&room(visibility)), present, roles, 7).unwrap()
    }

    #[test]
    fn a_role_takes_what_the_room_gives() {
        assert_eq!(place("private", true, &[]).permissions(), ["send_messages", "react"]);
        assert_eq!(place("private", true, &[MUTED]).permissions(), ["react"]);
        assert!(place("private", false, &[MUTED]).permissions().is_empty());
    }

    #[test]
    fn strangers_know_public_rooms_alone() {
        let slug = |result: Result<(), Problem>| result.err().map(|problem| problem.slug());
        assert_eq!(slug(place("private", false, &[]).member()), Some("not-found"));
        assert_eq!(slug(place("private", false, &[]).knows()), Some("not-found"));
        assert_eq!(slug(place("public", false, &[]).member()), Some("not-a-member"));
        assert_eq!(slug(place("public", false, &[]).knows()), None);
        assert_eq!(slug(Place::of(ALICE, None, true, &[], 7).unwrap().knows()), Some("not-found"));
        assert_eq!(slug(place("private", true, &[]).member()), None);
    }

    #[test]
    fn a_closed_room_is_not_there_for_anybody() {
        let closed = RoomRow { closed: true, ..room("public") };
        let place = Place::of(ALICE, Some(&closed), true, &[], 7).unwrap();
        let slugs = [place.member(), place.knows(), place.require(Permission::React)].map(|no| no.unwrap_err().slug());
        assert_eq!(slugs, ["not-found"; 3]);
    }

    #[test]
    fn what_is_lacking_is_named() {
        let lacking = place("private", true, &[MUTED]).require(Permission::SendMessages).unwrap_err();
        assert_eq!(
            (lacking.slug(), lacking.to_string().as_str()),
            ("forbidden", "you lack the permission send_messages")
        );
        assert!(place("private", true, &[MUTED]).require(Permission::React).is_ok());
    }

    #[test]
    fn roles_that_the_room_has_no_more_count_nothing() {
        let former = Uuid::from_u128(3);
        assert_eq!(place("private", true, &[]).defined(&[MUTED, former]), [MUTED]);
    }

    #[test]
    fn without_view_history_one_sees_from_ones_joining_on() {
        assert_eq!(place("private", true, &[]).floor(), 7);
        let mut room = room("private");
        room.permissions.push("view_history".to_owned());
        assert_eq!(Place::of(ALICE, Some(&room), true, &[], 7).unwrap().floor(), 0);
    }

    #[test]
    fn a_name_that_is_not_known_is_a_bug() {
        assert_eq!(named::<Permission>("fly").unwrap_err().slug(), "internal");
    }
}
