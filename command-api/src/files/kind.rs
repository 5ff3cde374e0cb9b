//! What bytes look like. What a client says of them is not believed.

/// The media type of what begins with `head`; `whole` if there is no more.
pub(super) fn kind(head: &[u8], whole: bool) -> &'static str {
    match infer::get(head) {
        Some(known) => known.mime_type(),
        None if is_text(head, whole) => "text/plain",
        None => "application/octet-stream",
    }
}

/// UTF-8 without controls other than those that set lines; at the end of a head a character may be cut.
fn is_text(head: &[u8], whole: bool) -> bool {
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if !whole && error.error_len().is_none() => {
            str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.contains(|letter: char| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn bytes_tell_what_they_are() {
        for (head, found) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"%PDF-1.7", "application/pdf"),
            (b"<!DOCTYPE html><script>", "text/html"),
            (b"hello, \xc3\xa9\n", "text/plain"),
            (b"a\0b", "application/octet-stream"),
            (b"\xff\xfe\xfd", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ] {
            assert_eq!(kind(head, true), found, "{head:?}");
        }
        assert_eq!(kind(b"caf\xc3", false), "text/plain");
        assert_eq!(kind(b"caf\xc3", true), "application/octet-stream");
    }
}
