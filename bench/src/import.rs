//! Large rooms, brought in as Mattermost exports.

use std::io::{BufWriter, Write};
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::process::Command;

use crate::ended::Ended;
use crate::median::median;
use crate::people::line;
use crate::target::Targets;
use crate::{Run, cpu, yardstick};

type Failed = Box<dyn std::error::Error>;

/// Members of the rooms that are imported while nothing serves.
const MEMBERS: usize = 1000;

/// Streams that a process keeps in memory, each message is one: an import of fewer takes less the fewer they are.
const KEPT: u64 = 100_000;

/// Lines of chat that are to be imported in a second.
const LEAST: f64 = 20_000.0;

/// The memory that an import may take, of what a fifth of it takes.
const MOST: f64 = 1.2;

/// Clients of the yardstick.
const CLIENTS: usize = 64;

/// How large the export is that is imported while nothing serves.
#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Size {
    /// Rooms of an import while nothing serves.
    #[arg(long, default_value_t = NonZeroU64::MIN)]
    rooms: NonZeroU64,
    /// Bytes of each message's text in such an import; a line of chat unless said.
    #[arg(long)]
    bytes: Option<usize>,
}

/// What is written and imported: public rooms that the same people are in.
struct Export<'a> {
    /// What its room is called, and what its people's names begin with. Of several rooms each has a number besides.
    name: &'a str,
    /// The emails of its first people, whose accounts may be there already. The very first owns the rooms.
    known: &'a [&'a str],
    members: usize,
    messages: u64,
    /// People who are in no room.
    guests: usize,
    rooms: NonZeroU64,
    /// How long each message's text is; none is a line of chat.
    bytes: Option<usize>,
}

/// What the import took.
pub(crate) struct Imported {
    /// How many messages the export has.
    messages: u64,
    seconds: f64,
    /// Bytes of the export.
    size: u64,
    /// Bytes that the importing process held at once.
    most_memory: u64,
}

impl Imported {
    /// As a table.
    pub(crate) fn print(&self, what: &str) {
        self.print_new(what, self.messages);
    }

    /// The same where so many of the messages were new.
    fn print_new(&self, what: &str, told: u64) {
        let per_second = self.per_second(told);
        println!("| {what} | |\n| --- | ---: |");
        println!("| size of the export | {} MB |", self.size / 1_000_000);
        println!("| from start to end | {:.1} s |", self.seconds);
        println!("| messages a second | {per_second:.0} |");
        println!("| most memory of the process | {} MB |\n", self.most_memory >> 20);
    }

    /// Messages a second, if so many were new.
    #[expect(clippy::cast_precision_loss, reason = "millions")]
    fn per_second(&self, told: u64) -> f64 {
        told as f64 / self.seconds
    }
}

/// Stops the server, and imports a fifth of an export, then the whole, to which it adds the rest. Nothing serves after it.
pub(crate) async fn import(run: &Run, messages: u64, size: Size, targets: &mut Targets) -> Result<(), Failed> {
    for process in cpu::processes_of_program(&run.binary) {
        Command::new("sh").args(["-c", &format!("kill -TERM {process}")]).status().await?;
    }
    while !cpu::processes_of_program(&run.binary).is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut inserts = vec![];
    for _ in 0..run.rounds {
        inserts.push(yardstick::one_row_inserts(&run.database, CLIENTS, run.time).await?);
    }
    let yardstick = format!("pgbench inserted {:.0} rows a second with {CLIENTS} clients", median(inserts));
    println!("Before it, {yardstick}.\n");
    let (known, Size { rooms, bytes }) = (&["owner@large.example.org"], size);
    let whole = Export { name: "large", known, members: MEMBERS, messages, guests: 0, rooms, bytes };
    let part = Export { messages: messages / 5, ..whole };
    let first = part.import().await?;
    first.print(&format!("import of {} messages in {rooms} rooms", part.messages));
    let (all, told) = (whole.import().await?, messages - part.messages);
    all.print_new(&format!("import of {messages} messages in {rooms} rooms, of which {told} are new"), told);
    #[expect(clippy::cast_precision_loss, reason = "no process holds so much")]
    let ratio = all.most_memory as f64 / first.most_memory as f64;
    println!("The whole took {ratio:.2} times the memory that a fifth of it took.\n");
    if part.messages >= KEPT {
        let memory = format!("a fifth took {} MB", first.most_memory >> 20);
        targets.at_most("memory of an import, of what a fifth of it takes", ratio, MOST, &memory);
        // Longer texts take longer.
        if bytes.is_none() {
            targets.at_least("messages imported a second", all.per_second(told), LEAST, &yardstick);
        }
    }
    Ok(())
}

