//! What flags amount to.

use super::Input;
use crate::node::{
    notice::Notice,
    settings::{ConsensusSettings, JwtSource, NodeSettings},
};
use alloy_primitives::{Address, address};
use rollup_chainspec::FEE_VAULT;
use rollup_l1::L1WatcherConfig;
use rollup_l1_client::L1ClientConfig;
use rollup_node_builder::L1NodeConfig;
use rollup_orchestrator::L1StalePolicy;
use rollup_payload::PayloadConfig;
use rollup_rpc::{AllowedOrigins, EthConfig, IpcConfig, RpcConfig, RpcModuleSelection};
use rollup_sequencer::{L1InclusionMode, SequencerConfig};
use rollup_signer::{SignerConfig, SigningPolicy};
use rollup_storage::PruneMode;
use rollup_telemetry::{LogColor, LogConfig, LogFormat};
use rollup_txpool::TxpoolConfig;
use rstest::rstest;
use std::{path::PathBuf, time::Duration};

fn settings(line: &str) -> NodeSettings {
    Input::line(line).settings().unwrap()
}

#[test]
fn a_sequencer_of_the_guide_needs_no_signer_and_no_l1() {
    let settings = settings(
        "--chain dev --datadir ./data/sequencer --test --sequencer.enabled --sequencer.auto-start \
         --sequencer.block-time 1000 --http --http.addr 0.0.0.0 --http.port 8545 --http.api \
         admin,debug,eth,net,trace,txpool,web3,rpc,reth,ots,flashbots,miner,mev",
    );
    assert_eq!(settings.chain.chain_id(), 1337);
    assert_eq!(settings.data_dir, PathBuf::from("./data/sequencer"));
    assert_eq!(settings.consensus, ConsensusSettings::Noop);
    assert_eq!(settings.signer.unwrap(), SignerConfig::Random);
    let sequencer = settings.sequencer.unwrap();
    assert!(sequencer.auto_start && !sequencer.allow_empty_blocks);
    assert_eq!(sequencer.payload_building_duration, Duration::from_millis(800));
    assert_eq!(settings.rpc.http.unwrap().addr, "0.0.0.0:8545".parse().unwrap());
    let implied = [Notice::RandomSigner, Notice::NoopConsensus, Notice::NoL1];
    assert_eq!(settings.notices, implied);
    assert!(!implied.iter().any(|notice| notice.is_warning()));
}

#[test]
fn dev_is_a_chain_in_one_word() {
    let settings = settings("--dev");
    assert_eq!(settings.chain.chain_id(), 1337);
    assert_eq!(settings.signer.unwrap(), SignerConfig::Random);
    let sequencer = settings.sequencer.unwrap();
    assert!(sequencer.auto_start && !sequencer.allow_empty_blocks);
    assert_eq!(sequencer.block_time, Duration::from_millis(250));
    assert_eq!(sequencer.payload_building_duration, Duration::from_millis(200));
    for listener in [settings.rpc.http.unwrap(), settings.rpc.ws.unwrap()] {
        assert!(listener.addr.ip().is_loopback());
        assert_eq!(listener.modules, RpcModuleSelection::All);
    }
    assert!(settings.rpc.rollup_node_admin);
    assert!(settings.txpool.ignore_l1_data_fee);
    // Nobody asked for it, so it stops nothing if it is in use.
    assert!(!settings.health.unwrap().is_required);
}

#[test]
fn dev_gives_way_to_flags() {
    let settings = settings(
        "--dev --chain dev --sequencer.block-time 100 --http.api eth --ws=false --signer.key-file key \
         --sequencer.allow-empty-blocks",
    );
    let sequencer = settings.sequencer.unwrap();
    assert_eq!(sequencer.payload_building_duration, Duration::from_millis(80));
    assert!(sequencer.allow_empty_blocks);
    assert_eq!(settings.rpc.http.unwrap().modules.to_string(), "eth");
    assert_eq!(settings.rpc.ws, None);
    let path = PathBuf::from("key");
    let source = SignerConfig::KeyFile { path, allow_readable_by_others: false };
    assert_eq!(settings.signer.unwrap(), source);
}

