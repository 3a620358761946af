//! A test of the test binary that runs as a process of its own.

use super::kill::KillPoint;
use eyre::{OptionExt, Result, ensure};
use std::{
    env, fs,
    io::{self, BufRead, BufReader, Lines, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{ChildStdout, Command, Stdio},
};

/// A child works in its current directory only if the parent put this file there.
const PERMISSION: &str = "child-may-run";
/// The number of the signal by which it is killed.
const SIGKILL: i32 = 9;

/// A test of the test binary, which does nothing in an ordinary run, as a process of its own. It is
/// killed when this is dropped.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    lines: Lines<BufReader<ChildStdout>>,
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
        Ok(Self { process, lines: BufReader::new(stdout).lines() })
    }

    /// The next line that it says. `None` when it has ended.
    ///
    /// # Errors
    /// Those of the pipe.
    pub fn line(&mut self) -> Result<Option<String>> {
        Ok(self.lines.next().transpose()?)
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
        let rest = self.lines.by_ref().collect::<io::Result<_>>()?;
        let status = self.process.wait()?;
        ensure!(status.signal() == Some(SIGKILL), "the child ended by itself: {status}");
        Ok(rest)
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
