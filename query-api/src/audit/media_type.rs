//! What form the client wants the events in.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use super::Format;

/// A form of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// A page.
    Json,
    /// The whole.
    Whole(Format),
}

impl MediaType {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Whole(Format::Ndjson) => "application/x-ndjson",
            Self::Whole(Format::CloudEvents) => "application/cloudevents-batch+json",
        }
    }

    /// What `Accept` prefers, of what there is; else a page of JSON.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
        let ranges = lines.flat_map(|line| line.split(','));
        let mut wanted = None;
        for (media_type, quality) in ranges.filter_map(range) {
            if quality > 0.0 && wanted.is_none_or(|(_, best)| quality > best) {
                wanted = Some((media_type, quality));
            }
        }
        wanted.map_or(Self::Json, |(media_type, _)| media_type)
    }
}

/// What a range of `Accept` stands for, and how much it is wanted.
fn range(text: &str) -> Option<(MediaType, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next()?.to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let quality = quality.map_or(Some(1.0), |text| text.parse().ok())?;
    let all = [MediaType::Json, MediaType::Whole(Format::Ndjson), MediaType::Whole(Format::CloudEvents)];
    let named = all.into_iter().find(|known| known.name() == name);
    let any = matches!(name.as_str(), "*/*" | "application/*").then_some(MediaType::Json);
    named.or(any).map(|media_type| (media_type, quality))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(accept: &str) -> &'static str {
        MediaType::wanted(&HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())])).name()
    }

    #[test]
    fn the_most_wanted_of_what_there_is() {
        assert_eq!(wanted("application/x-ndjson"), "application/x-ndjson");
        assert_eq!(wanted("text/html, application/x-ndjson;q=0.9, */*;q=0.8"), "application/x-ndjson");
        assert_eq!(
            wanted("application/json;q=0.1, application/CloudEvents-Batch+JSON"),
            "application/cloudevents-batch+json"
        );
        assert_eq!(wanted("*/*, application/x-ndjson;q=0.5"), "application/json");
        assert_eq!(wanted("application/x-ndjson;q=0"), "application/json");
        assert_eq!(wanted("image/png"), "application/json");
        assert_eq!(MediaType::wanted(&HeaderMap::new()), MediaType::Json);
    }
}
