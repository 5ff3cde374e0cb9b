//! How mail leaves the process: by SMTP, or as files in a folder.

mod compose;
mod folder;
mod smtp;

use std::sync::Arc;

use api_kit::Context;
use command_api::mail::{Mailroom, Postman};
use lettre::message::Mailbox;

use crate::lifecycle::Lifecycle;
use crate::settings::Mail;
use folder::Folder;
use smtp::Smtp;

/// A setting of mail cannot be what it is.
#[derive(Debug, thiserror::Error)]
#[error("{setting} {wrong}")]
pub struct NoMail {
    setting: &'static str,
    wrong: &'static str,
}

/// Who delivers letters, as the settings say.
pub(crate) fn postman(settings: &Mail, context: &Context) -> Result<Arc<dyn Postman>, NoMail> {
    let no_sender =
        |_| NoMail { setting: "HANSARD_MAIL_FROM", wrong: "is no address such as Hansard <chat@example.org>" };
    let from: Mailbox = settings.mail_from.parse().map_err(no_sender)?;
    match &settings.smtp_url {
        Some(url) => {
            let no_server =
                |_| NoMail { setting: "HANSARD_SMTP_URL", wrong: "is no address such as smtps://user:password@host" };
            Ok(Arc::new(Smtp::new(url.reveal(), from, context.clone()).map_err(no_server)?))
        }
        None => Ok(Arc::new(Folder::new(settings.mail_folder.clone(), from, context.clone()))),
    }
}

/// Has what is asked for mailed, for as long as the process lives.
pub(crate) fn start(lifecycle: &Lifecycle, mailroom: Mailroom) {
    let closing = lifecycle.closing().clone();
    lifecycle.supervise("mail", move || {
        let (mailroom, closing) = (mailroom.clone(), closing.clone());
        async move {
            mailroom.run(closing.cancelled()).await;
            // Whoever could order a letter may be gone before.
            closing.cancelled().await;
        }
    });
}
