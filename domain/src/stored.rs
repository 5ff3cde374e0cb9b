//! The names under which events are stored: stable, and apart from the names of Rust.

/// Names the stored type of each variant, in one exhaustive match, and so makes the enum a `DomainEvent`.
///
/// The names equal the serialised `"type"`; a test compares them. Names are unique across all streams.
macro_rules! stored_events {
    ($event:ident { $($variant:ident => $name:literal,)* }) => {
        impl $event {
            /// The name of every type of event of this stream.
            pub const TYPES: &'static [&'static str] = &[$($name),*];

            /// The name under which this event is stored.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)*
                }
            }
        }

        impl cqrs_es::DomainEvent for $event {
            fn event_type(&self) -> String {
                self.type_name().to_owned()
            }

            fn event_version(&self) -> String {
                crate::stored::VERSION.to_owned()
            }
        }
    };
}

pub(crate) use stored_events;

/// The version of every stored shape so far: a shape that must differ gets a new type or an upcaster.
pub const VERSION: &str = "1";
