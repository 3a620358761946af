//! Child processes, which are killed.
#![expect(clippy::panic, reason = "a test fails by panicking")]

use std::{
    env, fs,
    io::{self, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

/// A child works in its current directory only if the parent put this file there.
const PERMISSION: &str = "child-may-run";

/// Starts a test of this binary, which does nothing in an ordinary run, as a process of its own, in `dir`.
pub(crate) fn child(launcher: &[&str], test: &str, dir: &Path) -> Command {
    fs::write(dir.join(PERMISSION), []).unwrap();
    let executable = env::current_exe().unwrap();
    let mut command = match launcher {
        [] => Command::new(executable),
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(executable);
            command
        }
    };
    let arguments = ["--exact", test, "--nocapture", "--test-threads=1"];
    command.args(arguments).current_dir(dir).stdin(Stdio::null());
    command
}

/// Whether this process was started by [`child`].
pub(crate) fn is_child() -> bool {
    Path::new(PERMISSION).exists()
}

/// A generator of numbers that needs no state beside its seed.
pub(crate) const fn mix(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The next line that a child says.
pub(crate) fn next_line(
    child: &mut Child,
    lines: &mut io::Lines<BufReader<ChildStdout>>,
) -> String {
    match lines.next() {
        Some(line) => line.unwrap(),
        None => panic!("the child ended by itself: {:?}", child.wait()),
    }
}
