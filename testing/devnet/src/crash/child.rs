//! A test of the test binary that runs as a process of its own.

use super::kill::KillPoint;
use crate::limit::LIMIT;
use eyre::{OptionExt, Result, bail, ensure};
use std::{
    env, fs,
    io::{self, BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
};

/// A child works in its current directory only if the parent put this file there.
const PERMISSION: &str = "child-may-run";
/// The number of the signal by which it is killed.
const SIGKILL: i32 = 9;
/// Lines that wait to be read, at most; the child waits if there are more.
const MAX_WAITING_LINES: usize = 256;

/// A test of the test binary, which does nothing in an ordinary run, as a process of its own. It is
/// killed when this is dropped.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    lines: Receiver<io::Result<String>>,
}

impl Child {
    /// Starts the test with this path in `directory`. It kills itself at the point, if there is one.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(test: &str, directory: &Path, kill: Option<KillPoint>) -> Result<Self> {
        fs::write(directory.join(PERMISSION), [])?;
        KillPoint::write(kill, directory)?;
        let mut process = Command::new(env::current_exe()?)
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().ok_or_eyre("no standard output")?;
        let (sender, lines) = sync_channel(MAX_WAITING_LINES);
        // It ends with the child.
        thread::spawn(move || pass_on(BufReader::new(stdout), &sender));
        Ok(Self { process, lines })
    }

    /// The next line that it says. `None` when it has ended.
    ///
    /// # Errors
    /// If it says nothing within [`LIMIT`], and those of the pipe.
    pub fn line(&self) -> Result<Option<String>> {
        match self.lines.recv_timeout(LIMIT) {
            Ok(line) => Ok(Some(line?)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => bail!("waited in vain for a line of the child"),
        }
    }

    /// Kills it, unless it has killed itself.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn kill(&mut self) -> Result<()> {
        Ok(self.process.kill()?)
    }

    /// The lines that it said and that were not read, when it has been killed.
    ///
    /// # Errors
    /// If it has ended in another way.
    pub fn rest(mut self) -> Result<Vec<String>> {
        let rest = self.lines.iter().collect::<io::Result<_>>()?;
        let status = self.process.wait()?;
        ensure!(status.signal() == Some(SIGKILL), "the child ended by itself: {status}");
        Ok(rest)
    }
}

/// Passes lines on until there are no more, or nobody wants them.
fn pass_on(output: impl BufRead, lines: &SyncSender<io::Result<String>>) {
    for line in output.lines() {
        if lines.send(line).is_err() {
            return;
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Whether this process was started by [`Child::start`].
pub fn is_child() -> bool {
    Path::new(PERMISSION).exists()
}

/// Says a line to the parent.
///
/// # Errors
/// If it does not listen any more.
pub fn say(line: &str) -> io::Result<()> {
    // One write, so that a kill leaves a whole line.
    io::stdout().write_all(format!("{line}\n").as_bytes())
}
