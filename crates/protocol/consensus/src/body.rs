//! Rules of a body before execution (execution specification 6.4 and 2.1).

use crate::error::BodyError;
use alloy_consensus::{Typed2718, proofs::calculate_transaction_root};
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_primitives::{ScrollHeader, ScrollTxEnvelope, SealedBlock};

/// Checks that the body is the one the header commits to, and may be executed.
///
/// The first queue index is free: that it follows the last one of the chain is for the rollup
/// layer to check. Neither size nor number of transactions is limited.
///
/// # Errors
/// The first rule that is broken. [`BodyError::Ommers`], [`BodyError::Withdrawals`] and
/// [`BodyError::TransactionsRoot`] are faults of the body alone: the header may have another one.
/// The other variants condemn the header too.
pub fn validate_body(block: &SealedBlock, spec: &ScrollChainSpec) -> Result<(), BodyError> {
    let (header, body) = (block.header(), block.body());
    if !body.ommers.is_empty() {
        return Err(BodyError::Ommers { count: body.ommers.len() });
    }
    if body.withdrawals.is_some() {
        return Err(BodyError::Withdrawals);
    }
    let transactions = &body.transactions;
    let (got, expected) = (calculate_transaction_root(transactions), header.transactions_root);
    if got != expected {
        return Err(BodyError::TransactionsRoot { got, expected });
    }
    validate_transaction_types(header, transactions, spec)?;
    validate_l1_messages_first(transactions)?;
    validate_queue_order(transactions, spec.is_euclid_v2_active_at_timestamp(header.timestamp))
}

fn validate_transaction_types(
    header: &ScrollHeader,
    transactions: &[ScrollTxEnvelope],
    spec: &ScrollChainSpec,
) -> Result<(), BodyError> {
    for (index, transaction) in transactions.iter().enumerate() {
        let Some(required) = introducing_fork(transaction) else {
            continue;
        };
        if !spec.is_fork_active(required, header.number, header.timestamp) {
            return Err(BodyError::TransactionType { index, ty: transaction.ty(), required });
        }
    }
    Ok(())
}

/// The fork that introduces the type of a transaction, `None` if genesis does.
const fn introducing_fork(transaction: &ScrollTxEnvelope) -> Option<ScrollHardfork> {
    match transaction {
        ScrollTxEnvelope::Legacy(_) | ScrollTxEnvelope::L1Message(_) => None,
        ScrollTxEnvelope::Eip2930(_) | ScrollTxEnvelope::Eip1559(_) => Some(ScrollHardfork::Curie),
        ScrollTxEnvelope::Eip7702(_) => Some(ScrollHardfork::EuclidV2),
    }
}

fn validate_l1_messages_first(transactions: &[ScrollTxEnvelope]) -> Result<(), BodyError> {
    let disorder = transactions.windows(2).position(
        |pair| matches!(pair, [first, second] if !first.is_l1_message() && second.is_l1_message()),
    );
    match disorder {
        Some(index) => Err(BodyError::L1MessageAfterTransaction { index: index + 1 }),
        None => Ok(()),
    }
}

