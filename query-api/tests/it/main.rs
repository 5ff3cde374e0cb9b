//! Queries over rows that the tests themselves have made: `HANSARD_TEST_DATABASE_URL` names a migrated template, as a
//! superuser.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod answer;
mod audit;
mod database;
mod facts;
mod freshness;
mod member_names;
mod messages;
mod older;
mod paging;
mod plans;
mod positions;
mod rooms;
mod rows;
mod search;
mod signed_in;
mod strangers;
mod stream;
mod tree;
mod world;
