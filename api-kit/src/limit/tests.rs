use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::routing::get;
use std::net::SocketAddr;

use super::*;
use crate::harness::{Answered, ask, empty, within_edge};

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

fn router(settings: LimitSettings) -> Router {
    let limits = Limits::new(settings);
    let (sign_in, mail) = (limits.clone(), limits.clone());
    let routes = Router::new()
        .route(
            "/mail/{email}",
            get(async move |request: RequestContext, crate::Path(email): crate::Path<String>| {
                mail.mail(&request, email.as_bytes())
            }),
        )
        .route(
            "/sign-in/{email}",
            get(async move |request: RequestContext, crate::Path(email): crate::Path<String>| {
                sign_in.sign_in(&request, email.as_bytes())
            }),
        )
        .route(
            "/user/{id}",
            get(async move |request: RequestContext, crate::Path(id): crate::Path<Uuid>| limits.user(&request, id)),
        );
    within_edge(routes.route("/free", get(async || ())))
}

async fn from(router: &Router, address: [u8; 4], path: &str) -> Answered {
    let mut request = empty(Request::get(path));
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 4711))));
    ask(router, request).await
}

#[tokio::test]
async fn what_is_left_goes_down_to_a_refusal() {
    let router = router(LimitSettings { user: rate("2/h"), ..LimitSettings::OFF });
    let path = "/user/0195501c-1e00-7000-8000-000000000001";
    let mut seen = vec![];
    for _ in 0..3 {
        let answered = from(&router, [1, 1, 1, 1], path).await;
        let number = |name: &str| answered.header(name).parse::<u64>().unwrap();
        assert!((1..=3600).contains(&number("ratelimit-reset")));
        seen.push((answered.status, number("ratelimit-limit"), number("ratelimit-remaining")));
        if answered.status == 429 {
            assert_eq!(answered.problem().1, "rate-limited");
            assert!((1700..=1800).contains(&number("retry-after")), "half an hour until the next");
        }
    }
    assert_eq!(seen, [(200, 2, 1), (200, 2, 0), (429, 2, 0)]);
    assert_eq!(
        from(&router, [1, 1, 1, 1], "/user/0195501c-1e00-7000-8000-000000000002").await.status,
        200,
        "another user"
    );
    assert_eq!(from(&router, [1, 1, 1, 1], "/free").await.header("ratelimit-limit"), "");
}

#[tokio::test]
async fn sign_ins_count_by_account_and_by_address() {
    let router = router(LimitSettings {
        account_sign_in: rate("2/h"),
        account_sign_in_total: rate("4/h"),
        address_sign_in: rate("5/h"),
        ..LimitSettings::OFF
    });
    let sign_in = async |last: u8, email: &str| from(&router, [1, 1, 1, last], &format!("/sign-in/{email}")).await;
    assert_eq!(sign_in(1, "alice").await.header("ratelimit-remaining"), "1", "the tightest of all");
    assert_eq!(sign_in(1, "alice").await.status, 200);
    assert_eq!(sign_in(1, "alice").await.status, 429, "the account, from one address");
    assert_eq!(sign_in(2, "alice").await.status, 200, "the owner, from another: what was refused did not count");
    assert_eq!(sign_in(3, "alice").await.status, 200);
    assert_eq!(sign_in(4, "alice").await.status, 429, "the account, from wherever");
    assert_eq!(sign_in(1, "bob").await.status, 200);
    assert_eq!(sign_in(1, "carol").await.status, 200);
    assert_eq!(sign_in(1, "dave").await.status, 429, "the address, to whomever");
    assert_eq!(sign_in(4, "dave").await.status, 200, "a refused sign-in by address does not count against the account");
}

#[test]
fn who_was_refused_is_known_by_their_token_until_they_ask_again() {
    let (refused, context) = (Refused::default(), crate::Context::ambient());
    let (session, user) = (context.new_id(), context.new_id());
    let (token, guess) = (Token::new(session, &context), Token::new(session, &context));
    refused.note(&token, user);
    assert_eq!([refused.take(&guess), refused.take(&token), refused.take(&token)], [None, Some(user), None]);
}

#[tokio::test]
async fn mails_count_by_account_and_by_address() {
    let router = router(LimitSettings { account_mail: rate("1/h"), address_mail: rate("2/h"), ..LimitSettings::OFF });
    let mail = async |last: u8, email: &str| from(&router, [1, 1, 1, last], &format!("/mail/{email}")).await.status;
    assert_eq!((mail(1, "alice").await, mail(2, "alice").await), (200, 429), "the account, from wherever");
    assert_eq!((mail(1, "bob").await, mail(1, "carol").await), (200, 429), "the address, to whomever");
    assert_eq!(mail(3, "carol").await, 200);
}

#[tokio::test]
async fn off_lifts_every_limit() {
    let router = router(LimitSettings::OFF);
    for _ in 0..100 {
        let answered = from(&router, [1, 1, 1, 1], "/sign-in/alice").await;
        assert_eq!((answered.status, answered.header("ratelimit-limit")), (200, ""));
    }
}

#[test]
fn keys_that_are_full_again_are_forgotten() {
    let keyed = Keyed::new(rate("1000000/s")).unwrap();
    for key in 0..20_000 {
        keyed.count(&key).unwrap();
    }
    assert!(keyed.len() < 10_000, "{} keys", keyed.len());
}

#[test]
fn one_customer_is_an_address_or_a_64() {
    let one = |text: &str| network(text.parse().unwrap()).to_string();
    assert_eq!(one("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(one("::ffff:192.0.2.1"), "192.0.2.1");
}

#[test]
fn rates_read_as_they_are_written() {
    for text in ["10/s", "600/min", "20/h", "off"] {
        assert_eq!(rate(text).to_string(), text);
    }
    for bad in ["", "0/s", "10", "10/day", "-1/s", "10/ s"] {
        assert_eq!(bad.parse::<Rate>(), Err(NotARate), "{bad}");
    }
}
