//! Which layer wins.

use super::Input;
use std::time::Duration;

const FLAG: &str = "sequencer.block-time";
const VARIABLE: &str = "ROLLUP_NODE_SEQUENCER_BLOCK_TIME";
const FILE: &str = "# a comment\n[sequencer]\nblock-time = 3000\n";

fn value(text: &str, origin: &str) -> (Option<String>, String) {
    (Some(text.to_owned()), origin.to_owned())
}

#[test]
fn flag_over_environment_over_file_over_dev_over_default() {
    assert_eq!(Input::default().value(FLAG), value("1000", "default"));
    assert_eq!(Input::line("--dev").value(FLAG), value("250", "--dev"));
    let input = Input::line("--dev").file(FILE);
    let place = format!("{}:3", input.file_path().display());
    assert_eq!(input.value(FLAG), value("3000", &place));
    let input = input.variable(VARIABLE, "4000");
    assert_eq!(input.value(FLAG), value("4000", VARIABLE));
    let input = input.and_line("--sequencer.block-time 5000");
    assert_eq!(input.value(FLAG), value("5000", "command line"));
    let sequencer = input.settings().unwrap().sequencer.unwrap();
    assert_eq!(sequencer.block_time, Duration::from_secs(5));
}

#[test]
fn the_settings_have_what_each_layer_says() {
    let input = Input::line("--test --sequencer.enabled").file(FILE);
    let block_time = |input: &Input| input.settings().unwrap().sequencer.unwrap().block_time;
    assert_eq!(block_time(&input), Duration::from_secs(3));
    assert_eq!(block_time(&input.variable(VARIABLE, "4000")), Duration::from_secs(4));
}

#[test]
fn a_switch_can_be_put_off_again() {
    let file = "test = true\n[sequencer]\nenabled = true\n";
    let has_sequencer = |input: &Input| input.settings().unwrap().sequencer.is_some();
    let input = Input::default().file(file);
    assert!(has_sequencer(&input));
    let input = input.variable("ROLLUP_NODE_SEQUENCER_ENABLED", "false");
    assert!(!has_sequencer(&input));
    let input = input.and_line("--sequencer.enabled");
    assert!(has_sequencer(&input));
    assert!(!has_sequencer(&Input::default().file(file).and_line("--sequencer.enabled=false")));
}

#[test]
fn an_empty_variable_is_none() {
    let input = Input::default().variable(VARIABLE, "").variable("ROLLUP_NODE_DATADIR", "");
    assert_eq!(input.value(FLAG), value("1000", "default"));
    assert_eq!(input.value("datadir").0, None);
}

#[test]
fn dev_and_file_may_come_from_lower_layers() {
    assert_eq!(Input::default().file("dev = true").value(FLAG), value("250", "--dev"));
    assert_eq!(Input::default().variable("ROLLUP_NODE_DEV", "true").value(FLAG).0.unwrap(), "250");
    let named = Input::default().file(FILE);
    let path = named.file_path().display().to_string();
    let input = Input::default().variable("ROLLUP_NODE_CONFIG_FILE", &path);
    assert_eq!(input.value(FLAG).0.unwrap(), "3000");
}

#[test]
fn rust_log_counts_where_no_flag_says_anything() {
    let filter = |input: &Input| input.settings().unwrap().log.stdout.filter;
    assert_eq!(filter(&Input::default()), "info");
    let rust_log = || Input::default().variable("RUST_LOG", "warn,scroll=debug");
    assert_eq!(filter(&rust_log()), "warn,scroll=debug");
    assert_eq!(filter(&rust_log().and_line("-vvvv")), "debug");
    assert_eq!(filter(&rust_log().and_line("-vvvvvvv")), "trace");
    assert_eq!(filter(&rust_log().and_line("-q")), "off");
    assert_eq!(filter(&rust_log().and_line("--log.stdout.filter error -vvvv")), "error");
    assert_eq!(filter(&rust_log().file("log.stdout.filter = \"trace\"")), "trace");
    assert_eq!(filter(&Input::default().variable("RUST_LOG", "")), "info");
}
