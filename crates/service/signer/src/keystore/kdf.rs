//! From a password to the keys of a keystore.

use crate::KeystoreFault;
use hmac::Hmac;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Memory that scrypt may take, in bytes: twice that of geth's parameters.
const MAX_SCRYPT_BYTES: u64 = 512 << 20;
/// `n * r * p`, to which the time of scrypt is proportional: eight times that of geth's parameters,
/// some seconds.
const MAX_SCRYPT_WORK: u64 = 1 << 24;
/// Rounds of PBKDF2: some seconds too.
const MAX_ROUNDS: u64 = 10_000_000;
/// Bytes of memory for each unit of `n * r` and of `p * r`.
const SCRYPT_BLOCK_BYTES: u64 = 128;

/// The key of the cipher and the key of the check sum.
pub(super) type DerivedKeys = Zeroizing<[[u8; 16]; 2]>;

/// A key derivation function with parameters that are within the limits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kdf {
    /// Takes memory as well as time.
    Scrypt(scrypt::Params),
    /// With HMAC-SHA-256. For keystores of other programs; geth writes none.
    Pbkdf2 { rounds: u32 },
}

impl Kdf {
    /// The one of new keystores, with geth's parameters.
    pub(super) fn standard() -> Self {
        Self::Scrypt(scrypt::Params::new(18, 8, 1).expect("geth's parameters are valid"))
    }

    /// scrypt with `n` a power of two.
    pub(super) fn scrypt(n: u64, r: u64, p: u64) -> Result<Self, KeystoreFault> {
        let too_costly = KeystoreFault::TooCostly { kdf: "scrypt" };
        let blocks = n.saturating_add(p).saturating_mul(r);
        let work = n.saturating_mul(r).saturating_mul(p);
        if blocks > MAX_SCRYPT_BYTES / SCRYPT_BLOCK_BYTES || work > MAX_SCRYPT_WORK {
            return Err(too_costly);
        }
        if n < 2 || !n.is_power_of_two() {
            return Err(KeystoreFault::Malformed { field: "kdfparams.n" });
        }
        if r == 0 || p == 0 {
            return Err(KeystoreFault::Malformed { field: "kdfparams" });
        }
        // What fails to convert is too large: the function is not defined for it.
        let log_n = u8::try_from(n.ilog2()).ok();
        let (r, p) = (u32::try_from(r).ok(), u32::try_from(p).ok());
        let params = log_n.zip(r).zip(p);
        let params = params.and_then(|((log_n, r), p)| scrypt::Params::new(log_n, r, p).ok());
        params.map(Self::Scrypt).ok_or(KeystoreFault::ScryptUndefined)
    }

    /// PBKDF2 with HMAC-SHA-256.
    pub(super) fn pbkdf2(rounds: u64) -> Result<Self, KeystoreFault> {
        if rounds > MAX_ROUNDS {
            return Err(KeystoreFault::TooCostly { kdf: "pbkdf2" });
        }
        match u32::try_from(rounds) {
            Ok(rounds) if rounds > 0 => Ok(Self::Pbkdf2 { rounds }),
            _ => Err(KeystoreFault::Malformed { field: "kdfparams.c" }),
        }
    }

    /// The keys of a password. Takes memory and time, up to the limits.
    pub(super) fn derive(&self, password: &[u8], salt: &[u8]) -> DerivedKeys {
        let mut keys = Zeroizing::new([[0; 16]; 2]);
        let output = keys.as_flattened_mut();
        match self {
            Self::Scrypt(params) => scrypt::scrypt(password, salt, params, output)
                .expect("the length of two keys is a valid one"),
            Self::Pbkdf2 { rounds } => {
                pbkdf2::pbkdf2::<Hmac<Sha256>>(password, salt, *rounds, output);
            }
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::geth_standard(1 << 18, 8, 1)]
    #[case::geth_light(1 << 12, 8, 6)]
    #[case::most_memory(1 << 18, 15, 1)]
    fn parameters_in_use_are_within_the_limits(#[case] n: u64, #[case] r: u64, #[case] p: u64) {
        assert!(matches!(Kdf::scrypt(n, r, p), Ok(Kdf::Scrypt(_))));
    }

    #[rstest]
    #[case::memory_by_n(1 << 22, 8, 1)]
    #[case::memory_by_r(1 << 10, 1 << 13, 1)]
    #[case::memory_by_p(2, 1, 1 << 22)]
    #[case::time(1 << 18, 8, 9)]
    #[case::overflow(u64::MAX, u64::MAX, u64::MAX)]
    #[case::overflow_of_the_sum(1 << 63, 1, 1 << 63)]
    fn scrypt_that_costs_too_much_is_refused(#[case] n: u64, #[case] r: u64, #[case] p: u64) {
        assert_eq!(Kdf::scrypt(n, r, p).unwrap_err(), KeystoreFault::TooCostly { kdf: "scrypt" });
    }

    #[rstest]
    #[case::n_zero(0, 8, 1, KeystoreFault::Malformed { field: "kdfparams.n" })]
    #[case::n_one(1, 8, 1, KeystoreFault::Malformed { field: "kdfparams.n" })]
    #[case::n_no_power_of_two(262_143, 8, 1, KeystoreFault::Malformed { field: "kdfparams.n" })]
    #[case::r_zero(1 << 12, 0, 1, KeystoreFault::Malformed { field: "kdfparams" })]
    #[case::p_zero(1 << 12, 8, 0, KeystoreFault::Malformed { field: "kdfparams" })]
    #[case::n_above_what_r_permits(1 << 16, 1, 1, KeystoreFault::ScryptUndefined)]
    fn scrypt_that_is_not_defined_is_refused(
        #[case] n: u64,
        #[case] r: u64,
        #[case] p: u64,
        #[case] expected: KeystoreFault,
    ) {
        assert_eq!(Kdf::scrypt(n, r, p).unwrap_err(), expected);
    }

    #[test]
    fn rounds_of_pbkdf2_are_limited() {
        assert!(Kdf::pbkdf2(MAX_ROUNDS).is_ok());
        let too_costly = KeystoreFault::TooCostly { kdf: "pbkdf2" };
        assert_eq!(Kdf::pbkdf2(MAX_ROUNDS + 1).unwrap_err(), too_costly);
        let malformed = KeystoreFault::Malformed { field: "kdfparams.c" };
        assert_eq!(Kdf::pbkdf2(0).unwrap_err(), malformed);
    }
}
