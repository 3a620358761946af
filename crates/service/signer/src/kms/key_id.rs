//! Names of keys in AWS KMS.

use std::{fmt, str::FromStr};
use thiserror::Error;

/// Length of a name, at most, as AWS has it.
const MAX_BYTES: usize = 2048;

/// A key in AWS KMS: its id, an alias (`alias/name`), or the ARN of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsKeyId(String);

/// A text that names no key in AWS KMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KmsKeyIdError {
    /// No name at all.
    #[error(
        "expected a key id, alias/name, or an ARN as in \
         arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    )]
    Malformed,
    /// An ARN of something else.
    #[error("expected the ARN of a key or alias, arn:aws:kms:<region>:<account>:key/<id>")]
    OtherArn,
}

impl KmsKeyId {
    /// As AWS is told it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region that the key is in, if it is an ARN.
    pub fn region(&self) -> Option<&str> {
        self.0.starts_with("arn:").then(|| self.0.split(':').nth(3)).flatten()
    }
}

impl FromStr for KmsKeyId {
    type Err = KmsKeyIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.is_empty() || text.len() > MAX_BYTES || !is_plain {
            return Err(KmsKeyIdError::Malformed);
        }
        if text.starts_with("arn:") && !is_arn_of_key(text) {
            return Err(KmsKeyIdError::OtherArn);
        }
        Ok(Self(text.to_owned()))
    }
}

fn is_arn_of_key(text: &str) -> bool {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    let ["arn", partition, "kms", region, account, resource] = parts[..] else { return false };
    let has_name = |prefix| resource.strip_prefix(prefix).is_some_and(|name| !name.is_empty());
    let is_complete = [partition, region, account].iter().all(|part| !part.is_empty());
    is_complete && (has_name("key/") || has_name("alias/"))
}

impl fmt::Display for KmsKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("1234abcd-12ab-34cd-56ef-1234567890ab", None)]
    #[case("mrk-1234abcd12ab34cd56ef1234567890ab", None)]
    #[case("alias/sequencer", None)]
    #[case("arn:aws:kms:us-west-2:111122223333:key/1234abcd", Some("us-west-2"))]
    #[case("arn:aws:kms:eu-central-1:111122223333:alias/a", Some("eu-central-1"))]
    #[case("arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd", Some("cn-north-1"))]
    fn names_of_keys_may_say_their_region(#[case] text: &str, #[case] region: Option<&str>) {
        let key: KmsKeyId = text.parse().unwrap();
        assert_eq!((key.as_str(), key.region()), (text, region));
    }

    #[rstest]
    #[case("", KmsKeyIdError::Malformed)]
    #[case("alias/a b", KmsKeyIdError::Malformed)]
    #[case("alias/\u{e4}", KmsKeyIdError::Malformed)]
    #[case("arn:aws:s3:us-west-2:111122223333:key/1", KmsKeyIdError::OtherArn)]
    #[case("arn:aws:kms::111122223333:key/1", KmsKeyIdError::OtherArn)]
    #[case("arn:aws:kms:us-west-2:111122223333:key/", KmsKeyIdError::OtherArn)]
    #[case("arn:aws:kms:us-west-2:111122223333:grant/1", KmsKeyIdError::OtherArn)]
    #[case("arn:aws:kms:us-west-2", KmsKeyIdError::OtherArn)]
    fn other_texts_are_refused(#[case] text: &str, #[case] error: KmsKeyIdError) {
        assert_eq!(text.parse::<KmsKeyId>(), Err(error));
    }

    #[test]
    fn names_have_a_limit() {
        assert_eq!("k".repeat(MAX_BYTES).parse::<KmsKeyId>().unwrap().as_str().len(), MAX_BYTES);
        let long = "k".repeat(MAX_BYTES + 1);
        assert_eq!(long.parse::<KmsKeyId>(), Err(KmsKeyIdError::Malformed));
    }
}
