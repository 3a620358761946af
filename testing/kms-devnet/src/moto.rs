//! The service, in a process of its own.

use crate::{http, python};
use eyre::{OptionExt as _, Result, WrapErr as _};
use reqwest::Client;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// Where the keys are.
pub const REGION: &str = "us-east-1";

/// AWS KMS by moto, with the keys that a test makes. Ends when this is dropped, or the test process
/// ends.
#[derive(Debug)]
pub struct Moto {
    child: Child,
    address: String,
    client: Client,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Signs blocks.
    Secp256k1,
    /// Signs on another curve.
    P256,
    /// Is of the right curve, and does not sign.
    Encrypting,
    /// Has no public key.
    Symmetric,
}

impl Moto {
    /// Starts one. The first start on a machine installs it.
    ///
    /// # Errors
    /// If there is no Python, or it does not start.
    pub fn start() -> Result<Self> {
        let mut child = Command::new(python::interpreter()?)
            .arg(python::sources().join("kms.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .wrap_err("moto does not start")?;
        let output = child.stdout.take().ok_or_eyre("moto has no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        let address = address.trim().to_owned();
        let client = Client::builder().no_proxy().tls_certs_only([]).build()?;
        Ok(Self { child, address, client })
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// As the settings of AWS name it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Calls an operation of KMS.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn call(&self, operation: &str, parameters: &Value) -> Result<Value> {
        http::call(&self.client, &self.address, operation, parameters).await
    }

    /// Makes a key, and gives its ARN.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn create_key(&self, kind: KeyKind) -> Result<String> {
        let (spec, usage) = match kind {
            KeyKind::Secp256k1 => ("ECC_SECG_P256K1", "SIGN_VERIFY"),
            KeyKind::P256 => ("ECC_NIST_P256", "SIGN_VERIFY"),
            KeyKind::Encrypting => ("ECC_SECG_P256K1", "ENCRYPT_DECRYPT"),
            KeyKind::Symmetric => ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        };
        let key = self.call("CreateKey", &json!({ "KeySpec": spec, "KeyUsage": usage })).await?;
        let arn = key["KeyMetadata"]["Arn"].as_str().ok_or_eyre("a key has no ARN")?;
        Ok(arn.to_owned())
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
