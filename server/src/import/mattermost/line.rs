//! What a line holds. Fields that we have no use for are left out: how somebody wants Mattermost to look.

use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A line: its kind, and the field of that name.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) version: Option<i64>,
    pub(super) info: Option<Info>,
    pub(super) team: Option<Team>,
    pub(super) channel: Option<Channel>,
    pub(super) user: Option<User>,
    pub(super) bot: Option<Bot>,
    pub(super) post: Option<Post>,
    pub(super) direct_channel: Option<DirectChannel>,
    pub(super) direct_post: Option<Post>,
}

/// What made the file.
#[derive(Debug, Deserialize)]
pub(super) struct Info {
    created: Option<String>,
}

impl Info {
    pub(super) fn made(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(self.created.as_deref()?, &Rfc3339).ok()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Team {
    pub(super) name: String,
    pub(super) display_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Channel {
    pub(super) team: String,
    pub(super) name: String,
    pub(super) display_name: Option<String>,
    /// `O` or `P`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) header: Option<String>,
    pub(super) purpose: Option<String>,
    pub(super) deleted_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) username: String,
    pub(super) email: Option<String>,
    pub(super) nickname: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) position: Option<String>,
    pub(super) roles: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) delete_at: Option<i64>,
    pub(super) teams: Option<Vec<UserTeam>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct UserTeam {
    pub(super) name: String,
    pub(super) channels: Option<Vec<UserChannel>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct UserChannel {
    pub(super) name: String,
    /// Such as `channel_user channel_admin`.
    pub(super) roles: Option<String>,
    pub(super) favorite: Option<bool>,
    pub(super) notify_props: Option<NotifyProps>,
}

#[derive(Debug, Deserialize)]
pub(super) struct NotifyProps {
    /// `mention` of a channel that is muted.
    pub(super) mark_unread: Option<String>,
}

impl NotifyProps {
    pub(super) fn mutes(&self) -> bool {
        self.mark_unread.as_deref() == Some("mention")
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Bot {
    pub(super) username: String,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) owner: Option<String>,
}

/// A room without a team. Newer exports have `participants`, older ones `members`.
#[derive(Debug, Deserialize)]
pub(super) struct DirectChannel {
    pub(super) members: Option<Vec<String>>,
    pub(super) participants: Option<Vec<Participant>>,
    pub(super) favorited_by: Option<Vec<String>>,
    pub(super) header: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Participant {
    pub(super) username: String,
    pub(super) notify_props: Option<NotifyProps>,
}

/// What was posted: in a channel of a team, in a direct room, or as an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Post {
    pub(super) team: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) channel_members: Option<Vec<String>>,
    pub(super) user: String,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
    pub(super) props: Option<Value>,
    pub(super) create_at: i64,
    pub(super) edit_at: Option<i64>,
    pub(super) flagged_by: Option<Value>,
    pub(super) reactions: Option<Vec<Reaction>>,
    pub(super) replies: Option<Vec<Post>>,
    pub(super) attachments: Option<Value>,
    pub(super) is_pinned: Option<bool>,
    pub(super) thread_followers: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reaction {
    pub(super) user: String,
    pub(super) create_at: i64,
    pub(super) emoji_name: String,
}

impl Post {
    /// A text among the properties of a notice.
    pub(super) fn prop(&self, name: &str) -> Option<&str> {
        self.props.as_ref()?.get(name)?.as_str()
    }
}
