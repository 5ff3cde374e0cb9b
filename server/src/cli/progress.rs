//! How far long work has come: a bar on standard error, nothing where that is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// What a bar of positions, rows or files looks like.
const BAR: &str = "{msg} {wide_bar} {human_pos} of {human_len}, {per_sec}, {eta} left";

/// A bar for `what`, of a length that is not known yet.
pub(crate) fn bar(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_message(what);
    bar.set_style(ProgressStyle::with_template(BAR).expect("the template is one"));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
