//! A model of L1: a tree of blocks with the logs and the state of the rollup contracts, and one
//! branch of it that is the chain.

use alloy_primitives::{Address, B256, Bloom, BloomInput, Bytes, Log, LogData, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent};
use rollup_l1::{
    L1Contracts, QueueTip,
    abi::{L1MessageQueue, ScrollChain, SystemConfig},
    decode_block,
};
use rollup_l1_client::{L1Header, L1Log, L1Transaction};
use std::collections::HashMap;

/// Queue index of the first message of queue V2.
pub(crate) const FIRST_V2: u64 = 3;

const fn at(byte: u8) -> Option<Address> {
    Some(Address::repeat_byte(byte))
}

/// The contracts of the model. Where queue V2 starts is to be asked.
pub(crate) const fn contracts() -> L1Contracts {
    L1Contracts {
        rollup: at(1),
        queue_v1: at(2),
        queue_v2: at(3),
        system_config: at(4),
        first_v2_queue_index: None,
        start_block: 0,
    }
}

/// Something that happens in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Message,
    /// One transaction that commits so many batches.
    Commit(u64),
    /// Reverts the last batches, as far as they are not finalized.
    Revert(u64),
    /// Finalizes all batches but the last so many.
    Finalize(u64),
    Signer(u8),
}

/// State of the contracts after a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// Rolling hash after each message; zero before queue V2.
    pub(crate) queue: Vec<B256>,
    /// Hashes of the batches that are not reverted, from index 1 on.
    batches: Vec<B256>,
    finalized_batches: usize,
    pub(crate) signer: Address,
}

impl State {
    pub(crate) const fn next_queue_index(&self) -> u64 {
        self.queue.len() as u64
    }

    pub(crate) const fn is_v2(&self) -> bool {
        self.next_queue_index() >= FIRST_V2
    }
}

/// A block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) header: L1Header,
    pub(crate) logs: Vec<L1Log>,
    pub(crate) transactions: Vec<L1Transaction>,
    pub(crate) state: State,
}

/// The tree, and which branch is the chain.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) blocks: HashMap<B256, Block>,
    /// By number.
    pub(crate) chain: Vec<B256>,
    pub(crate) finalized: u64,
    /// How often blocks were taken back.
    pub(crate) reorgs: u64,
    /// Tips of branches that were taken back.
    pub(crate) abandoned: Vec<Vec<B256>>,
    /// Makes each block another one.
    salt: u64,
}

impl Model {
    /// A chain with its genesis block.
    pub(crate) fn new() -> Self {
        let mut model = Self {
            blocks: HashMap::new(),
            chain: Vec::new(),
            finalized: 0,
            reorgs: 0,
            abandoned: Vec::new(),
            salt: 0,
        };
        model.mine(&[], 0);
        model
    }

    pub(crate) fn tip(&self) -> &Block {
        &self.blocks[self.chain.last().unwrap()]
    }

    pub(crate) const fn tip_number(&self) -> u64 {
        self.chain.len() as u64 - 1
    }

    /// Adds a block to the chain.
    pub(crate) fn mine(&mut self, acts: &[Act], timestamp: u64) {
        self.salt += 1;
        let number = self.chain.len() as u64;
        let parent_hash = self.chain.last().copied().unwrap_or_default();
        let hash = keccak256([parent_hash.as_slice(), &self.salt.to_be_bytes()].concat());
        let state = if number == 0 { State::default() } else { self.tip().state.clone() };
        let mut making = Making { number, hash, state, logs: vec![], transactions: vec![] };
        for act in acts {
            making.act(*act);
        }
        let Making { state, logs, transactions, .. } = making;
        let mut logs_bloom = Bloom::ZERO;
        for log in &logs {
            logs_bloom.accrue(BloomInput::Raw(log.log.address.as_slice()));
            for topic in log.log.data.topics() {
                logs_bloom.accrue(BloomInput::Raw(topic.as_slice()));
            }
        }
        let header = L1Header {
            number,
            hash,
            parent_hash,
            timestamp,
            logs_bloom,
            receipts_root: B256::ZERO,
            is_verified: true,
        };
        self.blocks.insert(hash, Block { header, logs, transactions, state });
        self.chain.push(hash);
    }

    /// Takes the last blocks back, as far as they are not final. How many.
    pub(crate) fn take_back(&mut self, depth: u64) -> u64 {
        let depth = depth.min(self.tip_number() - self.finalized);
        if depth > 0 {
            self.reorgs += 1;
            self.abandoned.push(self.chain.clone());
            self.chain.truncate(self.chain.len() - depth as usize);
        }
        depth
    }

    /// The longest part of the chain that a taken-back branch has too: the tip of that branch, and
    /// the number of their last common block.
    pub(crate) fn forks(&self) -> impl Iterator<Item = (&Vec<B256>, u64)> {
        self.abandoned.iter().map(|branch| {
            let common = branch.iter().zip(&self.chain).take_while(|(a, b)| a == b).count();
            (branch, common as u64 - 1)
        })
    }

