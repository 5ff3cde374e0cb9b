//! The rows: what the document says of them, and what it takes to ask for them.

use serde_json::{Value, json};

use super::Scene;
use crate::harness::person::PASSWORD;

/// Of other sections of the contract than those on accounts, rooms and messages.
const ELSEWHERE: [&str; 7] =
    ["/v1/files", "/v1/uploads", "/v1/calls", "/v1/ice-servers", "/v1/stream", "/v1/audit", "/v1/erasures"];

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) method: String,
    /// With names in braces.
    pub(super) path: String,
    operation: Value,
}

/// All rows on accounts, rooms and messages.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = every_row();
    rows.retain(|row| !row.is_elsewhere());
    assert!(rows.len() > 60, "the rows were not read");
    rows
}

/// All others: on files, calls, the stream and the record.
pub(super) fn rows_elsewhere() -> Vec<Row> {
    let mut rows = every_row();
    rows.retain(Row::is_elsewhere);
    assert!(rows.len() > 30, "the rows were not read");
    rows
}

/// All rows of the contract.
pub(super) fn every_row() -> Vec<Row> {
    let document: Value = serde_json::from_str(crate::openapi::COMMITTED).unwrap();
    let mut rows = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/v1/") {
            continue;
        }
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            rows.push(Row { name, method: method.to_uppercase(), path: path.clone(), operation: operation.clone() });
        }
    }
    rows
}

impl Row {
    fn is_elsewhere(&self) -> bool {
        ELSEWHERE.iter().any(|prefix| self.path.starts_with(prefix)) || self.path.ends_with("/calls")
    }

    pub(super) fn is_query(&self) -> bool {
        self.method == "GET"
    }

    /// Whether it is one of these.
    pub(super) fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }

    /// Whether it is about one room.
    pub(super) fn in_room(&self) -> bool {
        self.path.contains("{room}")
    }

    /// Whether everyone may ask for it, signed in or not.
    pub(super) fn is_open(&self) -> bool {
        let ways = self.operation["security"].as_array();
        ways.is_none_or(|ways| ways.iter().any(|way| way.as_object().unwrap().is_empty()))
    }

    /// What the document says of it, in one line.
    pub(super) fn words(&self) -> String {
        let words = ["summary", "description"].map(|part| self.operation[part].as_str().unwrap_or_default());
        words.join(" ").replace('\n', " ")
    }

    pub(super) fn takes_a_body(&self) -> bool {
        self.operation["requestBody"].is_object()
    }

    /// Whether it has a parameter of this name, in its query or its headers.
    pub(super) fn takes(&self, parameter: &str) -> bool {
        let parameters = self.operation["parameters"].as_array();
        parameters.is_some_and(|parameters| parameters.iter().any(|one| one["name"] == parameter))
    }

    /// Whether it changes who asks, or ends their sessions: then somebody of its own asks.
    pub(super) fn changes_who_asks(&self) -> bool {
        !self.is_query() && (self.path.starts_with("/v1/sessions") || self.path.starts_with("/v1/users/me"))
    }

    /// A body that it takes.
    pub(super) fn body(&self, scene: &Scene) -> Option<Value> {
        if !self.takes_a_body() {
            return None;
        }
        let asks = &scene.asks;
        Some(match self.name.as_str() {
            "AddMember" | "BanMember" | "CreateInvite" | "SuspendUser" => json!({}),
            "ChangeEmail" => json!({"email": format!("other.{}", asks.email), "password": PASSWORD}),
            "ChangePassword" => json!({"current": PASSWORD, "new": "another rather long one"}),
            "ChangeRole" => json!({"rank": 2}),
            "CreateRoom" => json!({"type": "group", "name": "another"}),
            "DefineRole" => json!({"name": "Helper", "rank": 1}),
            "EditMessage" => json!({"text": "hello, all"}),
            "EraseUser" => json!({"password": PASSWORD}),
            "ForwardMessage" => json!({"to_room_id": scene.elsewhere.0}),
            "MarkRead" => json!({"position": scene.latest}),
            "RegisterUser" => {
                json!({"email": format!("new.{}", asks.email), "password": PASSWORD, "display_name": "New"})
            }
            "RequestPasswordReset" | "VerifyEmail" => json!({"email": asks.email}),
            "ResetPassword" => json!({"password": "another rather long one"}),
            "SendMessage" => json!({"text": "hello"}),
            "StartSession" => json!({"email": asks.email, "password": PASSWORD}),
            "TransferOwnership" => json!({"user_id": scene.bob.id}),
            "UpdateMembership" => json!({"is_muted": true}),
            "UpdateProfile" => json!({"display_name": "Somebody else"}),
            "UpdateRoom" => json!({"name": "renamed"}),
            "UpdateSettings" => json!({"theme": "dark"}),
            unknown => panic!("what does {unknown} take?"),
        })
    }

    /// What a question must say besides.
    pub(super) fn query(&self) -> &'static str {
        if self.name == "SearchMessages" { "q=hello" } else { "" }
    }

    /// Its address on a scene.
    pub(super) fn address(&self, scene: &Scene) -> String {
        self.address_with(|name| self.part(name, scene))
    }

    /// Its address, of parts for the names in braces.
    pub(super) fn address_with(&self, part: impl Fn(&str) -> String) -> String {
        let parts = self.path.split('/').map(|one| match name(one) {
            Some(name) => part(name),
            None => one.to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// The names in its path that stand for UUIDs.
    pub(super) fn ids(&self) -> Vec<&str> {
        self.path.split('/').filter_map(name).filter(|name| ["room", "id", "user", "role"].contains(name)).collect()
    }

    /// What a name in its path stands for on a scene.
    pub(super) fn part(&self, name: &str, scene: &Scene) -> String {
        match name {
            "room" => scene.room.0.to_string(),
            "id" if self.path.starts_with("/v1/rooms") => scene.message.id.to_string(),
            "id" if self.path.starts_with("/v1/sessions") => scene.session.to_string(),
            "user" if self.is(&["AddMember", "BanMember"]) => scene.carol.id.to_string(),
            "user" if self.name == "UnbanMember" => scene.dave.id.to_string(),
            "id" | "user" => scene.bob.id.to_string(),
            "role" => scene.role.to_string(),
            "code" => scene.code.clone(),
            "emoji" => "👍".to_owned(),
            "token" => "nonsense".to_owned(),
            unknown => panic!("what is {unknown}?"),
        }
    }
}

/// The name in braces that a part of a path is.
fn name(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}
