//! An event on the wire: CloudEvents 1.0, binary mode (attributes as headers, percent-encoded as in the HTTP binding).

use std::sync::LazyLock;

use async_nats::header::{HeaderName, NATS_EXPECTED_LAST_SEQUENCE, NATS_EXPECTED_STREAM};
use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;
use event_store::Recorded;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::subject::{Routing, routed};

/// What a header's value may not hold as it is. What is not ASCII is encoded too.
const VALUE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');
/// The stream's name is split at its first dash.
const KIND: &AsciiSet = &VALUE.add(b'-');
/// What every message says, values to come, what guards its publishing included: a map that grew would hash all of its
/// names again.
static HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| blank(&[]));
static TRACED: LazyLock<HeaderMap> = LazyLock::new(|| blank(&[&TRACEPARENT]));
/// Room for the headers that guard a publish, and for the frame.
const SLACK: usize = 512;

static SPECVERSION: HeaderName = HeaderName::from_static("ce-specversion");
static ID: HeaderName = HeaderName::from_static("ce-id");
static SOURCE: HeaderName = HeaderName::from_static("ce-source");
static TYPE: HeaderName = HeaderName::from_static("ce-type");
static SUBJECT: HeaderName = HeaderName::from_static("ce-subject");
static TIME: HeaderName = HeaderName::from_static("ce-time");
static CONTENT_TYPE: HeaderName = HeaderName::from_static("content-type");
static POSITION: HeaderName = HeaderName::from_static("ce-position");
static SEQUENCE: HeaderName = HeaderName::from_static("ce-sequence");
static VERSION: HeaderName = HeaderName::from_static("ce-version");
static EPOCH: HeaderName = HeaderName::from_static("ce-epoch");
static METADATA: HeaderName = HeaderName::from_static("ce-metadata");
static TRACEPARENT: HeaderName = HeaderName::from_static("ce-traceparent");
static DATAREF: HeaderName = HeaderName::from_static("ce-dataref");

/// Which history of the log an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// Counts the timelines.
    pub epoch: i32,
    /// Names this one.
    pub origin: Uuid,
}

/// Which event it is. An id alone does not tell: ids are derived from commands, and a command may be repeated after the
/// log was restored. The same id at another time is another event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its id.
    pub event_id: Uuid,
    /// When it was appended.
    pub recorded_at: OffsetDateTime,
}

impl Mark {
    /// That of an event.
    pub fn of(recorded: &Recorded) -> Self {
        Self { event_id: recorded.event_id, recorded_at: recorded.recorded_at }
    }
}

/// A message that carries an event.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where it is published.
    pub subject: String,
    /// Its attributes.
    pub headers: HeaderMap,
    /// The payload as stored.
    pub payload: Bytes,
    /// W3C trace context of the request that caused it.
    pub traceparent: Option<String>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The history it is of.
    pub timeline: Timeline,
    /// Its place in the total order.
    pub position: i64,
    /// Which event it is.
    pub mark: Mark,
    /// The event; none if it is too large for the broker: then it is read from the log.
    pub event: Option<Recorded>,
}

