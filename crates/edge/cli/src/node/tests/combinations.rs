//! Flags that do not go together.

use super::Input;
use rstest::rstest;

const NO_SIGNER: &str = "either signer key file, keystore, AWS KMS key ID or remote signer is required \
                         when sequencer is enabled: give --signer.key-file, --signer.keystore, \
                         --signer.aws-kms-key-id or --signer.http-url, or --test for a random key";
const TWO_SIGNERS: &str = "cannot specify more than one signer key source: give one of \
                           --signer.key-file, --signer.keystore, --signer.aws-kms-key-id and \
                           --signer.http-url, or --signer.kind random alone";
const NO_AUTHORIZED_SIGNER: &str = "system contract consensus requires either an authorized signer or \
                                    a L1 provider URL: give --consensus.authorized-signer or --l1.url";
const QUORUM: &str = "--l1.reorg-quorum is 3: it must be from 1 to the 2 of --l1.url";

#[rstest]
#[case::sequencer_without_signer("--sequencer.enabled", NO_SIGNER)]
#[case::the_same_with_system_contract(
    "--chain scroll-mainnet --sequencer.enabled --consensus.authorized-signer \
     0x0000000000000000000000000000000000000001",
    NO_SIGNER
)]
#[case::noop_sequencer_without_signer("--consensus.algorithm noop --sequencer.enabled", NO_SIGNER)]
#[case::two_signers(
    "--sequencer.enabled --signer.key-file a --signer.keystore b --signer.password-file c",
    TWO_SIGNERS
)]
#[case::two_signers_of_no_sequencer("--signer.key-file a --signer.keystore b", TWO_SIGNERS)]
#[case::key_file_and_kms("--signer.key-file a --signer.aws-kms-key-id alias/b", TWO_SIGNERS)]
#[case::keystore_and_kms(
    "--signer.keystore a --signer.password-file b --signer.aws-kms-key-id alias/b",
    TWO_SIGNERS
)]
#[case::kms_and_remote_signer(
    "--signer.aws-kms-key-id alias/b --signer.http-url http://127.0.0.1:1 \
     --signer.http-address 0x0000000000000000000000000000000000000001",
    TWO_SIGNERS
)]
#[case::random_and_kms("--test --signer.kind random --signer.aws-kms-key-id alias/b", TWO_SIGNERS)]
#[case::random_in_production(
    "--sequencer.enabled --signer.kind random",
    "--signer.kind random makes a key that is lost when the node ends: it needs --test"
)]
#[case::another_kind(
    "--signer.kind aws-kms --signer.key-file a",
    "--signer.kind aws-kms needs --signer.aws-kms-key-id, and no other key source"
)]
#[case::kind_without_source(
    "--signer.kind file",
    "--signer.kind file needs --signer.key-file, and no other key source"
)]
#[case::remote_signer_of_nobody(
    "--signer.http-url https://a",
    "--signer.http-url needs the address of the key: give --signer.http-address"
)]
#[case::address_of_no_remote_signer(
    "--signer.http-address 0x0000000000000000000000000000000000000001",
    "--signer.http-address is for --signer.http-url, which is not given"
)]
#[case::remote_signer_for_everybody(
    "--signer.http-url http://a/secret \
     --signer.http-address 0x0000000000000000000000000000000000000001",
    "--signer.http-url: expected https://, because a is not this machine"
)]
#[case::keystore_without_password(
    "--signer.keystore b",
    "--signer.keystore needs the file with its password: give --signer.password-file"
)]
#[case::password_without_keystore(
    "--signer.password-file c",
    "--signer.password-file is for --signer.keystore, which is not given"
)]
#[case::nobody_authorized("--chain scroll-mainnet", NO_AUTHORIZED_SIGNER)]
#[case::nobody_authorized_in_a_test(
    "--test --consensus.algorithm system-contract",
    NO_AUTHORIZED_SIGNER
)]
#[case::dev_on_mainnet(
    "--dev --chain scroll-mainnet",
    "--dev is a chain of its own: drop --dev or --chain"
)]
#[case::no_block_time("--sequencer.block-time 0", "--sequencer.block-time must not be 0")]
#[case::no_building(
    "--sequencer.payload-building-duration 0",
    "--sequencer.payload-building-duration must not be 0"
)]
#[case::building_as_long_as_the_slot(
    "--sequencer.block-time 500 --sequencer.payload-building-duration 500",
    "--sequencer.payload-building-duration (500 ms) must be less than --sequencer.block-time (500 ms)"
)]
#[case::no_time_to_sign("--signer.timeout 0s", "--signer.timeout must not be 0")]
#[case::no_head_lag("--health.max-head-lag 0s", "--health.max-head-lag must not be 0")]
#[case::admin_for_everybody(
    "--admin.addr 0.0.0.0:8547",
    "--admin.addr 0.0.0.0:8547 can be reached from other machines, so its requests must be signed: \
     give --admin.jwtsecret or a loopback address"
)]
#[case::admin_where_http_is(
    "--http --http.port 8547",
    "--http.port and --admin.addr are both 127.0.0.1:8547: the administration server needs an address \
     of its own"
)]
#[case::short_secret(
    "--rpc.jwtsecret 0123456789abcdef0123456789abcdef",
    "--rpc.jwtsecret must be 32 bytes in hex, or a file with them"
)]
#[case::secret_with_a_mistake(
    "--admin.jwtsecret 0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg",
    "--admin.jwtsecret must be 32 bytes in hex, or a file with them"
)]
#[case::log_file_elsewhere(
    "--log.file.name ../node.log",
    "--log.file.name ../node.log must be the name of a file, without a directory"
)]
#[case::sequencer_of_another_protocol(
    "--network.sequencer-url http://a:1,ws://u:secret@b",
    "--network.sequencer-url: expected a URL that begins with http:// or https://, and this one \
     begins with ws://"
)]
#[case::no_sequencer(
    "--network.sequencer-url secret",
    "--network.sequencer-url: expected a URL, as in http://127.0.0.1:8545: relative URL without a base"
)]
#[case::l1_of_another_protocol(
    "--l1.url http://a:1 --l1.url wss://u:secret@b",
    "--l1.url: expected a URL that begins with http:// or https://, and this one begins with wss://"
)]
#[case::l1_nowhere(
    "--l1.url secret",
    "--l1.url: expected a URL, as in http://127.0.0.1:8545: relative URL without a base"
)]
#[case::no_range("--l1.query-range 0", "--l1.query-range is 0; give at least 1 (L1 blocks)")]
#[case::no_pause("--l1.poll-interval 0s", "--l1.poll-interval is 0; give at least 1ms")]
#[case::no_pause_between_checks(
    "--l1.liveness-check-interval 0",
    "--l1.liveness-check-interval is 0; give at least 1 (seconds)"
)]
#[case::always_stale("--l1.stale-after 0s", "--l1.stale-after must not be 0")]
#[case::no_time_to_answer(
    "--l1.url http://a --l1.request-timeout 0s",
    "--l1.request-timeout is 0: no answer could be in time"
)]
#[case::no_budget("--l1.url http://a --l1.cups 0", "--l1.cups is 0: nothing could be asked for")]
#[case::more_that_agree_than_there_are("--l1.url http://a,http://b --l1.reorg-quorum 3", QUORUM)]
#[case::blobs_by_a_socket(
    "--blob.s3_url ws://secret",
    "--blob.s3_url: expected a URL that begins with http:// or https://, and this one begins with ws://"
)]
#[case::blobs_nowhere(
    "--blob.beacon_node_urls http://a,secret",
    "--blob.beacon_node_urls: expected a URL, as in http://127.0.0.1:8545: relative URL without a base"
)]
#[case::signer_before_l1(
    "--sequencer.enabled --chain scroll-mainnet --l1.query-range 0",
    NO_SIGNER
)]
#[case::authorized_signer_before_the_rest_of_l1(
    "--chain scroll-mainnet --l1.query-range 0",
    NO_AUTHORIZED_SIGNER
)]
#[case::unknown_chain("--chain mainnet", "mainnet is neither a chain nor a genesis file: ")]
#[case::log_filter("--log.stdout.filter =,", "`=,` is not a log filter; ")]
#[case::log_filter_of_files(
    "--log.file.directory logs --log.file.filter =,",
    "`=,` is not a log filter; "
)]
fn are_refused_with_one_sentence(#[case] line: &str, #[case] sentence: &str) {
    let refusal = Input::line(line).refusal();
    let is_start = sentence.ends_with(' ');
    let fits = if is_start { refusal.starts_with(sentence) } else { refusal == sentence };
    assert!(fits, "{refusal}");
    assert_eq!(refusal.lines().count(), 1, "{refusal}");
}

