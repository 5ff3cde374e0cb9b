//! Stories, and what is tidy.

mod tidy;