/// A message is not one of ours.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("header {0} is missing or malformed")]
pub struct Malformed(&'static str);

/// The message that carries an event, of at most `limit` bytes. One that would be larger says where the event is
/// instead.
pub fn encode(recorded: &Recorded, timeline: Timeline, limit: usize) -> Message {
    let routing = Routing::of(recorded);
    let mut headers = if routing.traceparent.is_some() { TRACED.clone() } else { HEADERS.clone() };
    headers.insert(ID.clone(), recorded.event_id.to_string());
    headers.insert(SOURCE.clone(), timeline.origin.urn().to_string());
    headers.insert(TYPE.clone(), text(VALUE, &recorded.event_type));
    let stream = format!("{}-{}", text(KIND, &recorded.aggregate_type), text(VALUE, &recorded.aggregate_id));
    headers.insert(SUBJECT.clone(), stream);
    headers.insert(POSITION.clone(), HeaderValue::from(recorded.position));
    headers.insert(SEQUENCE.clone(), HeaderValue::from(recorded.sequence));
    headers.insert(VERSION.clone(), text(VALUE, &recorded.event_version));
    headers.insert(EPOCH.clone(), HeaderValue::from(timeline.epoch));
    let traceparent = routing.traceparent.as_deref().map(str::to_owned);
    if let Some(traceparent) = &traceparent {
        headers.insert(TRACEPARENT.clone(), text(VALUE, traceparent));
    }

    let metadata = text(VALUE, &recorded.metadata);
    // Only years beyond 9999 cannot be said; a message without a time is none of ours.
    headers.insert(TIME.clone(), recorded.recorded_at.format(&Rfc3339).unwrap_or_default());
    let size = headers.iter().fold(SLACK + metadata.len() + recorded.payload.len(), |size, (_, values)| {
        size + 32 + values.iter().map(|value| value.as_str().len()).sum::<usize>()
    });
    let payload = if size <= limit {
        headers.insert(METADATA.clone(), metadata);
        Bytes::copy_from_slice(recorded.payload.as_bytes())
    } else {
        headers.insert(DATAREF.clone(), format!("/v1/audit/events?after={}&limit=1", recorded.position - 1));
        Bytes::new()
    };
    Message { subject: routed(recorded, &routing), headers, payload, traceparent }
}

fn blank(more: &[&HeaderName]) -> HeaderMap {
    let guards = [&NATS_EXPECTED_STREAM, &NATS_EXPECTED_LAST_SEQUENCE];
    let names = [&ID, &SOURCE, &TYPE, &SUBJECT, &TIME, &POSITION, &SEQUENCE, &VERSION, &EPOCH, &METADATA];
    let names = guards.into_iter().chain(names).chain(more.iter().copied());
    let mut headers: HeaderMap = names.map(|name| (name.clone(), HeaderValue::default())).collect();
    headers.insert(SPECVERSION.clone(), "1.0");
    headers.insert(CONTENT_TYPE.clone(), "application/json");
    headers
}

fn text(set: &'static AsciiSet, text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + text.len() / 4);
    encoded.extend(utf8_percent_encode(text, set));
    encoded
}

/// The event that a message carries.
pub fn decode(headers: &HeaderMap, payload: &Bytes) -> Result<Delivery, Malformed> {
    let position = number(headers, &POSITION, "ce-position")?;
    let event_id = raw(headers, &ID, "ce-id")?.parse().map_err(|_| Malformed("ce-id"))?;
    let origin = raw(headers, &SOURCE, "ce-source")?.parse().map_err(|_| Malformed("ce-source"))?;
    let timeline = Timeline { epoch: number(headers, &EPOCH, "ce-epoch")?, origin };
    let time = raw(headers, &TIME, "ce-time")?;
    let recorded_at = OffsetDateTime::parse(time, &Rfc3339).map_err(|_| Malformed("ce-time"))?;
    let mut delivery = Delivery { timeline, position, mark: Mark { event_id, recorded_at }, event: None };
    if headers.get(DATAREF.clone()).is_some() {
        return Ok(delivery);
    }
    let (kind, id) = raw(headers, &SUBJECT, "ce-subject")?.split_once('-').ok_or(Malformed("ce-subject"))?;
    delivery.event = Some(Recorded {
        position,
        event_id,
        aggregate_type: decoded(kind, "ce-subject")?,
        aggregate_id: decoded(id, "ce-subject")?,
        sequence: number(headers, &SEQUENCE, "ce-sequence")?,
        event_type: decoded(raw(headers, &TYPE, "ce-type")?, "ce-type")?,
        event_version: decoded(raw(headers, &VERSION, "ce-version")?, "ce-version")?,
        recorded_at,
        payload: str::from_utf8(payload).map_err(|_| Malformed("content-type"))?.to_owned(),
        metadata: decoded(raw(headers, &METADATA, "ce-metadata")?, "ce-metadata")?,
    });
    Ok(delivery)
}

fn raw<'a>(headers: &'a HeaderMap, name: &HeaderName, shown: &'static str) -> Result<&'a str, Malformed> {
    headers.get(name.clone()).map(HeaderValue::as_str).ok_or(Malformed(shown))
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &HeaderName, shown: &'static str) -> Result<T, Malformed> {
    raw(headers, name, shown)?.parse().map_err(|_| Malformed(shown))
}

fn decoded(value: &str, shown: &'static str) -> Result<String, Malformed> {
    percent_decode_str(value).decode_utf8().map(String::from).map_err(|_| Malformed(shown))
}

#[cfg(test)]
pub(crate) mod tests;
