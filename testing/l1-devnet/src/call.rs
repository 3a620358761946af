//! Transactions on L1, before they are signed.

use crate::{
    accounts::{OWNER, PROVER, SEQUENCER, signer_of},
    batch::L1Batch,
    contracts::{
        CONTRACTS,
        abi::{EnforcedTxGateway, ScrollChain, ScrollMessenger, SystemConfig},
    },
    message::L1Message,
};
use alloy_consensus::{
    SignableTransaction as _, TxEip1559, TxEip4844, TxEip4844Variant, TxEip4844WithSidecar,
    TxEnvelope,
};
use alloy_eips::{
    eip2718::Encodable2718 as _,
    eip4844::{Blob, BlobTransactionSidecar, env_settings::EnvKzgSettings},
    eip7594::BlobTransactionSidecarVariant,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_signer::SignerSync as _;
use alloy_sol_types::SolCall;
use eyre::Result;

/// Fee cap and tip, in wei per gas: above every base fee of a short chain.
const MAX_FEE_WEI: u128 = 100_000_000_000;
const TIP_WEI: u128 = 1_000_000_000;
/// Gas that any call needs at most, and what each byte of its data adds.
const CALL_GAS: u64 = 1_000_000;
const GAS_PER_BYTE: u64 = 50;

/// A transaction that calls a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Call {
    /// Index of the account that signs it.
    pub from: usize,
    /// The contract.
    pub to: Address,
    /// Value, in wei.
    pub value: U256,
    /// Calldata.
    pub input: Bytes,
    /// Its blobs, with commitments and proofs; `None` of an ordinary transaction.
    pub sidecar: Option<BlobTransactionSidecar>,
}

impl L1Call {
    /// A call of a contract by an account.
    pub fn new<C: SolCall>(from: usize, to: Address, call: &C) -> Self {
        let input = call.abi_encode().into();
        Self { from, to, value: U256::ZERO, input, sidecar: None }
    }

    /// Sends an L1 message through `L1ScrollMessenger`. On L2 the messenger of the other side is
    /// called, with the call of the message in its calldata.
    pub fn message(message: &L1Message) -> Self {
        let call = ScrollMessenger::sendMessageCall {
            to: message.to,
            value: message.value,
            message: message.input.clone(),
            gasLimit: U256::from(message.gas_limit),
        };
        let value = message.fee() + message.value;
        Self { value, ..Self::new(message.from, CONTRACTS.scroll_messenger, &call) }
    }

    /// Sends an L1 message through `EnforcedTxGateway`: on L2 it is a call by the account itself,
    /// with its own money.
    pub fn enforced_transaction(message: &L1Message) -> Self {
        let call = EnforcedTxGateway::sendTransactionCall {
            target: message.to,
            value: message.value,
            gasLimit: U256::from(message.gas_limit),
            data: message.input.clone(),
        };
        let value = message.fee();
        Self { value, ..Self::new(message.from, CONTRACTS.enforced_tx_gateway, &call) }
    }

    /// Commits batches with these blobs, one each, of a codec version from 7 on. Gives the
    /// batches, too.
    ///
    /// # Errors
    /// If a blob has an element that is not in the field.
    pub fn commit_batches(
        parent: &L1Batch,
        version: u8,
        blobs: Vec<Blob>,
    ) -> Result<(Self, Vec<L1Batch>)> {
        let settings = EnvKzgSettings::Default.get();
        let sidecar = BlobTransactionSidecar::try_from_blobs_with_settings(blobs, settings)?;
        let mut batches: Vec<L1Batch> = Vec::new();
        for commitment in &sidecar.commitments {
            let batch = batches.last().unwrap_or(parent).child(version, commitment.as_slice());
            batches.push(batch);
        }
        let call = ScrollChain::commitBatchesCall {
            version,
            parentBatchHash: parent.hash(),
            lastBatchHash: batches.last().unwrap_or(parent).hash(),
        };
        let call = Self::new(SEQUENCER, CONTRACTS.scroll_chain, &call);
        Ok((Self { sidecar: Some(sidecar), ..call }, batches))
    }

    /// Finalizes the batches up to this one, which must be the last one of a commit. The proof is
    /// empty.
    pub fn finalize_batch(batch: &L1Batch, popped_messages: u64, state_root: B256) -> Self {
        let call = ScrollChain::finalizeBundlePostEuclidV2Call {
            batchHeader: batch.header.clone(),
            totalL1MessagesPoppedOverall: U256::from(popped_messages),
            postStateRoot: state_root,
            withdrawRoot: B256::ZERO,
            aggrProof: Bytes::new(),
        };
        Self::new(PROVER, CONTRACTS.scroll_chain, &call)
    }

    /// Reverts the batches after this one, which must be the last one of a commit and not that of
    /// the genesis block.
    pub fn revert_batches_after(last_kept: &L1Batch) -> Self {
        let call = ScrollChain::revertBatchCall { batchHeader: last_kept.header.clone() };
        Self::new(OWNER, CONTRACTS.scroll_chain, &call)
    }

    /// Names another authorized signer.
    pub fn update_signer(signer: Address) -> Self {
        let call = SystemConfig::updateSignerCall { newSigner: signer };
        Self::new(OWNER, CONTRACTS.system_config, &call)
    }

    /// The signed transaction, as it is sent.
    pub(crate) fn signed(self, chain_id: u64, nonce: u64) -> Result<Bytes> {
        let signer = signer_of(self.from)?;
        let data_gas = GAS_PER_BYTE.saturating_mul(u64::try_from(self.input.len())?);
        let gas_limit = CALL_GAS.saturating_add(data_gas);
        let envelope = match self.sidecar {
            None => {
                let tx = TxEip1559 {
                    chain_id,
                    nonce,
                    gas_limit,
                    max_fee_per_gas: MAX_FEE_WEI,
                    max_priority_fee_per_gas: TIP_WEI,
                    to: self.to.into(),
                    value: self.value,
                    access_list: Default::default(),
                    input: self.input,
                };
                let signature = signer.sign_hash_sync(&tx.signature_hash())?;
                TxEnvelope::from(tx.into_signed(signature))
            }
            Some(sidecar) => {
                let tx = TxEip4844 {
                    chain_id,
                    nonce,
                    gas_limit,
                    max_fee_per_gas: MAX_FEE_WEI,
                    max_priority_fee_per_gas: TIP_WEI,
                    to: self.to,
                    value: self.value,
                    access_list: Default::default(),
                    blob_versioned_hashes: sidecar.versioned_hashes().collect(),
                    max_fee_per_blob_gas: MAX_FEE_WEI,
                    input: self.input,
                };
                let sidecar = BlobTransactionSidecarVariant::from(sidecar);
                let tx = TxEip4844WithSidecar::from_tx_and_sidecar(tx, sidecar);
                let tx = TxEip4844Variant::TxEip4844WithSidecar(tx);
                let signature = signer.sign_hash_sync(&tx.signature_hash())?;
                TxEnvelope::from(tx.into_signed(signature))
            }
        };
        Ok(envelope.encoded_2718().into())
    }
}
