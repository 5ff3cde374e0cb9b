//! Files against a plain model of them: random people do random things, and every answer, and what everybody sees of every
//! file, is as the model says.

mod play;
mod rules;

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use tokio::runtime::Runtime;

use crate::harness::{Setup, TestApp};
use play::Play;
use rules::World;

/// Stories that are played.
const CASES: u32 = 64;

/// Most things that are done in one.
const STEPS: usize = 40;

/// How many people there are. The first owns the first room, the second the second.
const PEOPLE: usize = 4;

/// How many rooms.
const ROOMS: usize = 2;

/// Something that somebody does. What it is done to goes by number, round and round among what is there.
#[derive(Clone, Copy, Debug)]
enum Act {
    Upload,
    GrantUser {
        file: usize,
        to: usize,
    },
    RevokeUser {
        file: usize,
        from: usize,
    },
    GrantRoom {
        file: usize,
        room: usize,
    },
    RevokeRoom {
        file: usize,
        room: usize,
    },
    DeleteFile {
        file: usize,
    },
    Send {
        room: usize,
        file: usize,
    },
    Forward {
        message: usize,
        room: usize,
    },
    DeleteMessage {
        message: usize,
    },
    /// Whoever owns a room takes somebody out, or in again.
    Turn {
        room: usize,
        who: usize,
    },
    /// Whoever owns a room says that members may not send files, or that they may.
    Forbid {
        room: usize,
    },
}

/// What is to be answered: a status, or a problem.
type Answer = Result<u16, (u16, &'static str)>;

/// Every way in which each command is to be answered at least once.
const WAYS: [(&str, &[&str]); 9] = [
    ("Upload", &["201"]),
    ("GrantUser", &["204", "not-found", "not-the-owner"]),
    ("RevokeUser", &["204", "not-found", "not-the-owner"]),
    ("GrantRoom", &["204", "not-found", "not-the-owner", "forbidden"]),
    ("RevokeRoom", &["204", "not-found", "not-the-owner"]),
    ("DeleteFile", &["204", "not-found", "not-the-owner"]),
    ("Send", &["201", "not-found", "forbidden", "invalid"]),
    ("Forward", &["201", "not-found", "forbidden", "message-deleted"]),
    ("DeleteMessage", &["204", "not-found", "forbidden"]),
];

/// Any act, by anybody; of a file's, half of them by its owner: [`World::actor`].
fn steps() -> BoxedStrategy<Vec<(usize, Act)>> {
    let two = || (any::<usize>(), any::<usize>());
    let act = prop_oneof![
        4 => any::<bool>().prop_map(|_| Act::Upload),
        3 => two().prop_map(|(file, to)| Act::GrantUser { file, to }),
        2 => two().prop_map(|(file, from)| Act::RevokeUser { file, from }),
        3 => two().prop_map(|(file, room)| Act::GrantRoom { file, room }),
        2 => two().prop_map(|(file, room)| Act::RevokeRoom { file, room }),
        2 => any::<usize>().prop_map(|file| Act::DeleteFile { file }),
        6 => two().prop_map(|(room, file)| Act::Send { room, file }),
        5 => two().prop_map(|(message, room)| Act::Forward { message, room }),
        2 => any::<usize>().prop_map(|message| Act::DeleteMessage { message }),
        2 => two().prop_map(|(room, who)| Act::Turn { room, who }),
        2 => any::<usize>().prop_map(|room| Act::Forbid { room }),
    ];
    vec((0..2 * PEOPLE, act), 1..=STEPS).boxed()
}

/// Plays a story; how each command was answered.
async fn plays(app: &TestApp, steps: &[(usize, Act)]) -> Result<Vec<(String, String)>, String> {
    let (mut play, mut world, mut ways, mut story) = (Play::begin(app).await, World::default(), vec![], vec![]);
    for (by, act) in steps {
        let Some(asked) = world.asked(*act) else { continue };
        let by = world.actor(*by, asked);
        let expected = world.take(by, asked);
        let got = play.does(by, asked, &world).await;
        story.push(format!("{by}: {asked:?} -> {got}"));
        let wanted = expected.map_or_else(|(status, slug)| format!("{status} {slug}"), |status| status.to_string());
        if got != wanted {
            return Err(format!("{}\nwas to be answered with {wanted}", story.join("\n")));
        }
        let name = format!("{asked:?}").split(' ').next().unwrap_or_default().to_owned();
        ways.push((name, expected.map_or_else(|(_, slug)| slug.to_owned(), |status| status.to_string())));
    }
    for file in 0..world.files.len() {
        for who in 0..PEOPLE {
            let (expected, shown) = (world.sees(who, file), play.sees(who, file).await);
            if expected != shown {
                return Err(format!("{}\n{who} sees file {file}: {shown}, and not {expected}", story.join("\n")));
            }
        }
    }
    Ok(ways)
}

#[test]
fn whatever_people_do_with_files_is_answered_and_shown_as_in_the_model() {
    let runtime = Runtime::new().unwrap();
    let app = runtime.block_on(async { Setup::without_nats().await.start().await });
    let all = RefCell::new(BTreeSet::new());
    let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 100, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[1; 32]));
    let ended = runner.run(&steps(), |steps| {
        let ways = runtime.block_on(plays(&app, &steps)).map_err(TestCaseError::fail)?;
        all.borrow_mut().extend(ways);
        Ok(())
    });
    ended.unwrap_or_else(|error| panic!("{error}"));
    let all = all.into_inner();
    for (command, ways) in WAYS {
        for way in ways {
            assert!(all.contains(&(command.to_owned(), (*way).to_owned())), "{command} was never answered {way}");
        }
    }
    runtime.block_on(async {
        let verified = app.setup.command(["projections", "verify"]).await;
        assert!(verified.status.success(), "{verified:?}");
        app.stop().await.unwrap();
    });
}
