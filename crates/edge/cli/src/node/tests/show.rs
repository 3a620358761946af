//! `config show`.

use super::Input;
use crate::node::{commands::show, layers::Origin};

fn shown(input: &Input) -> String {
    show(&input.resolve().unwrap().values)
}

/// The line of a key, with single blanks.
fn line_of(text: &str, start: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(start));
    line.unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_value_has_its_origin() {
    let input = Input::line("--dev --http.port 1")
        .variable("ROLLUP_NODE_SIGNER_RETRIES", "3")
        .file("[health]\naddr = \"none\"");
    let text = shown(&input);
    let place = format!("{}:2", input.file_path().display());
    for (start, expected) in [
        ("http.port", "http.port = 1 # command line".to_owned()),
        ("signer.retries", "signer.retries = 3 # ROLLUP_NODE_SIGNER_RETRIES".to_owned()),
        ("health.addr", format!("health.addr = \"none\" # {place}")),
        ("sequencer.enabled", "sequencer.enabled = true # --dev".to_owned()),
        ("http.enabled", "http.enabled = true # --dev".to_owned()),
        ("ws.port", "ws.port = 8546 # default".to_owned()),
        ("# signer.key-file", "# signer.key-file is not set # default".to_owned()),
    ] {
        assert_eq!(line_of(&text, start), expected);
    }
}

#[test]
fn secrets_are_not_shown() {
    let secret = "ab".repeat(32);
    let line = format!(
        "--rpc.jwtsecret {secret} --datadir https://u:pw@h/ --l1.url \
         https://u:pw@l1.example/v2/0123456789abcdefg?k=pw --l1.url rpc.example/pw"
    );
    let input = Input::line(&line).variable("ROLLUP_NODE_ADMIN_JWTSECRET", &format!("0x{secret}"));
    let text = shown(&input);
    assert!(!text.contains("abab") && !text.contains("pw"), "{text}");
    assert_eq!(line_of(&text, "rpc.jwtsecret"), "rpc.jwtsecret = \"***\" # command line");
    let l1 = "l1.url = \"https://***@l1.example/v2/***?k=***,***\" # command line";
    assert_eq!(line_of(&text, "l1.url"), l1);
    let input = Input::line(&format!("--rpc.jwtsecret {secret}"));
    let settings = format!("{:?}", input.settings().unwrap());
    assert!(!settings.contains("abab"), "{settings}");
}

#[test]
fn what_is_shown_is_a_file_that_says_the_same() {
    let input = Input::line("--dev --datadir d --sequencer.l1-inclusion-mode depth:3 --ws=false");
    let first = input.resolve().unwrap();
    let again = Input::default().file(&show(&first.values)).resolve().unwrap();
    for (first, again) in first.values.iter().zip(&again.values) {
        if first.flag == "config-file" {
            continue;
        }
        assert_eq!(first.values, again.values, "{}", first.flag);
        assert!(first.values.is_empty() || matches!(again.origin, Origin::File { .. }));
    }
}
