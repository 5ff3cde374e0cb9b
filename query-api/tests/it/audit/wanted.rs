//! Which events are wanted.

use crate::world::World;

#[tokio::test]
async fn each_filter_picks_its_events() {
    let world = World::new().await;
    let (auditor, bob) = (world.auditor("ada").await, world.person("bob").await);
    let (room, other) = (world.private_room(&bob).await, world.private_room(&auditor).await);
    world.sends(room, &bob, "one").await;
    let message = world.sends(other, &auditor, "two").await;
    world.edits(other, &auditor, message, "three").await;
    world.index_events().await;
    let end = world.catch_up().await;
    let ends = format!("position <= {end}");
    let (bob, message) = (bob.id, format!("message-{message}"));
    for (query, condition) in [
        (String::new(), "true".to_owned()),
        (format!("?room={room}"), format!("metadata->>'room_id' = '{room}'")),
        (format!("?actor={bob}"), format!("metadata->>'actor_id' = '{bob}'")),
        (
            format!("?room={room}&actor={bob}&type=message_sent"),
            format!(
                "metadata->>'room_id' = '{room}' and metadata->>'actor_id' = '{bob}' and event_type = 'message_sent'"
            ),
        ),
        ("?type=message_sent".to_owned(), "event_type = 'message_sent'".to_owned()),
        (format!("?stream={message}"), format!("aggregate_type || '-' || aggregate_id = '{message}'")),
        (
            format!("?stream={message}&type=message_edited"),
            format!("aggregate_type || '-' || aggregate_id = '{message}' and event_type = 'message_edited'"),
        ),
        (format!("?stream={message}&room={room}"), "false".to_owned()),
        ("?after=2&until=5".to_owned(), "position > 2 and position <= 5".to_owned()),
        ("?after=2&until=5&limit=2".to_owned(), "position in (3, 4)".to_owned()),
    ] {
        let expected = world.positions(&format!("{condition} and {ends}")).await;
        // Each looking adds an event, of which the read models of this test are not told.
        let until = if query.contains("until") { String::new() } else { format!("until={end}") };
        let query = if query.is_empty() { format!("?{until}") } else { format!("{query}&{until}") };
        world.index_events().await;
        world.catch_up().await;
        let page = world.audits(&auditor, query.trim_end_matches('&')).await.expect(200);
        assert_eq!(page.each("/position"), expected, "{query}");
    }
    world.end().await;
}

#[tokio::test]
async fn times_name_positions() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    for _ in 0..3 {
        world.private_room(&auditor).await;
    }
    world.index_events().await;
    let end = world.catch_up().await;
    let time: String = sqlx::query_scalar(
        "select to_char(recorded_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from log.events where position = 5",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    let audits = async |query: &str| {
        world.index_events().await;
        world.catch_up().await;
        world.audits(&auditor, &format!("?until={end}&{query}")).await.expect(200).each("/position")
    };
    let at_or_after = world.positions(&format!("recorded_at >= '{time}' and position <= {end}")).await;
    let at_or_before = world.positions(&format!("recorded_at <= '{time}' and position <= {end}")).await;
    assert!(at_or_after.contains(&5.into()) && at_or_before.contains(&5.into()));
    assert_eq!(audits(&format!("from={time}")).await, at_or_after);
    assert_eq!(audits(&format!("to={time}")).await, at_or_before);
    assert!(audits("from=2999-01-01T00:00:00Z").await.is_empty());
    assert!(audits("to=1999-01-01T00:00:00%2B01:00").await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn pages_go_on_after_a_position_and_wait_for_the_index_where_they_need_it() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    let first = world.audits(&auditor, "?limit=2").await.expect(200);
    assert_eq!((first.each("/position"), &first.body["after"]), (vec![1.into(), 2.into()], &"2".into()));
    let second = world.audits(&auditor, "?limit=200&after=2").await.expect(200);
    assert_eq!(second.items()[0]["position"], 3);
    assert!(second.body["after"].is_null());
    // The read models have not seen those two accesses.
    world.audits(&auditor, "?type=user_registered").await.expect_problem(503, "read-model-behind");
    world.end().await;
}

#[tokio::test]
async fn positions_below_the_first_are_mistakes_and_named() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    let head = world.head().await;
    for (query, name) in [("after=-1", "after"), ("until=-3", "until")] {
        let refused = world.audits(&auditor, &format!("?{query}")).await.expect_problem(400, "invalid-query");
        assert_eq!(refused.body["detail"], format!("{name}: must be an integer from 0 on"));
    }
    assert_eq!(world.head().await, head, "what is refused is no access");
    assert!(world.audits(&auditor, "?until=0").await.expect(200).items().is_empty());
    world.audits(&auditor, "?after=0").await.expect(200);
    world.end().await;
}

#[tokio::test]
async fn pages_of_one_event_end_where_until_says() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    let end = world.head().await;
    let mut last = world.audits(&auditor, &format!("?limit=1&until={end}")).await.expect(200);
    let mut seen = last.each("/position");
    while let Some(after) = last.body["after"].as_str().map(str::to_owned) {
        last = world.audits(&auditor, &format!("?limit=1&until={end}&after={after}")).await.expect(200);
        seen.extend(last.each("/position"));
    }
    assert_eq!(seen, world.positions(&format!("position <= {end}")).await);
    // Without, a page of one event has always another behind it: that of the look before.
    let endless = world.audits(&auditor, &format!("?limit=1&after={end}")).await.expect(200);
    assert!(endless.body["after"].is_string());
    world.end().await;
}
