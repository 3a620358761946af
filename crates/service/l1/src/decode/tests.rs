use super::*;
use crate::config::L1Contracts;
use alloy_primitives::{Bytes, Log, LogData};
use alloy_sol_types::SolCall;

const BLOCK: L1BlockRef =
    L1BlockRef { number: 7, hash: B256::repeat_byte(0xb7), timestamp: 1_700_000_000 };
const TX: B256 = B256::repeat_byte(0x71);

fn contracts() -> L1Contracts {
    let at = |byte| Some(Address::repeat_byte(byte));
    L1Contracts {
        rollup: at(1),
        queue_v1: at(2),
        queue_v2: at(3),
        system_config: at(4),
        first_v2_queue_index: Some(2),
        start_block: 0,
    }
}

fn log(address: Option<Address>, log_index: u64, data: LogData) -> L1Log {
    L1Log {
        block_number: BLOCK.number,
        block_hash: BLOCK.hash,
        log_index,
        transaction_hash: TX,
        log: Log { address: address.unwrap(), data },
    }
}

fn message(queue_index: u64, gas_limit: U256) -> LogData {
    L1MessageQueue::QueueTransaction {
        sender: Address::repeat_byte(0x5e),
        target: Address::repeat_byte(0x7a),
        value: U256::from(5),
        queueIndex: queue_index,
        gasLimit: gas_limit,
        data: Bytes::from_static(b"hello"),
    }
    .encode_log_data()
}

fn commit(index: u64) -> LogData {
    let hash = B256::from(U256::from(index + 100));
    ScrollChain::CommitBatch { batchIndex: U256::from(index), batchHash: hash }.encode_log_data()
}

fn transaction(input: &[u8], blobs: usize) -> L1Transaction {
    L1Transaction {
        hash: TX,
        block_hash: BLOCK.hash,
        to: contracts().rollup,
        input: Bytes::copy_from_slice(input),
        blob_hashes: (1..=blobs).map(|at| B256::from(U256::from(at))).collect(),
    }
}

/// Calldata with a selector and a codec version.
fn calldata(selector: [u8; 4], version: u8) -> Vec<u8> {
    [selector.as_slice(), &[0; 31], &[version], &[0xab; 32]].concat()
}

fn decode(logs: &[L1Log], transaction: Option<L1Transaction>) -> Result<DecodedBlock, L1DataError> {
    let transactions = transaction.into_iter().map(|found| (found.hash, found)).collect();
    let mut tip = QueueTip { queue_hash: None, first_v2_queue_index: Some(2) };
    decode_block(&contracts(), BLOCK, logs, &transactions, &mut tip)
}

/// Blobs of the batches that a transaction commits.
fn blobs_of(commits: u64, transaction: L1Transaction) -> Result<Vec<Option<B256>>, L1DataError> {
    let logs: Vec<_> = (1..=commits).map(|at| log(contracts().rollup, at, commit(at))).collect();
    let events = decode(&logs, Some(transaction))?.block.events;
    let blob = |event: &L1Event| match event {
        L1Event::BatchCommitted(batch) => batch.blob_hash,
        other => panic!("{other:?}"),
    };
    Ok(events.iter().map(blob).collect())
}

fn blob(at: u64) -> Option<B256> {
    Some(B256::from(U256::from(at)))
}

#[test]
fn messages_have_a_queue_hash_from_queue_v2_on() {
    let contracts = contracts();
    let logs = [
        log(contracts.queue_v1, 0, message(1, U256::from(21_000))),
        log(contracts.queue_v2, 1, message(2, U256::from(22_000))),
        log(contracts.queue_v2, 2, message(3, U256::MAX)),
    ];
    let events = decode(&logs, None).unwrap().block.events;
    let mut messages = events.into_iter().map(|event| match event {
        L1Event::MessageEnqueued(message) => message,
        other => panic!("{other:?}"),
    });
    let [first, second, third] = std::array::from_fn(|_| messages.next().unwrap());
    assert_eq!((first.message.queue_index, first.queue_hash), (1, None));
    let hash = next_queue_hash(None, second.message.tx_hash());
    assert_eq!(second.queue_hash, Some(hash));
    assert_eq!(third.queue_hash, Some(next_queue_hash(Some(hash), third.message.tx_hash())));
    assert_eq!(third.message.gas_limit, u64::MAX);
    assert_eq!(
        first.message,
        TxL1Message {
            queue_index: 1,
            gas_limit: 21_000,
            to: Address::repeat_byte(0x7a),
            value: U256::from(5),
            input: Bytes::from_static(b"hello"),
            sender: Address::repeat_byte(0x5e),
        }
    );
}

