use super::*;
use alloy_primitives::{Address, hex};
use rstest::rstest;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};
use tempfile::NamedTempFile;

const KEY: [u8; KEY_BYTES] = [0x2a; KEY_BYTES];

/// A keystore of another program.
#[derive(Debug, Deserialize)]
struct Vector {
    origin: String,
    password: String,
    key: Option<String>,
    address: Option<Address>,
    keystore: Value,
}

fn vectors() -> Vec<Vector> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/keystores.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn password(text: &str) -> Password {
    let file = NamedTempFile::new().unwrap();
    fs::write(&file, text).unwrap();
    Password::read_file(file.path(), FileAccess::OwnerOnly).unwrap()
}

fn opened(keystore: &Value, text: &str) -> Result<Option<SecretKey>, KeystoreFault> {
    let keystore = format::parse(keystore.to_string().as_bytes())?;
    decrypt(&keystore, &password(text))
}

/// A keystore that is opened in no time.
fn light() -> Value {
    let kdf = Kdf::scrypt(2, 8, 1).unwrap();
    let key = SecretKey::from_bytes(&KEY).unwrap();
    let keystore = encrypt(&key, &password("right"), kdf).unwrap();
    serde_json::from_str(&format::render(&keystore)).unwrap()
}

#[test]
fn keystores_of_other_programs_are_opened() {
    let vectors = vectors();
    let defined = vectors.iter().filter(|vector| vector.key.is_some() || vector.address.is_some());
    let mut opened_count = 0;
    for vector in defined {
        let key = opened(&vector.keystore, &vector.password).unwrap().unwrap();
        if let Some(expected) = &vector.key {
            assert_eq!(hex::encode(*key.to_bytes()), *expected, "{}", vector.origin);
        }
        if let Some(expected) = vector.address {
            assert_eq!(key.address(), expected, "{}", vector.origin);
        }
        opened_count += 1;
    }
    assert_eq!(opened_count, 4);
}

#[test]
fn scrypt_that_the_rfc_does_not_define_is_refused() {
    let vectors = vectors();
    let vector = vectors.iter().find(|vector| vector.origin.contains("does not define")).unwrap();
    let fault = opened(&vector.keystore, &vector.password).unwrap_err();
    assert_eq!(fault, KeystoreFault::ScryptUndefined);
}

#[rstest]
#[case::scrypt(Kdf::scrypt(1 << 10, 8, 2).unwrap())]
#[case::pbkdf2(Kdf::pbkdf2(10).unwrap())]
fn what_is_written_is_opened_with_its_password_alone(#[case] kdf: Kdf) {
    let key = SecretKey::from_bytes(&KEY).unwrap();
    let keystore = encrypt(&key, &password("right"), kdf).unwrap();
    let keystore = format::parse(format::render(&keystore).as_bytes()).unwrap();
    let found = decrypt(&keystore, &password("right")).unwrap().unwrap();
    assert_eq!(*found.to_bytes(), KEY);
    assert!(decrypt(&keystore, &password("Right")).unwrap().is_none());
}

#[test]
fn a_written_keystore_has_the_fields_of_geth() {
    let written = encrypt(&SecretKey::random().unwrap(), &password("x"), Kdf::standard()).unwrap();
    let written: Value = serde_json::from_str(&format::render(&written)).unwrap();
    let params = &written["crypto"]["kdfparams"];
    let numbers = ["dklen", "n", "r", "p"].map(|name| params[name].as_u64().unwrap());
    assert_eq!(numbers, [32, 262_144, 8, 1]);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let vectors = vectors();
    let geth = vectors.iter().find(|vector| vector.origin.ends_with("/aaa")).unwrap();
    for pointer in ["", "/crypto", "/crypto/cipherparams", "/crypto/kdfparams"] {
        let fields = [&written, &geth.keystore].map(|value| names(value.pointer(pointer).unwrap()));
        assert_eq!(fields[0], fields[1], "{pointer}");
    }
    let id = written["id"].as_str().unwrap();
    let lengths: Vec<_> = id.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert_eq!(&id[14..15], "4", "{id}");
    assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
}

#[test]
fn two_keystores_of_a_key_share_nothing() {
    let [first, second] = [light(), light()];
    for pointer in
        ["/id", "/crypto/ciphertext", "/crypto/cipherparams/iv", "/crypto/kdfparams/salt"]
    {
        assert_ne!(first.pointer(pointer), second.pointer(pointer), "{pointer}");
    }
}

#[rstest]
#[case::ciphertext("/crypto/ciphertext")]
#[case::check_sum("/crypto/mac")]
#[case::salt("/crypto/kdfparams/salt")]
fn a_change_under_the_check_sum_is_found(#[case] pointer: &str) {
    let mut keystore = light();
    assert!(opened(&keystore, "right").unwrap().is_some());
    let field = keystore.pointer_mut(pointer).unwrap();
    let mut bytes = hex::decode(field.as_str().unwrap()).unwrap();
    bytes[7] ^= 1;
    *field = hex::encode(bytes).into();
    assert!(opened(&keystore, "right").unwrap().is_none());
}

