//! What a process uses, as Linux tells it.

use eyre::{Result, eyre};
use std::{fs, time::Duration};

/// The unit of processor time in the file `stat`: the same on all machines that Linux runs on.
const TICK: Duration = Duration::from_millis(10);
/// Fields of `stat` behind the name of the program, before the processor times.
const FIELDS_BEFORE_TIMES: usize = 11;

/// What a process uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Processor time of all its threads since its start, user and system.
    pub(crate) cpu: Duration,
    /// Memory of its own that is resident, in bytes.
    pub(crate) anonymous_bytes: u64,
    /// Pages of files that are resident, in bytes.
    pub(crate) file_bytes: u64,
}

impl Usage {
    pub(crate) fn of(process: u32) -> Result<Self> {
        let read = |file: &str| fs::read_to_string(format!("/proc/{process}/{file}"));
        let status = read("status")?;
        Ok(Self {
            cpu: cpu(&read("stat")?)?,
            anonymous_bytes: kib(&status, "RssAnon:")? * 1024,
            file_bytes: kib(&status, "RssFile:")? * 1024,
        })
    }
}

fn cpu(stat: &str) -> Result<Duration> {
    let unknown = || eyre!("cannot be read: {stat}");
    let (_, behind_name) = stat.rsplit_once(')').ok_or_else(unknown)?;
    let mut times = behind_name.split_whitespace().skip(FIELDS_BEFORE_TIMES);
    let mut next = || -> Result<u32> { Ok(times.next().ok_or_else(unknown)?.parse()?) };
    Ok(TICK * (next()? + next()?))
}

fn kib(status: &str, name: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or_else(|| eyre!("no {name} in {status}"))?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_that_of_user_and_system() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 2044 0 3 0 150 25 9 9 20 0 1 0 77 8 9";
        assert_eq!(cpu(stat).unwrap(), Duration::from_millis(1_750));
    }

    #[test]
    fn own_memory_and_pages_of_files_are_told_apart() {
        let status = "Name:\tx\nRssAnon:\t    2048 kB\nRssFile:\t      12 kB\n";
        assert_eq!(kib(status, "RssAnon:").unwrap(), 2048);
        assert_eq!(kib(status, "RssFile:").unwrap(), 12);
        assert!(kib(status, "RssShmem:").is_err());
    }

    #[test]
    fn this_process_uses_something() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.anonymous_bytes > 0 && usage.file_bytes > 0);
    }
}
