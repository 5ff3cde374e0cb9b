//! Load drivers.
fn main() {}