#[test]
fn a_production_sequencer_has_what_was_said() {
    let signer = address!("0xd83C4892BB5aA241B63d8C4C134920111E142A20");
    let settings = settings(&format!(
        "--chain scroll-mainnet --datadir d --consensus.authorized-signer {signer} \
         --sequencer.enabled --sequencer.l1-inclusion-mode depth:10 --sequencer.max-l1-messages 5 \
         --sequencer.allow-unauthorized --signer.keystore k --signer.password-file p \
         --signer.timeout 2s --signer.retries 1 --builder.gaslimit 30000000 --full \
         --metrics 127.0.0.1:9001 --require-l1-data-fee-buffer"
    ));
    assert_eq!(settings.chain.chain_id(), 534_352);
    let consensus = ConsensusSettings::SystemContract { authorized_signer: Some(signer) };
    assert_eq!(settings.consensus, consensus);
    assert!(settings.l1.is_none() && settings.notices.contains(&Notice::NoL1));
    let sequencer = settings.sequencer.unwrap();
    assert_eq!(sequencer.l1_inclusion_mode, L1InclusionMode::Depth(10));
    assert_eq!(sequencer.max_l1_messages, Some(5));
    assert_eq!(sequencer.fee_recipient, FEE_VAULT);
    assert_eq!(sequencer.max_l1_message_gas, 30_000_000);
    assert!(settings.allow_unauthorized && !sequencer.auto_start);
    let policy = SigningPolicy { timeout: Duration::from_secs(2), retries: 1 };
    assert_eq!(settings.signing, policy);
    assert_eq!(settings.payload.gas_limit, 30_000_000);
    assert_eq!(settings.prune, PruneMode::full());
    assert_eq!(settings.metrics.unwrap().port(), 9001);
    assert!(settings.txpool.require_l1_data_fee_buffer && !settings.txpool.ignore_l1_data_fee);
    assert!(settings.rpc.http.is_none() && settings.rpc.ws.is_none());
}

#[test]
fn keys_on_other_machines_are_what_was_said() {
    let arn = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let key_id = arn.parse().unwrap();
    let kms = settings(&format!("--signer.aws-kms-key-id {arn}")).signer.unwrap();
    assert_eq!(kms, SignerConfig::AwsKms { key_id });

    let address = address!("0xd83C4892BB5aA241B63d8C4C134920111E142A20");
    let url = "https://user:p4ssw0rd@signer.example.com/sign";
    let line = format!("--signer.http-url {url} --signer.http-address {address}");
    let settings = settings(&line);
    assert!(!format!("{settings:?}").contains("p4ssw0rd"));
    assert_eq!(settings.signer.unwrap(), SignerConfig::Http { url: url.parse().unwrap(), address });
}

#[test]
fn without_flags_the_defaults_of_the_parts_hold() {
    let settings = settings("--datadir d");
    assert_eq!(settings.payload, PayloadConfig::default());
    assert_eq!(settings.log, LogConfig::default());
    assert_eq!(settings.prune, PruneMode::Archive);
    let journal = Some(PathBuf::from("d/txpool-transactions-backup.rlp"));
    let expected = TxpoolConfig { journal, ignore_l1_data_fee: true, ..TxpoolConfig::default() };
    assert_eq!(settings.txpool, expected);
    assert_eq!(settings.health.unwrap().address, "127.0.0.1:8181".parse().unwrap());
    let ipc = IpcConfig { is_required: false, ..IpcConfig::new("d/rollup-node.ipc".into()) };
    assert_eq!(settings.rpc, RpcConfig { ipc: Some(ipc), ..RpcConfig::default() });
    assert_eq!(settings.signing, SigningPolicy::default());
    assert!(settings.sequencer.is_none() && settings.signer.is_none());
    assert!(settings.metrics.is_none());
}

