//! Programs and libraries of others, installed in the user's directory for caches.

use eyre::{OptionExt as _, Result, WrapErr as _, ensure};
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
pub(crate) const FOUNDRY_VERSION: &str = "1.7.1";

/// A place of the cache, which is filled unless it is there. `fill` gets its directory; it must
/// not ask for a place of the same area.
///
/// # Errors
/// Those of `fill`, and if the cache cannot be written.
pub fn cached(area: &str, name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let caches = match env::var_os("XDG_CACHE_HOME") {
        Some(caches) => PathBuf::from(caches),
        None => env::home_dir().ok_or_eyre("there is no home directory")?.join(".cache"),
    };
    let caches = caches.join(CACHE).join(area);
    fs::create_dir_all(&caches)?;
    let place = caches.join(name);
    let complete = place.join(".complete");
    // One test process at a time. What was left unfinished is begun again, under the same name:
    // some of what is installed remembers where.
    let lock = File::create(caches.join("lock"))?;
    lock.lock()?;
    if !complete.exists() {
        fs::remove_dir_all(&place).ok();
        fs::create_dir(&place)?;
        fill(&place)?;
        File::create(complete)?;
    }
    Ok(place)
}

/// Runs an installer, which must succeed. `missing` says what to install if it does not.
///
/// # Errors
/// If it is not there, or fails.
pub fn install(command: &mut Command, missing: &str) -> Result<()> {
    let output = command.output().wrap_err_with(|| missing.to_owned())?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} does not install ({missing}): {said}");
    Ok(())
}

/// `npm` with arguments; what it installs goes to the directory.
///
/// # Errors
/// If it is not there, or fails.
pub fn npm(directory: &Path, arguments: &[&str]) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args(arguments).args(["--no-audit", "--no-fund", "--prefix"]).arg(directory);
    install(&mut npm, "npm is needed; Debian packages nodejs and npm")
}

/// The directory that has `cast`.
///
/// # Errors
/// If it cannot be installed.
pub fn cast_directory() -> Result<PathBuf> {
    foundry_directory("cast")
}

/// The program `anvil`.
///
/// # Errors
/// If it cannot be installed.
pub fn anvil_program() -> Result<PathBuf> {
    Ok(foundry_directory("anvil")?.join("anvil"))
}

/// The directory that has a program of Foundry.
fn foundry_directory(program: &str) -> Result<PathBuf> {
    let package = format!("{FOUNDRY}/{program}");
    let versioned = format!("{package}@{FOUNDRY_VERSION}");
    let name = format!("{program}-{FOUNDRY_VERSION}");
    let place = cached("npm", &name, |place| npm(place, &["install", &versioned]))?;
    // The program itself is in a package for the platform. The one under its name in `.bin` starts
    // it and forgets how it ended.
    for entry in fs::read_dir(place.join("node_modules").join(FOUNDRY))? {
        let directory = entry?.path().join("bin");
        let is_for_platform = !directory.starts_with(place.join("node_modules").join(&package));
        if is_for_platform && directory.join(program).exists() {
            return Ok(directory);
        }
    }
    eyre::bail!("{versioned} has no program for this platform")
}

/// A directory with files of the sources in it and nothing else, for a program that must not write
/// beside the sources.
///
/// # Errors
/// If files cannot be read or written.
pub fn copied(directory: &Path) -> Result<TempDir> {
    let copy = TempDir::new()?;
    copy_into(directory, copy.path())?;
    Ok(copy)
}

fn copy_into(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy_into(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
