//! The JSON of a keystore.

use super::kdf::Kdf;
use crate::KeystoreFault;
use alloy_primitives::{Address, B256, hex};
use serde::{Deserialize, Serialize};

pub(super) const KEY_BYTES: usize = 32;
pub(super) const IV_BYTES: usize = 16;
/// Length of a derived key: there is a use for this many bytes.
const DERIVED_BYTES: u64 = 32;
const VERSION: u64 = 3;
const CIPHER: &str = "aes-128-ctr";
const SCRYPT: &str = "scrypt";
const PBKDF2: &str = "pbkdf2";
const PRF: &str = "hmac-sha256";

/// A keystore whose fields have their form and whose cost is limited.
#[derive(Clone, Debug)]
pub(super) struct Keystore {
    /// Not in those that keep it private.
    pub(super) address: Option<Address>,
    pub(super) kdf: Kdf,
    pub(super) salt: Vec<u8>,
    pub(super) iv: [u8; IV_BYTES],
    /// 1 to 32 bytes: there are programs that leave out the zeros a key starts with.
    pub(super) ciphertext: Vec<u8>,
    pub(super) mac: B256,
    /// A random UUID.
    pub(super) id: [u8; 16],
}

#[derive(Deserialize, Serialize)]
struct Json {
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    // The first versions of the definition wrote it so, and geth does not mind.
    #[serde(alias = "Crypto")]
    crypto: JsonCrypto,
    #[serde(default)]
    id: String,
    version: u64,
}

#[derive(Deserialize, Serialize)]
struct JsonCrypto {
    cipher: String,
    ciphertext: String,
    cipherparams: JsonCipherParams,
    kdf: String,
    kdfparams: JsonKdfParams,
    mac: String,
}

#[derive(Deserialize, Serialize)]
struct JsonCipherParams {
    iv: String,
}

/// Those of both functions.
#[derive(Default, Deserialize, Serialize)]
struct JsonKdfParams {
    dklen: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prf: Option<String>,
    salt: String,
}

/// Reads a keystore. What the parser says is not passed on: it cites the text, and the text may be
/// a key that was taken for a keystore.
pub(super) fn parse(text: &[u8]) -> Result<Keystore, KeystoreFault> {
    let json: Json = serde_json::from_slice(text)
        .map_err(|err| KeystoreFault::Json { line: err.line(), column: err.column() })?;
    let Json { address, crypto, id, version } = json;
    supported("version", "3", version == VERSION)?;
    supported("cipher", CIPHER, crypto.cipher == CIPHER)?;
    Ok(Keystore {
        address: address.map(|address| fixed("address", &address)).transpose()?.map(Address::new),
        kdf: kdf(&crypto.kdf, &crypto.kdfparams)?,
        salt: bytes("kdfparams.salt", &crypto.kdfparams.salt)?,
        iv: fixed("cipherparams.iv", &crypto.cipherparams.iv)?,
        ciphertext: ciphertext(&crypto.ciphertext)?,
        mac: fixed("mac", &crypto.mac).map(B256::new)?,
        // Has no use here.
        id: fixed("id", &id.replace('-', "")).unwrap_or_default(),
    })
}

fn kdf(name: &str, params: &JsonKdfParams) -> Result<Kdf, KeystoreFault> {
    supported("kdfparams.dklen", "32", params.dklen == DERIVED_BYTES)?;
    let present = |field, value: Option<u64>| value.ok_or(KeystoreFault::Malformed { field });
    match name {
        SCRYPT => Kdf::scrypt(
            present("kdfparams.n", params.n)?,
            present("kdfparams.r", params.r)?,
            present("kdfparams.p", params.p)?,
        ),
        PBKDF2 => {
            supported("kdfparams.prf", PRF, params.prf.as_deref() == Some(PRF))?;
            Kdf::pbkdf2(present("kdfparams.c", params.c)?)
        }
        _ => Err(KeystoreFault::Unsupported { field: "kdf", supported: "scrypt or pbkdf2" }),
    }
}

const fn supported(
    field: &'static str,
    supported: &'static str,
    is_supported: bool,
) -> Result<(), KeystoreFault> {
    if is_supported { Ok(()) } else { Err(KeystoreFault::Unsupported { field, supported }) }
}

fn bytes(field: &'static str, text: &str) -> Result<Vec<u8>, KeystoreFault> {
    hex::decode(text).ok().ok_or(KeystoreFault::Malformed { field })
}

fn ciphertext(text: &str) -> Result<Vec<u8>, KeystoreFault> {
    let bytes = bytes("ciphertext", text)?;
    let has_length_of_key = (1..=KEY_BYTES).contains(&bytes.len());
    has_length_of_key.then_some(bytes).ok_or(KeystoreFault::Malformed { field: "ciphertext" })
}

fn fixed<const N: usize>(field: &'static str, text: &str) -> Result<[u8; N], KeystoreFault> {
    hex::decode_to_array(text).ok().ok_or(KeystoreFault::Malformed { field })
}

/// The text of a keystore, as geth writes it.
pub(super) fn render(keystore: &Keystore) -> String {
    let kdfparams = JsonKdfParams {
        dklen: DERIVED_BYTES,
        salt: hex::encode(&keystore.salt),
        ..Default::default()
    };
    let (kdf, kdfparams) = match keystore.kdf {
        Kdf::Scrypt(params) => (
            SCRYPT,
            JsonKdfParams {
                n: Some(1 << params.log_n()),
                r: Some(params.r().into()),
                p: Some(params.p().into()),
                ..kdfparams
            },
        ),
        Kdf::Pbkdf2 { rounds } => (
            PBKDF2,
            JsonKdfParams { c: Some(rounds.into()), prf: Some(PRF.to_owned()), ..kdfparams },
        ),
    };
    let json = Json {
        address: keystore.address.map(hex::encode),
        crypto: JsonCrypto {
            cipher: CIPHER.to_owned(),
            ciphertext: hex::encode(&keystore.ciphertext),
            cipherparams: JsonCipherParams { iv: hex::encode(keystore.iv) },
            kdf: kdf.to_owned(),
            kdfparams,
            mac: hex::encode(keystore.mac),
        },
        id: uuid(keystore.id),
        version: VERSION,
    };
    serde_json::to_string(&json).expect("strings and numbers are valid JSON")
}

/// The text of a random UUID (version 4) with these random bits.
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex::encode(bytes);
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}
