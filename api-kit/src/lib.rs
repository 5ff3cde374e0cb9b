//! What both HTTP edges share: problems, sign-in, limits, paging, telemetry.
//!
//! A request passes the accept loop ([`serve()`]) and the [`Edge`], is read by extractors ([`Json`], [`Submitted`],
//! [`Path`], [`Query`], [`Page`], [`Token`], ...), and is answered by [`Created`], [`Answer`], [`NoContent`] or a
//! [`Problem`].

pub mod answer;
pub mod context;
pub mod edge;
pub mod erasure;
pub mod etag;
#[cfg(test)]
mod harness;
pub mod health;
pub mod idempotency;
pub mod json;
pub mod limit;
pub mod names;
pub mod openapi;
pub mod page;
pub mod path;
pub mod position;
pub mod problem;
pub mod query;
pub mod render;
pub mod request;
pub mod serve;
pub mod shape;
pub mod sightings;
pub mod sign_in;
pub mod streamed;
pub mod telemetry;
pub mod timestamp;
pub mod usage;

pub use answer::{Accepted, Answer, Created, Marks, NoContent};
pub use context::Context;
pub use edge::{Edge, Operations};
pub use erasure::ErasureKey;
pub use etag::{Etag, IfMatch};
pub use idempotency::{Attempt, ReceiptKey};
pub use json::{Bodiless, Json, Optional, Submitted};
pub use limit::{LimitSettings, Limits, Rate};
pub use page::{At, Items, Page, Start};
pub use path::Path;
pub use position::MinPosition;
pub use problem::{FieldError, Problem};
pub use query::{NoParameters, Query};
pub use request::{RequestContext, TrustedProxies};
pub use serve::{ServeSettings, listen, serve};
pub use sightings::Sightings;
pub use sign_in::Token;
pub use streamed::Streamed;
pub use timestamp::{Micros, Timestamp};