#[test]
fn a_sequencer_without_flags_of_its_own_has_its_defaults() {
    let on_mainnet = "--chain scroll-mainnet --test --sequencer.enabled";
    let sequencer = settings(on_mainnet).sequencer.unwrap();
    assert_eq!(sequencer, SequencerConfig::default());
}

#[test]
fn the_dev_chain_starts_without_a_transaction() {
    let sequencer = settings("--test --sequencer.enabled").sequencer.unwrap();
    let expected = SequencerConfig { allow_empty_first_block: true, ..SequencerConfig::default() };
    assert_eq!(sequencer, expected);
}

#[rstest]
#[case("", PruneMode::Archive)]
#[case("--full", PruneMode::full())]
#[case("--prune.distance 5", PruneMode::Full { distance_blocks: 5 })]
#[case("--full --prune.distance 0", PruneMode::Full { distance_blocks: 0 })]
fn pruning(#[case] line: &str, #[case] expected: PruneMode) {
    assert_eq!(settings(line).prune, expected);
}

#[rstest]
#[case(1, 1)]
#[case(2, 2)]
#[case(5, 4)]
#[case(500, 400)]
#[case(1_000, 800)]
#[case(4_000, 800)]
fn building_ends_before_the_slot(#[case] block_time: u64, #[case] building: u64) {
    let line = format!("--test --sequencer.enabled --sequencer.block-time {block_time}");
    let sequencer = settings(&line).sequencer.unwrap();
    assert_eq!(sequencer.payload_building_duration, Duration::from_millis(building));
}

#[rstest]
#[case::reads_no_authorized_signer(
    "--consensus.algorithm noop --consensus.authorized-signer \
     0x0000000000000000000000000000000000000001",
    Notice::SignerWithoutEffect
)]
#[case::starts_nothing("--sequencer.auto-start", Notice::AutoStartWithoutSequencer)]
#[case::limits_nothing(
    "--sequencer.max-unsafe-blocks 5 --l1.stale-policy stop",
    Notice::UnsafeBlocksWithoutEffect
)]
#[case::pays_somebody_else(
    "--test --sequencer.enabled --sequencer.fee-recipient 0x0000000000000000000000000000000000000001",
    Notice::FeeRecipient { fee_recipient: Address::with_last_byte(1), vault: FEE_VAULT }
)]
#[case::lets_others_stop_it(
    "--http --http.addr 0.0.0.0 --rpc.rollup-node-admin",
    Notice::AdminExposed { flag: "http.addr", address: "0.0.0.0:8545".parse().unwrap() }
)]
fn what_may_not_have_been_meant_is_a_warning(#[case] line: &str, #[case] notice: Notice) {
    let notices = settings(line).notices;
    assert!(notices.contains(&notice), "{notices:?}");
    assert!(notice.is_warning());
}

#[test]
fn an_authorized_signer_is_looked_at_on_the_dev_chain_too() {
    let signer = Address::with_last_byte(1);
    let settings = settings(&format!("--test --consensus.authorized-signer {signer}"));
    let expected = ConsensusSettings::SystemContract { authorized_signer: Some(signer) };
    assert_eq!(settings.consensus, expected);
}

#[test]
fn l1_says_who_signs_where_nobody_else_does() {
    let reads = ConsensusSettings::SystemContract { authorized_signer: None };
    for (line, consensus) in [
        ("--chain scroll-mainnet --l1.url http://a", reads),
        ("--chain dev --l1.url http://a", reads),
        ("--test --l1.url http://a", ConsensusSettings::Noop),
        ("--test --consensus.algorithm system-contract --l1.url http://a", reads),
        ("--chain dev", ConsensusSettings::Noop),
    ] {
        assert_eq!(settings(line).consensus, consensus, "{line}");
    }
    assert!(!settings("--chain dev --l1.url http://a").notices.contains(&Notice::NoL1));
}

