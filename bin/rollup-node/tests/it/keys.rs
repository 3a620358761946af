//! `rollup-node keys`.

use crate::{
    Run, rollup_node,
    sample::{text, write},
};
use alloy_primitives::Address;
use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// First account of the development chain.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const ADDRESS: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n";

fn keys(arguments: &[&str]) -> Run {
    rollup_node().arg("keys").args(arguments).output().unwrap().into()
}

fn secret(directory: &TempDir, name: &str, contents: &str, mode: u32) -> PathBuf {
    let path = write(directory.path(), name, contents.as_bytes());
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn a_new_key_is_of_its_owner_alone_and_only_its_address_is_printed() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("key");
    let printed = keys(&["new", "--out", text(&path)]).success();
    assert!(printed.trim_end().parse::<Address>().is_ok(), "{printed}");
    assert_eq!(printed.lines().count(), 1);
    assert_eq!(mode(&path), 0o600);
    let written = fs::read_to_string(&path).unwrap();
    assert_eq!((written.len(), written.lines().count()), (65, 1));
    assert_eq!(keys(&["address", "--key-file", text(&path)]).success(), printed);
}

#[test]
fn a_new_keystore_is_opened_with_its_password() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("keystore.json");
    let password = secret(&directory, "password", "correct horse\n", 0o600);
    let password = ["--password-file", text(&password)];
    let arguments = ["new", "--out", text(&path), "--keystore", password[0], password[1]];
    let printed = keys(&arguments).success();
    assert_eq!(mode(&path), 0o600);
    assert!(fs::read_to_string(&path).unwrap().starts_with("{\"address\":\""));
    let arguments = ["address", "--keystore", text(&path), password[0], password[1]];
    assert_eq!(keys(&arguments).success(), printed);
}

#[test]
fn a_key_is_encrypted_and_found_again() {
    let directory = TempDir::new().unwrap();
    let key = secret(&directory, "key", KEY, 0o400);
    let password = secret(&directory, "password", "correct horse", 0o600);
    let path = directory.path().join("keystore.json");
    let [key_text, password_text, out] = [&key, &password, &path].map(|path| text(path));
    let encrypt =
        ["encrypt", "--key-file", key_text, "--out", out, "--password-file", password_text];
    assert_eq!(keys(&encrypt).success(), ADDRESS);
    assert_eq!(fs::read_to_string(&key).unwrap(), KEY);
    let address = ["address", "--keystore", out, "--password-file", password_text];
    assert_eq!(keys(&address).success(), ADDRESS);

    let other = secret(&directory, "other", "incorrect horse", 0o600);
    let error = keys(&["address", "--keystore", out, "--password-file", text(&other)]).error(2);
    let expected = "it is another password, or the file was changed";
    assert_eq!(error, format!("the password does not open keystore {out}: {expected}"));
    let error = keys(&["address", "--keystore", key_text, "--password-file", text(&other)]);
    let expected = "it is not a keystore in JSON (line 1, column 1)";
    assert_eq!(error.error(2), format!("keystore {key_text} cannot be used: {expected}"));
}

#[test]
fn no_file_is_ever_replaced() {
    let directory = TempDir::new().unwrap();
    let key = secret(&directory, "key", KEY, 0o600);
    let link = directory.path().join("link");
    symlink(directory.path().join("nowhere"), &link).unwrap();
    let [key_text, link_text] = [&key, &link].map(|path| text(path));
    for out in [key_text, link_text] {
        for arguments in [
            vec!["new", "--out", out],
            vec!["new", "--out", out, "--keystore", "--password-file", key_text],
            vec!["encrypt", "--key-file", key_text, "--out", out, "--password-file", key_text],
        ] {
            let error = keys(&arguments).error(2);
            let expected = "is there already; a key is never overwritten, choose another name";
            assert_eq!(error, format!("{out} {expected}"));
        }
    }
    assert_eq!(fs::read_to_string(&key).unwrap(), KEY);
    assert!(!directory.path().join("nowhere").exists());

    let nowhere = directory.path().join("none/key");
    let error = keys(&["new", "--out", text(&nowhere)]).error(2);
    assert!(error.starts_with(&format!("cannot write {}: No such", text(&nowhere))), "{error}");
}

#[test]
fn a_key_file_that_cannot_be_used_is_refused_with_its_sentence() {
    let directory = TempDir::new().unwrap();
    let file = |contents| secret(&directory, "key", contents, 0o600);
    for (contents, expected) in [
        ("xyz", "Failed to decode hex private key from file PATH: character 1 is not a hex digit"),
        (
            "0x00",
            "Failed to create signer from key file PATH: it has 1 bytes, a private key has 32",
        ),
        (
            &"f".repeat(64),
            "Failed to create signer from key file PATH: its number is zero, or not below the \
             order of secp256k1",
        ),
        (&"f".repeat(2000), "Failed to read signer key file PATH: it has more than 1024 bytes"),
    ] {
        let path = file(contents);
        let error = keys(&["address", "--key-file", text(&path)]).error(2);
        assert_eq!(error, expected.replace("PATH", text(&path)));
    }
    let none = directory.path().join("none");
    let error = keys(&["address", "--key-file", text(&none)]).error(2);
    let expected = format!("Failed to read signer key file {}: No such file", text(&none));
    assert!(error.starts_with(&expected), "{error}");
    let error = keys(&["address", "--key-file", text(directory.path())]).error(2);
    assert!(error.ends_with(": it is not a regular file"), "{error}");
}

