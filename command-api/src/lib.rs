//! The write edge: parses, authenticates, decides, answers.
