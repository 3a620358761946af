//! The program anvil.

use crate::packages::anvil_program;
use eyre::{OptionExt as _, Result};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    thread,
};
use tempfile::TempDir;

/// Anvil in a process of its own, which is killed when this is dropped.
#[derive(Debug)]
pub struct Anvil {
    child: Child,
    address: String,
    /// It keeps old states in files below its home.
    _home: TempDir,
}

impl Anvil {
    /// Starts it with arguments, and waits until it answers. It listens on a free port of this
    /// machine, unless `--port` is among them.
    ///
    /// # Errors
    /// If it cannot be installed, or ends before it listens.
    pub fn start<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Result<Self> {
        let home = TempDir::new()?;
        let mut command = Command::new(anvil_program()?);
        let arguments: Vec<_> =
            arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        if !arguments.iter().any(|argument| argument == "--port") {
            command.args(["--port", "0"]);
        }
        command.args(&arguments).env("HOME", home.path());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or_eyre("anvil has no output")?;
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let address =
            lines.by_ref().find_map(|line| line.strip_prefix("Listening on ").map(str::to_owned));
        // It must not wait for somebody to read what it says.
        thread::spawn(move || lines.for_each(drop));
        let Some(address) = address else {
            child.kill().ok();
            let status = child.wait()?;
            eyre::bail!("anvil {arguments:?} does not listen: {status}");
        };
        Ok(Self { child, address, _home: home })
    }

    /// Address and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// URL of its JSON-RPC.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends it as a user does, so that it writes what it was told to write at its end.
    ///
    /// # Errors
    /// If it cannot be told, or ends with an error.
    pub fn stop(mut self) -> Result<()> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::INT)?;
        let status = self.child.wait()?;
        eyre::ensure!(status.success(), "anvil ends with {status}");
        Ok(())
    }

    /// Stops it for a while: it keeps its port and answers nobody.
    ///
    /// # Errors
    /// If it has ended.
    pub fn pause(&self) -> Result<()> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::STOP)?;
        // All of its threads have stopped then.
        waitpid(Some(pid), WaitOptions::UNTRACED)?;
        Ok(())
    }

    /// Lets it go on after [`Self::pause`].
    ///
    /// # Errors
    /// If it has ended.
    pub fn resume(&self) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), Signal::CONT)?)
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