#[test]
fn l1_is_followed_as_was_said() {
    let l1 = settings(
        "--chain scroll-mainnet --l1.url http://a:1,https://u:pw@b/v2/key --l1.url http://c \
         --l1.cups 1 --l1.max-retries 2 --l1.initial-backoff 3 --l1.query-range 4 \
         --l1.cache-max-items 5 --l1.poll-interval 6s --l1.request-timeout 7s --l1.hedge-after 8s \
         --l1.max-lag 9 --l1.reorg-quorum 3 --l1.liveness-threshold 11 \
         --l1.liveness-check-interval 12 --l1.stale-policy limit --l1.stale-after 13s \
         --sequencer.max-unsafe-blocks 14 --consensus.signer-grace-blocks 15",
    )
    .l1
    .unwrap();
    assert!(!format!("{l1:?}").contains("pw") && !format!("{l1:?}").contains("key"), "{l1:?}");
    let hosts: Vec<_> = l1.client.urls.iter().map(|url| url.host()).collect();
    assert_eq!(hosts, ["a:1", "b:443", "c:80"]);
    let client = L1ClientConfig {
        compute_units_per_second: 1,
        max_retries: 2,
        initial_backoff: Duration::from_millis(3),
        cache_max_items: 5,
        request_timeout: Duration::from_secs(7),
        hedge_after: Duration::from_secs(8),
        max_lag: 9,
        reorg_quorum: Some(3),
        ..L1ClientConfig::new(l1.client.urls.clone())
    };
    assert_eq!(l1.client, client);
    let watcher = L1WatcherConfig {
        query_range: 4,
        poll_interval: Duration::from_secs(6),
        liveness_threshold: Duration::from_secs(11),
        liveness_check_interval: Duration::from_secs(12),
        stale_after: Duration::from_secs(13),
        ..L1WatcherConfig::default()
    };
    assert_eq!(l1.watcher, watcher);
    assert_eq!(l1.stale_policy, L1StalePolicy::Limit { max_unsafe_blocks: 14 });
    assert_eq!(l1.signer_grace_blocks, 15);
}

#[test]
fn an_l1_without_flags_of_its_own_has_the_defaults_of_the_parts() {
    let l1 = settings("--chain scroll-sepolia --l1.url http://a").l1.unwrap();
    let expected = L1NodeConfig::new(l1.client.urls.clone());
    assert_eq!((l1.client, l1.watcher), (expected.client, expected.watcher));
    assert_eq!(l1.signer_grace_blocks, expected.signer_grace_blocks);
    assert_eq!(l1.stale_policy, expected.stale_policy);
}

#[test]
fn lists_of_urls_are_given_in_either_way_and_everywhere() {
    let hosts = |input: Input| {
        let urls = input.settings().unwrap().l1.unwrap().client.urls;
        urls.iter().map(|url| url.host().to_owned()).collect::<Vec<_>>()
    };
    let chain = || Input::line("--chain scroll-mainnet");
    let expected = ["a:80", "b:80"];
    assert_eq!(hosts(chain().and_line("--l1.url http://a --l1.url http://b")), expected);
    assert_eq!(hosts(chain().and_line("--l1.url http://a,http://b")), expected);
    let listed = chain().file("[l1]\nurl = [\"http://a\", \"http://b\"]");
    assert_eq!(hosts(listed), expected);
    assert_eq!(hosts(chain().file("l1.url = \"http://a, http://b\"")), expected);
    assert_eq!(hosts(chain().variable("ROLLUP_NODE_L1_URL", "http://a,http://b")), expected);
    let not_texts = chain().file("[l1]\nurl = [1]").refusal();
    assert!(not_texts.ends_with(":2: `l1.url` must be a text or a list of texts, and is a list"));
}

