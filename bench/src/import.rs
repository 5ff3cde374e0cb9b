//! Large rooms, brought in as Mattermost exports.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::process::Command;

use crate::people::line;
use crate::{Run, cpu};

type Failed = Box<dyn std::error::Error>;

/// Members of the room that is imported while nothing serves.
const MEMBERS: usize = 1000;

/// What the import took.
pub(crate) struct Imported {
    per_second: f64,
    /// Bytes that the importing process held at once.
    most_memory: u64,
}

impl Imported {
    /// As a table.
    pub(crate) fn print(&self, what: &str) {
        println!("| {what} | |\n| --- | ---: |");
        println!("| messages a second | {:.0} |", self.per_second);
        println!("| most memory of the process | {} MB |\n", self.most_memory >> 20);
    }
}

/// Stops the server, and imports a fifth of an export, then the whole, to which it adds the rest. Nothing serves after it.
pub(crate) async fn import(run: &Run, messages: u64) -> Result<(), Failed> {
    for process in cpu::processes_of_program(&run.binary) {
        Command::new("sh").args(["-c", &format!("kill -TERM {process}")]).status().await?;
    }
    while !cpu::processes_of_program(&run.binary).is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let owner = "owner@large.example.org";
    large_room(owner, MEMBERS, messages / 5, 0).await?.print(&format!("import of {} messages", messages / 5));
    let rest = large_room(owner, MEMBERS, messages, 0).await?;
    let told = messages - messages / 5;
    #[expect(clippy::cast_precision_loss, reason = "millions")]
    let per_second = rest.per_second * told as f64 / messages as f64;
    Imported { per_second, ..rest }.print(&format!("import of {messages} messages, of which {told} are new"));
    Ok(())
}

/// Imports a public room `large` of so many members and messages, which the account of this email owns, and so many
/// guests, who are in no room.
pub(crate) async fn large_room(owner: &str, members: usize, messages: u64, guests: usize) -> Result<Imported, Failed> {
    room("large", owner, members, messages, guests).await
}

/// The same with another name, which its people have too.
pub(crate) async fn room(
    name: &str,
    owner: &str,
    members: usize,
    messages: u64,
    guests: usize,
) -> Result<Imported, Failed> {
    let folder = std::env::var("HANSARD_RUN")?;
    let file = Path::new(&folder).join(format!("{name}.jsonl"));
    write(&file, name, owner, members, messages, guests)?;
    let started = Instant::now();
    let mut import = Command::new(std::env::var("HANSARD_BIN")?).args(["import", "mattermost"]).arg(&file).spawn()?;
    let status = format!("/proc/{}/status", import.id().unwrap_or_default());
    let mut most_memory = 0;
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    let ended = loop {
        tokio::select! {
            ended = import.wait() => break ended?,
            _ = looks.tick() => most_memory = peak(&status).unwrap_or(most_memory),
        }
    };
    let took = started.elapsed().as_secs_f64();
    std::fs::remove_file(&file)?;
    if !ended.success() {
        return Err("the import failed".into());
    }
    #[expect(clippy::cast_precision_loss, reason = "a million or so")]
    Ok(Imported { per_second: messages as f64 / took, most_memory })
}

fn write(file: &Path, name: &str, owner: &str, members: usize, messages: u64, guests: usize) -> Result<(), Failed> {
    let mut lines = BufWriter::new(std::fs::File::create(file)?);
    writeln!(lines, "{}", json!({"type": "version", "version": 1}))?;
    writeln!(lines, "{}", json!({"type": "team", "team": {"name": "t", "display_name": "T", "type": "O"}}))?;
    let channel = json!({"team": "t", "name": name, "display_name": name, "type": "O"});
    writeln!(lines, "{}", json!({"type": "channel", "channel": channel}))?;
    for number in 0..members {
        let (email, roles) = match number {
            0 => (owner.to_owned(), "channel_user channel_admin"),
            _ => (format!("u{number}@{name}.example.org"), "channel_user"),
        };
        let teams = json!([{"name": "t", "channels": [{"name": name, "roles": roles}]}]);
        let user = json!({"username": format!("{name}{number}"), "email": email, "teams": teams});
        writeln!(lines, "{}", json!({"type": "user", "user": user}))?;
    }
    for number in 0..guests {
        let email = format!("guest{number}@{name}.example.org");
        let user = json!({"username": format!("guest{number}"), "email": email, "teams": [{"name": "t"}]});
        writeln!(lines, "{}", json!({"type": "user", "user": user}))?;
    }
    for number in 0..messages {
        let post = json!({
            "team": "t", "channel": name, "user": format!("{name}{}", number % members as u64),
            "message": line(number)["text"], "create_at": 1_700_000_000_000_u64 + number * 1000,
        });
        writeln!(lines, "{}", json!({"type": "post", "post": post}))?;
    }
    Ok(lines.flush()?)
}

/// The most bytes that a process has held so far.
fn peak(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10)
}
