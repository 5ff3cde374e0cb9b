//! Killing everything, again and again, under load: nothing answered is lost, nothing doubled, no 5xx but 503. One
//! process plays all roles; where they are apart, `outage.rs` takes NATS away.

mod journal;

use std::sync::Arc;

use crate::harness::{Broker, Cluster, Person, Room, Setup, Spawned, environment};
use journal::{Journal, Where};

/// People who send at once: with their pace, up to a hundred commands a second.
const SENDERS: usize = 5;

/// Commands that must have been answered between two blows.
const BETWEEN: usize = 30;

/// Waits until the load goes on: so many more commands answered.
async fn goes_on(journal: &Journal) {
    journal.reaches(journal.answered() + BETWEEN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_answered_is_lost_whatever_is_killed() {
    let cluster = Cluster::start().await;
    let mut setup = Setup::on_cluster(&cluster).await.with_broker(Broker::start().await);
    let mut server = setup.spawn().await;
    let owner = server.registers("owner").await;
    let room = owner.creates_room("general").await;
    let place = Arc::new(Where::new(&server.url));
    let journal = Arc::new(Journal::default());
    let mut load = Vec::new();
    for number in 0..SENDERS {
        let sender = server.registers(&format!("sender{number}")).await;
        owner.adds(&room, &sender).await;
        load.push(journal::send(Arc::clone(&journal), Arc::clone(&place), sender, room));
    }
    load.push(journal::read(Arc::clone(&journal), Arc::clone(&place), owner.clone(), room));

    for round in 0..environment::fault_rounds() {
        goes_on(&journal).await;
        // Every other time in the midst of a command of each: PostgreSQL is kept from answering until they all wait.
        if round.is_multiple_of(2) {
            cluster.freeze();
            journal.waits_for_all(SENDERS).await;
        }
        server.kill().await;
        cluster.thaw();
        server = setup.spawn().await;
        place.is(&server.url);
        goes_on(&journal).await;
        cluster.kill().await;
        cluster.run().await;
        goes_on(&journal).await;
        let broker = setup.broker.as_mut().unwrap();
        broker.kill().await;
        goes_on(&journal).await;
        setup.broker.as_mut().unwrap().restart().await;
    }
    goes_on(&journal).await;
    journal.end();
    for task in load {
        task.await.unwrap();
    }
    println!("{} commands were answered, {} times one was cut off", journal.answered(), journal.cut_off());
    assert!(journal.cut_off() > 0, "no command was under way when the server was killed");

    check(&journal, &owner.at(&server.url), &room).await;
    positions_have_no_gap(&cluster).await;
    let verified = setup.command(["projections", "verify"]).await;
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    drop::<Spawned>(server);
}

/// The room holds just what was answered, each message once, at its position.
async fn check(journal: &Journal, owner: &Person, room: &Room) {
    let mut answered = journal.messages();
    answered.sort_by_key(|sent| sent.position);
    let newest = answered.last().expect("commands were answered").position;
    let mut listed = Vec::new();
    let mut path = format!("{}?limit=200&min_position={newest}", room.path("/messages"));
    loop {
        let page = owner.request("GET", &path).send().await.expect(200);
        let items = page.messages().into_iter().map(journal::Sent::listed).collect::<Vec<_>>();
        listed.splice(0..0, items);
        let Some(before) = page.body["before"].as_str() else { break };
        path = format!("{}?limit=200&before={before}", room.path("/messages"));
    }
    assert_eq!(listed.len(), answered.len(), "as many as were answered");
    assert_eq!(listed, answered);
}

async fn positions_have_no_gap(cluster: &Cluster) {
    let pool = sqlx::PgPool::connect(&cluster.url()).await.unwrap();
    let gaps = sqlx::query_scalar::<_, i64>(
        "select count(*) from (select position - lag(position, 1, 0::bigint) over (order by position) as step from log.events) e \
         where step <> 1",
    );
    assert_eq!(gaps.fetch_one(&pool).await.unwrap(), 0);
    let sequences = sqlx::query_scalar::<_, i64>(
        "select count(*) from (select aggregate_type, aggregate_id from log.events group by 1, 2 \
         having max(sequence) <> count(*)) s",
    );
    assert_eq!(sequences.fetch_one(&pool).await.unwrap(), 0);
}
