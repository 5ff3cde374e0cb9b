//! Ten thousand random commands from three processes, with connections killed and a process stopped in between: what
//! was answered and what the log holds must be one serial history of the model.

mod check;
mod drive;

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use crate::database::Database;
use crate::model::{Command, Outcome, What};

const COMMANDS: usize = 10_000;

fn command(random: &mut StdRng) -> Command {
    let item = |random: &mut StdRng| random.random_range(0..60);
    let gate = random.random_range(0..12);
    let what = match random.random_range(0..1000) {
        0..600 => {
            let first = item(random);
            let items = if random.random_bool(0.2) { vec![first, first + 1] } else { vec![first] };
            What::Add { items, gate, count: random.random_range(1..4), key: random.random_range(0..200) }
        }
        600..650 => What::AddAt { item: item(random), sequence: random.random_range(0..200) },
        650..800 => What::SetGate { gate, open: random.random_bool(0.7) },
        800..880 => What::Create { id: random.random_range(0..500) },
        880..930 => What::Claim { name: random.random_range(0..30), owner: random.random_range(0..6) },
        930..980 => What::Release { name: random.random_range(0..30), owner: random.random_range(0..6) },
        980..990 => What::DestroyKey { key: random.random_range(0..200) },
        _ => What::Poison { item: item(random) },
    };
    let receipt = random.random_bool(0.3).then(|| (random.random_range(0..1500), random.random_range(0..2)));
    Command { id: Uuid::from_u128(random.random()), receipt, what }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_and_what_is_on_record_are_one_history() {
    let seed = rand::random::<u64>();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let commands = (0..COMMANDS).map(|_| command(&mut random)).collect::<Vec<_>>();
    let database = Database::new().await;

    let driven = drive::drive(&database, &commands).await;

    check::check(&database, &commands, &driven.answers).await;
    let mut kinds = BTreeMap::<String, usize>::new();
    for outcome in driven.answers.values() {
        let name = format!("{outcome:?}");
        *kinds.entry(name.split([' ', '{']).next().unwrap_or_default().to_owned()).or_default() += 1;
    }
    println!(
        "{kinds:?}, decided again {}, killed {}, while one was stopped {}",
        driven.decided_again, driven.killed, driven.while_stopped
    );
    for kind in [
        "Appended",
        "NothingToDo",
        "Replayed",
        "GateClosed",
        "WrongSequence",
        "ReceiptReused",
        "ClaimTaken",
        "StreamExists",
        "KeyDestroyed",
        "Rejected",
    ] {
        assert!(kinds.contains_key(kind), "no command ended as {kind}");
    }
    assert!(driven.decided_again > 0, "no command was decided again");
    assert!(driven.killed > 0, "no connection was killed");
    assert!(driven.while_stopped > 0, "nobody went on while one was stopped");
    let lost = kinds.get("Unavailable").copied().unwrap_or_default();
    assert!(lost < COMMANDS / 20, "{lost} commands were given up");
    assert!(!driven.answers.values().any(|outcome| *outcome == Outcome::Busy), "a command never came through");
    database.remove().await;
}
