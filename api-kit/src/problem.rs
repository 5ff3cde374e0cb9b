//! Everything that is answered instead of success: one enum, an entry each in `docs/problems.md`.

mod answer;
mod database;
mod manual;
mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use axum::http::StatusCode;

pub use answer::{FieldError, ProblemDocument};
pub(crate) use answer::{Raised, render};
pub use manual::routes;

use crate::limit::Allowance;

/// An error of whatever kind, for the log alone.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// What is answered instead of success. `Display` is the `detail` that the client reads; sources are for the log alone.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The body is empty or not JSON in UTF-8.
    #[error("the body is not JSON: {0}")]
    MalformedJson(String),
    /// A query parameter is unknown, given twice or not what it should be.
    #[error("{0}")]
    InvalidQuery(String),
    /// A request header is not what it should be.
    #[error("header {name}: {detail}")]
    InvalidHeader {
        /// The header.
        name: &'static str,
        /// What it should be.
        detail: &'static str,
    },
    /// An auditor did not say why.
    #[error("say in the header Audit-Reason why the record is read")]
    AuditReasonRequired,
    /// No token, one that is not well-formed, or one whose session is over.
    #[error("this needs the token of an open session")]
    NotSignedIn,
    /// Email or password is wrong; which of them is not said.
    #[error("the email or the password is wrong")]
    WrongCredentials,
    /// The caller sees the thing but lacks a permission, or an instance role.
    #[error("you lack the permission {permission}")]
    Forbidden {
        /// Its name in the contract.
        permission: &'static str,
    },
    /// Nothing is forwarded out of a secret room.
    #[error("nothing is forwarded out of a secret room")]
    StaysSecret,
    /// An administrator keeps the account from signing in; told to who proved that it is theirs.
    #[error("your account is suspended")]
    AccountSuspended,
    /// Nobody makes an account of their own here.
    #[error("accounts are made by whoever runs this server")]
    RegistrationClosed,
    /// Only the author of a message may do this.
    #[error("only its author may do this")]
    NotTheAuthor,
    /// Only the owner of a room, or of a file, may do this.
    #[error("only its owner may do this")]
    NotTheOwner,
    /// The caller stands no higher than the member, role or permission acted upon.
    #[error("you do not stand above what you act upon")]
    Outranked,
    /// A public room is seen by everyone, but this is for its members.
    #[error("only members of the room may do this")]
    NotAMember,
    /// The other of two has blocked the caller.
    #[error("this person receives nothing from you")]
    Blocked,
    /// An unsafe request with the session cookie that did not come from this origin.
    #[error("a request with the session cookie must come from a page of this origin")]
    CrossSite,
    /// It is not there, or the caller may not know that it is.
    #[error("there is nothing here that you may see")]
    NotFound,
    /// The file is on record, but an import told of it without its bytes.
    #[error("an import told of this file without its bytes, which have not come since")]
    BytesNotImported,
    /// What is served here is the past: nobody changes it, and nothing happens in it.
    #[error("this is how everything was: nothing changes here")]
    ReadOnly,
    /// The path exists, but not with this method.
    #[error("this address does not take that method")]
    MethodNotAllowed,
    /// The body did not arrive in time.
    #[error("the request did not arrive in time")]
    RequestTimeout,
    /// Another account has this email.
    #[error("an account with this email exists")]
    EmailTaken,
    /// The id that the client chose belongs to something else.
    #[error("the id is taken by something else")]
    IdTaken,
    /// The id that the client chose for a legal hold belongs to this very one, which was lifted.
    #[error("this hold was lifted, and is not placed again: take another id")]
    HoldLifted,
    /// Whoever is suspended is given nothing.
    #[error("their account is suspended")]
    UserSuspended,
    /// An instance keeps an administrator.
    #[error("the last administrator stays")]
    LastAdmin,
    /// The room is archived.
    #[error("the room is archived")]
    Archived,
    /// The message is deleted.
    #[error("the message is deleted")]
    MessageDeleted,
    /// What was forwarded is another's word, and stays as it is.
    #[error("what was forwarded is not edited")]
    Forwarded,
    /// The caller has reacted to the message with as many different emoji as one may.
    #[error("you have reacted to it with {most} different emoji")]
    TooManyReactions {
        /// Most that one may.
        most: usize,
    },
    /// A room of two neither gains nor loses members.
    #[error("the members of this room are fixed")]
    MembersFixed,
    /// A room of two has neither roles nor an owner.
    #[error("only groups have roles and an owner")]
    GroupsOnly,
    /// They are banned from the room.
    #[error("they are banned from this room")]
    Banned,
    /// There are as many of these as there may be.
    #[error("there are {most} {what} already, as many as there may be")]
    LimitReached {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// The position lies beyond what exists.
    #[error("the position is beyond the end of the log")]
    PositionUnknown,
    /// The invite was used up, has expired or was revoked, or its maker may not invite any more.
    #[error("the invite is used up, has expired or was revoked")]
    InviteSpent,
    /// A call goes on in the room.
    #[error("a call goes on in this room")]
    CallInProgress,
    /// The call is over.
    #[error("the call is over")]
    CallEnded,
    /// Who sends a signal, or who is to receive it, is not in the call.
    #[error("only who is in the call sends and receives signals")]
    NotInTheCall,
    /// A part of an upload does not begin where the last one ended.
    #[error("so far {offset} bytes came: the next part begins there")]
    UploadOffset {
        /// Where it ended.
        offset: u64,
    },
    /// A version of tus that is not spoken.
    #[error("the header Tus-Resumable must say 1.0.0")]
    TusVersion,
    /// A legal hold forbids erasing it.
    #[error("a legal hold keeps this from being erased")]
    LegalHold,
    /// `If-Match` names another version than the present one.
    #[error("the present version is v{current}")]
    VersionMismatch {
        /// The present version.
        current: i64,
    },
    /// The body is larger than allowed.
    #[error("the body may have at most {limit} bytes")]
    TooLarge {
        /// Most bytes allowed.
        limit: usize,
    },
    /// The caller's quota of files or bytes is used up.
    #[error("your quota is used up")]
    QuotaExceeded,
    /// The bytes that came have another digest than the client says.
    #[error("the bytes that came are not those that Content-Digest names")]
    DigestMismatch,
    /// No part of the range that is asked for is there.
    #[error("there are {size} bytes")]
    NoSuchRange {
        /// How many there are.
        size: u64,
    },
    /// The body has another media type than the one this takes.
    #[error("the body must be {expected}")]
    MediaType {
        /// The media type this takes.
        expected: &'static str,
    },
    /// The body is JSON but not what this takes.
    #[error("what was sent is well-formed but invalid")]
    Invalid(Vec<FieldError>),
    /// The `Idempotency-Key` came before, with another request.
    #[error("this Idempotency-Key was used with another request")]
    IdempotencyKeyReused,
    /// A rate limit is used up.
    #[error("too many requests; wait {} s", .0.retry_after_seconds())]
    RateLimited(Allowance),
    /// A bug.
    #[error("a fault of the server; the request id finds it in the log")]
    Internal(#[source] Source),
    /// The read model has not yet seen the minimum position.
    #[error("the read model has not seen that position yet")]
    ReadModelBehind,
    /// Too many commands for the same thing at once.
    #[error("too many are changing this at once")]
    Busy,
    /// Something that this server depends on cannot be reached.
    #[error("a service behind this one cannot be reached")]
    Unavailable(#[source] Source),
    /// This server has more to do than it can.
    #[error("the server has too much to do")]
    Overloaded,
    /// A disk is full.
    #[error("the storage is full")]
    OutOfSpace(#[source] Source),
}

impl Problem {
    /// A bug: what happened should not be able to.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    /// Something that this server depends on cannot be reached.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable(source.into())
    }

    /// One field has a value that it cannot have.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { pointer: pointer.into(), detail: detail.into() }])
    }

    /// The stable name: last segment of `type`, heading in `docs/problems.md`.
    pub fn slug(&self) -> &'static str {
        self.facts().1
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.facts().0
    }

    /// What is the same in each occurrence, in a few words.
    pub fn title(&self) -> &'static str {
        self.facts().2
    }

    /// How long the client should wait before it tries again.
    pub fn retry_after(&self) -> Option<Duration> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "`waits` in the tests ties it to the statuses")]
        match self {
            Self::RateLimited(allowance) => Some(Duration::from_secs(allowance.retry_after_seconds())),
            Self::ReadModelBehind | Self::Busy => Some(Duration::from_secs(1)),
            Self::Unavailable(_) | Self::Overloaded => Some(Duration::from_secs(2)),
            Self::OutOfSpace(_) => Some(Duration::from_mins(1)),
            _ => None,
        }
    }

    /// Status, slug and title.
    fn facts(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::MalformedJson(_) => (S::BAD_REQUEST, "malformed-json", "Malformed JSON"),
            Self::InvalidQuery(_) => (S::BAD_REQUEST, "invalid-query", "Invalid query"),
            Self::InvalidHeader { .. } => (S::BAD_REQUEST, "invalid-header", "Invalid header"),
            Self::AuditReasonRequired => (S::BAD_REQUEST, "audit-reason-required", "Audit reason required"),
            Self::NotSignedIn => (S::UNAUTHORIZED, "not-signed-in", "Not signed in"),
            Self::WrongCredentials => (S::UNAUTHORIZED, "wrong-credentials", "Wrong credentials"),
            Self::Forbidden { .. } => (S::FORBIDDEN, "forbidden", "Permission lacking"),
            Self::StaysSecret => (S::FORBIDDEN, "stays-secret", "Stays secret"),
            Self::AccountSuspended => (S::FORBIDDEN, "account-suspended", "Account suspended"),
            Self::RegistrationClosed => (S::FORBIDDEN, "registration-closed", "Registration closed"),
            Self::NotTheAuthor => (S::FORBIDDEN, "not-the-author", "Not the author"),
            Self::NotTheOwner => (S::FORBIDDEN, "not-the-owner", "Not the owner"),
            Self::Outranked => (S::FORBIDDEN, "outranked", "Outranked"),
            Self::NotAMember => (S::FORBIDDEN, "not-a-member", "Not a member"),
            Self::Blocked => (S::FORBIDDEN, "blocked", "Not received"),
            Self::CrossSite => (S::FORBIDDEN, "csrf", "Cross-site request"),
            Self::ReadOnly => (S::FORBIDDEN, "read-only", "Read only"),
            Self::NotFound => (S::NOT_FOUND, "not-found", "Not found"),
            Self::BytesNotImported => (S::NOT_FOUND, "bytes-not-imported", "Bytes not imported"),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed"),
            Self::RequestTimeout => (S::REQUEST_TIMEOUT, "request-timeout", "Request timeout"),
            Self::EmailTaken => (S::CONFLICT, "email-taken", "Email taken"),
            Self::IdTaken | Self::HoldLifted => (S::CONFLICT, "id-taken", "Id taken"),
            Self::UserSuspended => (S::CONFLICT, "user-suspended", "User suspended"),
            Self::LastAdmin => (S::CONFLICT, "last-admin", "Last administrator"),
            Self::Archived => (S::CONFLICT, "archived", "Room archived"),
            Self::MessageDeleted => (S::CONFLICT, "message-deleted", "Message deleted"),
            Self::Forwarded => (S::CONFLICT, "forwarded", "Forwarded"),
            Self::TooManyReactions { .. } => (S::CONFLICT, "too-many-reactions", "Too many reactions"),
            Self::MembersFixed => (S::CONFLICT, "members-fixed", "Members fixed"),
            Self::GroupsOnly => (S::CONFLICT, "groups-only", "Groups only"),
            Self::Banned => (S::CONFLICT, "banned", "Banned"),
            Self::LimitReached { .. } => (S::CONFLICT, "limit-reached", "Limit reached"),
            Self::PositionUnknown => (S::CONFLICT, "position-unknown", "Position unknown"),
            Self::InviteSpent => (S::CONFLICT, "invite-spent", "Invite spent"),
            Self::CallInProgress => (S::CONFLICT, "call-in-progress", "Call in progress"),
            Self::CallEnded => (S::CONFLICT, "call-ended", "Call ended"),
            Self::NotInTheCall => (S::CONFLICT, "not-in-the-call", "Not in the call"),
            Self::UploadOffset { .. } => (S::CONFLICT, "upload-offset", "Upload goes on elsewhere"),
            Self::TusVersion => (S::PRECONDITION_FAILED, "tus-version", "Another version of tus"),
            Self::LegalHold => (S::CONFLICT, "legal-hold", "Legal hold"),
            Self::VersionMismatch { .. } => (S::PRECONDITION_FAILED, "version-mismatch", "Version mismatch"),
            Self::TooLarge { .. } => (S::PAYLOAD_TOO_LARGE, "too-large", "Too large"),
            Self::QuotaExceeded => (S::PAYLOAD_TOO_LARGE, "quota-exceeded", "Quota exceeded"),
            Self::NoSuchRange { .. } => (S::RANGE_NOT_SATISFIABLE, "no-such-range", "Range not satisfiable"),
            Self::DigestMismatch => (S::UNPROCESSABLE_ENTITY, "digest-mismatch", "Other bytes than announced"),
            Self::MediaType { .. } => (S::UNSUPPORTED_MEDIA_TYPE, "media-type", "Wrong media type"),
            Self::Invalid(_) => (S::UNPROCESSABLE_ENTITY, "invalid", "Invalid"),
            Self::IdempotencyKeyReused => (S::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "Idempotency key reused"),
            Self::RateLimited(_) => (S::TOO_MANY_REQUESTS, "rate-limited", "Too many requests"),
            Self::Internal(_) => (S::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
            Self::ReadModelBehind => (S::SERVICE_UNAVAILABLE, "read-model-behind", "Read model behind"),
            Self::Busy => (S::SERVICE_UNAVAILABLE, "busy", "Busy"),
            Self::Unavailable(_) => (S::SERVICE_UNAVAILABLE, "unavailable", "Unavailable"),
            Self::Overloaded => (S::SERVICE_UNAVAILABLE, "overloaded", "Overloaded"),
            Self::OutOfSpace(_) => (S::INSUFFICIENT_STORAGE, "out-of-space", "Out of space"),
        }
    }
}
