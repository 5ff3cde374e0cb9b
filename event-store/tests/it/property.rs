//! Ten thousand random commands from three processes, with connections killed, some of them in an append or a read, and a
//! process stopped in between: what was answered and what the log holds must be one serial history of the model.

mod check;
mod drive;
mod past;

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use crate::database::Database;
use crate::model::{Command, What};

const COMMANDS: usize = 10_000;

/// How commands end, each of which there must be. No other: none contends for ever, and no disk is full, of which
/// `trouble.rs` tells.
const ENDS: [&str; 11] = [
    "Appended",
    "ClaimTaken",
    "GateClosed",
    "KeyDestroyed",
    "NothingToDo",
    "ReceiptReused",
    "Rejected",
    "Replayed",
    "StreamExists",
    "Unavailable",
    "WrongSequence",
];

/// Why commands wait for the next group, each of which there must be.
const CAUSES: [&str; 5] = ["claim", "guard", "key", "receipt", "stream"];

/// A command, often one that must not share a group with the one that its writer is given just before.
fn command(random: &mut StdRng, before: Option<&Command>) -> Command {
    let item = |random: &mut StdRng| random.random_range(0..60);
    let gate = random.random_range(0..12);
    let what = match random.random_range(0..1000) {
        0..600 => {
            let first = item(random);
            let items = if random.random_bool(0.2) { vec![first, first + 1] } else { vec![first] };
            let key = match before {
                Some(Command { what: What::DestroyKey { key }, .. }) => *key,
                Some(_) | None => random.random_range(0..200),
            };
            What::Add { items, gate, count: random.random_range(1..4), key }
        }
        600..650 => What::AddAt { item: item(random), sequence: random.random_range(0..200) },
        650..800 => What::SetGate { gate, open: random.random_bool(0.7) },
        800..880 => What::Create { id: random.random_range(0..500) },
        880..930 => What::Claim { name: random.random_range(0..12), owner: random.random_range(0..6) },
        930..980 => What::Release { name: random.random_range(0..12), owner: random.random_range(0..6) },
        980..990 => match before {
            Some(Command { what: What::Add { key, .. }, .. }) => What::DestroyKey { key: *key },
            Some(_) | None => What::DestroyKey { key: random.random_range(0..200) },
        },
        _ => What::Poison { item: item(random) },
    };
    let of_before = before.and_then(|before| before.receipt).filter(|_| random.random_bool(0.1));
    let key = of_before.map(|(key, _)| key).or_else(|| random.random_bool(0.3).then(|| random.random_range(0..1500)));
    let receipt = key.map(|key| (key, random.random_range(0..2)));
    Command { id: Uuid::from_u128(random.random()), receipt, what }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_and_what_is_on_record_are_one_history() {
    let seed = rand::random::<u64>();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut commands = Vec::<Command>::with_capacity(COMMANDS);
    for number in 0..COMMANDS {
        let before = number.checked_sub(drive::WRITERS).map(|before| &commands[before]);
        let next = command(&mut random, before);
        commands.push(next);
    }
    let database = Database::new().await;

    let driven = drive::drive(&database, &commands).await;

    check::check(&database, &commands, &driven.answers).await;
    let mut kinds = BTreeMap::<String, usize>::new();
    for answer in driven.answers.values() {
        let name = format!("{:?}", answer.outcome);
        *kinds.entry(name.split([' ', '{']).next().unwrap_or_default().to_owned()).or_default() += 1;
    }
    println!(
        "{kinds:?}, decided again {}, {:?}, killed {}, {} of them appending, {} reading, while one was stopped {}",
        driven.decided_again,
        driven.groups,
        driven.killed,
        driven.killed_appending,
        driven.killed_reading,
        driven.while_stopped
    );
    assert_eq!(kinds.keys().collect::<Vec<_>>(), ENDS, "how commands ended");
    assert!(kinds["Unavailable"] < COMMANDS / 20, "{} commands were given up", kinds["Unavailable"]);
    for cause in CAUSES {
        assert!(driven.groups.deferred.contains_key(cause), "none waited for the next group because of a {cause}");
    }
    assert!(driven.groups.largest > 8.0, "no group was large: {:?}", driven.groups);
    assert!(driven.decided_again > 0, "no command was decided again");
    assert!(driven.killed_appending > 0, "no connection was killed in an append");
    assert!(driven.killed > driven.killed_appending, "no connection was killed beside those in an append");
    assert!(driven.while_stopped > 0, "nobody went on while one was stopped");
    database.remove().await;
}
