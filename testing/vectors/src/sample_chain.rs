//! A chain made here, for users who have none to import.

use alloy_consensus::{
    SignableTransaction, TxEip1559, TxLegacy,
    transaction::{Recovered, SignerRecoverable},
};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, b256, bytes};
use alloy_rlp::Encodable;
use eyre::{OptionExt, Result};
use k256::ecdsa::SigningKey;
use revm::database::{State, states::bundle_state::BundleRetention};
use rollup_chainspec::dev;
use rollup_db::DatabaseConfig;
use rollup_evm::{BlockBuilder, NextBlockAttributes, ScrollEvmConfig};
use rollup_primitives::{RecoveredBlock, ScrollTxEnvelope, SealedHeader, TxL1Message};
use rollup_storage::{ChainStore, ChainView, ExecutedBlock, StateDiff};
use std::sync::Arc;

/// Blocks of the chain, without genesis.
const BLOCKS: u64 = 20;
/// The first account of the development chain, whose key the public mnemonic gives.
const SENDER: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
const KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const RECIPIENT: Address = address!("00000000000000000000000000000000000000ee");
const L1_SENDER: Address = address!("11110000000000000000000000000000000000aa");
const BASE_FEE_WEI: u64 = 15_680_000;
const MAX_FEE_WEI: u64 = 1_000_000_000;

/// Leaves a contract that stores the second word of its input in the slot of the first:
/// PUSH7 … PUSH0 MSTORE PUSH1 7 PUSH1 25 RETURN, where the seven bytes are
/// PUSH1 32 CALLDATALOAD PUSH0 CALLDATALOAD SSTORE STOP.
const STORE_INITCODE: Bytes = bytes!("666020355f3555005f5260076019f3");

/// Blocks 0 to 20 of the development chain, as RLP one after the other: transfers, contract
/// creations, calls that write and clear slots, and L1 messages.
///
/// # Errors
/// Those of the operating system; others only if execution is broken.
pub fn sample_chain() -> Result<Vec<u8>> {
    let spec = dev();
    let scratch = tempfile::tempdir()?;
    let store = ChainStore::open(scratch.path(), DatabaseConfig::default(), Arc::clone(&spec))?;
    let config = ScrollEvmConfig::new(spec);
    let mut view = store.view()?;
    let mut bytes = Vec::new();
    view.block(0)?.ok_or_eyre("no genesis block")?.sealed_block().encode(&mut bytes);
    let mut author = Author::new()?;
    for number in 1..=BLOCKS {
        let block = build(&config, &view, author.transactions(number)?)?;
        block.block.sealed_block().encode(&mut bytes);
        view.push(Arc::new(block))?;
    }
    Ok(bytes)
}

/// Builds a block on the head of a view, a second after it.
fn build(
    config: &ScrollEvmConfig,
    view: &ChainView,
    transactions: Vec<ScrollTxEnvelope>,
) -> Result<ExecutedBlock> {
    let head = view.head()?;
    let header = view.header(head.number)?.ok_or_eyre("no header of the head")?;
    let parent = SealedHeader::new(header, head.hash);
    let attributes = NextBlockAttributes {
        timestamp: parent.timestamp + 1,
        gas_limit: parent.gas_limit,
        base_fee_per_gas: Some(BASE_FEE_WEI),
    };
    let state =
        State::builder().with_database_ref(view.latest_state()).with_bundle_update().build();
    let mut builder = BlockBuilder::new(config, state, &parent, attributes)?;
    for tx in transactions {
        let signer = tx.recover_signer()?;
        builder.push(Recovered::new_unchecked(tx, signer))?;
    }
    let mut built = builder.finish()?;
    built.db.merge_transitions(BundleRetention::Reverts);
    let changes = view.changes(StateDiff::from(&built.db.take_bundle()))?;
    built.block.header.state_root = changes.state_root();
    let block = RecoveredBlock::new_unhashed(built.block, built.senders);
    Ok(ExecutedBlock { block, receipts: built.receipts, changes, signature: None })
}

/// Writes the transactions of the chain.
struct Author {
    key: SigningKey,
    nonce: u64,
    queue_index: u64,
    /// The last contract that was created.
    contract: Address,
}

impl Author {
    fn new() -> Result<Self> {
        let key = SigningKey::from_slice(&KEY.0)?;
        Ok(Self { key, nonce: 0, queue_index: 0, contract: Address::ZERO })
    }

