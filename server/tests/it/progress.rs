//! How far long work has come: a bar where there is a terminal, and nothing of it in what is piped.

use std::iter::once;
use std::process::Stdio;

use tokio::process::Command;

use crate::harness::Setup;
use crate::imports::files::slack;

/// What a bar is made of, full and empty.
const BLOCKS: [char; 2] = ['█', '░'];

/// Takes a line away.
const CLEARED: &str = "\r\u{1b}[2K";

/// Work that draws a bar, each by what it calls that, on the files of an export and an import.
fn works<'a>(export: &'a str, import: &'a str) -> [(&'static str, Vec<&'a str>); 4] {
    [
        ("exporting", vec!["audit", "export", "--reason=yearly", "--output", export]),
        ("checking", vec!["audit", "verify", export]),
        ("replaying", vec!["projections", "rebuild"]),
        ("facts", vec!["import", "slack", import]),
    ]
}

/// Runs a command to its end in a terminal; all that comes to be shown there.
async fn in_a_terminal(setup: &Setup, arguments: &[&str]) -> String {
    let command = setup.process(arguments.iter().copied());
    let command = command.as_std();
    let words = once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let set = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let mut terminal = Command::new("script");
    terminal.args(["-qefc", &words.join(" "), "/dev/null"]).env_clear().envs(set).env("TERM", "xterm");
    let output = terminal.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    shown
}

/// Runs a command to its end where standard output and error are pipes; what comes out of them.
async fn piped(setup: &Setup, arguments: &[&str]) -> String {
    let output = setup.process(arguments.iter().copied()).env("TERM", "xterm").output().await.unwrap();
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{told}");
    told
}

#[tokio::test]
async fn long_work_draws_a_bar_in_a_terminal_and_nowhere_else() {
    let app = Setup::without_nats().await.signing().start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "hello").await;
    let slack = slack();
    let [seen, unseen] = ["seen", "unseen"].map(|name| app.setup.folder.path().join(name).display().to_string());
    let [seen, unseen] = [&seen, &unseen].map(|export| works(export, slack.path().to_str().unwrap()));
    for ((bar, work), (_, same)) in seen.into_iter().zip(unseen) {
        let shown = in_a_terminal(&app.setup, &work).await;
        // It is drawn as soon as it is known how much there is to do, and cleared away at the end, however soon that is.
        let (drawn, left) = shown.rsplit_once(CLEARED).unwrap_or_else(|| panic!("{bar} stays: {shown}"));
        assert!(BLOCKS.iter().any(|block| drawn.contains(&format!("{bar} {block}"))), "{bar}: {shown}");
        assert!(!left.contains(BLOCKS), "{bar}: {shown}");
        let told = piped(&app.setup, &same).await;
        assert!(!told.contains(BLOCKS) && !told.contains('\u{1b}'), "{bar}: {told}");
    }
}
