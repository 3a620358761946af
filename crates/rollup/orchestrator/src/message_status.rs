//! Where an L1 message is on its way into the chain.

use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_chainspec::ScrollChainSpec;
use rollup_sequencer::{L1InclusionMode, SequencerConfig};
use rollup_storage::{ChainView, L1Progress, StorageError, StoredL1Message};

/// Messages before one that are looked at for what is in its way.
const MAX_MESSAGES_BEFORE: usize = 1000;

/// How an L1 message is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L1MessageKey {
    /// By its position in the queue.
    QueueIndex(u64),
    /// By the hash of its transaction on L2.
    Hash(B256),
}

/// The rules by which a sequencer includes L1 messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L1MessageRules {
    /// From which L1 blocks.
    pub mode: L1InclusionMode,
    /// How many in a block, at most.
    pub max_messages: u64,
    /// Sum of their gas limits in a block, at most.
    pub max_gas: u64,
}

impl L1MessageRules {
    /// Those of a sequencer with these settings.
    pub fn new(config: &SequencerConfig, spec: &ScrollChainSpec) -> Self {
        let allowed = spec.config().l1.max_l1_messages_per_block;
        Self {
            mode: config.l1_inclusion_mode,
            max_messages: config.max_l1_messages.unwrap_or(allowed),
            max_gas: config.max_l1_message_gas,
        }
    }
}

/// An L1 message, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1MessageStatus {
    /// Its position in the queue.
    pub queue_index: u64,
    /// Hash of its transaction on L2.
    pub hash: B256,
    /// L1 block that enqueued it; `None` if a block includes it that came before this was read from
    /// L1, or that L1 is read anew for.
    pub l1_block_number: Option<u64>,
    /// Where it is.
    pub state: L1MessageState,
}

/// Where an L1 message is on its way into the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L1MessageState {
    /// Its L1 block is not deep enough.
    WaitsForDepth {
        /// The rule that says how deep.
        mode: L1InclusionMode,
        /// The L1 block that has to be finalized, or there, as the rule says.
        l1_block: u64,
        /// L1 blocks that are missing until then; not 0.
        missing: u64,
    },
    /// It is included as soon as there is room.
    Queued {
        /// Messages that come before it.
        ahead: u64,
    },
    /// It is not included until somebody does something.
    Blocked {
        /// The message that cannot be included: this one, or one before it.
        queue_index: u64,
        /// Why it cannot.
        obstacle: L1MessageObstacle,
    },
    /// It is in a block.
    Included {
        /// The block.
        block: BlockNumHash,
        /// How firm that is.
        level: InclusionLevel,
    },
    /// The chain goes on behind it without it, and will not include it.
    Skipped,
}

/// Why an L1 message can never be included as things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L1MessageObstacle {
    /// The settings permit no messages at all.
    NonePermitted,
    /// It alone has more gas than the messages of a block may have.
    TooMuchGas {
        /// Its gas limit.
        gas_limit: u64,
        /// That of all messages of a block.
        max_gas: u64,
    },
    /// A batch has passed it over.
    PassedOver,
    /// It is not known, although later ones are.
    Missing,
}

/// How firm it is that a block is in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InclusionLevel {
    /// Only by the signature of the sequencer.
    Unsafe,
    /// It is in a batch on L1.
    Safe,
    /// That batch is final.
    Finalized,
}

/// Where an L1 message is; `None` if it is not known. `progress` is how far L1 is known.
///
/// A message that cannot be executed is not told from one that waits: only the slot that tried to
/// include it knows.
///
/// # Errors
/// Those of the database.
pub fn l1_message_status(
    view: &ChainView,
    progress: L1Progress,
    rules: &L1MessageRules,
    key: L1MessageKey,
) -> Result<Option<L1MessageStatus>, StorageError> {
    let known = match key {
        L1MessageKey::QueueIndex(index) => view.l1_message(index)?,
        L1MessageKey::Hash(hash) => match view.l1_message_by_hash(hash)? {
            None => return included_unknown(view, hash),
            known => known,
        },
    };
    let Some(message) = known else { return Ok(None) };
    Ok(Some(L1MessageStatus {
        queue_index: message.message.queue_index,
        hash: message.hash,
        l1_block_number: Some(message.l1_block_number),
        state: state_of(view, progress, rules, &message)?,
    }))
}

/// A message that is in the chain and not known from L1.
fn included_unknown(view: &ChainView, hash: B256) -> Result<Option<L1MessageStatus>, StorageError> {
    let Some((transaction, at, _)) = view.transaction(hash)? else { return Ok(None) };
    let Some(queue_index) = transaction.queue_index() else { return Ok(None) };
    let state = included(view, at)?;
    Ok(Some(L1MessageStatus { queue_index, hash, l1_block_number: None, state }))
}