#[test]
fn sources_of_blobs_are_looked_at_and_nothing_is_fetched() {
    let settings = settings(
        "--chain scroll-mainnet --l1.url http://a --blob.s3_url https://blobs.example/ \
         --blob.beacon_node_urls http://b http://c --blob.beacon_node_urls http://d,http://e",
    );
    let unread = |flag| Notice::BlobsUnread { flag };
    let expected = [unread("blob.beacon_node_urls"), unread("blob.s3_url")];
    assert_eq!(settings.notices, expected);
}

#[test]
fn given_addresses_must_be_free() {
    assert!(settings("--health.addr :1").health.unwrap().is_required);
    let from_file = Input::default().file("health.addr = \":1\"").settings().unwrap();
    assert!(from_file.health.unwrap().is_required);
    assert_eq!(settings("--health.addr none").health, None);
}

#[rstest]
#[case("--test --sequencer.enabled --sequencer.auto-start", None)]
#[case(
    "--test --sequencer.enabled --sequencer.auto-start --sequencer.allow-empty-blocks",
    Some(10)
)]
#[case("--test --sequencer.enabled --sequencer.allow-empty-blocks", None)]
#[case("--health.max-head-lag 60s", Some(60))]
fn an_old_head_counts_where_blocks_are_due(#[case] line: &str, #[case] seconds: Option<u64>) {
    assert_eq!(
        settings(line).health.unwrap().limits.max_head_lag,
        seconds.map(Duration::from_secs)
    );
}

#[test]
fn rpc_limits_are_in_bytes() {
    let rpc = settings("--rpc.max-request-size 4095 --rpc.max-response-size 1").rpc;
    assert_eq!(
        (rpc.limits.max_request_bytes, rpc.limits.max_response_bytes),
        (4_095 << 20, 1 << 20)
    );
    let rpc = settings("--rpc.rollup-node false").rpc;
    assert!(!rpc.rollup_node);
}

#[test]
fn rpc_limits_are_what_was_said() {
    let limits = settings(
        "--rpc.max-connections 2000 --rpc.max-subscriptions-per-connection 7 \
         --rpc.max-tracing-requests 9 --rpc.max-unread-size 3",
    )
    .rpc
    .limits;
    assert_eq!(
        (limits.max_connections, limits.max_subscriptions_per_connection, limits.tracing_threads),
        (2000, 7, 9)
    );
    assert_eq!(limits.max_unread_bytes, 3 << 20);
}

#[test]
fn ipc_is_served_where_it_was_said() {
    let ipc = settings("--datadir d --ipcpath x/y.ipc --ipc.permissions 660").rpc.ipc.unwrap();
    let expected = IpcConfig { permissions: 0o660, ..IpcConfig::new("x/y.ipc".into()) };
    assert_eq!(ipc, expected);
    assert!(ipc.is_required);
    assert_eq!(settings("--ipcdisable").rpc.ipc, None);
}

#[test]
fn a_secret_is_text_or_file() {
    let hex = "0x".to_owned() + &"ab".repeat(32);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("jwt.hex");
    std::fs::write(&path, &hex).unwrap();
    let line = format!("--rpc.jwtsecret {hex} --admin.jwtsecret {}", path.display());
    let secrets = settings(&line).secrets;
    let (users, admin) = (secrets.users.unwrap(), secrets.admin.unwrap());
    assert!(matches!(&users, JwtSource::Hex(text) if **text == hex));
    assert!(matches!(&admin, JwtSource::File(file) if *file == path));
    assert_eq!(users.secret().unwrap(), admin.secret().unwrap());
}

#[test]
fn listeners_have_what_was_said() {
    let rpc = settings(
        "--http --http.addr localhost --http.corsdomain * --http.disable-compression --ws --ws.addr \
         ::1 --ws.port 0 --ws.origins https://a.example,https://b.example",
    )
    .rpc;
    let http = rpc.http.unwrap();
    assert_eq!(http.addr, "127.0.0.1:8545".parse().unwrap());
    assert_eq!(http.origins, AllowedOrigins::Any);
    assert!(!http.compression);
    let ws = rpc.ws.unwrap();
    assert_eq!(ws.addr, "[::1]:0".parse().unwrap());
    assert_eq!(ws.origins, "https://a.example,https://b.example".parse().unwrap());
}