    /// All that the chain did, one block after the other, read without a watcher.
    pub(crate) fn replay(&self) -> Vec<rollup_storage::RollupChange> {
        use rollup_storage::RollupChange;
        let mut tip = QueueTip { queue_hash: None, first_v2_queue_index: Some(FIRST_V2) };
        let mut changes = Vec::new();
        for hash in &self.chain[1..] {
            let Block { header, logs, transactions, .. } = &self.blocks[hash];
            let transactions =
                transactions.iter().map(|found| (found.hash, found.clone())).collect();
            let block = header.into();
            let decoded = decode_block(&contracts(), block, logs, &transactions, &mut tip).unwrap();
            changes.push(RollupChange::L1Block(decoded.block));
        }
        changes.push(RollupChange::L1Latest { number: self.tip_number() });
        changes.push(RollupChange::L1Finalized { number: self.finalized });
        changes
    }
}

/// A block that is being made.
struct Making {
    number: u64,
    hash: B256,
    state: State,
    logs: Vec<L1Log>,
    transactions: Vec<L1Transaction>,
}

impl Making {
    fn act(&mut self, act: Act) {
        let rollup = contracts().rollup;
        match act {
            Act::Message => self.message(),
            Act::Commit(count) => self.commit(count),
            Act::Revert(count) => {
                let live = self.state.batches.len();
                let first = live.saturating_sub(count as usize).max(self.state.finalized_batches);
                if first == live {
                    return;
                }
                self.state.batches.truncate(first);
                let event = ScrollChain::RevertBatch_1 {
                    startBatchIndex: U256::from(first + 1),
                    finishBatchIndex: U256::from(live),
                };
                self.log(rollup, event.encode_log_data());
            }
            Act::Finalize(but) => {
                let index = self.state.batches.len().saturating_sub(but as usize);
                if index <= self.state.finalized_batches {
                    return;
                }
                self.state.finalized_batches = index;
                let event = ScrollChain::FinalizeBatch {
                    batchIndex: U256::from(index),
                    batchHash: self.state.batches[index - 1],
                    stateRoot: keccak256(self.hash),
                    withdrawRoot: B256::ZERO,
                };
                self.log(rollup, event.encode_log_data());
            }
            Act::Signer(byte) => {
                let (old, new) = (self.state.signer, Address::repeat_byte(byte));
                self.state.signer = new;
                let event = SystemConfig::SignerUpdated { oldSigner: old, newSigner: new };
                self.log(contracts().system_config, event.encode_log_data());
            }
        }
    }

    fn message(&mut self) {
        let queue_index = self.state.next_queue_index();
        let is_v2 = queue_index >= FIRST_V2;
        let event = L1MessageQueue::QueueTransaction {
            sender: Address::repeat_byte(0x5e),
            target: Address::repeat_byte(0x7a),
            value: U256::from(queue_index),
            queueIndex: queue_index,
            gasLimit: U256::from(200_000),
            // Another message in each block.
            data: Bytes::copy_from_slice(self.hash.as_slice()),
        };
        let message = rollup_primitives::TxL1Message {
            queue_index,
            gas_limit: 200_000,
            to: event.target,
            value: event.value,
            input: event.data.clone(),
            sender: event.sender,
        };
        let previous = self.state.queue.last().copied().filter(|_| queue_index > FIRST_V2);
        let hash = rollup_storage::next_queue_hash(previous, message.tx_hash());
        self.state.queue.push(if is_v2 { hash } else { B256::ZERO });
        let queue = if is_v2 { contracts().queue_v2 } else { contracts().queue_v1 };
        self.log(queue, event.encode_log_data());
    }

    fn commit(&mut self, count: u64) {
        for at in 0..count {
            let index = self.state.batches.len() + 1;
            let hash = keccak256([self.hash.as_slice(), &index.to_be_bytes()].concat());
            self.state.batches.push(hash);
            let event = ScrollChain::CommitBatch { batchIndex: U256::from(index), batchHash: hash };
            self.log(contracts().rollup, event.encode_log_data());
            if at == 0 {
                self.transactions.push(L1Transaction {
                    hash: self.logs.last().unwrap().transaction_hash,
                    block_hash: self.hash,
                    to: contracts().rollup,
                    input: ScrollChain::commitBatchesCall::SELECTOR.into(),
                    blob_hashes: vec![],
                });
            }
            let transaction = self.transactions.last_mut().unwrap();
            transaction.blob_hashes.push(keccak256(hash));
            self.logs.last_mut().unwrap().transaction_hash = transaction.hash;
        }
    }

    fn log(&mut self, address: Option<Address>, data: LogData) {
        let log_index = self.logs.len() as u64;
        let place = [self.hash.as_slice(), &log_index.to_be_bytes()].concat();
        self.logs.push(L1Log {
            block_number: self.number,
            block_hash: self.hash,
            log_index,
            transaction_hash: keccak256(place),
            log: Log { address: address.unwrap(), data },
        });
    }
}