#[test]
fn a_bad_filter_in_rust_log_is_refused() {
    let refusal = Input::default().variable("RUST_LOG", "=,").refusal();
    assert!(refusal.starts_with("`=,` is not a log filter"), "{refusal}");
}

#[rstest]
#[case::one_signer_of_no_sequencer("--signer.key-file a")]
#[case::key_file("--sequencer.enabled --signer.key-file a")]
#[case::keystore("--sequencer.enabled --signer.keystore a --signer.password-file b")]
#[case::key_in_kms("--sequencer.enabled --signer.aws-kms-key-id alias/a")]
#[case::kms_by_kind("--sequencer.enabled --signer.kind aws-kms --signer.aws-kms-key-id alias/a")]
#[case::kms_of_no_sequencer("--signer.aws-kms-key-id alias/a")]
#[case::remote_signer(
    "--sequencer.enabled --signer.http-url http://127.0.0.1:1 \
     --signer.http-address 0x0000000000000000000000000000000000000001"
)]
#[case::random_in_a_test("--test --sequencer.enabled --signer.kind random")]
#[case::settings_of_no_sequencer("--sequencer.block-time 250 --sequencer.auto-start")]
#[case::http_and_ws_on_one_port("--http --ws --ws.port 8545")]
#[case::admin_off("--admin.addr none --http --http.port 8547")]
#[case::signed_admin("--admin.addr 0.0.0.0:8547 --admin.jwtsecret /run/jwt.hex")]
#[case::l1_in_place_of_a_signer("--chain scroll-mainnet --l1.url https://l1.example/v2/key")]
#[case::l1_and_a_signer(
    "--chain scroll-mainnet --l1.url http://a --consensus.authorized-signer \
     0x0000000000000000000000000000000000000001"
)]
#[case::settings_of_no_l1("--l1.reorg-quorum 3 --l1.max-lag 0 --l1.stale-policy stop")]
#[case::limit_without_a_number("--l1.stale-policy limit")]
fn other_combinations_are_not(#[case] line: &str) {
    Input::line(line).settings().unwrap();
}

