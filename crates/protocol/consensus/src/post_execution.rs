//! Rules on the result of execution (execution specification 6.5).

use crate::error::{PostExecutionError, StateRootError};
use alloy_primitives::B256;
use rollup_chainspec::ScrollChainSpec;
use rollup_primitives::{ScrollHeader, ScrollReceipt};

/// Checks gas used, receipts root and logs bloom of an executed block.
///
/// `gas_used` is the gas all transactions used together, after refunds.
///
/// # Errors
/// The first value that differs from the header's.
pub fn validate_post_execution(
    header: &ScrollHeader,
    gas_used: u64,
    receipts: &[ScrollReceipt],
) -> Result<(), PostExecutionError> {
    if gas_used != header.gas_used {
        return Err(PostExecutionError::GasUsed { got: gas_used, expected: header.gas_used });
    }
    let receipts_root = ScrollReceipt::receipts_root(receipts);
    if receipts_root != header.receipts_root {
        return Err(PostExecutionError::ReceiptsRoot {
            got: receipts_root,
            expected: header.receipts_root,
        });
    }
    let logs_bloom = ScrollReceipt::logs_bloom(receipts);
    if logs_bloom != header.logs_bloom {
        return Err(PostExecutionError::LogsBloom {
            got: Box::new(logs_bloom),
            expected: Box::new(header.logs_bloom),
        });
    }
    Ok(())
}

/// Checks the root of the Merkle Patricia trie after a block, from Euclid on.
///
/// Before Euclid the header holds the root of a zktrie over the same state: `computed` says
/// nothing about it and is ignored.
///
/// # Errors
/// If the roots differ.
pub fn validate_state_root(
    header: &ScrollHeader,
    computed: B256,
    spec: &ScrollChainSpec,
) -> Result<(), StateRootError> {
    if spec.is_euclid_active_at_timestamp(header.timestamp) && computed != header.state_root {
        return Err(StateRootError { got: computed, expected: header.state_root });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::{EMPTY_ROOT_HASH, EthereumReceipt};
    use alloy_primitives::{Address, Bloom, Bytes, Log, U256, b256};
    use rollup_chainspec::scroll_mainnet;
    use rollup_primitives::ScrollTxType;

    const EUCLID: u64 = 1_744_815_600;

    fn receipts() -> Vec<ScrollReceipt> {
        let log = Log::new_unchecked(Address::with_last_byte(2), vec![], Bytes::new());
        [(ScrollTxType::L1Message, 21_000, vec![]), (ScrollTxType::Eip1559, 50_000, vec![log])]
            .into_iter()
            .map(|(tx_type, cumulative_gas_used, logs)| ScrollReceipt {
                inner: EthereumReceipt { tx_type, success: true, cumulative_gas_used, logs },
                l1_fee: U256::from(7),
            })
            .collect()
    }

    fn header() -> ScrollHeader {
        ScrollHeader {
            gas_used: 50_000,
            receipts_root: ScrollReceipt::receipts_root(&receipts()),
            logs_bloom: ScrollReceipt::logs_bloom(&receipts()),
            ..Default::default()
        }
    }

    #[test]
    fn accepts_matching_results() {
        assert_eq!(validate_post_execution(&header(), 50_000, &receipts()), Ok(()));
        let empty = ScrollHeader { receipts_root: EMPTY_ROOT_HASH, ..Default::default() };
        assert_eq!(validate_post_execution(&empty, 0, &[]), Ok(()));
    }

    #[test]
    fn does_not_commit_to_the_l1_data_fee() {
        let mut receipts = receipts();
        receipts[1].l1_fee = U256::MAX;
        assert_eq!(validate_post_execution(&header(), 50_000, &receipts), Ok(()));
    }

    #[test]
    fn names_the_value_that_differs() {
        type Case = (fn(&mut ScrollHeader), PostExecutionError);
        let root = header().receipts_root;
        let (got, expected) = (Box::new(header().logs_bloom), Box::new(Bloom::ZERO));
        assert_ne!(got, expected);
        let cases: [Case; 3] = [
            (
                |h| h.gas_used = 49_999,
                PostExecutionError::GasUsed { got: 50_000, expected: 49_999 },
            ),
            (
                |h| h.receipts_root = B256::ZERO,
                PostExecutionError::ReceiptsRoot { got: root, expected: B256::ZERO },
            ),
            (|h| h.logs_bloom = Bloom::ZERO, PostExecutionError::LogsBloom { got, expected }),
        ];
        for (break_rule, expected) in cases {
            let mut header = header();
            break_rule(&mut header);
            assert_eq!(validate_post_execution(&header, 50_000, &receipts()), Err(expected));
        }
    }

    #[test]
    fn notices_a_changed_receipt() {
        let changes: [fn(&mut ScrollReceipt); 4] = [
            |receipt| receipt.inner.success = false,
            |receipt| receipt.inner.cumulative_gas_used += 1,
            |receipt| receipt.inner.logs.clear(),
            |receipt| receipt.inner.tx_type = ScrollTxType::Eip2930,
        ];
        for change in changes {
            let mut receipts = receipts();
            change(&mut receipts[1]);
            let result = validate_post_execution(&header(), 50_000, &receipts);
            assert!(matches!(result, Err(PostExecutionError::ReceiptsRoot { .. })), "{result:?}");
        }
    }

    #[test]
    fn compares_state_roots_from_the_first_second_of_euclid() {
        let expected = b256!("0x08d535cc60f40af5dd3b31e0998d7567c2d568b224bed2ba26070aeb078d1339");
        let got = b256!("0xde286c9c07d977d2cb22984f296743344ffcdb67fc02c131cd43aa94c64df554");
        for (timestamp, computed, result) in [
            (EUCLID - 1, got, Ok(())),
            (EUCLID, got, Err(StateRootError { got, expected })),
            (EUCLID, expected, Ok(())),
        ] {
            let header = ScrollHeader { timestamp, state_root: expected, ..Default::default() };
            let verdict = validate_state_root(&header, computed, &scroll_mainnet());
            assert_eq!(verdict, result, "{timestamp}");
        }
    }
}
