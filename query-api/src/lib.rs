//! The read edge: read models, pages, auditors.
