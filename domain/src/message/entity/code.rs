//! Code.

/// How many bytes of `rest`, which begins with a backtick, are code.
///
/// Three backticks open a block, which ends with the next three. One or two open code within a line, which ends with
/// the next run of as many. Either holds something. A run of four or more is nothing.
pub(super) fn at(rest: &str) -> Option<usize> {
    let opening = run(rest);
    let within = match opening {
        1 | 2 => rest.lines().next().unwrap_or_default(),
        3 => rest,
        _ => return None,
    };
    let mut from = opening;
    while let Some(found) = within[from..].find('`') {
        let start = from + found;
        let closing = run(&within[start..]);
        if closing == opening {
            return Some(start + closing);
        }
        from = start + closing;
    }
    None
}

/// How many backticks `text` begins with.
pub(super) fn run(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}
