//! `make devnet`: an L1 and a sequencer that follows it, by one command.

use crate::node::{FREE_PORTS, LIMIT, Log};
use rollup_l1_devnet::{CONTRACTS, packages::cast_directory};
use rollup_workspace::workspace_root;
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    env,
    ffi::OsString,
    net::TcpStream,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Variables of a make that runs the tests, which are for itself.
const MAKE: [&str; 4] = ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"];

/// How long a test waits for what may have to be installed and compiled.
const LONG_LIMIT: Duration = Duration::from_secs(600);

/// `make devnet` in a group of processes, as in a terminal. What is left of it is killed when this is
/// dropped.
struct Devnet {
    make: Child,
    log: Log,
}

impl Devnet {
    fn start() -> Self {
        let mut command = Command::new("make");
        let is_setting = |name: &OsString| {
            let name = name.to_string_lossy();
            name.starts_with("ROLLUP_NODE_") || name == "RUST_LOG" || MAKE.contains(&&*name)
        };
        for (name, _) in env::vars_os().filter(|(name, _)| is_setting(name)) {
            command.env_remove(name);
        }
        command.args(["devnet", "L1_PORT=0", "L2_PORT=0"]);
        command.arg(concat!("DEVNET_NODE=", env!("CARGO_BIN_EXE_rollup-node")));
        command.envs(FREE_PORTS).current_dir(workspace_root()).process_group(0);
        let mut make = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let log = Log::follow(make.stdout.take().unwrap());
        Self { make, log }
    }

    /// The rest of the first line that starts with a text.
    fn printed(&self, text: &str) -> String {
        let (_, line) = self.log.find(0, LONG_LIMIT, |line| line.starts_with(text)).unwrap();
        line.strip_prefix(text).unwrap().to_owned()
    }

    /// What Ctrl-C in a terminal does. It is over when nobody can write to its output any more.
    fn interrupt(&mut self) {
        let group = Pid::from_child(&self.make);
        kill_process_group(group, Signal::INT).unwrap();
        self.log.wait_for_end();
        self.make.wait().unwrap();
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        // Its programs are in groups of their own, and end with the script.
        if self.make.try_wait().is_ok_and(|ended| ended.is_none()) {
            kill_process_group(Pid::from_child(&self.make), Signal::TERM).ok();
            self.make.wait().ok();
        }
    }
}

/// Runs a line with `cast`, and gives what it prints.
fn run(line: &str) -> String {
    let mut path = OsString::from(cast_directory().unwrap());
    path.push(":");
    path.push(env::var_os("PATH").unwrap());
    let output = Command::new("sh").args(["-c", line]).env("PATH", path).output().unwrap();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {complained}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_sample_message_of_make_devnet_enters_a_block() {
    let mut devnet = Devnet::start();
    let l1 = devnet.printed("L1: ");
    let (l1, _) = l1.split_once(',').unwrap();
    let l2 = devnet.printed("L2: ");
    assert_eq!(devnet.printed("  scrollChain ").trim(), CONTRACTS.scroll_chain.to_string());
    let send = devnet.printed("  cast send ");
    let balance = devnet.printed("  cast balance ");
    assert!(send.contains(l1) && balance.contains(&l2), "{send}\n{balance}");

    let start = devnet.log.len();
    run(&format!("cast send {send}"));
    let (built, _) = devnet.log.wait(start, " l1_msgs=1 ");
    devnet.log.next_block(built);
    assert_eq!(run(&format!("cast balance {balance}")), "1000000000000000000");

    devnet.interrupt();
    for url in [l1, &l2] {
        let address = url.trim_start_matches("http://").parse().unwrap();
        assert!(TcpStream::connect_timeout(&address, LIMIT).is_err(), "{url} still answers");
    }
}
