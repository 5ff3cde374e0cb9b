//! The log of the process.

use api_kit::telemetry::{self, LogFormat, TelemetryError};

/// What is logged, and how; to standard error.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Log")]
pub struct Log {
    /// What is logged: a level (error, warn, info, debug, trace), also by module: `info,api_kit=debug` shows each request.
    #[arg(long, env = "HANSARD_LOG", value_name = "FILTER", default_value = "info,sqlx=warn,async_nats=warn")]
    pub log: String,

    /// What its lines look like: pretty, or json with one object a line.
    #[arg(long, env = "HANSARD_LOG_FORMAT", value_name = "FORMAT", default_value_t)]
    pub log_format: LogFormat,
}

impl Log {
    /// Begins to log. Only the first call in a process has an effect: a process has one log.
    pub(crate) fn begin(&self) -> Result<(), TelemetryError> {
        match telemetry::init(self.log_format, &self.log) {
            Err(TelemetryError::Twice(_)) => Ok(()),
            begun => begun,
        }
    }
}