#[test]
fn secrets_that_others_can_read_are_refused_unless_that_is_allowed() {
    let directory = TempDir::new().unwrap();
    let key = secret(&directory, "key", KEY, 0o640);
    let password = secret(&directory, "password", "correct horse", 0o604);
    let [key, password] = [&key, &password].map(|path| text(path));
    let out = directory.path().join("out");
    let encrypt = ["encrypt", "--key-file", key, "--out", text(&out), "--password-file", password];
    let refused = |mode: &str, path: &str| {
        format!(
            "its mode {mode} lets others than its owner use it; run `chmod 600 {path}`, or use it \
             as it is with allow-readable-by-others"
        )
    };
    let error = keys(&["address", "--key-file", key]).error(2);
    assert_eq!(error, format!("Failed to read signer key file {key}: {}", refused("0640", key)));
    let expected =
        format!("failed to read password file {password}: {}", refused("0604", password));
    assert_eq!(keys(&encrypt).error(2), expected);
    let new = ["new", "--keystore", "--out", text(&out), "--password-file", password];
    assert_eq!(keys(&new).error(2), expected);
    assert!(!out.exists());

    let allow = "--allow-readable-by-others";
    assert_eq!(keys(&["address", "--key-file", key, allow]).success(), ADDRESS);
    assert_eq!(keys(&[&encrypt[..], &[allow]].concat()).success(), ADDRESS);
}

#[test]
fn the_key_is_in_no_output() {
    let directory = TempDir::new().unwrap();
    let right = secret(&directory, "right", KEY, 0o600);
    let open = secret(&directory, "open", KEY, 0o644);
    let long = secret(&directory, "long", &format!("{KEY}0"), 0o600);
    let quoted = secret(&directory, "quoted", &format!("\"{KEY}\""), 0o600);
    let out = directory.path().join("out");
    for path in [&right, &open, &long, &quoted].map(|path| text(path)) {
        for arguments in [
            vec!["address", "--key-file", path],
            vec!["address", "--keystore", path, "--password-file", path],
            vec!["encrypt", "--key-file", path, "--out", text(&out), "--password-file", path],
        ] {
            let run = keys(&arguments);
            let printed = format!("{}{}", run.stdout, run.stderr);
            assert!(!printed.is_empty() && !printed.contains(&KEY[1..60]), "{printed}");
        }
    }
    assert!(!fs::read_to_string(&out).unwrap().contains(KEY));
}

#[test]
fn arguments_that_contradict_each_other_are_refused_before_a_file_is_touched() {
    let directory = TempDir::new().unwrap();
    let out = directory.path().join("out");
    let key = secret(&directory, "key", KEY, 0o600);
    let [out_text, key] = [&out, &key].map(|path| text(path));
    for arguments in [
        vec!["new"],
        // A plain key where an encrypted one was meant, and the other way round.
        vec!["new", "--out", out_text, "--password-file", key],
        vec!["new", "--out", out_text, "--keystore"],
        vec!["address"],
        vec!["address", "--keystore", key],
        vec!["address", "--key-file", key, "--keystore", key, "--password-file", key],
        vec!["address", "--password-file", key],
        vec!["encrypt", "--key-file", key, "--out", out_text],
    ] {
        let run = keys(&arguments);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}: {run:?}");
    }
    assert!(!out.exists());
}

#[test]
fn flags_have_the_twins_of_a_node_in_the_environment() {
    let directory = TempDir::new().unwrap();
    let key = secret(&directory, "key", KEY, 0o600);
    let password = secret(&directory, "password", "correct horse", 0o600);
    let keystore = directory.path().join("keystore.json");
    let run = |arguments: &[&str], variables: &[(&str, &Path)]| -> Run {
        let mut command = rollup_node();
        command.arg("keys").args(arguments).envs(variables.iter().copied());
        command.output().unwrap().into()
    };
    let key_file = ("ROLLUP_NODE_SIGNER_KEY_FILE", key.as_path());
    let password_file = ("ROLLUP_NODE_SIGNER_PASSWORD_FILE", password.as_path());
    let encrypted = run(&["encrypt", "--out", text(&keystore)], &[key_file, password_file]);
    assert_eq!(encrypted.success(), ADDRESS);
    assert_eq!(run(&["address"], &[key_file]).success(), ADDRESS);
    let keystore = ("ROLLUP_NODE_SIGNER_KEYSTORE", keystore.as_path());
    assert_eq!(run(&["address"], &[keystore, password_file]).success(), ADDRESS);
}
