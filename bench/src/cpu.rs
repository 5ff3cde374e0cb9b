//! CPU time of processes, from `/proc`.

use sqlx::PgPool;

/// Clock ticks a second, which Linux fixes for user space.
const TICKS: f64 = 100.0;

/// User and system CPU seconds that this process has used.
pub(crate) fn own() -> f64 {
    fields("self").map_or(0.0, |fields| seconds(&fields, 11, 2))
}

/// User and system CPU seconds that a process has used, all of its threads included.
pub(crate) fn of_process(id: u32) -> f64 {
    fields(&id.to_string()).map_or(0.0, |fields| seconds(&fields, 11, 2))
}

/// CPU seconds that the living threads of a process have used, less than a tick too.
pub(crate) fn of_threads(process: u32) -> f64 {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let nanos = threads.filter_map(|thread| {
        let used = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        used.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanos.sum::<f64>() / 1e9
}

/// The processes that run a program, found by its path.
pub(crate) fn processes_of_program(path: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let running = processes
        .filter(|entry| std::fs::read_link(entry.path().join("exe")).is_ok_and(|program| program.as_os_str() == path));
    running.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// User and system CPU seconds of the processes that run a program, found by its path.
pub(crate) fn of_program(path: &str) -> f64 {
    let processes = processes_of_program(path);
    processes.iter().filter_map(|process| Some(seconds(&fields(process)?, 11, 2))).sum()
}

/// Resident memory, in bytes, of the processes that run a program, found by its path.
pub(crate) fn memory_of_program(path: &str) -> u64 {
    let kib = processes_of_program(path).into_iter().filter_map(|process| {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok())
    });
    kib.sum::<u64>() * 1024
}

/// User and system CPU seconds of the processes of this name.
pub(crate) fn of_command(name: &str) -> f64 {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let running = processes.filter(|entry| {
        std::fs::read_to_string(entry.path().join("comm")).is_ok_and(|command| command.trim_end() == name)
    });
    let used = running.filter_map(|entry| Some(seconds(&fields(entry.file_name().to_str()?)?, 11, 2)));
    used.sum()
}

/// User and system CPU seconds of a PostgreSQL server: its postmaster, all backends, and those that have ended.
pub(crate) async fn postgres(pool: &PgPool) -> Result<f64, Box<dyn std::error::Error>> {
    let backend = sqlx::query_scalar::<_, i32>("select pg_backend_pid()").fetch_one(pool).await?;
    let postmaster = fields(&backend.to_string()).and_then(|fields| fields.get(1).cloned()).ok_or("no /proc")?;
    let ended_and_own = fields(&postmaster).map_or(0.0, |fields| seconds(&fields, 11, 4));
    let mut living = 0.0;
    for entry in std::fs::read_dir("/proc")?.flatten() {
        if let Some(fields) = entry.file_name().to_str().and_then(fields)
            && fields.get(1) == Some(&postmaster)
        {
            living += seconds(&fields, 11, 2);
        }
    }
    Ok(ended_and_own + living)
}

/// The fields of `/proc/PID/stat` after the name, which may hold anything: state, parent, ...
fn fields(pid: &str) -> Option<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

fn seconds(fields: &[String], first: usize, count: usize) -> f64 {
    fields.iter().skip(first).take(count).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}