#[test]
fn a_message_of_queue_v2_waits_until_its_start_is_known() {
    let contracts = contracts();
    let mut tip = QueueTip::default();
    let first = [log(contracts.queue_v1, 0, message(1, U256::ONE))];
    decode_block(&contracts, BLOCK, &first, &HashMap::new(), &mut tip).unwrap();
    let second = [log(contracts.queue_v2, 0, message(2, U256::ONE))];
    let result = decode_block(&contracts, BLOCK, &second, &HashMap::new(), &mut tip);
    assert_eq!(result, Err(L1DataError::QueueStartUnknown { queue_index: 2 }));
}

#[test]
fn an_event_of_another_contract_does_not_count() {
    let L1Contracts { rollup, queue_v1, queue_v2, system_config, .. } = contracts();
    let signer = SystemConfig::SignerUpdated { oldSigner: Address::ZERO, newSigner: Address::ZERO };
    let logs = [
        log(rollup, 0, message(0, U256::ONE)),
        log(system_config, 1, message(0, U256::ONE)),
        log(queue_v1, 2, commit(1)),
        log(queue_v2, 3, commit(1)),
        log(rollup, 4, signer.encode_log_data()),
        log(Some(Address::repeat_byte(9)), 5, commit(1)),
    ];
    let decoded = decode(&logs, None).unwrap();
    assert_eq!((decoded.block.events, decoded.signers), (vec![], vec![]));
    assert_eq!(commit_transactions(&contracts(), &logs), Ok(vec![]));
}

#[test]
fn what_happens_to_batches_is_told_in_order_and_without_the_genesis_batch() {
    let L1Contracts { rollup, system_config, .. } = contracts();
    let hash = B256::repeat_byte(0x11);
    let finalize = |index: u64| {
        ScrollChain::FinalizeBatch {
            batchIndex: U256::from(index),
            batchHash: hash,
            stateRoot: B256::repeat_byte(2),
            withdrawRoot: B256::repeat_byte(3),
        }
        .encode_log_data()
    };
    let revert = ScrollChain::RevertBatch_0 { batchIndex: U256::from(4), batchHash: hash };
    let range = ScrollChain::RevertBatch_1 {
        startBatchIndex: U256::from(2),
        finishBatchIndex: U256::from(3),
    };
    let new_signer = Address::repeat_byte(0xaa);
    let signer = SystemConfig::SignerUpdated { oldSigner: Address::ZERO, newSigner: new_signer };
    let logs = [
        log(rollup, 0, commit(0)),
        log(rollup, 1, finalize(0)),
        log(rollup, 2, revert.encode_log_data()),
        log(rollup, 3, range.encode_log_data()),
        log(rollup, 4, finalize(1)),
        log(system_config, 5, signer.encode_log_data()),
    ];
    let decoded = decode(&logs, None).unwrap();
    let roots = BatchRoots { state: B256::repeat_byte(2), withdraw: B256::repeat_byte(3) };
    let expected = vec![
        L1Event::BatchReverted(BatchId { index: 4, hash }),
        L1Event::BatchesReverted { first: 2, last: 3 },
        L1Event::BatchFinalized { batch: BatchId { index: 1, hash }, roots },
    ];
    assert_eq!((decoded.block.events, decoded.signers), (expected, vec![new_signer]));
}

#[test]
fn blobs_go_to_the_batches_of_a_transaction_in_order() {
    let many = calldata(ScrollChain::commitBatchesCall::SELECTOR, 8);
    assert_eq!(blobs_of(3, transaction(&many, 3)), Ok(vec![blob(1), blob(2), blob(3)]));
    for blobs in [0, 2, 4] {
        let result = blobs_of(3, transaction(&many, blobs));
        assert_eq!(result, Err(L1DataError::BlobCount { transaction: TX, commits: 3, blobs }));
    }
}

