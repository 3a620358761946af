//! Configuration files, good and bad.

use super::Input;
use rstest::rstest;

#[rstest]
#[case::unknown("\n[sequencer]\nblock_time = 1", "3: there is no setting `sequencer.block_time`")]
#[case::unknown_table("[sequencers]\n", "1: there is no setting `sequencers`")]
#[case::of_another_file("config-file = \"x\"", "1: there is no setting `config-file`")]
#[case::short("verbosity = 3", "1: there is no setting `verbosity`")]
#[case::boolean_for_number(
    "[sequencer]\nblock-time = true",
    "2: `sequencer.block-time` must be a text or a decimal number, and is true or false"
)]
#[case::text_for_boolean(
    "[sequencer]\nenabled = \"true\"",
    "2: `sequencer.enabled` must be true or false, and is a text"
)]
#[case::number_for_bool_set(
    "rpc.rollup-node = 1",
    "1: `rpc.rollup-node` must be true or false, and is a number"
)]
#[case::list(
    "http.api = [\"eth\"]",
    "1: `http.api` must be a text or a decimal number, and is a list"
)]
#[case::fraction(
    "http.port = 1.5",
    "1: `http.port` must be a text or a decimal number, and is a number with a fraction"
)]
#[case::hexadecimal(
    "http.port = 0x10",
    "1: `http.port` must be a text or a decimal number, and is a number that is not decimal"
)]
#[case::date(
    "http.port = 2026-01-01",
    "1: `http.port` must be a text or a decimal number, and is a date or time"
)]
#[case::table(
    "[http.port]\nx = 1",
    "1: `http.port` must be a text or a decimal number, and is a table"
)]
#[case::table_of_switch("[test]\n", "1: `test` must be true or false, and is a table")]
#[case::twice("http.enabled = true\n[ws]\n[http2]", "3: there is no setting `http2`")]
fn what_is_wrong_is_named_with_its_line(#[case] text: &str, #[case] expected: &str) {
    let input = Input::default().file(text);
    assert_eq!(input.refusal(), format!("{}:{expected}", input.file_path().display()));
}

#[rstest]
#[case("[sequencer\n", 1)]
#[case("test = true\n\ntest = false\n", 3)]
#[case("test = true\nchain = \n", 2)]
fn what_is_not_toml_is_named_with_its_line(#[case] text: &str, #[case] line: usize) {
    let input = Input::default().file(text);
    let start = format!("{}:{line}: this is not TOML: ", input.file_path().display());
    let refusal = input.refusal();
    assert!(refusal.starts_with(&start) && refusal.lines().count() == 1, "{refusal}");
}

#[rstest]
#[case(
    "[sequencer]\nblock-time = \"fast\"",
    "2: `fast` cannot be used for --sequencer.block-time: invalid digit found in string"
)]
#[case("http.port = 65536", "1: `65536` cannot be used for --http.port: 65536 is not in 0..=65535")]
#[case(
    "log.stdout.format = \"xml\"",
    "1: `xml` cannot be used for --log.stdout.format: it must be one of terminal, json, log-fmt"
)]
#[case(
    "sequencer.l1-inclusion-mode = \"depth:x\"",
    "1: `depth:x` cannot be used for --sequencer.l1-inclusion-mode: Expected a valid number after \
     'depth:', got 'x'"
)]
#[case(
    "ws.api = \"eth,all\"",
    "1: `eth,all` cannot be used for --ws.api: Unknown RPC module: 'all'"
)]
fn a_value_that_cannot_be_used_is_named_with_its_line(#[case] text: &str, #[case] expected: &str) {
    let input = Input::default().file(text);
    assert_eq!(input.refusal(), format!("{}:{expected}", input.file_path().display()));
}

#[test]
fn a_variable_that_cannot_be_used_is_named() {
    let input = Input::default().variable("ROLLUP_NODE_HTTP_PORT", "http");
    assert_eq!(
        input.refusal(),
        "ROLLUP_NODE_HTTP_PORT: `http` cannot be used for --http.port: invalid digit found in string"
    );
    let input = Input::default().variable("ROLLUP_NODE_HTTP", "1");
    assert_eq!(
        input.refusal(),
        "ROLLUP_NODE_HTTP: `1` cannot be used for --http: it must be one of true, false"
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let refusal = Input::line("--config-file /no/such/node.toml").refusal();
    assert!(
        refusal.starts_with("cannot read the configuration file /no/such/node.toml: "),
        "{refusal}"
    );
}

#[rstest]
#[case("http = true")]
#[case("[http]\nenabled = true")]
#[case("http.enabled = true\nhttp.port = 8_545")]
#[case("[http]\nport = \"8545\"\nenabled = true")]
fn a_switch_may_have_a_table(#[case] text: &str) {
    let http = Input::default().file(text).settings().unwrap().rpc.http.unwrap();
    assert_eq!(http.addr, "127.0.0.1:8545".parse().unwrap());
}
