//! Files: uploads and downloads that are cut and go on, by clients as they are shipped, and how fast whole ones go.

mod cutter;
mod memory;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Instant;

use serde_json::Value;
use tokio::process::Command;

use crate::Run;
use crate::median::median;
use crate::people::{Person, gather};
use cutter::{Counted, Cutter};
use memory::Watch;

type Failed = Box<dyn std::error::Error>;

/// Bytes of a MiB.
const MIB: u64 = 1024 * 1024;

/// MiB of the upload that goes before everything, so that the server has what it needs at any time.
const FIRST_MIB: u64 = 64;

/// What goes on, of so many MiB, cut so often.
struct Bench<'a> {
    run: &'a Run,
    person: Person,
    mib: u64,
    cuts: usize,
    /// Where the clients are, and the files.
    clients: PathBuf,
    folder: PathBuf,
}

/// Uploads and downloads of so many MiB.
pub(crate) async fn files(run: &Run, mib: u64, cuts: usize) -> Result<(), Failed> {
    let folder = PathBuf::from(std::env::var("HANSARD_RUN")?).join("transfers");
    let clients = PathBuf::from(std::env::var("HANSARD_BENCH_CLIENTS")?);
    std::fs::create_dir_all(&folder)?;
    succeeds(Command::new(source("install")).arg(&clients)).await?;
    let person = gather(&run.address, 1).await?.remove(0);
    let bench = Bench { run, person, mib, cuts, clients, folder };
    let first = bench.file("first", FIRST_MIB).await?;
    bench.curl_uploads(&first).await?;
    bench.cut().await?;
    println!();
    bench.whole().await
}

