//! Whether whoever signed a block may.

use super::SignerSchedule;
use crate::{config::SignerRule, error::ConsensusCheckError, metrics::ConsensusMetrics};
use alloy_primitives::Address;
use rollup_primitives::{BlockSignature, ScrollHeader};
use tokio::sync::watch;

/// Judges who signed the blocks of others. Cloning gives another one that follows the same signer.
#[derive(Clone, Debug)]
pub struct AuthorizedSigners {
    rule: SignerRule,
    schedule: watch::Receiver<SignerSchedule>,
    metrics: ConsensusMetrics,
}

impl AuthorizedSigners {
    /// Judges by this rule; of the system contract, by this schedule.
    pub fn new(rule: SignerRule, schedule: watch::Receiver<SignerSchedule>) -> Self {
        Self { rule, schedule, metrics: ConsensusMetrics::default() }
    }

    /// The signer in force; `None` if anybody may sign, or while it is not known.
    pub fn current(&self) -> Option<Address> {
        match self.rule {
            SignerRule::Anybody => None,
            SignerRule::Fixed(signer) => Some(signer),
            SignerRule::SystemContract => self.schedule.borrow().current(),
        }
    }

    /// Whether a block from `EuclidV2` on is signed by who may.
    ///
    /// # Errors
    /// [`ConsensusCheckError::Signature`] and [`ConsensusCheckError::Unauthorized`] speak against
    /// the block, and are counted. [`ConsensusCheckError::SignerUnknown`] says nothing about it.
    pub fn check(
        &self,
        header: &ScrollHeader,
        signature: &BlockSignature,
    ) -> Result<(), ConsensusCheckError> {
        let checked = self.judge(header, signature);
        if checked.as_ref().is_err_and(ConsensusCheckError::is_of_the_block) {
            self.metrics.validate_new_block_failed.increment(1);
        }
        checked
    }

    fn judge(
        &self,
        header: &ScrollHeader,
        signature: &BlockSignature,
    ) -> Result<(), ConsensusCheckError> {
        if self.rule == SignerRule::Anybody {
            return Ok(());
        }
        let number = header.number;
        let expected = self.current().ok_or(ConsensusCheckError::SignerUnknown { number })?;
        let got = signature
            .recover_signer(header)
            .map_err(|source| ConsensusCheckError::Signature { number, source })?;
        let is_permitted = got == expected
            || self.rule == SignerRule::SystemContract
                && self.schedule.borrow().permits(got, header.timestamp);
        if is_permitted {
            return Ok(());
        }
        Err(ConsensusCheckError::Unauthorized { number, got, expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signers::L1Point;
    use alloy_consensus::crypto::secp256k1::sign_message;
    use alloy_primitives::{B256, Bytes, Signature, U256, address, b256, bytes};
    use alloy_rlp::Decodable;
    use rollup_primitives::block_signing_hash;

    /// Mainnet block 14916920: its header, who signed it, and how.
    const HEADER: Bytes = bytes!(
        "f901ffa03ccf36621e1f75cd1bfd2ac39ff6a00d8a5bec02e52aa7064a4860a0d02d6013a01dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347940000000000000000000000000000000000000000a0bc6c2ccfdb3e0e78b53134f583e6d42760adcaebb23e7a6bab59503c4b98daeba0a11e1b74f0aada603d9b4e645a57d60259dc2545c0372b88e16e6b59cecac8b6a072de16699164034d2ed9930a021820e32e103ea7162b6f6a9a535d0a98f3fac0b90100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000400000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000000080004000000000000000000000000000000000040000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010000000000080000000000100000400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000183e39d38839896808303c000846807be5280a0000000000000000000000000000000000000000000000000000000000000000088000000000000000084026707c0"
    );
    const SIGNATURE: Bytes = bytes!(
        "6d2b8ef87f0956ea4dd10fb0725fa7196ad80c6d567a161f6b4367f95b5de6ec279142b540d3b248f08ed337bb962fa3fd83d21de622f7d6c8207272558fd15a00"
    );
    const SIGNER: Address = address!("0xD83C4892BB5aA241B63d8C4C134920111E142A20");
    const HASH: B256 = b256!("0xb672fac7ced3a3017f791fbae166902826f2f179176a16d6c20c57a55d995e6f");
    /// First account of the well-known mnemonic.
    const KEY: B256 = b256!("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    const OTHER: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

    fn block() -> (ScrollHeader, BlockSignature) {
        let header = ScrollHeader::decode(&mut HEADER.as_ref()).unwrap();
        assert_eq!((header.number, header.hash_slow()), (14_916_920, HASH));
        (header, SIGNATURE.try_into().unwrap())
    }

    fn signers(rule: SignerRule) -> AuthorizedSigners {
        AuthorizedSigners::new(rule, watch::channel(SignerSchedule::new(64)).1)
    }

    #[test]
    fn takes_a_block_of_mainnet_by_its_signer_alone() {
        let (header, signature) = block();
        signers(SignerRule::Fixed(SIGNER)).check(&header, &signature).unwrap();
        let refused = signers(SignerRule::Fixed(OTHER)).check(&header, &signature).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("block 14916920 is signed by {SIGNER}, the authorized signer is {OTHER}")
        );
        assert!(refused.is_of_the_block());
        let changed = ScrollHeader { timestamp: header.timestamp + 1, ..header };
        let refused = signers(SignerRule::Fixed(SIGNER)).check(&changed, &signature);
        assert!(matches!(refused, Err(ConsensusCheckError::Unauthorized { .. })), "{refused:?}");
    }

    #[test]
    fn takes_every_signature_where_anybody_may_sign() {
        let (header, _) = block();
        let nobody = BlockSignature::new(Signature::new(U256::ZERO, U256::ZERO, false));
        signers(SignerRule::Anybody).check(&header, &nobody).unwrap();
        let refused = signers(SignerRule::Fixed(SIGNER)).check(&header, &nobody);
        assert!(matches!(refused, Err(ConsensusCheckError::Signature { .. })), "{refused:?}");
    }

    #[test]
    fn a_signer_that_is_not_known_speaks_against_nobody() {
        let (header, signature) = block();
        let refused = signers(SignerRule::SystemContract).check(&header, &signature).unwrap_err();
        assert!(!refused.is_of_the_block(), "{refused}");
    }

    #[test]
    fn follows_the_schedule_of_the_system_contract() {
        let (header, signature) = block();
        let (schedule, followed) = watch::channel(SignerSchedule::new(64));
        let signers = AuthorizedSigners::new(SignerRule::SystemContract, followed);
        let at = |number, timestamp| L1Point { number, timestamp };
        schedule.send_modify(|schedule| {
            schedule.read(at(100, header.timestamp - 12), SIGNER);
        });
        assert_eq!(signers.current(), Some(SIGNER));
        signers.check(&header, &signature).unwrap();
        // The block is as old as the change.
        schedule.send_modify(|schedule| {
            schedule.read(at(101, header.timestamp), OTHER);
        });
        signers.check(&header, &signature).unwrap();
        let later = ScrollHeader { timestamp: header.timestamp + 1, ..header.clone() };
        let by_new = sign_message(KEY, block_signing_hash(&later)).unwrap();
        signers.check(&later, &BlockSignature::new(by_new)).unwrap();
        schedule.send_modify(|schedule| {
            schedule.read(at(165, later.timestamp + 800), OTHER);
        });
        let refused = signers.check(&header, &signature);
        assert!(matches!(refused, Err(ConsensusCheckError::Unauthorized { .. })), "{refused:?}");
    }
}