#[rstest]
#[case::version("/version", json!(1), KeystoreFault::Unsupported { field: "version", supported: "3" })]
#[case::cipher("/crypto/cipher", json!("aes-256-gcm"), KeystoreFault::Unsupported { field: "cipher", supported: "aes-128-ctr" })]
#[case::kdf("/crypto/kdf", json!("argon2id"), KeystoreFault::Unsupported { field: "kdf", supported: "scrypt or pbkdf2" })]
#[case::short_derived_key("/crypto/kdfparams/dklen", json!(16), KeystoreFault::Unsupported { field: "kdfparams.dklen", supported: "32" })]
#[case::parameters_of_the_other_function("/crypto/kdf", json!("pbkdf2"), KeystoreFault::Unsupported { field: "kdfparams.prf", supported: "hmac-sha256" })]
#[case::no_n("/crypto/kdfparams/n", json!(null), KeystoreFault::Malformed { field: "kdfparams.n" })]
#[case::memory("/crypto/kdfparams/n", json!(1u64 << 40), KeystoreFault::TooCostly { kdf: "scrypt" })]
#[case::time("/crypto/kdfparams/p", json!(u64::MAX), KeystoreFault::TooCostly { kdf: "scrypt" })]
#[case::salt("/crypto/kdfparams/salt", json!("xy"), KeystoreFault::Malformed { field: "kdfparams.salt" })]
#[case::short_iv("/crypto/cipherparams/iv", json!("00"), KeystoreFault::Malformed { field: "cipherparams.iv" })]
#[case::short_check_sum("/crypto/mac", json!("00"), KeystoreFault::Malformed { field: "mac" })]
#[case::no_ciphertext("/crypto/ciphertext", json!(""), KeystoreFault::Malformed { field: "ciphertext" })]
#[case::long_ciphertext("/crypto/ciphertext", json!("00".repeat(33)), KeystoreFault::Malformed { field: "ciphertext" })]
#[case::address("/address", json!("0x12"), KeystoreFault::Malformed { field: "address" })]
fn a_keystore_of_no_use_is_told_from_a_wrong_password(
    #[case] pointer: &str,
    #[case] value: Value,
    #[case] expected: KeystoreFault,
) {
    let mut keystore = light();
    *keystore.pointer_mut(pointer).unwrap() = value;
    assert_eq!(opened(&keystore, "right").unwrap_err(), expected);
}

#[test]
fn a_keystore_that_names_another_address_is_refused() {
    let mut keystore = light();
    keystore["address"] = hex::encode([7; 20]).into();
    let found = SecretKey::from_bytes(&KEY).unwrap().address();
    let expected = KeystoreFault::OtherAddress { stated: Address::repeat_byte(7), found };
    assert_eq!(opened(&keystore, "right").unwrap_err(), expected);
}

#[test]
fn a_keystore_of_a_number_that_is_no_key_is_refused() {
    let text = password("right");
    let key = SecretKey::from_bytes(&KEY).unwrap();
    let mut keystore = encrypt(&key, &text, Kdf::scrypt(2, 8, 1).unwrap()).unwrap();
    // Of the cipher, only the key stream is left: this encrypts zero.
    keystore.ciphertext.iter_mut().zip(KEY).for_each(|(byte, key)| *byte ^= key);
    let derived = keystore.kdf.derive(text.as_bytes(), &keystore.salt);
    keystore.mac = mac(&derived[1], &keystore.ciphertext);
    let fault = decrypt(&keystore, &text).unwrap_err();
    assert_eq!(fault, KeystoreFault::Key(crate::KeyError::OutOfRange));
}

#[rstest]
#[case::key_as_a_string("\"ac0974bec39a17e36ba4a6b4d238ff94\"")]
#[case::key_as_a_number("1234567890123456789")]
#[case::key("ac0974bec39a17e36ba4a6b4d238ff94")]
#[case::field_of_another_type("{\"version\":\"ac0974bec39a17e36ba4a6b4d238ff94\"}")]
#[case::not_text("\u{0}")]
fn the_fault_of_what_is_no_keystore_does_not_cite_it(#[case] text: &str) {
    let fault = format::parse(text.as_bytes()).unwrap_err();
    assert!(matches!(fault, KeystoreFault::Json { line: 1, .. }), "{fault}");
    let printed = format!("{fault} {fault:?}");
    assert!(!printed.contains("ac09") && !printed.contains("1234"), "{printed}");
}

#[test]
fn no_change_of_one_character_stops_the_program() {
    let text = light().to_string().into_bytes();
    for at in 0..text.len() {
        for replacement in *b"09f-\"{}x\\" {
            let mut text = text.clone();
            text[at] = replacement;
            // What it is then does not matter: it is a verdict.
            drop(format::parse(&text));
        }
    }
}
