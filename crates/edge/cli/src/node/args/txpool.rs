//! Limits of the pool.

use clap::{Args, value_parser};
use rollup_chainspec::ScrollChainSpec;
use rollup_txpool::TxpoolConfig;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The file in the data directory that keeps the local transactions.
const JOURNAL: &str = "txpool-transactions-backup.rlp";
/// Shift from MiB to bytes.
const MIB: u32 = 20;
/// The largest size in MiB.
const MAX_MIB: i64 = 1 << 20;

/// Flags of the pool.
#[derive(Debug, Args)]
#[command(next_help_heading = "Transaction pool")]
pub(super) struct TxpoolArgs {
    /// Executable transactions, at most
    #[arg(
        long = "txpool.pending-max-count",
        value_name = "NUMBER",
        default_value_t = TxpoolConfig::default().max_pending
    )]
    pending_max_count: usize,

    /// Size of all executable transactions, at most, in MiB
    #[arg(
        long = "txpool.pending-max-size",
        value_name = "MIB",
        default_value_t = default_mib(TxpoolConfig::default().max_pending_bytes),
        value_parser = value_parser!(u32).range(..=MAX_MIB)
    )]
    pending_max_size: u32,

    /// Transactions that wait for something, at most
    #[arg(
        long = "txpool.queued-max-count",
        value_name = "NUMBER",
        default_value_t = TxpoolConfig::default().max_queued
    )]
    queued_max_count: usize,

    /// Size of all transactions that wait for something, at most, in MiB
    #[arg(
        long = "txpool.queued-max-size",
        value_name = "MIB",
        default_value_t = default_mib(TxpoolConfig::default().max_queued_bytes),
        value_parser = value_parser!(u32).range(..=MAX_MIB)
    )]
    queued_max_size: u32,

    /// Transactions of one sender, at most
    #[arg(
        long = "txpool.max-account-slots",
        value_name = "NUMBER",
        default_value_t = TxpoolConfig::default().max_account_slots
    )]
    max_account_slots: usize,

    /// By how many percent a replacement must offer more
    #[arg(
        long = "txpool.pricebump",
        value_name = "PERCENT",
        default_value_t = TxpoolConfig::default().price_bump_percent
    )]
    price_bump: u64,

    /// Fee cap of a transaction, at least, in wei
    #[arg(
        long = "txpool.minimal-protocol-fee",
        value_name = "WEI",
        default_value_t = TxpoolConfig::default().min_fee_cap_wei
    )]
    minimal_protocol_fee: u64,

    /// Tip of a transaction that is not local, at least, in wei
    #[arg(
        long = "txpool.minimum-priority-fee",
        value_name = "WEI",
        default_value_t = TxpoolConfig::default().min_priority_fee_wei
    )]
    minimum_priority_fee: u64,

    /// Gas limit of a transaction, at most; by default that of a block
    #[arg(long = "txpool.max-tx-gas", value_name = "GAS")]
    max_tx_gas: Option<u64>,

    /// Seconds that a transaction may wait for something
    #[arg(
        long = "txpool.lifetime",
        value_name = "SECONDS",
        default_value_t = TxpoolConfig::default().lifetime.as_secs()
    )]
    lifetime: u64,

    /// Treat transactions from this node's own users as any other
    #[arg(long = "txpool.nolocals")]
    no_locals: bool,

    /// Do not keep local transactions over a restart
    #[arg(long = "txpool.disable-transactions-backup")]
    disable_transactions_backup: bool,

    /// File that keeps local transactions over a restart; by default in the data directory
    #[arg(long = "txpool.transactions-backup", value_name = "FILE_PATH")]
    transactions_backup: Option<PathBuf>,

    /// Take only transactions whose sender can afford twice the L1 data fee
    #[arg(long = "require-l1-data-fee-buffer")]
    require_l1_data_fee_buffer: bool,
}

/// Sizes are whole MiB by default.
fn default_mib(bytes: usize) -> u32 {
    u32::try_from(bytes >> MIB).unwrap_or(u32::MAX)
}

fn bytes(mib: u32) -> usize {
    usize::try_from(u64::from(mib) << MIB).unwrap_or(usize::MAX)
}

impl TxpoolArgs {
    pub(super) fn into_config(
        self,
        data_dir: &Path,
        chain: &ScrollChainSpec,
        is_dev_chain: bool,
    ) -> TxpoolConfig {
        let Self {
            pending_max_count,
            pending_max_size,
            queued_max_count,
            queued_max_size,
            max_account_slots,
            price_bump,
            minimal_protocol_fee,
            minimum_priority_fee,
            max_tx_gas,
            lifetime,
            no_locals,
            disable_transactions_backup,
            transactions_backup,
            require_l1_data_fee_buffer,
        } = self;
        let journal = transactions_backup.unwrap_or_else(|| data_dir.join(JOURNAL));
        TxpoolConfig {
            max_pending: pending_max_count,
            max_pending_bytes: bytes(pending_max_size),
            max_queued: queued_max_count,
            max_queued_bytes: bytes(queued_max_size),
            max_account_slots,
            price_bump_percent: price_bump,
            min_fee_cap_wei: minimal_protocol_fee,
            min_priority_fee_wei: minimum_priority_fee,
            max_tx_gas,
            lifetime: Duration::from_secs(lifetime),
            no_locals,
            require_l1_data_fee_buffer: require_l1_data_fee_buffer
                || chain.config().l1_data_fee_buffer_check,
            ignore_l1_data_fee: is_dev_chain,
            journal: (!disable_transactions_backup).then_some(journal),
            max_waiting_validations: TxpoolConfig::default().max_waiting_validations,
        }
    }
}
