//! Signers from files.

use alloy_primitives::{Address, B256, address};
use rollup_primitives::{BlockSignature, ScrollHeader, block_signing_hash};
use rollup_runtime::SystemClock;
use rollup_signer::{
    BlockSigner, FileAccess, Password, SecretKey, SignerConfig, SignerKind, SignerOpenError,
    SigningPolicy, SigningService, open_signer,
};
use rstest::rstest;
use std::{
    error::Error,
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

/// First account of the development chain.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const ADDRESS: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
/// In decimal, as a debug output of bytes would show its beginning.
const KEY_DECIMAL: &str = "172, 9, 116";

fn write(directory: &TempDir, name: &str, contents: &str, mode: u32) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, contents).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

fn key_file(path: &Path) -> SignerConfig {
    SignerConfig::KeyFile { path: path.to_owned(), allow_readable_by_others: false }
}

/// The error with its sources, as it is reported.
fn sentence(err: &dyn Error) -> String {
    let sources = std::iter::successors(err.source(), |&err| err.source());
    sources.fold(err.to_string(), |text, err| format!("{text}: {err}"))
}

async fn open(config: &SignerConfig) -> Result<Arc<dyn BlockSigner>, SignerOpenError> {
    open_signer(config, SigningPolicy::default(), &SystemClock::new()).await
}

async fn refusal(config: &SignerConfig) -> SignerOpenError {
    match open(config).await {
        Ok(signer) => panic!("{config:?} gives {signer:?}"),
        Err(err) => err,
    }
}

/// The key of the file is the one that a block is signed with.
async fn signs_blocks(text: &str) {
    let directory = TempDir::new().unwrap();
    let path = write(&directory, "key", text, 0o600);
    let signer = open(&key_file(&path)).await.unwrap();
    assert_eq!((signer.address(), signer.kind()), (ADDRESS, SignerKind::File));
    let clock = Arc::new(SystemClock::new());
    let service = SigningService::new(signer, SigningPolicy::default(), clock);
    let header = ScrollHeader { number: 7, ..Default::default() };
    let signature = service.sign(block_signing_hash(&header)).await.unwrap();
    assert_eq!(BlockSignature::new(signature).recover_signer(&header).unwrap(), ADDRESS);
}

#[tokio::test]
async fn s6_a_key_file_with_0x_signs_blocks() {
    signs_blocks(&format!("0x{KEY}")).await;
}

#[tokio::test]
async fn s7_a_key_file_without_0x_signs_blocks() {
    signs_blocks(KEY).await;
}

#[tokio::test]
async fn s8_a_key_file_with_a_line_end_signs_blocks() {
    signs_blocks(&format!("{KEY}\n")).await;
    signs_blocks(&format!("0x{KEY}\n")).await;
}

#[rstest]
#[case::hex(
    "zz",
    "Failed to decode hex private key from file PATH: character 1 is not a hex digit"
)]
#[case::odd(
    "0xabc",
    "Failed to decode hex private key from file PATH: it has an odd number of digits, 3"
)]
#[case::short(
    "abcd",
    "Failed to create signer from key file PATH: it has 2 bytes, a private key has 32"
)]
#[case::empty(
    "",
    "Failed to create signer from key file PATH: it has 0 bytes, a private key has 32"
)]
#[case::zero(
    "0000000000000000000000000000000000000000000000000000000000000000",
    "Failed to create signer from key file PATH: its number is zero, or not below the order of secp256k1"
)]
#[case::order(
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    "Failed to create signer from key file PATH: its number is zero, or not below the order of secp256k1"
)]
#[tokio::test]
async fn a_file_that_holds_no_key_is_refused_with_its_sentence(
    #[case] text: &str,
    #[case] expected: &str,
) {
    let directory = TempDir::new().unwrap();
    let path = write(&directory, "key", text, 0o600);
    let err = refusal(&key_file(&path)).await;
    assert_eq!(sentence(&err), expected.replace("PATH", &path.display().to_string()));
}

#[tokio::test]
async fn a_file_that_is_not_read_is_refused_with_its_sentence() {
    let directory = TempDir::new().unwrap();
    let big = write(&directory, "big", &" ".repeat(4096), 0o600);
    for (path, expected) in [
        (directory.path().join("none"), "No such file or directory (os error 2)"),
        (directory.path().to_owned(), "it is not a regular file"),
        (big, "it has more than 1024 bytes"),
    ] {
        let err = refusal(&key_file(&path)).await;
        let expected = format!("Failed to read signer key file {}: {expected}", path.display());
        assert_eq!(sentence(&err), expected);
    }
}

#[rstest]
#[case::owner(0o600, None)]
#[case::owner_reads(0o400, None)]
#[case::group_reads(0o640, Some("0640"))]
#[case::others_read(0o604, Some("0604"))]
#[tokio::test]
async fn a_key_file_that_others_can_read_is_refused_unless_allowed(
    #[case] mode: u32,
    #[case] refused: Option<&str>,
) {
    let directory = TempDir::new().unwrap();
    let path = write(&directory, "key", KEY, mode);
    let link = directory.path().join("link");
    symlink(&path, &link).unwrap();
    for path in [path, link] {
        let shown = path.display();
        match refused {
            None => assert_eq!(open(&key_file(&path)).await.unwrap().address(), ADDRESS),
            Some(mode) => assert_eq!(
                sentence(&refusal(&key_file(&path)).await),
                format!(
                    "Failed to read signer key file {shown}: its mode {mode} lets others than its \
                     owner use it; run `chmod 600 {shown}`, or use it as it is with \
                     allow-readable-by-others"
                )
            ),
        }
        let config = SignerConfig::KeyFile { path, allow_readable_by_others: true };
        assert_eq!(open(&config).await.unwrap().address(), ADDRESS);
    }
}

