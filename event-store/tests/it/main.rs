//! The log, tried.
