//! Why the server ends a stream, in the codes of WebSocket.

/// Why the server ends a stream. Server-sent events just end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// It broke the rules of WebSocket.
    Protocol,
    /// It sent bytes that are no text.
    Binary,
    /// It sent text that is not UTF-8.
    NotUtf8,
    /// It sent more than a message may have.
    TooLong,
    /// The process ends; another one goes on.
    Restart,
    /// It sent a message that is none of the contract's.
    NotUnderstood,
    /// The session is over.
    SignedOut,
    /// It gave no sign of life.
    Silent,
    /// It does not keep up.
    TooSlow,
}

impl Closing {
    /// The code, as `docs/realtime.md` has it.
    pub(super) const fn code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::Binary => 1003,
            Self::NotUtf8 => 1007,
            Self::TooLong => 1009,
            Self::Restart => 1012,
            Self::NotUnderstood => 4000,
            Self::SignedOut => 4001,
            Self::Silent => 4002,
            Self::TooSlow => 4008,
        }
    }

    /// In words, for people who look; also a metric's label.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Protocol => "protocol error",
            Self::Binary => "not text",
            Self::NotUtf8 => "not utf-8",
            Self::TooLong => "message too long",
            Self::Restart => "restart",
            Self::NotUnderstood => "message not understood",
            Self::SignedOut => "signed out",
            Self::Silent => "silent",
            Self::TooSlow => "too slow",
        }
    }
}