/// Imports a public room of so many members and messages, and so many guests, who are in no room. The first members are
/// the accounts of these emails, the very first its owner.
pub(crate) async fn room(
    name: &str,
    known: &[&str],
    members: usize,
    messages: u64,
    guests: usize,
) -> Result<Imported, Failed> {
    Export { name, known, members, messages, guests, rooms: NonZeroU64::MIN, bytes: None }.import().await
}

impl Export<'_> {
    async fn import(&self) -> Result<Imported, Failed> {
        let folder = std::env::var("HANSARD_RUN")?;
        let file = Path::new(&folder).join(format!("{}.jsonl", self.name));
        self.write(&file)?;
        let size = std::fs::metadata(&file)?.len();
        let program = std::env::var("HANSARD_BIN")?;
        let ended = Ended::of(Command::new(program).args(["import", "mattermost"]).arg(&file)).await?;
        std::fs::remove_file(&file)?;
        if !ended.output.status.success() {
            return Err("the import failed".into());
        }
        Ok(Imported { messages: self.messages, seconds: ended.seconds, size, most_memory: ended.most_memory })
    }

    fn write(&self, file: &Path) -> Result<(), Failed> {
        let name = self.name;
        let mut lines = BufWriter::new(std::fs::File::create(file)?);
        writeln!(lines, "{}", json!({"type": "version", "version": 1}))?;
        writeln!(lines, "{}", json!({"type": "team", "team": {"name": "t", "display_name": "T", "type": "O"}}))?;
        for channel in self.channels() {
            let channel = json!({"team": "t", "name": channel, "display_name": channel, "type": "O"});
            writeln!(lines, "{}", json!({"type": "channel", "channel": channel}))?;
        }
        for number in 0..self.members {
            let email = match self.known.get(number) {
                Some(email) => (*email).to_owned(),
                None => format!("u{number}@{name}.example.org"),
            };
            let roles = if number == 0 { "channel_user channel_admin" } else { "channel_user" };
            let of: Vec<_> = self.channels().map(|channel| json!({"name": channel, "roles": roles})).collect();
            let teams = json!([{"name": "t", "channels": of}]);
            let user = json!({"username": format!("{name}{number}"), "email": email, "teams": teams});
            writeln!(lines, "{}", json!({"type": "user", "user": user}))?;
        }
        for number in 0..self.guests {
            let email = format!("guest{number}@{name}.example.org");
            let user = json!({"username": format!("guest{number}"), "email": email, "teams": [{"name": "t"}]});
            writeln!(lines, "{}", json!({"type": "user", "user": user}))?;
        }
        for number in 0..self.messages {
            // Each room hears of everybody, one after the other.
            let sender = number / self.rooms % self.members as u64;
            let post = json!({
                "team": "t", "channel": self.channel(number % self.rooms), "user": format!("{name}{sender}"),
                "message": self.text(number), "create_at": 1_700_000_000_000_u64 + number * 1000,
            });
            writeln!(lines, "{}", json!({"type": "post", "post": post}))?;
        }
        Ok(lines.flush()?)
    }

    fn channels(&self) -> impl Iterator<Item = String> {
        (0..self.rooms.get()).map(|number| self.channel(number))
    }

    /// The name of one of the rooms.
    fn channel(&self, number: u64) -> String {
        if self.rooms == NonZeroU64::MIN { self.name.to_owned() } else { format!("{}-{number}", self.name) }
    }

    /// What a message says: a line of chat, again and again until it is as long as is wanted.
    fn text(&self, number: u64) -> String {
        let said = line(number)["text"].as_str().unwrap_or_default().to_owned();
        match self.bytes {
            None => said,
            // A letter of it is a byte.
            Some(bytes) => said.chars().cycle().take(bytes).collect(),
        }
    }
}