fn state_of(
    view: &ChainView,
    progress: L1Progress,
    rules: &L1MessageRules,
    message: &StoredL1Message,
) -> Result<L1MessageState, StorageError> {
    if let Some(number) = message.l2_block_number {
        return included(view, number);
    }
    let head = view.head()?.number;
    let (index, next) = (message.message.queue_index, view.next_queue_index(head)?);
    if message.skipped || index < next {
        return Ok(L1MessageState::Skipped);
    }
    if let Some((queue_index, obstacle)) = obstacle(view, rules, next, index)? {
        return Ok(L1MessageState::Blocked { queue_index, obstacle });
    }
    let l1_block_number = message.l1_block_number;
    if rules.mode.highest_l1_block(progress).is_none_or(|highest| l1_block_number > highest) {
        return Ok(waits(rules.mode, progress, l1_block_number));
    }
    Ok(L1MessageState::Queued { ahead: index - next })
}

fn included(view: &ChainView, number: u64) -> Result<L1MessageState, StorageError> {
    let missing = StorageError::Missing { table: "CanonicalHeaders", number };
    let hash = view.hash_of(number)?.ok_or(missing)?;
    let forkchoice = view.forkchoice()?;
    let level = if number <= forkchoice.finalized.number {
        InclusionLevel::Finalized
    } else if number <= forkchoice.safe.number {
        InclusionLevel::Safe
    } else {
        InclusionLevel::Unsafe
    };
    Ok(L1MessageState::Included { block: BlockNumHash::new(number, hash), level })
}

const fn waits(mode: L1InclusionMode, progress: L1Progress, number: u64) -> L1MessageState {
    let (below, reached) = match mode {
        L1InclusionMode::Finalized(below) => (below, progress.finalized),
        L1InclusionMode::Depth(below) => (below, progress.latest),
    };
    let l1_block = number.saturating_add(below);
    let missing = match reached {
        Some(reached) => l1_block.saturating_sub(reached),
        // The blocks from 0 on.
        None => l1_block.saturating_add(1),
    };
    L1MessageState::WaitsForDepth { mode, l1_block, missing }
}

