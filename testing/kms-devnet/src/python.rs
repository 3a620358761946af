//! A Python that has moto, installed in the user's directory for caches.

use alloy_primitives::{hex, keccak256};
use eyre::{OptionExt as _, Result, WrapErr as _, ensure};
use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// The directory with the script and the list of packages.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

/// The interpreter. Installs what is missing: once, in a directory named after what is installed.
pub(crate) fn interpreter() -> Result<PathBuf> {
    let requirements = sources().join("requirements.txt");
    let digest = keccak256(fs::read(&requirements)?);
    let place = caches()?.join(format!("python-{}", hex::encode(&digest[..8])));
    // One process at a time. What was left unfinished is begun again, under the same name: some of
    // what is installed remembers where.
    let lock = File::create(caches()?.join("lock"))?;
    lock.lock()?;
    let complete = place.join(".complete");
    if !complete.exists() {
        fs::remove_dir_all(&place).ok();
        install(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
        let mut pip = Command::new(place.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
        install(pip.arg(&requirements))?;
        File::create(complete)?;
    }
    Ok(place.join("bin/python"))
}

fn caches() -> Result<PathBuf> {
    let caches = match env::var_os("XDG_CACHE_HOME") {
        Some(caches) => PathBuf::from(caches),
        None => env::home_dir().ok_or_eyre("there is no home directory")?.join(".cache"),
    };
    let caches = caches.join("rollup-node").join("kms");
    fs::create_dir_all(&caches)?;
    Ok(caches)
}

fn install(command: &mut Command) -> Result<()> {
    let missing = "python3 is needed; Debian packages python3 and python3-venv";
    let output = command.output().wrap_err(missing)?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} does not install ({missing}): {said}");
    Ok(())
}
