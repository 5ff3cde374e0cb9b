//! Queries over rows that the tests themselves have made.
