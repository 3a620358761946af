//! What other processes see. The other process is this program, running one test that does
//! nothing unless it is told what.

use crate::support::{
    Numbers, TEST_TABLES, new_database, open, put_numbers, small_config, try_open,
};
use rollup_db::{Database, DbError};
use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

const ROLE: &str = "ROLLUP_DB_TEST_ROLE";
const DIRECTORY: &str = "ROLLUP_DB_TEST_DIRECTORY";
const READY: &str = "child is ready";

/// The other process, and what it has said that nobody has read yet.
struct Other {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Other {
    fn start(program: &mut Command, role: &str, directory: &Path) -> Self {
        let mut child = program
            .args(["--exact", "other_process::child", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .env(DIRECTORY, directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    fn spawn(role: &str, directory: &Path) -> Self {
        Self::start(&mut Command::new(env::current_exe().unwrap()), role, directory)
    }

    /// Waits for a line with this text, and gives what follows it.
    fn await_line(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                panic!("child ended without {text:?}: {:?}", self.child.wait());
            }
            if let Some((_, rest)) = line.trim_end().split_once(text) {
                return rest.to_owned();
            }
        }
    }

    fn go_on(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// SIGKILL: nothing is cleaned up.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn assert_success(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

fn wait_for_parent() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// Not a test of its own: the body of the other process.
#[test]
fn child() {
    let (Some(role), Some(directory)) = (env::var_os(ROLE), env::var_os(DIRECTORY)) else { return };
    let directory = Path::new(&directory);
    match role.to_str().unwrap() {
        "hold" => {
            let database = open(directory);
            put_numbers(&database, [(1, 10)]);
            let tx = database.begin_write().unwrap();
            tx.put::<Numbers>(&2, &20).unwrap();
            say(READY);
            wait_for_parent();
        }
        "open" => {
            let error = try_open(directory).unwrap_err();
            assert!(matches!(error, DbError::InUse { .. }), "{error:?}");
            say(&format!("refused: {error}"));
        }
        "read" => {
            let database =
                Database::open_read_only(directory, small_config(), TEST_TABLES).unwrap();
            let tx = database.begin_read().unwrap();
            say(&format!("read: {:?}", tx.get::<Numbers>(&1).unwrap()));
            wait_for_parent();
            say(&format!("again: {:?}", tx.get::<Numbers>(&1).unwrap()));
            let tx = database.begin_read().unwrap();
            say(&format!("anew: {:?}", tx.get::<Numbers>(&1).unwrap()));
        }
        "fill" => fill(directory),
        "write-nothing" => {
            let error = try_open(directory).unwrap_err();
            assert!(matches!(error, DbError::ReadOnlyFileSystem { .. }), "{error:?}");
            say(&format!("refused: {error}"));
            let error = try_open(&directory.join("new")).unwrap_err();
            assert!(matches!(error, DbError::ReadOnlyFileSystem { .. }), "{error:?}");
            let database =
                Database::open_read_only(directory, small_config(), TEST_TABLES).unwrap();
            let tx = database.begin_read().unwrap();
            assert_eq!(tx.get::<Numbers>(&1).unwrap(), Some(10));
            say("read it");
        }
        role => panic!("unknown role {role}"),
    }
}

/// Writes until the device is full, then checks that every commit before is there, and that the
/// database goes on when there is room again.
fn fill(directory: &Path) {
    let ballast = directory.join("ballast");
    fs::write(&ballast, vec![1; 2 << 20]).unwrap();
    let database = open(directory);
    let mut committed = 0;
    let error = loop {
        match put_batch(&database, committed) {
            Ok(()) => committed += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, DbError::NoSpace { .. }), "{error:?}");
    assert!(matches!(put_batch(&database, committed), Err(DbError::NoSpace { .. })));
    let count =
        |database: &Database| database.begin_read().unwrap().entry_count::<Numbers>().unwrap();
    assert_eq!(count(&database), committed * BATCH);
    drop(database);
    for result in [
        try_open(directory),
        try_open(&directory.join("another")),
        Database::open_read_only(directory, small_config(), TEST_TABLES),
    ] {
        let error = result.unwrap_err();
        assert!(matches!(error, DbError::NoSpace { .. }), "{error:?}");
    }
    fs::remove_file(ballast).unwrap();
    let database = open(directory);
    assert_eq!(count(&database), committed * BATCH);
    put_batch(&database, committed).unwrap();
    assert_eq!(count(&database), (committed + 1) * BATCH);
    say(&format!("full after {committed}: {error}"));
}

const BATCH: u64 = 10_000;

fn put_batch(database: &Database, batch: u64) -> Result<(), DbError> {
    let tx = database.begin_write()?;
    for key in 0..BATCH {
        tx.put::<Numbers>(&(batch * BATCH + key), &key)?;
    }
    tx.commit()
}

#[test]
fn a_second_process_is_told_who_holds_the_directory() {
    let (directory, database) = new_database();
    let mut child = Other::spawn("open", directory.path());
    let message = child.await_line("refused: ");
    assert!(message.contains(&format!("in use by process {}", std::process::id())), "{message}");
    assert!(message.contains(directory.path().to_str().unwrap()), "{message}");
    child.assert_success();
    drop(database);
}

#[test]
fn the_directory_is_free_after_its_holder_was_killed() {
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let mut child = Other::spawn("hold", directory.path());
        child.await_line(READY);
        let error = try_open(directory.path()).unwrap_err();
        assert!(
            matches!(&error, DbError::InUse { pid, .. } if *pid == Some(child.child.id())),
            "{error:?}"
        );
        child.kill();
        let database = open(directory.path());
        let tx = database.begin_read().unwrap();
        assert_eq!(tx.get::<Numbers>(&1).unwrap(), Some(10));
        assert_eq!(tx.get::<Numbers>(&2).unwrap(), None);
    }
}

#[test]
fn another_process_reads_snapshots_beside_a_writer() {
    let (directory, database) = new_database();
    put_numbers(&database, [(1, 10)]);
    let mut child = Other::spawn("read", directory.path());
    assert_eq!(child.await_line("read: "), "Some(10)");
    for value in 0..100 {
        put_numbers(&database, (0..1_000).map(|key| (key, value)));
    }
    child.go_on();
    assert_eq!(child.await_line("again: "), "Some(10)");
    assert_eq!(child.await_line("anew: "), "Some(99)");
    child.assert_success();
}

/// Runs a child in a mount namespace of its own, after a shell command that mounts something at
/// the directory. `None` where that is not allowed.
fn spawn_mounted(mount: &str, role: &str, directory: &Path) -> Option<Other> {
    let allowed = Command::new("unshare")
        .args(["-rm", "sh", "-c", &format!("{mount} && true")])
        .env(DIRECTORY, directory)
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !allowed {
        println!("not run: this machine does not let a test mount a file system");
        return None;
    }
    let script = format!("{mount} && exec \"$0\" \"$@\"");
    let mut program = Command::new("unshare");
    program.args(["-rm", "sh", "-c", &script]).arg(env::current_exe().unwrap());
    Some(Other::start(&mut program, role, directory))
}

#[test]
fn a_full_device_is_an_error_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=8m none \"${DIRECTORY}\"");
    let Some(mut child) = spawn_mounted(&mount, "fill", directory.path()) else { return };
    let message = child.await_line("full after ");
    assert!(message.contains("no space left"), "{message}");
    child.assert_success();
}

#[test]
fn a_read_only_file_system_is_named_and_can_be_read() {
    let (directory, database) = new_database();
    put_numbers(&database, [(1, 10)]);
    drop(database);
    let mount = format!(
        "mount --bind \"${DIRECTORY}\" \"${DIRECTORY}\" && mount -o remount,bind,ro \"${DIRECTORY}\""
    );
    let Some(mut child) = spawn_mounted(&mount, "write-nothing", directory.path()) else { return };
    let message = child.await_line("refused: ");
    assert!(message.contains("read-only"), "{message}");
    child.await_line("read it");
    child.assert_success();
}