#[test]
fn each_way_to_commit_has_its_own_number_of_blobs() {
    let in_calldata = calldata(ScrollChain::commitBatchCall::SELECTOR, 0);
    assert_eq!(blobs_of(1, transaction(&in_calldata, 0)), Ok(vec![None]));
    let in_blob = calldata(ScrollChain::commitBatchCall::SELECTOR, 1);
    assert_eq!(blobs_of(1, transaction(&in_blob, 1)), Ok(vec![blob(1)]));
    assert!(blobs_of(1, transaction(&in_blob, 0)).is_err());
    // Anybody may send one of these, with as many blobs as they like.
    let enforced = calldata(ScrollChain::commitAndFinalizeBatchCall::SELECTOR, 7);
    assert_eq!(blobs_of(1, transaction(&enforced, 2)), Ok(vec![blob(1)]));
    assert!(blobs_of(1, transaction(&enforced, 0)).is_err());
}

#[test]
fn a_commit_through_another_contract_keeps_its_calldata_as_it_is() {
    let mut through = transaction(b"whatever the other contract takes", 0);
    through.to = Some(Address::repeat_byte(0x99));
    let logs = [log(contracts().rollup, 0, commit(1))];
    let events = decode(&logs, Some(through.clone())).unwrap().block.events;
    let L1Event::BatchCommitted(batch) = &events[0] else { panic!("{events:?}") };
    assert_eq!((&batch.calldata, batch.blob_hash), (&through.input, None));
    through.blob_hashes = transaction(&[], 2).blob_hashes;
    assert_eq!(blobs_of(2, through), Ok(vec![blob(1), blob(2)]));
}

#[test]
fn a_transaction_of_another_block_is_refused() {
    let logs = [log(contracts().rollup, 0, commit(1))];
    let many = calldata(ScrollChain::commitBatchesCall::SELECTOR, 8);
    let mut moved = transaction(&many, 1);
    moved.block_hash = B256::ZERO;
    let expected = L1DataError::TransactionMoved { transaction: TX, block_hash: BLOCK.hash };
    assert_eq!(decode(&logs, Some(moved)), Err(expected));
    assert_eq!(decode(&logs, None), Err(expected));
}

#[test]
fn malformed_events_are_refused_by_their_place() {
    let L1Contracts { rollup, queue_v2, system_config, .. } = contracts();
    let good = message(2, U256::ONE);
    let with = |data: &LogData, topics: usize, bytes: usize| {
        let topics = data.topics()[..topics].to_vec();
        LogData::new_unchecked(topics, data.data.slice(..bytes))
    };
    let signer = SystemConfig::SignerUpdated { oldSigner: Address::ZERO, newSigner: Address::ZERO };
    let signer = signer.encode_log_data();
    for (address, data) in [
        (queue_v2, with(&good, 1, good.data.len())),
        (queue_v2, with(&good, 3, 0)),
        (queue_v2, with(&good, 3, good.data.len() - 32)),
        (rollup, with(&commit(1), 2, 0)),
        (system_config, with(&signer, 1, 31)),
    ] {
        let result = decode(&[log(address, 3, data)], None);
        let Err(L1DataError::Malformed { l1_block_number, log_index, address: named, .. }) = result
        else {
            panic!("{result:?}")
        };
        assert_eq!((l1_block_number, log_index, Some(named)), (7, 3, address));
    }
}

#[test]
fn a_batch_index_beyond_64_bits_is_refused() {
    let event = ScrollChain::CommitBatch { batchIndex: U256::MAX, batchHash: B256::ZERO };
    let result = decode(&[log(contracts().rollup, 3, event.encode_log_data())], None);
    assert!(matches!(result, Err(L1DataError::NumberTooHigh { field: "batchIndex", .. })));
}

#[test]
fn logs_of_another_block_and_in_another_order_are_refused() {
    let queue = contracts().queue_v2;
    let mut other = log(queue, 0, message(2, U256::ONE));
    other.block_hash = B256::ZERO;
    assert!(matches!(decode(&[other], None), Err(L1DataError::OtherBlock { .. })));
    let logs = [5, 5].map(|at| log(queue, at, message(2, U256::ONE)));
    let expected = L1DataError::OutOfOrder { l1_block_number: 7, log_index: 5 };
    assert_eq!(decode(&logs, None), Err(expected));
}

#[test]
fn a_contract_that_does_not_exist_is_not_looked_for() {
    let known = contracts();
    let contracts = L1Contracts { queue_v1: None, ..contracts() };
    let filter = contracts.log_filter();
    assert_eq!(filter.addresses.len(), 3);
    let of_v1 = log(known.queue_v1, 0, message(0, U256::ONE));
    assert!(known.log_filter().matches(&of_v1.log) && !filter.matches(&of_v1.log));
    assert_eq!(EventKind::of(&contracts, &of_v1.log), None);
}
