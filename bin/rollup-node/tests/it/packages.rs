//! Programs and libraries of others, installed in the user's directory for caches.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// Where they are kept between runs of the tests.
const CACHE: &str = "rollup-node";

/// Whose packages of npm have the programs of Foundry, and their version.
const FOUNDRY: &str = "@foundry-rs";
const FOUNDRY_VERSION: &str = "1.7.1";

/// A place of the cache, which is filled unless it is there. `fill` gets its directory.
pub(crate) fn cached(area: &str, name: &str, fill: impl FnOnce(&Path)) -> PathBuf {
    let home = env::home_dir().unwrap();
    let caches = env::var_os("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from);
    let caches = caches.join(CACHE).join(area);
    fs::create_dir_all(&caches).unwrap();
    let place = caches.join(name);
    let complete = place.join(".complete");
    // One test process at a time. What was left unfinished is begun again, under the same name:
    // some of what is installed remembers where.
    let lock = File::create(caches.join("lock")).unwrap();
    lock.lock().unwrap();
    if !complete.exists() {
        fs::remove_dir_all(&place).ok();
        fs::create_dir(&place).unwrap();
        fill(&place);
        File::create(complete).unwrap();
    }
    place
}

/// Runs an installer, which must succeed.
pub(crate) fn install(command: &mut Command, missing: &str) {
    let output = command.output().unwrap_or_else(|err| panic!("{missing}: {err}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} does not install ({missing}): {said}");
}

/// `npm` with arguments; what it installs goes to the directory.
pub(crate) fn npm(directory: &Path, arguments: &[&str]) {
    let mut npm = Command::new("npm");
    npm.args(arguments).args(["--no-audit", "--no-fund", "--prefix"]).arg(directory);
    install(&mut npm, "npm is needed; Debian packages nodejs and npm");
}

/// The directory that has `cast`.
pub(crate) fn cast_directory() -> PathBuf {
    foundry_directory("cast")
}

/// The program `anvil`.
pub(crate) fn anvil_program() -> PathBuf {
    foundry_directory("anvil").join("anvil")
}

/// The directory that has a program of Foundry.
fn foundry_directory(program: &str) -> PathBuf {
    let package = format!("{FOUNDRY}/{program}");
    let versioned = format!("{package}@{FOUNDRY_VERSION}");
    let name = format!("{program}-{FOUNDRY_VERSION}");
    let place = cached("npm", &name, |place| npm(place, &["install", &versioned]));
    // The program itself is in a package for the platform. The one under its name in `.bin` starts
    // it and forgets how it ended.
    let entries = fs::read_dir(place.join("node_modules").join(FOUNDRY)).unwrap();
    let mut directories = entries.map(|entry| entry.unwrap().path().join("bin"));
    let is_there = |directory: &PathBuf| {
        let is_for_platform = !directory.starts_with(place.join("node_modules").join(&package));
        is_for_platform && directory.join(program).exists()
    };
    directories.find(is_there).unwrap()
}

/// A directory with files of the sources in it and nothing else, for a program that must not write
/// beside the sources.
pub(crate) fn copied(directory: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    copy_into(directory, copy.path());
    copy
}

fn copy_into(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy_into(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