#[test]
fn the_eth_methods_have_what_was_said() {
    let eth = settings(
        "--rpc.gascap 1 --rpc.max-blocks-per-filter 2 --rpc.max-logs-per-response 3 \
         --rpc.eth-proof-window 4 --gpo.default-suggest-priority-fee 5 --gpo.maxprice 6 \
         --rpc-cache.max-blocks 7 --rpc.max-trace-filter-blocks 8 \
         --rpc.txfeecap 0.5 --rpc.send-raw-transaction-sync-timeout 7s",
    )
    .eth;
    let expected = EthConfig {
        gas_cap: 1,
        max_blocks_per_filter: 2,
        max_logs_per_response: 3,
        proof_window_blocks: 4,
        suggested_tip_wei: 5,
        max_suggested_tip_wei: 6,
        cached_blocks: 7,
        max_trace_filter_blocks: 8,
        max_tx_fee_wei: 500_000_000_000_000_000,
        max_send_sync_wait: Duration::from_secs(7),
        ..EthConfig::default()
    };
    assert_eq!(eth, expected);
}

#[test]
fn transactions_go_to_the_sequencers_that_were_named() {
    let settings = settings("--network.sequencer-url http://a:1,https://u:pw@b/key");
    assert!(!format!("{settings:?}").contains("pw"), "{settings:?}");
    let urls = settings.forward.unwrap().urls;
    assert_eq!(urls.iter().map(|url| url.host()).collect::<Vec<_>>(), ["a:1", "b:443"]);
    assert_eq!(self::settings("--datadir d").forward, None);
}

#[test]
fn logs_go_to_files_if_a_directory_is_named() {
    let log = settings(
        "--log.stdout.format json --color never --log.file.directory logs --log.file.name n.log \
         --log.file.max-size 1 --log.file.max-files 2 --log.file.format log-fmt --log.file.filter warn",
    )
    .log;
    assert_eq!((log.stdout.format, log.stdout.color), (LogFormat::Json, LogColor::Never));
    let file = log.file.unwrap();
    assert_eq!(file.directory.join(&file.name), PathBuf::from("logs/n.log"));
    assert_eq!((file.max_bytes, file.max_files), (1 << 20, 2));
    assert_eq!((file.format, file.filter.as_str()), (LogFormat::LogFmt, "warn"));
    assert_eq!(settings("--log.file.directory logs --log.file.max-files 0").log.file, None);
}

#[test]
fn the_pool_has_what_was_said() {
    let pool = settings(
        "--txpool.pending-max-count 1 --txpool.pending-max-size 2 --txpool.queued-max-count 3 \
         --txpool.queued-max-size 4 --txpool.max-account-slots 5 --txpool.pricebump 6 \
         --txpool.minimal-protocol-fee 7 --txpool.minimum-priority-fee 8 --txpool.max-tx-gas 9 \
         --txpool.lifetime 10 --txpool.nolocals --txpool.disable-transactions-backup",
    )
    .txpool;
    let expected = TxpoolConfig {
        max_pending: 1,
        max_pending_bytes: 2 << 20,
        max_queued: 3,
        max_queued_bytes: 4 << 20,
        max_account_slots: 5,
        price_bump_percent: 6,
        min_fee_cap_wei: 7,
        min_priority_fee_wei: 8,
        max_tx_gas: Some(9),
        lifetime: Duration::from_secs(10),
        no_locals: true,
        journal: None,
        ignore_l1_data_fee: true,
        ..TxpoolConfig::default()
    };
    assert_eq!(pool, expected);
}