/// The first message from `next` up to `index` that can never be included as things are.
fn obstacle(
    view: &ChainView,
    rules: &L1MessageRules,
    next: u64,
    index: u64,
) -> Result<Option<(u64, L1MessageObstacle)>, StorageError> {
    if rules.max_messages == 0 {
        return Ok(Some((next, L1MessageObstacle::NonePermitted)));
    }
    let head = view.head()?.number;
    let missing = StorageError::Missing { table: "Headers", number: head };
    // As the planner does: the gas limit of the next block is at least near that of the head.
    let max_gas = rules.max_gas.min(view.header(head)?.ok_or(missing)?.gas_limit);
    let messages = view.l1_messages(next, u64::MAX, MAX_MESSAGES_BEFORE)?;
    for (expected, message) in (next..=index).zip(messages) {
        let gas_limit = message.message.gas_limit;
        let obstacle = if message.message.queue_index != expected {
            L1MessageObstacle::Missing
        } else if message.skipped {
            L1MessageObstacle::PassedOver
        } else if gas_limit > max_gas {
            L1MessageObstacle::TooMuchGas { gas_limit, max_gas }
        } else {
            continue;
        };
        return Ok(Some((expected, obstacle)));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollup_primitives::{SealedBlock, TxL1Message};
    use rollup_storage::{
        EnqueuedMessage, ExecutedBlock, L1Block, L1Event, ReplayError, RollupChange, Storage,
        StorageConfig,
    };
    use rstest::rstest;

    /// Gas limits of the messages; message n is enqueued in L1 block 10 + n.
    const GAS: [u64; 4] = [100, 200, 5_000, 100];

    fn storage(directory: &std::path::Path) -> Storage {
        let spec = ScrollChainSpec::parse("dev").unwrap();
        let replay = |_: &ChainView, _: SealedBlock| -> Result<ExecutedBlock, ReplayError> {
            panic!("there is no block")
        };
        let (storage, _) =
            Storage::open(directory, StorageConfig::default(), spec, &replay).unwrap();
        let blocks = (0..).zip(GAS).map(|(queue_index, gas_limit)| {
            let message = TxL1Message { queue_index, gas_limit, ..Default::default() };
            let message = EnqueuedMessage { message, queue_hash: None };
            let number = 10 + queue_index;
            RollupChange::L1Block(L1Block {
                number,
                hash: B256::with_last_byte(u8::try_from(number).unwrap()),
                timestamp: number * 12,
                events: vec![L1Event::MessageEnqueued(message)],
            })
        });
        storage.apply_rollup(blocks.collect()).unwrap();
        storage
    }

    const fn rules(mode: L1InclusionMode) -> L1MessageRules {
        L1MessageRules { mode, max_messages: 10, max_gas: 1_000 }
    }

    fn progress(latest: impl Into<Option<u64>>, finalized: impl Into<Option<u64>>) -> L1Progress {
        let latest = latest.into();
        L1Progress { latest, finalized: finalized.into(), processed: latest }
    }

    fn state(
        storage: &Storage,
        progress: L1Progress,
        rules: L1MessageRules,
        index: u64,
    ) -> Option<L1MessageState> {
        let key = L1MessageKey::QueueIndex(index);
        let view = storage.view().unwrap();
        let status = l1_message_status(&view, progress, &rules, key).unwrap()?;
        assert_eq!((status.queue_index, status.l1_block_number), (index, Some(10 + index)));
        let key = L1MessageKey::Hash(status.hash);
        let by_hash = l1_message_status(&view, progress, &rules, key).unwrap();
        assert_eq!(by_hash.as_ref(), Some(&status));
        Some(status.state)
    }

    #[rstest]
    #[case::depth_is_missing(L1InclusionMode::Depth(2), progress(11, None), 12, 1)]
    #[case::all_is_missing(L1InclusionMode::Depth(10), progress(10, 10), 20, 10)]
    #[case::finality_is_missing(L1InclusionMode::Finalized(0), progress(99, 7), 10, 3)]
    #[case::and_more(L1InclusionMode::Finalized(2), progress(99, 11), 12, 1)]
    #[case::nothing_is_final(L1InclusionMode::Finalized(2), progress(99, None), 12, 13)]
    #[case::nothing_is_seen(L1InclusionMode::Depth(0), progress(None, None), 10, 11)]
    fn a_message_waits_for_the_l1_block_that_the_rule_names(
        #[case] mode: L1InclusionMode,
        #[case] progress: L1Progress,
        #[case] l1_block: u64,
        #[case] missing: u64,
    ) {
        let directory = tempfile::tempdir().unwrap();
        let storage = storage(directory.path());
        let waits = L1MessageState::WaitsForDepth { mode, l1_block, missing };
        assert_eq!(state(&storage, progress, rules(mode), 0), Some(waits));
    }

    #[rstest]
    #[case::the_first(L1InclusionMode::Depth(2), progress(12, None), 0, 0)]
    #[case::behind_one(L1InclusionMode::Depth(2), progress(13, None), 1, 1)]
    #[case::final_enough(L1InclusionMode::Finalized(2), progress(99, 13), 1, 1)]
    fn a_message_that_is_deep_enough_is_queued(
        #[case] mode: L1InclusionMode,
        #[case] progress: L1Progress,
        #[case] index: u64,
        #[case] ahead: u64,
    ) {
        let directory = tempfile::tempdir().unwrap();
        let storage = storage(directory.path());
        let queued = Some(L1MessageState::Queued { ahead });
        assert_eq!(state(&storage, progress, rules(mode), index), queued);
    }

    #[test]
    fn what_is_in_the_way_blocks_a_message_and_all_behind_it() {
        let directory = tempfile::tempdir().unwrap();
        let storage = storage(directory.path());
        let (all, rules) = (progress(99, 99), rules(L1InclusionMode::Depth(0)));
        let obstacle = L1MessageObstacle::TooMuchGas { gas_limit: 5_000, max_gas: 1_000 };
        let blocked = Some(L1MessageState::Blocked { queue_index: 2, obstacle });
        assert_eq!(state(&storage, all, rules, 1), Some(L1MessageState::Queued { ahead: 1 }));
        assert_eq!(state(&storage, all, rules, 2), blocked);
        assert_eq!(state(&storage, all, rules, 3), blocked);
        assert_eq!(state(&storage, progress(1, 1), rules, 3), blocked, "whatever the depth");
        let more = L1MessageRules { max_gas: 5_000, ..rules };
        assert_eq!(state(&storage, all, more, 3), Some(L1MessageState::Queued { ahead: 3 }));
        let none = L1MessageRules { max_messages: 0, ..rules };
        let obstacle = L1MessageObstacle::NonePermitted;
        let blocked = Some(L1MessageState::Blocked { queue_index: 0, obstacle });
        assert_eq!(state(&storage, all, none, 1), blocked);
    }

    #[test]
    fn what_l1_did_not_tell_is_not_known() {
        let directory = tempfile::tempdir().unwrap();
        let storage = storage(directory.path());
        let (all, rules) = (progress(99, 99), rules(L1InclusionMode::Depth(0)));
        assert_eq!(state(&storage, all, rules, 4), None);
        let key = L1MessageKey::Hash(B256::repeat_byte(7));
        let view = storage.view().unwrap();
        assert_eq!(l1_message_status(&view, all, &rules, key).unwrap(), None);
    }
}
