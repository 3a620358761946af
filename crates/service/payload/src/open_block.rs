//! A block that transactions are added to.

use crate::{built::StopReason, error::PayloadError};
use alloy_consensus::transaction::Recovered;
use alloy_eips::Encodable2718;
use alloy_evm::block::{BlockExecutionError, BlockValidationError, StateDB};
use rollup_chainspec::ScrollChainSpec;
use rollup_evm::{BlockBuilder, BuildError};
use rollup_primitives::ScrollTxEnvelope;
use std::error::Error;
use tracing::{trace, warn};

/// Gas that every transaction uses, at least.
const MIN_TRANSACTION_GAS: u64 = 21_000;
/// Bytes of a transaction, about the least.
const MIN_TRANSACTION_BYTES: usize = 115;

/// A block that transactions are added to, with the rules for what may still go in.
#[derive(Debug)]
pub(crate) struct OpenBlock<'a, DB: StateDB> {
    builder: BlockBuilder<'a, DB>,
    max_bytes: usize,
    count: Count,
}

/// What is in the block, and what was left out of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count {
    pub(crate) l1_messages: usize,
    /// L1 messages included.
    pub(crate) transactions: usize,
    /// Bytes of the other transactions, as a body encodes them.
    pub(crate) transaction_bytes: usize,
    /// Queue indices of L1 messages that were left out.
    pub(crate) skipped_l1_messages: Vec<u64>,
    last_queue_index: Option<u64>,
}

/// What becomes of a transaction of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inclusion {
    /// It is in the block.
    Included,
    /// It has been in the chain for long; those behind it may do.
    SkipTransaction,
    /// Nothing of its sender can be in the block any more.
    SkipSender,
}

/// What the refusal of a transaction says.
enum Refusal {
    NoRoom(BuildError),
    NonceTooLow(BuildError),
    Invalid(BuildError),
}

impl Refusal {
    /// Tells it from a failure, which says nothing about the transaction.
    fn of(err: BuildError) -> Result<Self, PayloadError> {
        match err {
            BuildError::BlockFull { .. } => Ok(Self::NoRoom(err)),
            BuildError::Invalid(BlockValidationError::InvalidTx { ref error, .. }) => {
                Ok(if error.is_nonce_too_low() {
                    Self::NonceTooLow(err)
                } else {
                    Self::Invalid(err)
                })
            }
            BuildError::Invalid(err) => {
                Err(PayloadError::Execution(BlockExecutionError::Validation(err)))
            }
            BuildError::Internal(err) => Err(PayloadError::Execution(err)),
        }
    }

    fn reason(&self) -> &(dyn Error + 'static) {
        let (Self::NoRoom(err) | Self::NonceTooLow(err) | Self::Invalid(err)) = self;
        err
    }
}

impl<'a, DB: StateDB> OpenBlock<'a, DB> {
    pub(crate) fn new(builder: BlockBuilder<'a, DB>, spec: &ScrollChainSpec) -> Self {
        Self::resume(builder, spec, Count::default())
    }

    /// Goes on with a block that has transactions.
    pub(crate) fn resume(
        builder: BlockBuilder<'a, DB>,
        spec: &ScrollChainSpec,
        count: Count,
    ) -> Self {
        let max_bytes = spec.config().max_tx_payload_bytes_per_block;
        Self { builder, max_bytes: usize::try_from(max_bytes).unwrap_or(usize::MAX), count }
    }

    /// Why no transaction of the pool can come any more; `None` if one can.
    pub(crate) const fn full(&self) -> Option<StopReason> {
        let full_from = self.max_bytes.saturating_sub(MIN_TRANSACTION_BYTES);
        if self.builder.available_gas() < MIN_TRANSACTION_GAS {
            Some(StopReason::GasLimit)
        } else if self.count.transaction_bytes > full_from {
            Some(StopReason::ByteLimit)
        } else {
            None
        }
    }

    /// Adds a transaction of the attributes, or leaves it out if it cannot be in the block. Gives
    /// whether it is in.
    pub(crate) fn push_forced(
        &mut self,
        tx: Recovered<ScrollTxEnvelope>,
    ) -> Result<bool, PayloadError> {
        if let Some(message) = tx.as_l1_message() {
            let queue_index = message.inner().queue_index;
            return self.push_l1_message(tx, queue_index);
        }
        let (hash, bytes) = (*tx.hash(), tx.network_len());
        match self.builder.push(tx) {
            Ok(_) => {
                self.include(bytes);
                Ok(true)
            }
            Err(err) => {
                let refusal = Refusal::of(err)?;
                let err = refusal.reason();
                warn!(target: "payload::block", %hash, err, "transaction left out");
                Ok(false)
            }
        }
    }

    fn push_l1_message(
        &mut self,
        tx: Recovered<ScrollTxEnvelope>,
        queue_index: u64,
    ) -> Result<bool, PayloadError> {
        if !self.count.skipped_l1_messages.is_empty() {
            self.count.skipped_l1_messages.push(queue_index);
            return Ok(false);
        }
        if !self.is_next_l1_message(queue_index) {
            warn!(target: "payload::block", queue_index, "L1 message out of order left out");
            self.count.skipped_l1_messages.push(queue_index);
            return Ok(false);
        }
        match self.builder.push(tx) {
            Ok(_) => {
                self.count.l1_messages += 1;
                self.count.transactions += 1;
                self.count.last_queue_index = Some(queue_index);
                Ok(true)
            }
            Err(err) => {
                let refusal = Refusal::of(err)?;
                let err = refusal.reason();
                warn!(target: "payload::block", queue_index, err, "L1 message left out");
                self.count.skipped_l1_messages.push(queue_index);
                Ok(false)
            }
        }
    }

    /// Whether the message may come next in a body: before all other transactions, and without a
    /// gap behind the message before it.
    fn is_next_l1_message(&self, queue_index: u64) -> bool {
        self.count.transactions == self.count.l1_messages
            && self
                .count
                .last_queue_index
                .is_none_or(|last| last.checked_add(1) == Some(queue_index))
    }

    /// Adds a transaction of the pool, if it can be in the block.
    pub(crate) fn push_pooled(
        &mut self,
        tx: &Recovered<ScrollTxEnvelope>,
    ) -> Result<Inclusion, PayloadError> {
        let bytes = tx.network_len();
        let has_room = self.count.transaction_bytes.saturating_add(bytes) <= self.max_bytes;
        // The pool holds no L1 messages. One that came from there would be made up.
        if tx.is_l1_message() || !has_room {
            return Ok(Inclusion::SkipSender);
        }
        match self.builder.push(tx.clone()) {
            Ok(_) => {
                self.include(bytes);
                Ok(Inclusion::Included)
            }
            Err(err) => {
                let refusal = Refusal::of(err)?;
                let (hash, err) = (tx.hash(), refusal.reason());
                trace!(target: "payload::block", %hash, err, "transaction skipped");
                Ok(match refusal {
                    Refusal::NonceTooLow(_) => Inclusion::SkipTransaction,
                    Refusal::NoRoom(_) | Refusal::Invalid(_) => Inclusion::SkipSender,
                })
            }
        }
    }

    const fn include(&mut self, bytes: usize) {
        self.count.transactions += 1;
        self.count.transaction_bytes += bytes;
    }

    /// Takes no more transactions.
    pub(crate) fn close(self) -> (BlockBuilder<'a, DB>, Count) {
        (self.builder, self.count)
    }
}
