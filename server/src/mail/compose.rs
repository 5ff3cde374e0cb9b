//! Letters as messages of mail.

use api_kit::Context;
use command_api::mail::{Letter, Undelivered};
use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox, header};

/// The longest line that travels as it is, in bytes. Source: RFC 5322, section 2.1.1.
const LONGEST_LINE: usize = 998;

/// The message that a letter is. Its time and id are the context's.
pub(super) fn compose(letter: &Letter, from: &Mailbox, context: &Context) -> Result<Message, Undelivered> {
    let to = letter.to.parse().map_err(|_| Undelivered::Address)?;
    let id = format!("<{}@{}>", context.new_id(), from.email.domain());
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(letter.subject)
        .date(context.now().into())
        .message_id(Some(id))
        .header(header::MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN)
        .body(body(&letter.text))
        .map_err(|_| Undelivered::Address)
}

/// A link stays in one piece where it can: encodings break lines at 76 characters.
fn body(text: &str) -> Body {
    if text.is_ascii() && text.lines().all(|line| line.len() <= LONGEST_LINE) {
        let lines = text.replace('\n', "\r\n").into_bytes();
        return Body::dangerous_pre_encoded(lines, ContentTransferEncoding::SevenBit);
    }
    Body::new(text.to_owned())
}
