//! Where a request came from, as browsers tell it.

use axum::http::header::{HOST, ORIGIN, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};

/// Headers that a proxy adds: with any of them this is not the address that the browser sees.
const PROXIED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

/// Whether a request may do something, so that another site's page must not be able to make a browser send it.
pub(super) fn must_be_same(parts: &Parts) -> bool {
    !parts.method.is_safe() || parts.headers.contains_key(UPGRADE)
}

/// Whether a page of this origin sent it. `Sec-Fetch-Site` decides where there is one, else `Origin`.
pub(super) fn is_same(parts: &Parts) -> bool {
    if let Some(site) = parts.headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let (Some(host), Some(origin)) = (host(&parts.headers, &parts.uri), text(&parts.headers, ORIGIN.as_str())) else {
        return false;
    };
    match origin.split_once("://") {
        Some(("https", site)) => without_port(site, ":443").eq_ignore_ascii_case(without_port(host, ":443")),
        // The cookie travels over plain HTTP on loopback alone, so a plain page is of this origin nowhere else.
        Some(("http", site)) => {
            is_loopback(host) && without_port(site, ":80").eq_ignore_ascii_case(without_port(host, ":80"))
        }
        Some(_) | None => false,
    }
}

/// Whether the browser speaks plain HTTP to an address of its own machine.
pub(super) fn is_plain_loopback(headers: &HeaderMap, uri: &Uri) -> bool {
    host(headers, uri).is_some_and(is_loopback)
        && PROXIED.iter().all(|name| !headers.contains_key(*name))
        && text(headers, ORIGIN.as_str()).is_none_or(|origin| origin.starts_with("http://"))
}

/// Host and port that the client asked for.
fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    uri.authority().map(axum::http::uri::Authority::as_str).or_else(|| text(headers, HOST.as_str()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn without_port<'a>(host: &'a str, port: &str) -> &'a str {
    host.strip_suffix(port).unwrap_or(host)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(rest, |(address, _)| address),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
