//! The servers by which clients find a way to each other.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, Problem, Timestamp};
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::id::UserId;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha1::Sha1;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::Queries;
use crate::asker::Asker;

/// TURN servers that share a secret with us, as coturn does with `use-auth-secret`.
#[derive(Clone)]
pub struct Turn {
    /// Such as `turn:turn.example.org:3478?transport=udp`, and `stun:` of those that need no credentials.
    pub urls: Vec<String>,
    /// What credentials are made with; without it there are none.
    pub secret: Option<Zeroizing<String>>,
    /// How long credentials are good.
    pub lifetime: Duration,
}

/// The servers, and until when they can be used.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct IceServers {
    /// As `RTCPeerConnection` takes them; empty where none are configured.
    ice_servers: Vec<IceServer>,
    /// When the credentials end: ask again before. Null where there are none.
    expires_at: Option<Timestamp>,
}

/// Servers with the same credentials.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct IceServer {
    /// Where they are.
    #[schema(example = json!(["turn:turn.example.org:3478"]))]
    urls: Vec<String>,
    /// When it ends, in seconds since 1970, and who uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    username: Option<String>,
    /// The password of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    credential: Option<String>,
}

/// STUN and TURN servers for calls, with credentials of one's own for a limited time.
#[utoipa::path(
    get,
    path = "/v1/ice-servers",
    operation_id = "GetIceServers",
    tag = "calls",
    params(QueryHeaders),
    responses((status = 200, body = IceServers), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(State(queries): State<Queries>, asker: Asker) -> Result<Answer<IceServers>, Problem> {
    let view = queries.signed_in(&asker).await?;
    let servers = queries.turn.as_ref().map(|turn| turn.servers(view.caller.user, view.now));
    let none = || IceServers { ice_servers: vec![], expires_at: None };
    Ok(view.answer(servers.unwrap_or_else(none)))
}

impl Turn {
    /// The servers, with credentials for somebody from `now` on.
    ///
    /// Source: "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest), as coturn implements it.
    fn servers(&self, user: UserId, now: OffsetDateTime) -> IceServers {
        let (turn, stun): (Vec<_>, Vec<_>) = self.urls.iter().cloned().partition(|url| url.starts_with("turn"));
        let credentials = self.secret.as_ref().filter(|_| !turn.is_empty()).map(|secret| {
            let end = (now + self.lifetime).unix_timestamp();
            let username = format!("{end}:{user}");
            (end, credential(secret, &username), username)
        });
        let mut ice_servers = vec![];
        if !stun.is_empty() {
            ice_servers.push(IceServer { urls: stun, username: None, credential: None });
        }
        let expires_at = credentials.map(|(end, credential, username)| {
            ice_servers.push(IceServer { urls: turn, username: Some(username), credential: Some(credential) });
            OffsetDateTime::from_unix_timestamp(end).unwrap_or(now).into()
        });
        IceServers { ice_servers, expires_at }
    }
}

/// Base64 of the HMAC-SHA-1 of the name.
fn credential(secret: &str, username: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("a key may have any length");
    mac.update(username.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    fn turn(urls: &[&str], secret: Option<&str>) -> Turn {
        let urls = urls.iter().map(|url| (*url).to_owned()).collect();
        Turn { urls, secret: secret.map(|secret| secret.to_owned().into()), lifetime: Duration::hours(1) }
    }

    #[test]
    fn credentials_are_what_coturn_computes() {
        // printf '%s' NAME | openssl dgst -sha1 -hmac north -binary | base64
        let name = "1715949000:00000000-0000-0000-0000-0000000a11ce";
        assert_eq!(credential("north", name), "4a/+kSg2ape1B9xX+4obxk2pbM8=");
        let servers = turn(&["stun:a", "turn:b", "turns:c"], Some("north"));
        let servers = servers.servers(UserId(Uuid::from_u128(0xa_11ce)), datetime!(2024-05-17 11:30 UTC));
        assert_eq!(servers.expires_at, Some(datetime!(2024-05-17 12:30 UTC).into()));
        let [stun, turn] = &servers.ice_servers[..] else { panic!("{servers:?}") };
        assert_eq!((&*stun.urls, &stun.username), (&["stun:a".to_owned()][..], &None));
        assert_eq!((&*turn.urls[0], &*turn.urls[1], turn.username.as_deref()), ("turn:b", "turns:c", Some(name)));
        assert_eq!(turn.credential.as_deref(), Some("4a/+kSg2ape1B9xX+4obxk2pbM8="));
    }

    #[test]
    fn turn_without_a_secret_is_not_handed_out() {
        let servers = turn(&["stun:a", "turn:b"], None).servers(UserId(Uuid::nil()), OffsetDateTime::UNIX_EPOCH);
        assert_eq!((servers.ice_servers.len(), servers.expires_at), (1, None));
    }
}