    /// The transactions of a block: every fourth has an L1 message, every fifth a creation, every
    /// seventh nothing.
    fn transactions(&mut self, number: u64) -> Result<Vec<ScrollTxEnvelope>> {
        let mut transactions = Vec::new();
        if number.is_multiple_of(7) {
            return Ok(transactions);
        }
        if number.is_multiple_of(4) {
            transactions.push(self.l1_message());
        }
        transactions.push(self.transfer(number)?);
        if number % 5 == 1 {
            transactions.push(self.creation()?);
        } else {
            // The slot is written, written again, and cleared.
            transactions.push(self.store(number % 3, 5 - number % 5)?);
            transactions.push(self.store(1 + number % 3, 0)?);
        }
        Ok(transactions)
    }

    fn l1_message(&mut self) -> ScrollTxEnvelope {
        let queue_index = self.queue_index;
        self.queue_index += 1;
        TxL1Message {
            queue_index,
            gas_limit: 100_000,
            to: RECIPIENT,
            value: U256::ZERO,
            input: bytes!("c0ffee"),
            sender: L1_SENDER,
        }
        .into()
    }

    fn transfer(&mut self, wei: u64) -> Result<ScrollTxEnvelope> {
        let transfer = TxLegacy {
            chain_id: Some(dev_chain_id()),
            nonce: self.next_nonce(),
            gas_price: MAX_FEE_WEI.into(),
            gas_limit: 21_000,
            to: TxKind::Call(RECIPIENT),
            value: U256::from(wei),
            ..Default::default()
        };
        self.sign(transfer)
    }

    fn creation(&mut self) -> Result<ScrollTxEnvelope> {
        let creation =
            TxEip1559 { to: TxKind::Create, input: STORE_INITCODE, ..self.dynamic_fee() };
        self.contract = SENDER.create(creation.nonce);
        self.sign(creation)
    }

    fn store(&mut self, slot: u64, value: u64) -> Result<ScrollTxEnvelope> {
        let words = [slot, value].map(|word| U256::from(word).to_be_bytes::<32>());
        let (to, input) = (TxKind::Call(self.contract), Bytes::from(words.concat()));
        let call = TxEip1559 { to, input, ..self.dynamic_fee() };
        self.sign(call)
    }

    fn dynamic_fee(&mut self) -> TxEip1559 {
        TxEip1559 {
            chain_id: dev_chain_id(),
            nonce: self.next_nonce(),
            gas_limit: 200_000,
            max_fee_per_gas: MAX_FEE_WEI.into(),
            ..Default::default()
        }
    }

    const fn next_nonce(&mut self) -> u64 {
        self.nonce += 1;
        self.nonce - 1
    }

    fn sign<T>(&self, tx: T) -> Result<ScrollTxEnvelope>
    where
        T: SignableTransaction<Signature>,
        ScrollTxEnvelope: From<alloy_consensus::Signed<T>>,
    {
        let signature = self.key.sign_prehash_recoverable(tx.signature_hash().as_ref())?;
        Ok(tx.into_signed(signature.into()).into())
    }
}

const fn dev_chain_id() -> u64 {
    rollup_chainspec::DEV_CHAIN_ID
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_rlp::Decodable;
    use rollup_primitives::ScrollBlock;

    const COMMITTED: &[u8] = include_bytes!("../../../examples/blocks/chain.rlp");

    // To renew the file: see examples/sample_chain.rs.
    #[test]
    fn the_committed_chain_is_what_the_builder_makes() {
        assert!(sample_chain().unwrap() == COMMITTED, "the file is another one");
    }

    #[test]
    fn the_chain_has_every_kind_of_transaction() {
        let mut rest = COMMITTED;
        let mut blocks = Vec::new();
        while !rest.is_empty() {
            blocks.push(ScrollBlock::decode(&mut rest).unwrap());
        }
        assert_eq!(blocks.len() as u64, BLOCKS + 1);
        let transactions = || blocks.iter().flat_map(|block| &block.body.transactions);
        assert_eq!(transactions().filter(|tx| tx.is_l1_message()).count(), 5);
        let creations = transactions().filter(|tx| alloy_consensus::Transaction::is_create(*tx));
        assert_eq!(creations.count(), 4);
        assert_eq!(transactions().count(), 55);
        assert_eq!(blocks.iter().filter(|block| block.body.transactions.is_empty()).count(), 3);
    }
}
