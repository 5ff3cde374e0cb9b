//! What people may write: lengths in characters (Unicode scalar values), and what no text may hold.
//!
//! U+0000 is refused everywhere, since a column of type `text` cannot hold it; other control characters only in names,
//! which stand within other text. What an import brings is history and taken as it is, but for U+0000 and sheer size.

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::refusal::Refusal;

/// The longest message, in characters.
pub const MESSAGE_MAX: usize = 16_384;
/// The longest imported message, in characters: the sources allow more than we do (Slack 40,000).
pub const IMPORTED_MESSAGE_MAX: usize = 65_536;
/// The longest display name, in characters.
pub const DISPLAY_NAME_MAX: usize = 100;
/// The longest room name, in characters.
pub const ROOM_NAME_MAX: usize = 200;
/// The longest topic, in characters.
pub const TOPIC_MAX: usize = 1_000;
/// The longest role name, in characters.
pub const ROLE_NAME_MAX: usize = 100;
/// The longest email address, in characters. Source: RFC 5321, section 4.5.3.1.3, less the angle brackets.
pub const EMAIL_MAX: usize = 254;
/// The longest emoji, in bytes: the longest sequences that Unicode recommends have 35, and names between colons fit
/// too.
pub const EMOJI_MAX: usize = 64;
/// The longest reason, of an auditor, a ban or a suspension, in characters.
pub const REASON_MAX: usize = 1_000;
/// What is kept of a client's `User-Agent`, in characters.
pub const USER_AGENT_MAX: usize = 512;
/// The greatest settings, in bytes of JSON.
pub const SETTINGS_MAX: usize = 16 * 1024;

/// Takes a message of 1 to [`MESSAGE_MAX`] characters as it is; one that files go with may be empty.
pub fn message(text: &str, has_files: bool) -> Result<(), Refusal> {
    sized("/text", text, usize::from(!has_files), MESSAGE_MAX)
}

/// Takes an imported message as it is; it may be empty (a file without a word).
pub fn imported_message(text: &str) -> Result<(), Refusal> {
    sized("/text", text, 0, IMPORTED_MESSAGE_MAX)
}

/// Takes and trims a display name of 1 to [`DISPLAY_NAME_MAX`] characters.
pub fn display_name(name: &str) -> Result<String, Refusal> {
    trimmed_name("/display_name", name, DISPLAY_NAME_MAX)
}

/// Takes and trims a room's name of 1 to [`ROOM_NAME_MAX`] characters.
pub fn room_name(name: &str) -> Result<String, Refusal> {
    trimmed_name("/name", name, ROOM_NAME_MAX)
}

/// Takes and trims a role's name of 1 to [`ROLE_NAME_MAX`] characters.
pub fn role_name(name: &str) -> Result<String, Refusal> {
    trimmed_name("/name", name, ROLE_NAME_MAX)
}

/// Takes and trims a topic of at most [`TOPIC_MAX`] characters; an empty one is none.
pub fn topic(topic: &str) -> Result<String, Refusal> {
    let topic = topic.trim();
    sized("/topic", topic, 0, TOPIC_MAX)?;
    Ok(topic.to_owned())
}

/// Takes an email address as typed: something at something, without spaces.
///
/// No more is checked: only a mail that arrives proves an address.
pub fn email(email: &str) -> Result<(), Refusal> {
    sized("/email", email, 3, EMAIL_MAX)?;
    let odd = |c: char| c.is_whitespace() || c.is_control();
    match email.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !email.contains(odd) => Ok(()),
        Some(_) | None => Err(Refusal::invalid("/email", "not an email address")),
    }
}

/// What is the same for addresses that are the same: case is without meaning in them here.
///
/// Registering and signing in both claim and look up an address in this form.
pub fn folded_email(email: &str) -> String {
    email.to_lowercase()
}

/// Takes an emoji of 1 to [`EMOJI_MAX`] bytes as it is: any text without spaces, since nobody can list all emoji for
/// good.
pub fn emoji(emoji: &str) -> Result<(), Refusal> {
    let detail = match emoji.len() {
        0 => "is empty".to_owned(),
        bytes if bytes > EMOJI_MAX => format!("{bytes} bytes where at most {EMOJI_MAX} are allowed"),
        _ if emoji.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            "holds a space or a control character".to_owned()
        }
        _ => return Ok(()),
    };
    Err(Refusal::invalid("/emoji", detail))
}

/// Takes and trims an auditor's reason.
pub fn reason(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Refusal::AuditReasonRequired);
    }
    sized("/reason", reason, 1, REASON_MAX)?;
    Ok(reason.to_owned())
}

/// Takes and trims the reason of a ban or a suspension; an empty one is none.
pub fn optional_reason(reason: &str) -> Result<Option<String>, Refusal> {
    let reason = reason.trim();
    sized("/reason", reason, 0, REASON_MAX)?;
    Ok((!reason.is_empty()).then(|| reason.to_owned()))
}

/// Takes a JSON object of at most [`SETTINGS_MAX`] bytes.
pub fn settings(settings: &Value) -> Result<(), Refusal> {
    if !settings.is_object() {
        return Err(Refusal::invalid("", "not a JSON object"));
    }
    let bytes = settings.to_string().len();
    if bytes > SETTINGS_MAX {
        let detail = format!("{bytes} bytes of JSON where at most {SETTINGS_MAX} are allowed");
        return Err(Refusal::invalid("", detail));
    }
    json("", settings)
}

/// Takes any JSON without U+0000 in its strings and keys.
pub fn json(pointer: &'static str, value: &Value) -> Result<(), Refusal> {
    let clean = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.contains('\0'),
        Value::Array(items) => return items.iter().try_for_each(|item| json(pointer, item)),
        Value::Object(fields) => {
            fields.values().try_for_each(|field| json(pointer, field))?;
            !fields.keys().any(|key| key.contains('\0'))
        }
    };
    if clean { Ok(()) } else { Err(nul(pointer)) }
}

/// What is kept of a client's `User-Agent`.
pub fn user_agent(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(USER_AGENT_MAX).collect()
}

fn trimmed_name(pointer: &'static str, name: &str, most: usize) -> Result<String, Refusal> {
    let name = name.trim();
    sized(pointer, name, 1, most)?;
    if name.contains(char::is_control) {
        return Err(Refusal::invalid(pointer, "holds a control character"));
    }
    Ok(name.to_owned())
}

fn sized(pointer: &'static str, text: &str, least: usize, most: usize) -> Result<(), Refusal> {
    if text.contains('\0') {
        return Err(nul(pointer));
    }
    let length = text.chars().count();
    if length < least {
        let detail = format!("{length} characters where at least {least} are needed");
        return Err(Refusal::invalid(pointer, detail));
    }
    if length > most {
        let detail = format!("{length} characters where at most {most} are allowed");
        return Err(Refusal::invalid(pointer, detail));
    }
    Ok(())
}

fn nul(pointer: &'static str) -> Refusal {
    Refusal::invalid(pointer, "holds the character U+0000")
}
