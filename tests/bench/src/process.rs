//! What Linux tells of a process under `/proc`: its memory, the processor time of its threads, their priority. Nothing
//! elsewhere: the figures are then zero.

use std::fs;

/// This process.
pub(crate) const SELF: &str = "self";

/// Memory of a process in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// Everything of it that is in memory.
    pub(crate) rss: u64,
    /// What nobody else has mapped and what it wrote.
    pub(crate) private_dirty: u64,
}

pub(crate) fn memory(process: &str) -> Memory {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let kilobytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok()).unwrap_or(0)
    };
    Memory { rss: kilobytes("Rss:") * 1024, private_dirty: kilobytes("Private_Dirty:") * 1024 }
}

/// Processor time that the threads of a process have had, in nanoseconds; of those with this name, where one is given.
pub(crate) fn cpu(process: &str, named: Option<&str>) -> u64 {
    let of_thread = |thread: &str| -> Option<u64> {
        let text = fs::read_to_string(format!("{thread}/schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    threads(process, named).iter().filter_map(|thread| of_thread(thread)).sum()
}

/// The nice values of the threads with this name, each once.
pub(crate) fn nice(process: &str, named: &str) -> Vec<i32> {
    let of_thread = |thread: &String| -> Option<i32> {
        let text = fs::read_to_string(format!("{thread}/stat")).ok()?;
        // The name in brackets may hold anything; the nice value is the seventeenth field behind it (proc_pid_stat(5)).
        text.rsplit_once(')')?.1.split_whitespace().nth(16)?.parse().ok()
    };
    let mut values: Vec<i32> = threads(process, Some(named)).iter().filter_map(of_thread).collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn threads(process: &str, named: Option<&str>) -> Vec<String> {
    let Ok(folder) = fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    let paths = folder.flatten().map(|entry| entry.path().display().to_string());
    let fits = |thread: &String| match named {
        None => true,
        Some(name) => fs::read_to_string(format!("{thread}/comm")).is_ok_and(|comm| comm.trim_end() == name),
    };
    paths.filter(fits).collect()
}
