//! Failures as people read them.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::iter::successors;
use std::process::ExitCode;

/// Writes a failure and its causes as one line to standard error; nothing if whoever read our results has gone.
pub(super) fn about(failed: &(dyn Error + 'static)) -> ExitCode {
    if failed.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::FAILURE;
    }
    // With standard error gone, the exit code still tells.
    _ = writeln!(io::stderr(), "hansard: {}", line(failed));
    ExitCode::FAILURE
}

/// Writes what an operator should know of what was done all the same, as a line to standard error.
pub(super) fn warn(told: impl Display) {
    // It was done, whether or not anybody reads of it.
    _ = writeln!(io::stderr(), "hansard: {told}");
}

/// An error and its causes; a cause that the line before has told already is left out.
fn line(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    for cause in successors(Some(error), |error| (*error).source()) {
        let told = cause.to_string().replace('\n', " ");
        if line.is_empty() {
            line = told;
        } else if !line.contains(&told) {
            line = format!("{line}: {told}");
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{told}")]
    struct Told {
        told: &'static str,
        source: Option<Box<Told>>,
    }

    #[test]
    fn causes_follow_each_other_in_one_line_once() {
        let told = |told, source| Told { told, source };
        let last = told("connection\nrefused", None);
        let error =
            told("PostgreSQL cannot be reached", Some(Box::new(told("connection refused", Some(Box::new(last))))));
        assert_eq!(line(&error), "PostgreSQL cannot be reached: connection refused");
    }
}