/// Message queue V1 allowed messages to be skipped, V2 (`consecutive`) does not.
fn validate_queue_order(
    transactions: &[ScrollTxEnvelope],
    consecutive: bool,
) -> Result<(), BodyError> {
    let mut queue_indices = transactions.iter().filter_map(ScrollTxEnvelope::queue_index);
    let Some(mut previous) = queue_indices.next() else {
        return Ok(());
    };
    for got in queue_indices {
        if consecutive && previous.checked_add(1) != Some(got) {
            return Err(BodyError::QueueIndexNotConsecutive { got, previous });
        }
        if got <= previous {
            return Err(BodyError::QueueIndexNotIncreasing { got, previous });
        }
        previous = got;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::{
        EMPTY_ROOT_HASH, SignableTransaction, TxEip1559, TxEip2930, TxEip7702, TxLegacy,
    };
    use alloy_primitives::{B256, Bytes, Signature, U256};
    use rollup_chainspec::scroll_mainnet;
    use rollup_primitives::{ScrollBlock, ScrollBlockBody, TxL1Message};

    const CURIE: u64 = 7_096_836;
    const EUCLID_V2: u64 = 1_745_305_200;
    /// Number and timestamp of a block with EuclidV2.
    const NEW: (u64, u64) = (14_907_016, EUCLID_V2);
    /// Number and timestamp of a block one second before EuclidV2.
    const OLD: (u64, u64) = (14_907_015, EUCLID_V2 - 1);

    fn signed<T: SignableTransaction<Signature>>(tx: T) -> ScrollTxEnvelope
    where
        ScrollTxEnvelope: From<alloy_consensus::Signed<T>>,
    {
        tx.into_signed(Signature::new(U256::ONE, U256::ONE, false)).into()
    }

    fn legacy() -> ScrollTxEnvelope {
        signed(TxLegacy::default())
    }

    fn message(queue_index: u64) -> ScrollTxEnvelope {
        TxL1Message { queue_index, ..Default::default() }.into()
    }

    fn block((number, timestamp): (u64, u64), transactions: &[ScrollTxEnvelope]) -> ScrollBlock {
        let transactions_root = calculate_transaction_root(transactions);
        let header = ScrollHeader { number, timestamp, transactions_root, ..Default::default() };
        let transactions = transactions.to_vec();
        ScrollBlock { header, body: ScrollBlockBody { transactions, ..Default::default() } }
    }

    fn validate(block: ScrollBlock) -> Result<(), BodyError> {
        validate_body(&SealedBlock::seal_slow(block), &scroll_mainnet())
    }

    #[test]
    fn rejects_a_body_that_is_not_of_the_header() {
        type Case = (fn(&mut ScrollBlock), BodyError);
        let root = block(NEW, &[message(0), legacy()]).header.transactions_root;
        let empty = EMPTY_ROOT_HASH;
        let swapped = calculate_transaction_root(&[legacy(), message(0)]);
        let cases: [Case; 6] = [
            (|b| b.body.ommers = vec![ScrollHeader::default(); 2], BodyError::Ommers { count: 2 }),
            (|b| b.body.withdrawals = Some(Default::default()), BodyError::Withdrawals),
            (
                |b| b.header.transactions_root = B256::ZERO,
                BodyError::TransactionsRoot { got: root, expected: B256::ZERO },
            ),
            (
                |b| b.header.transactions_root = EMPTY_ROOT_HASH,
                BodyError::TransactionsRoot { got: root, expected: empty },
            ),
            (
                |b| b.body.transactions.clear(),
                BodyError::TransactionsRoot { got: empty, expected: root },
            ),
            (
                |b| b.body.transactions.reverse(),
                BodyError::TransactionsRoot { got: swapped, expected: root },
            ),
        ];
        for (break_rule, expected) in cases {
            let mut block = block(NEW, &[message(0), legacy()]);
            assert_eq!(validate(block.clone()), Ok(()));
            break_rule(&mut block);
            assert_eq!(validate(block), Err(expected));
        }
    }

    #[test]
    fn accepts_each_transaction_type_from_its_fork_on() {
        use ScrollHardfork::{Curie, EuclidV2};
        let before_curie = (CURIE - 1, 1_719_994_277);
        let curie = (CURIE, 1_719_994_280);
        let types: [(ScrollTxEnvelope, Option<ScrollHardfork>); 5] = [
            (legacy(), None),
            (signed(TxEip2930::default()), Some(Curie)),
            (signed(TxEip1559::default()), Some(Curie)),
            (signed(TxEip7702::default()), Some(EuclidV2)),
            (message(3), None),
        ];
        for (place, newest) in [(before_curie, None), (curie, Some(Curie)), (OLD, Some(Curie))]
            .into_iter()
            .chain([(NEW, Some(EuclidV2))])
        {
            for (transaction, required) in &types {
                let result = validate(block(place, &[message(2), transaction.clone()]));
                let refused = required.filter(|_| *required > newest).map(|required| {
                    BodyError::TransactionType { index: 1, ty: transaction.ty(), required }
                });
                assert_eq!(result.err(), refused, "{place:?} {}", transaction.ty());
            }
        }
    }

    #[test]
    fn rejects_a_message_behind_a_transaction() {
        for (transactions, index) in [
            (vec![legacy(), message(0)], 1),
            (vec![message(0), legacy(), message(1)], 2),
            (vec![message(0), message(1), legacy(), legacy(), message(2), message(3)], 4),
        ] {
            for place in [OLD, NEW] {
                let expected = Err(BodyError::L1MessageAfterTransaction { index });
                assert_eq!(validate(block(place, &transactions)), expected);
            }
        }
    }

    #[test]
    fn forbids_gaps_in_the_queue_from_euclid_v2() {
        let falls = |got, previous| Err(BodyError::QueueIndexNotIncreasing { got, previous });
        let breaks = |got, previous| Err(BodyError::QueueIndexNotConsecutive { got, previous });
        let cases: [(&[u64], _, _); 8] = [
            (&[], Ok(()), Ok(())),
            (&[u64::MAX], Ok(()), Ok(())),
            (&[953_885, 953_886, 953_887], Ok(()), Ok(())),
            (&[5, 7], Ok(()), breaks(7, 5)),
            (&[5, 6, 60], Ok(()), breaks(60, 6)),
            (&[5, 5], falls(5, 5), breaks(5, 5)),
            (&[5, 6, 5], falls(5, 6), breaks(5, 6)),
            (&[u64::MAX, 0], falls(0, u64::MAX), breaks(0, u64::MAX)),
        ];
        for (queue_indices, before, after) in cases {
            let mut transactions: Vec<_> = queue_indices.iter().copied().map(message).collect();
            transactions.push(legacy());
            assert_eq!(validate(block(OLD, &transactions)), before, "{queue_indices:?}");
            assert_eq!(validate(block(NEW, &transactions)), after, "{queue_indices:?}");
        }
    }

    #[test]
    fn limits_neither_size_nor_number_of_transactions() {
        let input = Bytes::from(vec![1; 130_000]);
        let mut transactions: Vec<_> = (0..101).map(message).collect();
        transactions.push(signed(TxLegacy { input, ..Default::default() }));
        for place in [OLD, NEW] {
            assert_eq!(validate(block(place, &transactions)), Ok(()));
        }
    }
}
