use serde_json::{Value, json};

use super::*;

/// An export of so many events, a line each, each with its leaf.
fn export(count: i64) -> Vec<Value> {
    (1..=count)
        .map(|position| {
            let mut event = json!({
                "position": position, "event_id": format!("0190a000-0000-7000-8000-{position:012}"),
                "stream": "message-1", "sequence": position, "type": "message_sent", "version": "1",
                "recorded_at": "2025-03-01T12:00:00.123456Z", "payload": {"n": position}, "metadata": {"a": "é"},
            });
            event["leaf"] = hex::encode(leaf(&event).0).into();
            event
        })
        .collect()
}

fn leaf(event: &Value) -> Leaf {
    Event::parse(event.to_string().as_bytes()).unwrap().made().unwrap()
}

fn head(events: &[Value], size: usize) -> Head {
    let mut edge = Edge::default();
    events[..size].iter().for_each(|event| edge.push(leaf(event), &mut vec![]));
    Head { origin: "a".to_owned(), size: size as u64, root: edge.root() }
}

fn checked(events: &[Value], heads: &[Head]) -> Result<Checked, String> {
    let mut check = Check::against(heads.to_vec()).map_err(|differs| differs.to_string())?;
    for event in events {
        check.line(event.to_string().as_bytes()).map_err(|differs| differs.to_string())?;
    }
    check.end().map_err(|differs| differs.to_string())
}

/// The position that a refusal names.
fn named(result: Result<Checked, String>) -> i64 {
    let told = result.unwrap_err();
    told.strip_prefix("position ").unwrap().split(':').next().unwrap().parse().unwrap()
}

#[test]
fn the_leaf_is_the_hash_of_canonical_json() {
    let event = &export(1)[0];
    let [payload, metadata] = ["payload", "metadata"]
        .map(|field| hex::encode(<sha2::Sha256 as sha2::Digest>::digest(event[field].to_string())));
    let canonical = format!(
        r#"{{"event_id":"0190a000-0000-7000-8000-000000000001","metadata_sha256":"{metadata}","payload_sha256":"{payload}","position":1,"recorded_at":"2025-03-01T12:00:00.123456Z","sequence":1,"stream":"message-1","type":"message_sent","version":"1"}}"#
    );
    let expected = <sha2::Sha256 as sha2::Digest>::digest([&[0], canonical.as_bytes()].concat());
    assert_eq!(leaf(event).0, <[u8; 32]>::from(expected));
}

#[test]
fn an_export_as_recorded_agrees_and_what_is_past_the_checkpoint_is_counted() {
    let events = export(700);
    for size in [0, 1, 255, 256, 699, 700] {
        let found = checked(&events, &[head(&events, size)]);
        assert_eq!(
            found,
            Ok(Checked { covered: size as u64, not_yet_covered: 700 - size as u64, opened: false, epoch: None })
        );
    }
    assert!(checked(&events, &[head(&events, 300), head(&events, 650)]).is_ok());
}

#[test]
fn a_changed_event_is_named() {
    let events = export(600);
    for field in ["event_id", "stream", "type", "version", "recorded_at"] {
        let mut changed = events.clone();
        changed[399][field] = "another".into();
        assert_eq!(named(checked(&changed, &[head(&events, 500)])), 400, "{field}");
    }
    let mut changed = events.clone();
    changed[399]["payload"]["n"] = 7.into();
    changed[450]["metadata"] = json!({});
    changed[120]["sequence"] = 7.into();
    assert_eq!(named(checked(&changed, &[head(&events, 500)])), 121);
    changed[120] = events[120].clone();
    assert_eq!(named(checked(&changed, &[head(&events, 500)])), 400);
}

#[test]
fn an_event_changed_along_with_its_leaf_is_somewhere_between_two_checkpoints() {
    let events = export(600);
    let mut changed = events.clone();
    changed[399]["payload"]["n"] = 7.into();
    changed[399]["leaf"] = hex::encode(leaf(&changed[399]).0).into();
    assert_eq!(named(checked(&changed, &[head(&events, 500)])), 1);
    let heads = [head(&events, 300), head(&events, 500)];
    assert_eq!(named(checked(&changed, &heads)), 301);
    // Nor is it trusted where leaves are missing.
    changed[10].as_object_mut().unwrap().remove("leaf");
    assert_eq!(named(checked(&changed, &heads)), 301);
    // What is claimed falsely of an event as recorded changes nothing.
    let mut claimed = events.clone();
    claimed[399]["leaf"] = "00".repeat(32).into();
    assert!(checked(&claimed, &heads).is_ok());
}

#[test]
fn missing_doubled_and_swapped_events_are_named() {
    let events = export(600);
    let head = [head(&events, 500)];
    let mut dropped = events.clone();
    dropped.remove(99);
    assert_eq!(named(checked(&dropped, &head)), 100);
    let mut doubled = events.clone();
    doubled.insert(99, events[98].clone());
    assert_eq!(named(checked(&doubled, &head)), 100);
    let mut swapped = events.clone();
    swapped.swap(99, 200);
    assert_eq!(named(checked(&swapped, &head)), 100);
    assert_eq!(named(checked(&events[..450], &head)), 451);
    assert_eq!(named(checked(&[], &head)), 1);
}

#[test]
fn swapped_content_under_right_positions_is_named() {
    let events = export(600);
    let mut swapped = events.clone();
    (swapped[99]["payload"], swapped[199]["payload"]) = (events[199]["payload"].clone(), events[99]["payload"].clone());
    assert_eq!(named(checked(&swapped, &[head(&events, 500)])), 100);
}