/// A keystore of the development key, its password file, and the key itself.
fn keystore(directory: &TempDir) -> (PathBuf, PathBuf) {
    let key = SecretKey::read_key_file(&write(directory, "key", KEY, 0o600), FileAccess::OwnerOnly);
    let password_file = write(directory, "password", "correct horse\n", 0o600);
    let password = Password::read_file(&password_file, FileAccess::OwnerOnly).unwrap();
    let path = directory.path().join("keystore.json");
    key.unwrap().create_keystore(&path, &password).unwrap();
    (path, password_file)
}

fn keystore_config(path: &Path, password_file: &Path, allow: bool) -> SignerConfig {
    let (path, password_file) = (path.to_owned(), password_file.to_owned());
    SignerConfig::Keystore { path, password_file, allow_readable_by_others: allow }
}

#[tokio::test]
async fn a_keystore_is_opened_with_its_password_alone() {
    let directory = TempDir::new().unwrap();
    let (path, password_file) = keystore(&directory);
    let signer = open(&keystore_config(&path, &password_file, false)).await.unwrap();
    assert_eq!((signer.address(), signer.kind()), (ADDRESS, SignerKind::Keystore));
    let signature = signer.sign(B256::ZERO).await.unwrap();
    assert_eq!(signature.recover_address_from_prehash(&B256::ZERO).unwrap(), ADDRESS);

    let other = write(&directory, "other", "correct Horse\n", 0o600);
    let err = refusal(&keystore_config(&path, &other, false)).await;
    let expected = format!(
        "the password does not open keystore {}: it is another password, or the file was changed",
        path.display()
    );
    assert_eq!(sentence(&err), expected);

    let cut = fs::read_to_string(&path).unwrap().replace("aes-128-ctr", "aes");
    let damaged = write(&directory, "damaged", &cut, 0o644);
    let err = refusal(&keystore_config(&damaged, &password_file, false)).await;
    let expected =
        format!("keystore {} cannot be used: its cipher is not aes-128-ctr", damaged.display());
    assert_eq!(sentence(&err), expected);
}

#[tokio::test]
async fn the_password_file_is_the_owners_alone_unless_allowed() {
    let directory = TempDir::new().unwrap();
    let (path, password_file) = keystore(&directory);
    fs::set_permissions(&password_file, Permissions::from_mode(0o440)).unwrap();
    let err = refusal(&keystore_config(&path, &password_file, false)).await;
    let expected = format!(
        "failed to read password file {}: its mode 0440 lets others than its owner use it; run",
        password_file.display()
    );
    assert!(sentence(&err).starts_with(&expected), "{}", sentence(&err));
    let signer = open(&keystore_config(&path, &password_file, true)).await.unwrap();
    assert_eq!(signer.address(), ADDRESS);
}

#[tokio::test]
async fn a_random_key_is_another_one_each_time() {
    let first = open(&SignerConfig::Random).await.unwrap();
    let second = open(&SignerConfig::Random).await.unwrap();
    assert_eq!(first.kind(), SignerKind::Random);
    assert_ne!(first.address(), second.address());
}

#[tokio::test]
async fn no_output_shows_the_key_or_the_password() {
    let directory = TempDir::new().unwrap();
    let (path, password_file) = keystore(&directory);
    let password = Password::read_file(&password_file, FileAccess::OwnerOnly).unwrap();
    let key = SecretKey::read_keystore(&path, &password).unwrap();
    let signer = open(&keystore_config(&path, &password_file, false)).await.unwrap();
    let clock = Arc::new(SystemClock::new());
    let service = SigningService::new(Arc::clone(&signer), SigningPolicy::default(), clock);
    let mut printed =
        format!("{key:?} {key:#?} {password:?} {password:#?} {signer:?} {signer:#?} {service:#?}");

    // A key where none is expected, cut, lengthened, or with a slip of the pen.
    for text in [
        KEY[1..].to_owned(),
        KEY[2..].to_owned(),
        format!("{KEY}00"),
        format!("{KEY}\n{KEY}"),
        format!("\"{KEY}\""),
        format!("private key: {KEY}"),
    ] {
        let slip = write(&directory, "slip", &text, 0o600);
        let keystore = keystore_config(&slip, &password_file, false);
        for config in [key_file(&slip), keystore] {
            let err = refusal(&config).await;
            printed += &format!("{} {err:?} {err:#?}\n", sentence(&err));
        }
        let config = keystore_config(&path, &slip, false);
        let err = refusal(&config).await;
        printed += &format!("{} {err:?} {err:#?} {config:?}\n", sentence(&err));
    }
    let printed = printed.to_lowercase();
    for secret in [&KEY[4..24], &KEY[30..50], &KEY[44..60], KEY_DECIMAL, "correct"] {
        assert!(!printed.contains(secret), "{secret} is in {printed}");
    }
}

#[tokio::test]
async fn a_new_key_file_is_read_again_and_never_replaced() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("new");
    let key = SecretKey::random().unwrap();
    key.create_key_file(&path).unwrap();
    let signer = open(&key_file(&path)).await.unwrap();
    assert_eq!(signer.address(), key.address());

    let err = SecretKey::random().unwrap().create_key_file(&path).unwrap_err();
    let expected = format!(
        "{} is there already; a key is never overwritten, choose another name",
        path.display()
    );
    assert_eq!(sentence(&err), expected);
    assert_eq!(open(&key_file(&path)).await.unwrap().address(), key.address());

    let nowhere = directory.path().join("none/key");
    let err = key.create_key_file(&nowhere).unwrap_err();
    let expected = format!("cannot write {}: No such file or", nowhere.display());
    assert!(sentence(&err).starts_with(&expected), "{}", sentence(&err));
}
