//! Given, when, then: names of blobs.

use super::{BlobCommand, BlobEvent, GivenUp};
use crate::facts::given;

fn condemn(name: &str) -> BlobCommand {
    BlobCommand::Condemn { name: name.into() }
}

fn condemned(names: u32) -> BlobEvent {
    BlobEvent::BlobCondemned { names }
}

#[test]
fn a_name_is_given_up_once_and_the_next_one_comes() {
    given::<GivenUp>([]).when(condemn("2cf2")).then_expect_events(vec![condemned(1)]);
    given::<GivenUp>([condemned(1)]).when(condemn("2cf2")).then_expect_events(vec![]);
    given::<GivenUp>([condemned(1)]).when(condemn("2cf2-1")).then_expect_events(vec![condemned(2)]);
    // Decided from the last event alone.
    given::<GivenUp>([condemned(7)]).when(condemn("2cf2-7")).then_expect_events(vec![condemned(8)]);
    given::<GivenUp>([]).when(condemn("2cf2-1")).then_expect_events(vec![]);
}

#[test]
fn a_name_holds_the_digest() {
    let names = [0, 1].map(|names| GivenUp { names }.name("2cf2"));
    assert_eq!(names, ["2cf2", "2cf2-1"]);
    assert!(names.iter().all(|name| GivenUp::stream(name) == "2cf2"));
}