#[test]
fn what_is_no_event_and_checkpoints_of_two_records_are_refused() {
    let events = export(3);
    let mut check = Check::against(vec![head(&events, 3)]).unwrap();
    assert!(check.line(b"{}").unwrap_err().to_string().starts_with("position 1: not an event"));
    let other = Head { origin: "b".to_owned(), ..head(&events, 2) };
    assert_eq!(named(checked(&events, &[head(&events, 3), other])), 1);
}

/// An event as a cloud event of a history.
fn cloud(event: &Value, source: &str, epoch: &str) -> Value {
    let text = |field: &str| event[field].to_string();
    json!({
        "specversion": "1.0", "id": event["event_id"], "source": source, "type": event["type"], "subject": event["stream"],
        "time": event["recorded_at"], "datacontenttype": "application/json", "position": text("position"),
        "sequence": text("sequence"), "version": event["version"], "epoch": epoch, "metadata": text("metadata"),
        "leaf": event["leaf"], "data": event["payload"],
    })
}

#[test]
fn cloud_events_are_of_the_history_of_the_checkpoint() {
    let (events, ours, other) = (export(3), "urn:uuid:b", "urn:uuid:c");
    let head = Head { origin: "a/b".to_owned(), ..head(&events, 3) };
    let told = |histories: [(&str, &str); 3]| {
        let mut check = Check::against(vec![head.clone()]).unwrap();
        for (event, (source, epoch)) in events.iter().zip(histories) {
            let line = cloud(event, source, epoch).to_string();
            check.cloud_event(line.as_bytes()).map_err(|differs| differs.to_string())?;
        }
        check.end().map_err(|differs| differs.to_string())
    };
    assert_eq!(told([(ours, "2"); 3]), Ok(Checked { covered: 3, not_yet_covered: 0, opened: false, epoch: Some(2) }));
    for (histories, position) in [
        ([(other, "2"); 3], 1),
        ([("a/b", "2"); 3], 1),
        ([(ours, "2"), (other, "2"), (ours, "2")], 2),
        ([(ours, "2"), (ours, "2"), (ours, "3")], 3),
    ] {
        let differs = told(histories).unwrap_err();
        assert!(differs.starts_with(&format!("position {position}: the event is said to be of ")), "{differs}");
    }
    let mut check = Check::against(vec![]).unwrap();
    for event in &events {
        check.cloud_event(cloud(event, other, "2").to_string().as_bytes()).unwrap();
    }
    assert_eq!(named(check.end_within(3, &head, &[]).map_err(|differs| differs.to_string())), 1);
}

/// The proof that a log of `to` events begins with its first `from`.
fn consistency(events: &[Value], from: u64, to: usize) -> Vec<[u8; 32]> {
    let (mut edge, mut full) = (Edge::default(), vec![]);
    events[..to].iter().for_each(|event| edge.push(leaf(event), &mut full));
    let mut tiles: crate::Tiles = full.into_iter().map(|tile| ((tile.level, tile.index), tile.hashes)).collect();
    tiles.extend(edge.partial_tiles().map(|(level, index, hashes)| ((level, index), hashes.to_vec())));
    crate::Proof::Consistency { from, to: to as u64 }.hashes(&tiles).unwrap()
}

#[test]
fn an_export_is_checked_by_a_later_head_that_begins_with_it() {
    let events = export(600);
    let within = |events: &[Value], size: u64, to: usize, hashes: &[[u8; 32]]| {
        let mut check = Check::against(vec![]).unwrap();
        for event in events {
            check.line(event.to_string().as_bytes()).unwrap();
        }
        check.end_within(size, &head(&export(600), to), hashes).map_err(|differs| differs.to_string())
    };
    for (size, to) in [(1, 600), (256, 600), (599, 600), (600, 600)] {
        let (hashes, whole) =
            (consistency(&events, size, to), Checked { covered: size, not_yet_covered: 0, opened: false, epoch: None });
        let some = &events[..usize::try_from(size).unwrap()];
        assert_eq!(within(some, size, to, &hashes), Ok(whole));
        let cut = &some[..some.len() - 1];
        assert_eq!(named(within(cut, size, to, &hashes)), i64::try_from(size).unwrap());
        let mut changed = some.to_vec();
        changed[some.len() / 2]["payload"]["n"] = 0.into();
        assert_eq!(named(within(&changed, size, to, &hashes)), i64::try_from(some.len() / 2 + 1).unwrap());
        changed[some.len() / 2].as_object_mut().unwrap().remove("leaf");
        assert_eq!(named(within(&changed, size, to, &hashes)), 1);
    }
    assert_eq!(within(&[], 0, 600, &[]), Ok(Checked { covered: 0, not_yet_covered: 0, opened: false, epoch: None }));
}

/// What is left is in order by itself, signed anew.
#[test]
fn what_was_removed_from_the_end_is_named_by_an_older_head_that_covers_more() {
    let events = export(14);
    let left = &events[..12];
    let mut check = Check::against(vec![head(&events, 5), head(&events, 14)]).unwrap();
    for event in left {
        check.line(event.to_string().as_bytes()).unwrap();
    }
    let told = check.end_within(12, &head(left, 12), &[]).unwrap_err().to_string();
    assert_eq!(told, "position 13: the export ends before it; the checkpoint covers 14 events");
}
