//! Each service's user may do what it needs, and no more.

use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, ServerError};
use nats::Source;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::harness::{Broker, Follow, Log, PASSWORD, Relayed, soon};

/// A connection as a user, and the violations that the server complains of.
async fn connect(broker: &Broker, user: &str) -> (Client, UnboundedReceiver<String>) {
    let (sender, receiver) = unbounded_channel();
    let client = ConnectOptions::with_user_and_password(user.to_owned(), PASSWORD.to_owned())
        .custom_inbox_prefix(format!("_INBOX.{user}"))
        .request_timeout(Some(Duration::from_secs(30)))
        .event_callback(move |event| {
            if let Event::ServerError(ServerError::Other(error)) = event {
                let _ = sender.send(error);
            }
            async {}
        })
        .connect(broker.connect(user).servers)
        .await
        .unwrap();
    (client, receiver)
}

#[tokio::test]
async fn the_relay_relays_and_followers_follow() {
    let (log, broker) = tokio::join!(Log::new(), Broker::configured());
    log.append(5).await;
    let mut relay = Relayed::start(&log, &broker);
    let stream = relay.reaches(5).await;
    for user in ["projector", "query-api"] {
        let client = nats::connect(&broker.connect(user)).await.unwrap();
        let mut follow = Follow::with(&log, Some(client), (1, 0));
        follow.until_from(&log, Source::Stream).await;
        assert!(follow.seen == log.all().await);
    }
    assert_eq!(relay.reaches(log.head().await.position).await, stream);
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn what_nobody_needs_nobody_may() {
    let (log, broker) = tokio::join!(Log::new(), Broker::configured());
    let mut relay = Relayed::start(&log, &broker);
    let stream = relay.reaches(0).await;
    log.append(5).await;
    relay.reaches(5).await;

    let api = [
        "$JS.API.INFO".to_owned(),
        "$JS.API.STREAM.LIST".to_owned(),
        format!("$JS.API.STREAM.PURGE.{stream}"),
        format!("$JS.API.STREAM.MSG.DELETE.{stream}"),
        format!("$JS.API.STREAM.SNAPSHOT.{stream}"),
        format!("$JS.API.STREAM.RESTORE.{stream}"),
        format!("$JS.API.CONSUMER.DURABLE.CREATE.{stream}.x"),
        format!("$JS.API.CONSUMER.CREATE.{stream}.x"),
        format!("$JS.API.CONSUMER.CREATE.{stream}.x.hansard.evt.>"),
        format!("$JS.API.CONSUMER.DELETE.{stream}.x"),
        format!("$JS.API.CONSUMER.LIST.{stream}"),
        "$JS.API.ACCOUNT.PURGE.$G".to_owned(),
        "$SYS.REQ.SERVER.PING".to_owned(),
        "anything".to_owned(),
    ];
    let evil = [
        "hansard.evt.0.message.message_sent".to_owned(),
        format!("$JS.API.STREAM.CREATE.{stream}"),
        format!("$JS.API.STREAM.UPDATE.{stream}"),
        format!("$JS.API.STREAM.DELETE.{stream}"),
    ];
    let reading = [format!("$JS.API.STREAM.INFO.{stream}"), format!("$JS.API.CONSUMER.CREATE.{stream}")];
    for (user, forbidden) in [
        ("relay", api.to_vec()),
        ("projector", [&api[..], &evil].concat()),
        ("query-api", [&api[..], &evil].concat()),
        ("command-api", [&api[..], &evil, &reading].concat()),
    ] {
        let (client, mut violations) = connect(&broker, user).await;
        for subject in forbidden {
            client.publish(subject.clone(), "{}".into()).await.unwrap();
            client.flush().await.unwrap();
            let violation = soon(&format!("{user} is refused {subject}"), violations.recv()).await.unwrap();
            assert!(
                violation.contains("Permissions Violation for Publish") && violation.contains(&subject),
                "{violation}"
            );
        }
        for subject in [">", "hansard.>", "hansard.evt.>", "$JS.>", "_INBOX.>", "_INBOX.relay2.>", "$SYS.>"] {
            let _subscription = client.subscribe(subject).await.unwrap();
            client.flush().await.unwrap();
            let violation = soon(&format!("{user} may not hear {subject}"), violations.recv()).await.unwrap();
            assert!(violation.contains("Permissions Violation for Subscription"), "{violation}");
        }
    }
    relay.reaches(5).await;
    let broker_stream = nats::connect(&broker.connect("relay")).await.unwrap();
    let stream = async_nats::jetstream::new(broker_stream).get_stream(stream.to_string()).await.unwrap();
    assert_eq!(stream.cached_info().state.messages, 5, "nothing was done");
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn nobody_is_let_in_without_a_password() {
    let broker = Broker::configured().await;
    let servers = broker.connect("relay").servers;
    async_nats::connect(&servers).await.unwrap_err();
    for user in ["relay", "admin"] {
        let options = ConnectOptions::with_user_and_password(user.to_owned(), "wrong".to_owned());
        options.connect(&servers).await.unwrap_err();
    }
}
