//! A node in a process of its own.

use super::{
    log::{BlockLine, Log, field},
    rpc::Rpc,
};
use crate::Run;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    env,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Lets every server choose a port of its own. They are said in the environment, so that the command
/// lines of the tests are those that users are told.
pub(crate) const FREE_PORTS: [(&str, &str); 4] = [
    ("ROLLUP_NODE_HTTP_PORT", "0"),
    ("ROLLUP_NODE_WS_PORT", "0"),
    ("ROLLUP_NODE_ADMIN_ADDR", "127.0.0.1:0"),
    ("ROLLUP_NODE_HEALTH_ADDR", "127.0.0.1:0"),
];

/// `rollup-node` in a directory, without the settings of whoever runs the tests.
pub(crate) fn node_command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollup-node"));
    for (name, _) in env::vars_os() {
        let is_setting = name.to_str().is_some_and(|name| name.starts_with("ROLLUP_NODE_"));
        if is_setting || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir(directory).env("XDG_DATA_HOME", directory);
    command.envs(FREE_PORTS).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A node that runs, and is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    pub(crate) log: Log,
}

impl Node {
    /// Starts one in a directory.
    pub(crate) fn start(directory: &Path, arguments: &[&str]) -> Self {
        Self::spawn(&mut node_command(directory, arguments))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let log = Log::follow(child.stdout.take().unwrap());
        Self { child, log }
    }

    /// Where a server of this node is reached from this machine.
    pub(crate) fn address(&self, name: &str) -> String {
        let (_, line) = self.log.wait(0, &format!("RPC server started name=\"{name}\" "));
        field(&line, "addr").unwrap().replace("0.0.0.0", "127.0.0.1")
    }

    /// Where a server that is not for RPC is reached: `Metrics` or `Health`.
    pub(crate) fn other_address(&self, name: &str) -> String {
        let (_, line) = self.log.wait(0, &format!("{name} server started "));
        field(&line, "addr").unwrap().to_owned()
    }

    /// The socket on which everything is served.
    pub(crate) fn ipc_path(&self) -> PathBuf {
        let (_, line) = self.log.wait(0, "IPC server started ");
        field(&line, "path").unwrap().into()
    }

    pub(crate) fn http(&self) -> Rpc {
        Rpc::new(&self.address("http"))
    }

    pub(crate) fn admin(&self) -> Rpc {
        Rpc::new(&self.address("admin"))
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits until it has ended.
    pub(crate) fn wait(mut self) -> Run {
        self.log.wait_for_end();
        let code = self.child.wait().unwrap().code();
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        Run { code, stdout: self.log.lines().join("\n"), stderr }
    }

    /// Ends it as an operator does, and gives what it said of blocks.
    pub(crate) fn stop(self) -> Vec<BlockLine> {
        self.signal(Signal::TERM);
        let lines: Vec<_> = self.wait().success().lines().map(str::to_owned).collect();
        BlockLine::all(&lines)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
