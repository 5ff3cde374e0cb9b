//! People who are signed in, and rooms they share.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use uuid::Uuid;

use crate::Run;
use crate::http::Connection;

type Failed = Box<dyn std::error::Error>;

/// Password of everybody who takes part.
pub(crate) const PASSWORD: &str = "a rather long one";

/// Members of one room.
const IN_A_ROOM: usize = 16;

/// Somebody who is signed in, and the room they write in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) room: String,
}

/// Registers so many people and puts each sixteen into a room.
pub(crate) async fn gather(address: &str, count: usize) -> Result<Vec<Person>, Failed> {
    let mut connection = Connection::open(address).await?;
    let mut people = Vec::<Person>::with_capacity(count);
    for number in 0..count {
        let email = format!("{}@example.org", Uuid::now_v7().simple());
        let body = json!({"email": email, "password": PASSWORD, "display_name": format!("person {number}")});
        expect(&mut connection, "POST", "/v1/users", None, &body, 201).await?;
        let session = json!({"email": email, "password": PASSWORD});
        let session = expect(&mut connection, "POST", "/v1/sessions", None, &session, 201).await?;
        let text = |field: &str| session[field].as_str().unwrap_or_default().to_owned();
        let mut person = Person { id: text("user_id"), email, token: text("token"), room: String::new() };
        if number % IN_A_ROOM == 0 {
            let room = json!({"type": "group", "name": format!("room {}", number / IN_A_ROOM)});
            let room = expect(&mut connection, "POST", "/v1/rooms", Some(&person.token), &room, 201).await?;
            room["id"].as_str().unwrap_or_default().clone_into(&mut person.room);
        } else {
            let owner = people[number - number % IN_A_ROOM].clone();
            let path = format!("/v1/rooms/{}/members/{}", owner.room, person.id);
            expect(&mut connection, "PUT", &path, Some(&owner.token), &json!({}), 201).await?;
            person.room = owner.room;
        }
        people.push(person);
    }
    Ok(people)
}

/// Somebody whom the operator made an account: whom an import tells of by their email, it takes for them.
pub(crate) async fn made_by_the_operator(run: &Run) -> Result<Person, Failed> {
    let email = format!("{}@example.org", Uuid::now_v7().simple());
    let mut making = Command::new(&run.binary);
    making.args(["admin", "create-user", &email]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut making = making.spawn()?;
    let mut password = making.stdin.take().ok_or("there is no pipe to it")?;
    password.write_all(PASSWORD.as_bytes()).await?;
    drop(password);
    if !making.wait().await?.success() {
        return Err("no account was made".into());
    }
    let mut connection = Connection::open(&run.address).await?;
    let session = json!({"email": email, "password": PASSWORD});
    let session = expect(&mut connection, "POST", "/v1/sessions", None, &session, 201).await?;
    let text = |field: &str| session[field].as_str().unwrap_or_default().to_owned();
    Ok(Person { id: text("user_id"), email, token: text("token"), room: String::new() })
}

/// The body of an answer, which must have this status.
pub(crate) async fn expect(
    connection: &mut Connection,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &Value,
    status: u16,
) -> Result<Value, Failed> {
    let body = Some(body).filter(|body| !body.is_null());
    let answer = connection.ask(method, path, token, body).await?;
    if answer.status != status {
        return Err(format!("{method} {path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
    }
    Ok(answer.json())
}

/// A line of chat.
pub(crate) fn line(number: u64) -> Value {
    json!({"text": format!("does anyone know how to get the sound working again after the last upgrade? it was fine before ({number})")})
}