impl Bench<'_> {
    /// Transfers that are cut and go on.
    async fn cut(&self) -> Result<(), Failed> {
        let (mib, cuts) = (self.mib, self.cuts);
        println!("| {mib} MiB, cut {cuts} times | cuts | s | server's memory grew, MiB | SHA-256 |");
        println!("| --- | ---: | ---: | ---: | --- |");
        for (name, program) in [("tus-js-client", "node"), ("tuspy", "python/bin/python")] {
            let file = self.file(name, mib).await?;
            let cutter = Cutter::before(&self.run.address, Counted::Up, mib * MIB, cuts).await?;
            let (watch, started) = (Watch::over(&self.run.binary), Instant::now());
            let script = source(if program == "node" { "tus.mjs" } else { "tus.py" });
            let endpoint = format!("http://{}/v1/uploads", cutter.address);
            let program = if program == "node" { PathBuf::from(program) } else { self.clients.join(program) };
            let mut client = Command::new(program);
            client.args([script.as_os_str(), endpoint.as_ref(), file.as_os_str()]);
            succeeds(client.env("TOKEN", &self.person.token).env("CLIENTS", &self.clients)).await?;
            let (seconds, grown) = (started.elapsed().as_secs_f64(), watch.grown());
            let same = self.newest_hash().await? == sha256(&file).await?;
            row(&format!("upload, {name}"), cutter.done(), seconds, grown, same);
            std::fs::remove_file(&file)?;
        }
        let file = self.file("curl", mib).await?;
        let id = self.curl_uploads(&file).await?;
        let cutter = Cutter::before(&self.run.address, Counted::Down, mib * MIB, cuts).await?;
        let (watch, started, into) = (Watch::over(&self.run.binary), Instant::now(), self.folder.join("downloaded"));
        let url = format!("http://{}/v1/files/{id}/content", cutter.address);
        // curl goes on where it was each time it is called.
        while !self.curl(&["-C", "-", "-o", &into.to_string_lossy(), &url]).await?.status.success() {}
        let (seconds, grown) = (started.elapsed().as_secs_f64(), watch.grown());
        row("download, curl -C -", cutter.done(), seconds, grown, sha256(&into).await? == sha256(&file).await?);
        std::fs::remove_file(&into)?;
        std::fs::remove_file(&file)?;
        Ok(())
    }

    /// Transfers in one go, against what the machine does without us.
    async fn whole(&self) -> Result<(), Failed> {
        let (mut ours, mut disk, mut down, mut plain) = (vec![], vec![], vec![], vec![]);
        let nginx = self.nginx().await?;
        for round in 0..self.run.rounds {
            let file = self.file(&format!("whole{round}"), self.mib).await?;
            let (copy, name) = (self.folder.join("copy"), file.to_string_lossy().into_owned());
            let started = Instant::now();
            let (from, to) = (format!("if={name}"), format!("of={}", copy.display()));
            succeeds(Command::new("dd").args([&from, &to, "bs=1M", "conv=fsync", "status=none"])).await?;
            sha256(&copy).await?;
            disk.push(started.elapsed().as_secs_f64());
            std::fs::remove_file(&copy)?;
            let started = Instant::now();
            let id = self.curl_uploads(&file).await?;
            ours.push(started.elapsed().as_secs_f64());
            let started = Instant::now();
            succeeds(&mut self.curl_to_nowhere(&format!("http://{}/v1/files/{id}/content", self.run.address))).await?;
            down.push(started.elapsed().as_secs_f64());
            let started = Instant::now();
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            succeeds(&mut self.curl_to_nowhere(&format!("http://{}/{name}", nginx.address))).await?;
            plain.push(started.elapsed().as_secs_f64());
            std::fs::remove_file(&file)?;
        }
        let [ours, disk, down, plain] = [ours, disk, down, plain].map(median);
        println!("| {} MiB in one go | MiB/s | yardstick | ratio |\n| --- | ---: | ---: | ---: |", self.mib);
        let size = f64::from(u32::try_from(self.mib)?);
        for (what, ours, yardstick) in
            [("upload, of `dd conv=fsync` and `sha256sum`", ours, disk), ("download, of nginx", down, plain)]
        {
            println!("| {what} | {:.0} | {:.0} | {:.2} |", size / ours, size / yardstick, yardstick / ours);
        }
        Ok(())
    }

    /// A new file of random bytes: no two are kept as one.
    async fn file(&self, name: &str, mib: u64) -> Result<PathBuf, Failed> {
        let path = self.folder.join(name);
        let (to, count) = (format!("of={}", path.display()), format!("count={mib}"));
        succeeds(Command::new("dd").args(["if=/dev/urandom", &to, "bs=1M", &count, "status=none"])).await?;
        Ok(path)
    }

    /// Uploads a file in one go; its id.
    async fn curl_uploads(&self, file: &Path) -> Result<String, Failed> {
        let url = format!("http://{}/v1/files?filename=whole.bin", self.run.address);
        let answer = self.curl(&["-f", "-X", "POST", "-T", &file.to_string_lossy(), &url]).await?;
        let body: Value = serde_json::from_slice(&checked(answer)?.stdout)?;
        Ok(body["id"].as_str().ok_or("an upload has an id")?.to_owned())
    }

    async fn curl(&self, arguments: &[&str]) -> Result<Output, Failed> {
        let token = format!("Authorization: Bearer {}", self.person.token);
        Ok(Command::new("curl").args(["-s", "-H", &token]).args(arguments).output().await?)
    }

    fn curl_to_nowhere(&self, url: &str) -> Command {
        let token = format!("Authorization: Bearer {}", self.person.token);
        let mut command = Command::new("curl");
        command.args(["-s", "-f", "-H", &token, "-o", "/dev/null", url]);
        command
    }

    /// The digest of the newest file, as the log has it: the bytes that clients of tus have sent are not told otherwise.
    async fn newest_hash(&self) -> Result<String, Failed> {
        let pool = sqlx::PgPool::connect(&self.run.database).await?;
        let sql = "select payload->'blob'->>'sha256' from log.events where event_type = 'file_uploaded' \
                   order by position desc limit 1";
        Ok(sqlx::query_scalar(sql).fetch_one(&pool).await?)
    }

    /// nginx on a free port over the folder, as Debian ships it.
    async fn nginx(&self) -> Result<Nginx, Failed> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = self.folder.display();
        let settings = format!(
            "daemon off; pid {folder}/nginx.pid; error_log /dev/null;\nevents {{}}\nhttp {{\n  access_log off; sendfile on; \
             client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t; \
             uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;\n  server {{ listen 127.0.0.1:{port}; root {folder}; }}\n}}\n"
        );
        let file = self.folder.join("nginx.conf");
        // Its workers read what only its owner may.
        std::fs::write(&file, format!("user root;\n{settings}"))?;
        let mut command = Command::new(self.clients.join("nginx/usr/sbin/nginx"));
        command.arg("-e").arg("/dev/null").arg("-c").arg(&file).kill_on_drop(true);
        let process = command.spawn()?;
        let address = format!("127.0.0.1:{port}");
        while tokio::net::TcpStream::connect(&address).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Ok(Nginx { address, process })
    }
}

/// Runs until it is dropped.
struct Nginx {
    address: String,
    process: tokio::process::Child,
}

impl Drop for Nginx {
    /// Asked to stop, it ends its workers too.
    fn drop(&mut self) {
        if let Some(pid) = self.process.id() {
            _ = std::process::Command::new("kill").arg(pid.to_string()).status();
        }
    }
}

/// Where something lies beside this program's source.
pub(crate) fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

fn row(what: &str, cuts: usize, seconds: f64, grown: f64, same: bool) {
    let same = if same { "the same" } else { "ANOTHER" };
    println!("| {what} | {cuts} | {seconds:.1} | {grown:.1} | {same} |");
}

async fn sha256(path: &Path) -> Result<String, Failed> {
    let output = checked(Command::new("sha256sum").arg(path).output().await?)?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

pub(crate) async fn succeeds(command: &mut Command) -> Result<(), Failed> {
    checked(command.output().await?)?;
    Ok(())
}

fn checked(output: Output) -> Result<Output, Failed> {
    if output.status.success() {
        return Ok(output);
    }
    Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}
