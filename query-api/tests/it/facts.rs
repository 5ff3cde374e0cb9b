//! What happens in the tests: facts in the log, and the rows that a projector would make of them.

use std::collections::BTreeSet;

use api_kit::Token;
use domain::erasure::Erasure;
use domain::id::{MessageId, RoomId, UserId};
use domain::membership::{Membership, MembershipEvent};
use domain::message::{Content, Message, MessageEvent};
use domain::permission::{Permission, PermissionSet};
use domain::reaction::{Reaction, ReactionEvent};
use domain::room::{Room, RoomEvent, RoomType, Visibility};
use domain::sealed::{KeyName, Month, Sealed};
use domain::session::{Session, SessionEvent};
use domain::user::{InstanceRole, User, UserEvent};
use time::Duration;
use uuid::Uuid;

use crate::world::{Person, World};

/// What members of the tests' rooms may do unless said otherwise.
pub(crate) const USUAL: [Permission; 2] = [Permission::ViewHistory, Permission::SendMessages];

impl World {
    /// Somebody registers and signs in.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let id = self.context.new_id();
        let key = KeyName::user(UserId(id));
        let registered = UserEvent::UserRegistered {
            email: Some(Sealed::new(key.clone(), format!("{name}@example.org"))),
            display_name: Sealed::new(key.clone(), name.to_owned()),
            password: Some(Sealed::new(key, "$argon2id$".to_owned())),
            imported: None,
        };
        self.append::<User>(&id.to_string(), vec![registered], Some(id), None).await;
        self.account_row(id, name).await;
        let token = self.signs_in(id).await;
        self.catch_up().await;
        Person { id, token }
    }

    /// A session starts.
    pub(crate) async fn signs_in(&self, user: Uuid) -> Token {
        let token = Token::new(self.context.new_id(), &self.context);
        let key = KeyName::user(UserId(user));
        let started = SessionEvent::SessionStarted {
            user_id: UserId(user),
            secret_sha256: token.secret_sha256(),
            generation: 0,
            ip: Sealed::new(key.clone(), "192.0.2.1".to_owned()),
            user_agent: Sealed::new(key, "curl/8".to_owned()),
            expires_at: self.context.now() + Duration::HOUR,
        };
        self.append::<Session>(&token.session.to_string(), vec![started], Some(user), None).await;
        self.session_row(user, &token).await;
        token
    }

    /// Somebody becomes an auditor.
    pub(crate) async fn auditor(&self, name: &str) -> Person {
        let person = self.person(name).await;
        let granted = UserEvent::UserRoleGranted { role: InstanceRole::Auditor };
        self.append::<User>(&person.id.to_string(), vec![granted], None, None).await;
        self.sql("update read.account set roles = '{auditor}', version = 2 where id = $1", person.id).await;
        self.catch_up().await;
        person
    }

    /// Somebody is erased: the log and the keys know, the read models do not.
    pub(crate) async fn is_erased(&self, who: &Person) -> i64 {
        let erased = UserEvent::UserErased { erasure: Erasure::of(KeyName::user(UserId(who.id))) };
        let position = self.append::<User>(&who.id.to_string(), vec![erased], Some(who.id), None).await;
        sqlx::query(
            "update keys.key k set wrapped = null, master_version = null, destroyed_at = e.recorded_at \
             from log.events e where e.position = $1 and k.name = 'user/' || $2",
        )
        .bind(position)
        .bind(who.id.to_string())
        .execute(&self.pool)
        .await
        .unwrap();
        position
    }

    /// A group, of its maker alone.
    pub(crate) async fn room(&self, maker: &Person, visibility: Visibility, permissions: &[Permission]) -> Uuid {
        self.room_of_type(RoomType::Group, maker, visibility, permissions).await
    }

    pub(crate) async fn room_of_type(
        &self,
        room_type: RoomType,
        maker: &Person,
        visibility: Visibility,
        permissions: &[Permission],
    ) -> Uuid {
        let id = self.context.new_id();
        let created = RoomEvent::RoomCreated {
            room_type,
            visibility,
            name: Some(Sealed::new(KeyName::room(RoomId(id)), format!("room {}", id.simple()))),
            topic: None,
            permissions: permissions.iter().copied().collect::<PermissionSet>(),
            created_by: Some(UserId(maker.id)),
            members: BTreeSet::new(),
            imported: None,
        };
        let position = self.append::<Room>(&id.to_string(), vec![created], Some(maker.id), Some(id)).await;
        self.room_row(id, room_type, visibility, permissions, maker.id, position).await;
        self.joins(id, maker).await;
        id
    }

    /// A private group with the usual permissions.
    pub(crate) async fn private_room(&self, maker: &Person) -> Uuid {
        self.room(maker, Visibility::Private, &USUAL).await
    }

    /// Somebody comes in; where in the log.
    pub(crate) async fn joins(&self, room: Uuid, who: &Person) -> i64 {
        let (room_id, user_id, founding) = (RoomId(room), UserId(who.id), false);
        let joined = MembershipEvent::MembershipJoined { room_id, user_id, founding, imported: None };
        let position = self.membership(room, who, joined).await;
        self.membership_row(room, who.id, true).await;
        self.catch_up().await;
        position
    }

    /// Somebody is removed: the log knows, the read models do not.
    pub(crate) async fn is_removed(&self, room: Uuid, who: &Person) -> i64 {
        let (room_id, user_id) = (RoomId(room), UserId(who.id));
        self.membership(room, who, MembershipEvent::MembershipRemoved { room_id, user_id, by: user_id }).await
    }

    /// Somebody leaves.
    pub(crate) async fn leaves(&self, room: Uuid, who: &Person) {
        self.is_removed(room, who).await;
        self.membership_row(room, who.id, false).await;
        self.catch_up().await;
    }

    async fn membership(&self, room: Uuid, who: &Person, event: MembershipEvent) -> i64 {
        let id = Membership::stream(RoomId(room), UserId(who.id));
        self.append::<Membership>(&id, vec![event], Some(who.id), Some(room)).await
    }

    /// Somebody says something.
    pub(crate) async fn sends(&self, room: Uuid, who: &Person, text: &str) -> Uuid {
        let id = self.context.new_id();
        let sent = MessageEvent::MessageSent {
            room_id: RoomId(room),
            sender_id: UserId(who.id),
            content: self.content(room, who, text),
            mentions: vec![],
            mentions_all: false,
            reply_to: None,
            forwarded_from: None,
            file_ids: vec![],
            imported: None,
        };
        let position = self.append::<Message>(&id.to_string(), vec![sent], Some(who.id), Some(room)).await;
        self.message_row(id, room, who.id, position, text).await;
        self.catch_up().await;
        id
    }

    /// Somebody changes the wording of their message.
    pub(crate) async fn edits(&self, room: Uuid, who: &Person, message: Uuid, text: &str) {
        let content = self.content(room, who, text);
        let edited = MessageEvent::MessageEdited {
            room_id: RoomId(room),
            content,
            mentions: vec![],
            mentions_all: false,
            imported: None,
        };
        let position = self.append::<Message>(&message.to_string(), vec![edited], Some(who.id), Some(room)).await;
        self.wording_row(message, position, text).await;
        self.catch_up().await;
    }

    /// A message is deleted: the log knows, the read models do not.
    pub(crate) async fn is_deleted(&self, room: Uuid, who: &Person, message: Uuid) -> i64 {
        let deleted = MessageEvent::MessageDeleted { room_id: RoomId(room), by: UserId(who.id), erasure: None };
        self.append::<Message>(&message.to_string(), vec![deleted], Some(who.id), Some(room)).await
    }

    /// Somebody reacts to a message of a secret room, of which there are no rows, and takes it back so many times; in the
    /// end it stands there.
    pub(crate) async fn reacts(&self, room: Uuid, who: &Person, message: Uuid, emoji: &str, taken_back: usize) {
        let (room_id, message_id, user_id) = (RoomId(room), MessageId(message), UserId(who.id));
        let key = KeyName::content(user_id, room_id, Month::of(self.context.now()));
        let emoji = || Sealed::new(key.clone(), emoji.to_owned());
        let added = || ReactionEvent::ReactionAdded { room_id, message_id, user_id, emoji: emoji(), imported: None };
        let removed = || ReactionEvent::ReactionRemoved { room_id, message_id, user_id, emoji: emoji() };
        let turns = (0..taken_back).flat_map(|_| [added(), removed()]);
        let events = turns.chain([added()]).collect();
        self.append::<Reaction>(&Reaction::stream(message_id, user_id), events, Some(who.id), Some(room)).await;
        self.catch_up().await;
    }

    fn content(&self, room: Uuid, who: &Person, text: &str) -> Sealed<Content> {
        let key = KeyName::content(UserId(who.id), RoomId(room), Month::of(self.context.now()));
        Sealed::new(key, Content::plain(text))
    }
}
