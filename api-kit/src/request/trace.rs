//! W3C trace context: one request, seen across processes.

use std::fmt;

use crate::Context;

/// This process's part of a trace. `Display` is the `traceparent` to hand on.
///
/// Source: W3C Trace Context, section 3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    id: u128,
    span_id: u64,
    flags: u8,
}

impl Trace {
    /// A part of the trace that `traceparent` names, if it is valid; else of a new one.
    pub fn of(traceparent: Option<&str>, context: &Context) -> Self {
        let span_id = u64::from_be_bytes(context.random()).max(1);
        match traceparent.and_then(parse) {
            Some((id, flags)) => Self { id, span_id, flags },
            None => Self { id: u128::from_be_bytes(context.random()).max(1), span_id, flags: 1 },
        }
    }

    /// The trace, in hex.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.id)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.id, self.span_id, self.flags)
    }
}

/// Trace id and flags. A later version may have more behind them.
fn parse(text: &str) -> Option<(u128, u8)> {
    let mut fields = text.split('-');
    let mut field = |length: usize| {
        let field = fields.next()?;
        let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (field.len() == length && field.bytes().all(lower)).then_some(field)
    };
    let (version, trace_id, parent_id, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
    let trace_id = u128::from_str_radix(trace_id, 16).ok().filter(|id| *id != 0)?;
    u64::from_str_radix(parent_id, 16).ok().filter(|id| *id != 0)?;
    let has_more = fields.next().is_some();
    if version == "ff" || (version == "00" && has_more) {
        return None;
    }
    // Of the flags only `sampled` is known to this version.
    Some((trace_id, u8::from_str_radix(flags, 16).ok()? & 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn trace(traceparent: &str) -> String {
        Trace::of(Some(traceparent), &Context::fixed(datetime!(2025-03-01 12:00 UTC), 7)).to_string()
    }

    #[test]
    fn a_valid_trace_goes_on_with_a_span_of_its_own() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        let child = trace(parent);
        assert_eq!(child[..36], parent[..36]);
        assert_ne!(child[36..52], parent[36..52]);
        assert!(child.ends_with("-00"));
        assert!(trace("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-more").starts_with("00-0af7"));
    }

    #[test]
    fn anything_else_begins_a_new_trace() {
        for bad in [
            "",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            let made = trace(bad);
            assert!(parse(&made).is_some() && !made.contains("0af765"), "{bad}: {made}");
        }
    }
}
