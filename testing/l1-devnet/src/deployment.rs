//! The contracts, deployed once and kept as a state of anvil.

use crate::{
    anvil::Anvil,
    packages::{FOUNDRY_VERSION, anvil_program, cached, copied, install, npm},
};
use alloy_primitives::{Keccak256, hex};
use eyre::{Result, ensure};
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// Area of the cache.
const AREA: &str = "l1-devnet";
/// What the state is made from.
const MADE_FROM: [&str; 6] = [
    "AcceptingVerifier.sol",
    "accounts.mjs",
    "compile.mjs",
    "deploy.mjs",
    "package-lock.json",
    "plan.mjs",
];
/// The state, in its directory.
const STATE: &str = "state.json";

/// The scripts, in the sources.
pub fn deployment_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../etc/l1-devnet")
}

/// A digest of files of the scripts, short enough for a name.
fn digest(files: &[PathBuf]) -> Result<String> {
    let mut hasher = Keccak256::new();
    for file in files {
        let content = fs::read(file)?;
        hasher.update(content.len().to_be_bytes());
        hasher.update(content);
    }
    let digest = hasher.finalize();
    Ok(hex::encode(&digest[..8]))
}

/// The libraries of the scripts, as the lock file names them.
fn node_modules() -> Result<PathBuf> {
    let directory = deployment_directory();
    let files = ["package.json", "package-lock.json"];
    let name = digest(&[directory.join("package-lock.json")])?;
    let place = cached(AREA, &format!("js-{name}"), |place| {
        for file in files {
            fs::copy(directory.join(file), place.join(file))?;
        }
        npm(place, &["ci"])
    })?;
    Ok(place.join("node_modules"))
}

/// The scripts where they find their libraries.
fn scripts() -> Result<TempDir> {
    let copy = copied(&deployment_directory())?;
    let modules = copy.path().join("node_modules");
    // Somebody may have installed them beside the sources.
    fs::remove_dir_all(&modules).ok();
    symlink(node_modules()?, modules)?;
    Ok(copy)
}

/// Runs one of the scripts with arguments, and gives what it prints.
///
/// # Errors
/// If its libraries cannot be installed, or it fails.
pub fn run_script(script: &str, arguments: &[&str]) -> Result<String> {
    run_in(&scripts()?, script, arguments)
}

fn run_in(scripts: &TempDir, script: &str, arguments: &[&str]) -> Result<String> {
    let mut node = Command::new("node");
    let output = node.arg(script).args(arguments).current_dir(scripts.path()).output()?;
    let complained = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{script} {arguments:?} fails: {complained}");
    Ok(String::from_utf8(output.stdout)?)
}

/// The file of an anvil state with the contracts, as `deploy.mjs` makes it on an empty chain.
pub(crate) fn deployed_state() -> Result<PathBuf> {
    // First, since they lock the cache too.
    install(Command::new("node").arg("--version"), "node is needed; Debian package nodejs")?;
    anvil_program()?;
    let scripts = scripts()?;
    let directory = deployment_directory();
    let files = MADE_FROM.map(|file| directory.join(file));
    let name = format!("state-{FOUNDRY_VERSION}-{}", digest(&files)?);
    let place = cached(AREA, &name, |place| {
        let state = place.join(STATE);
        let arguments = ["--no-mining", "--order", "fifo", "--dump-state"].map(PathBuf::from);
        let anvil = Anvil::start(arguments.iter().chain([&state]))?;
        run_in(&scripts, "deploy.mjs", &["--rpc", &anvil.url(), "--mine"])?;
        anvil.stop()
    })?;
    Ok(place.join(STATE))
}
