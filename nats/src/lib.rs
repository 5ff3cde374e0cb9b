//! Distribution: the relay from the log to JetStream, and followers.
