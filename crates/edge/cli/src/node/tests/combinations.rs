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
                                    a L1 provider URL, and this program follows no L1 yet: give \
                                    --consensus.authorized-signer";

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
fn other_combinations_are_not(#[case] line: &str) {
    Input::line(line).settings().unwrap();
}