#[test]
fn a_chain_whose_genesis_names_no_l1_contracts_follows_no_l1() {
    let directory = tempfile::tempdir().unwrap();
    let genesis = |l1_config: &str| {
        let path = directory.path().join("genesis.json");
        let text = format!(
            r#"{{"config": {{"chainId": 9, "scroll": {{{l1_config}}}}}, "alloc": {{}},
                "difficulty": "0x1", "gasLimit": "0x1312d00", "timestamp": "0x0"}}"#
        );
        std::fs::write(&path, text).unwrap();
        format!("--chain {} --l1.url http://a", path.display())
    };
    let refusal = |l1_config: &str| Input::line(&genesis(l1_config)).refusal();
    let missing = |contract: &str, key: &str| {
        format!(
            "this chain names no {contract} on L1, so L1 cannot be followed: add {key} to \
             config.scroll.l1Config of its genesis file, or drop --l1.url"
        )
    };
    let address = |last: u8| format!("0x{last:040x}");
    assert_eq!(refusal(""), missing("rollup contract", "scrollChainAddress"));
    let rollup = format!(r#""scrollChainAddress": "{}""#, address(1));
    assert_eq!(
        refusal(&format!(r#""l1Config": {{{rollup}}}"#)),
        missing("message queue", "l1MessageQueueV2Address")
    );
    let queue = format!(r#"{rollup}, "l1MessageQueueV2Address": "{}""#, address(2));
    let without_signer = format!(r#""l1Config": {{{queue}}}"#);
    assert_eq!(refusal(&without_signer), missing("system contract", "systemContractAddress"));
    // It is not looked at where the signer is named.
    let fixed = format!("--consensus.authorized-signer {}", address(3));
    Input::line(&genesis(&without_signer)).and_line(&fixed).settings().unwrap();
}
