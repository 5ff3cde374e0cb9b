//! The log of the process: JSON for machines or text for people, on standard error.

use std::fmt;
use std::io::{self, IsTerminal};
use std::str::FromStr;

use tracing::Subscriber;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{MakeWriter, layer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// What log lines look like. Text: `json` or `pretty`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For reading in a terminal.
    #[default]
    Pretty,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is none.
    #[error("the log filter is not understood")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Something else in this process logs already.
    #[error("the process has a log already")]
    Twice(#[from] TryInitError),
}

/// Begins the log of the process. `filter` is a level, and levels of parts of the program: `info,api_kit=debug` shows a
/// line for each request too.
pub fn init(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    Ok(lines(format, filter.parse()?, io::stderr).try_init()?)
}

/// What writes the lines: each with the spans that it lies in, so that it tells its request.
pub(crate) fn lines<W>(format: LogFormat, filter: Targets, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let (filtered, lines) = (registry().with(filter), layer().with_writer(writer));
    match format {
        LogFormat::Json => Box::new(filtered.with(lines.json().flatten_event(true).with_current_span(false))),
        // Colours are for eyes: a file would hold their codes.
        LogFormat::Pretty => Box::new(filtered.with(lines.with_target(false).with_ansi(io::stderr().is_terminal()))),
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "json",
            Self::Pretty => "pretty",
        })
    }
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "json" => Ok(Self::Json),
            "pretty" => Ok(Self::Pretty),
            _ => Err("neither json nor pretty"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::Written;

    #[test]
    fn formats_read_as_they_are_written() {
        for format in [LogFormat::Json, LogFormat::Pretty] {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert!("xml".parse::<LogFormat>().is_err());
    }

    #[test]
    fn a_bad_filter_is_refused() {
        assert!(matches!(init(LogFormat::Json, "api_kit=loud"), Err(TelemetryError::Filter(_))));
    }

    #[test]
    fn every_line_tells_its_request() {
        for format in [LogFormat::Json, LogFormat::Pretty] {
            let written = Written::default();
            let subscriber = lines(format, "info".parse().unwrap(), written.writer());
            tracing::subscriber::with_default(subscriber, || {
                let _request = tracing::info_span!("http", request.id = "abc").entered();
                let _append = tracing::info_span!("log.append").entered();
                tracing::info!(events = 3, "appended");
            });
            let line = written.text();
            assert_eq!(line.lines().count(), 1, "{line}");
            for part in ["abc", "log.append", "appended", "events"] {
                assert!(line.contains(part), "{part}: {line}");
            }
        }
    }
}
