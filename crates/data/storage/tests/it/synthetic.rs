//! Blocks that follow from their parent's state and a seed in their header, so that any process can
//! execute them again.

use crate::process::mix;
use alloy_consensus::EthereumReceipt;
use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256, keccak256};
use rollup_db::Account;
use rollup_primitives::{
    RecoveredBlock, ScrollBlock, ScrollBlockBody, ScrollHeader, ScrollReceipt, ScrollTxEnvelope,
    ScrollTxType, SealedBlock, TxL1Message,
};
use rollup_storage::{
    AccountDiff, ChainView, ExecutedBlock, ReplayError, SlotDiff, StateDiff, StateReader,
};

/// Few enough to be changed, removed and made anew again and again.
const ACCOUNTS: u64 = 40;
const SLOTS: u64 = 12;

/// The block that `seed` makes on the head of `view`.
pub(crate) fn build(view: &ChainView, seed: u64) -> ExecutedBlock {
    let head = view.head().unwrap();
    let parent = view.header(head.number).unwrap().unwrap();
    let number = head.number + 1;
    let first_message = view.next_queue_index(head.number).unwrap();
    let transactions: Vec<ScrollTxEnvelope> =
        (0..mix(seed) % 4).map(|at| message(first_message + at).into()).collect();
    let receipts: Vec<_> = (1..=transactions.len() as u64).map(|at| receipt(at, seed)).collect();
    let changes = view.changes(diff(&view.latest_state(), seed)).unwrap();
    let header = ScrollHeader {
        parent_hash: head.hash,
        number,
        timestamp: parent.timestamp + 1,
        extra_data: seed.to_be_bytes().into(),
        state_root: changes.state_root(),
        transactions_root: alloy_consensus::proofs::calculate_transaction_root(&transactions),
        receipts_root: ScrollReceipt::receipts_root(&receipts),
        logs_bloom: ScrollReceipt::logs_bloom(&receipts),
        gas_used: receipts.len() as u64 * 21_000,
        gas_limit: 10_000_000,
        base_fee_per_gas: Some(1),
        ..Default::default()
    };
    let senders = vec![Address::ZERO; transactions.len()];
    let body = ScrollBlockBody { transactions, ..Default::default() };
    let block = RecoveredBlock::new_unhashed(ScrollBlock { header, body }, senders);
    ExecutedBlock { block, receipts, changes, signature: None }
}

/// The message of the queue that every block has that includes one of this index.
pub(crate) fn message(queue_index: u64) -> TxL1Message {
    let input = Bytes::from(vec![7; usize::try_from(mix(queue_index) % 500).unwrap()]);
    TxL1Message { queue_index, input, gas_limit: 50_000, ..Default::default() }
}

/// Executes a block that [`build`] made.
#[expect(clippy::unnecessary_wraps, reason = "the form that the storage asks for")]
pub(crate) fn replay(view: &ChainView, block: SealedBlock) -> Result<ExecutedBlock, ReplayError> {
    let seed = u64::from_be_bytes(block.extra_data.as_ref().try_into().unwrap());
    let executed = build(view, seed);
    assert_eq!(executed.block.hash(), block.hash(), "block {}", block.number);
    Ok(executed)
}

fn receipt(at: u64, seed: u64) -> ScrollReceipt {
    let topic = B256::from(U256::from(mix(seed) % 5));
    let data = LogData::new_unchecked(vec![topic], Bytes::new());
    ScrollReceipt {
        inner: EthereumReceipt {
            tx_type: ScrollTxType::L1Message,
            success: true,
            cumulative_gas_used: at * 21_000,
            logs: vec![Log { address: Address::repeat_byte(1), data }],
        },
        l1_fee: U256::ZERO,
    }
}

fn diff(state: &StateReader<'_>, seed: u64) -> StateDiff {
    let mut diff = StateDiff::default();
    for at in 0..mix(seed ^ 1) % 12 {
        let choice = mix(seed ^ mix(at));
        let address = Address::from_word(keccak256((choice % ACCOUNTS).to_be_bytes()));
        let before = state.account(address).unwrap();
        let account = change(state, address, before, choice);
        if let Some(Account { code_hash, .. }) = account.after
            && code_hash == keccak256(code())
        {
            diff.codes.insert(code_hash, code());
        }
        if account.after.is_some() || before.is_some() {
            diff.accounts.insert(address, account);
        }
    }
    diff
}

fn code() -> Bytes {
    vec![0x60; 40].into()
}

fn change(
    state: &StateReader<'_>,
    address: Address,
    before: Option<Account>,
    choice: u64,
) -> AccountDiff {
    if choice.is_multiple_of(7) {
        return AccountDiff { before, ..Default::default() };
    }
    let is_wiped = choice.is_multiple_of(11);
    let code_hash =
        if choice.is_multiple_of(3) { keccak256(code()) } else { Account::default().code_hash };
    let after = Account { nonce: choice % 90, balance: U256::from(choice | 1), code_hash };
    let slots = (0..choice / 7 % 6).map(|at| {
        let slot = U256::from(mix(choice ^ mix(at)) % SLOTS);
        let before = state.storage(address, slot).unwrap();
        let after = U256::from(mix(choice ^ at) % 3) * U256::from(choice);
        (slot, SlotDiff { before, after })
    });
    let storage = slots.filter(|(_, slot)| slot.before != slot.after).collect();
    AccountDiff { before, after: Some(after), is_wiped, storage }
}
