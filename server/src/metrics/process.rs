//! What the process itself costs, as Linux tells it; nothing elsewhere.

use std::fs;

/// Clock ticks a second in `/proc/self/stat`: the kernel's `USER_HZ`, 100 on every architecture that Rust runs on.
const TICKS: f64 = 100.0;

/// `kB` of `/proc/self/status`, in bytes.
const KIB: f64 = 1024.0;

/// Sets processor time, memory and open files.
pub(super) fn observe() {
    if let Some(seconds) = fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(cpu_seconds) {
        metrics::gauge!("process_cpu_seconds_total").set(seconds);
    }
    if let Some(bytes) = fs::read_to_string("/proc/self/status").ok().as_deref().and_then(resident_bytes) {
        metrics::gauge!("process_resident_memory_bytes").set(bytes);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        metrics::gauge!("process_open_fds").set(u32::try_from(files.count()).unwrap_or(u32::MAX));
    }
}

/// Fields 14 and 15, counted after the command's name, which may hold spaces.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

fn resident_bytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? * KIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_understood() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 900 0 0 0 150 25 0 0 20 0 9 0 100 1000 200 18446744073709551615";
        assert_eq!(cpu_seconds(stat), Some(1.75));
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t   2048 kB\n"), Some(2048.0 * 1024.0));
        assert_eq!((cpu_seconds(""), resident_bytes("")), (None, None));
    }
}
