//! `rollup-node init`.

use crate::{
    Run, rollup_node, run_on,
    sample::{chain_file, text, write},
};
use rollup_workspace::workspace_root;
use tempfile::TempDir;

const DEV_GENESIS: &str = "0x14844a4fc967096c628e90df3bb0c3e98941bdd31d1982c2f3e70ed17250d98b";

#[test]
fn each_network_is_initialised_once_and_found_again() {
    for (chain, id, genesis) in [
        (
            "scroll-mainnet",
            "534352",
            "0xbbc05efd412b7cd47a2ed0e5ddfcf87af251e414ea4c801d78b6784513180a80",
        ),
        (
            "scroll-sepolia",
            "534351",
            "0xaa62d1a8b2bffa9e5d2368b63aae0d98d54928bd713125e3fd9e5c896c68592c",
        ),
        ("dev", "1337", DEV_GENESIS),
    ] {
        let parent = TempDir::new().unwrap();
        // With its parents.
        let directory = parent.path().join("a/b");
        let first = run_on(&directory, &["init", "--chain", chain]).success();
        assert!(first.starts_with(&format!("initialised: {}\n", text(&directory))), "{first}");
        assert!(first.contains(&format!("chain        {chain} ({id})\n")), "{first}");
        assert!(first.contains(&format!("genesis      {genesis}\n")), "{first}");
        assert!(first.contains("state root   0x"), "{first}");

        let second = run_on(&directory, &["init", "--chain", chain]).success();
        assert_eq!(second, first.replacen("initialised", "initialised before", 1));
        let stats = run_on(&directory, &["db", "stats"]).success();
        assert!(stats.contains(&format!("head         block 0, {genesis}\n")), "{stats}");
    }
}

#[test]
fn what_was_imported_stays_when_it_is_initialised_again() {
    let directory = TempDir::new().unwrap();
    run_on(directory.path(), &["import", text(&chain_file())]).success();
    run_on(directory.path(), &["init"]).success();
    let stats = run_on(directory.path(), &["db", "stats"]).success();
    assert!(stats.contains("head         block 20,"), "{stats}");
}

#[test]
fn another_chain_is_refused_in_one_sentence() {
    let directory = TempDir::new().unwrap();
    run_on(directory.path(), &["init"]).success();
    for command in [vec!["init"], vec!["import", text(&chain_file())]] {
        let arguments = [&command[..], &["--chain", "scroll-sepolia"]].concat();
        let error = run_on(directory.path(), &arguments).error(2);
        let path = text(directory.path());
        assert_eq!(
            error,
            format!(
                "{path} holds the chain dev (1337), not scroll-sepolia (534351); pass its --chain \
                 or another --datadir"
            )
        );
    }
}

#[test]
fn a_genesis_file_makes_a_chain_of_its_own() {
    let directory = TempDir::new().unwrap();
    let genesis = workspace_root().join("crates/protocol/chainspec/testdata/custom_genesis.json");
    let data = directory.path().join("data");
    let chain = ["--chain", text(&genesis)];
    let first = run_on(&data, &["init", chain[0], chain[1]]).success();
    assert!(!first.contains(DEV_GENESIS), "{first}");
    run_on(&data, &["init", chain[0], chain[1]]).success();
    let error = run_on(&data, &["init", "--chain", "dev"]).error(2);
    assert!(error.contains(" with genesis 0x") && error.contains("not dev (1337)"), "{error}");
}

#[test]
fn what_is_no_chain_is_named() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let error = run_on(&data, &["init", "--chain", "mainet"]).error(2);
    assert!(error.starts_with("mainet is neither a chain nor a genesis file: "), "{error}");
    assert!(error.contains("scroll-mainnet, scroll-sepolia, dev"), "{error}");

    let broken = write(directory.path(), "genesis.json", b"{\"config\": {}");
    let error = run_on(&data, &["init", "--chain", text(&broken)]).error(2);
    assert!(error.starts_with(text(&broken)), "{error}");
    assert!(error.contains("genesis is not valid JSON: EOF"), "{error}");

    let error = run_on(&data, &["init", "--chain", text(directory.path())]).error(2);
    assert!(error.contains(&format!("cannot read {}", text(directory.path()))), "{error}");
    assert!(!data.exists());
}

#[test]
fn the_default_directory_is_named_after_the_chain() {
    let home = TempDir::new().unwrap();
    let init = |arguments: &[&str]| -> Run {
        let mut command = rollup_node();
        command.args(["init"]).args(arguments).env("XDG_DATA_HOME", home.path());
        command.output().unwrap().into()
    };
    init(&["--chain", "dev"]).success();
    assert!(home.path().join("rollup-node/dev/db/mdbx.dat").exists());
    let genesis = "crates/protocol/chainspec/testdata/custom_genesis.json";
    let printed = init(&["--chain", genesis]).success();
    let id = printed.lines().nth(1).unwrap().split_whitespace().nth(1).unwrap().to_owned();
    assert!(home.path().join("rollup-node").join(&id).join("db/mdbx.dat").exists(), "{printed}");

    let without = rollup_node()
        .args(["db", "path"])
        .env("XDG_DATA_HOME", "relative")
        .env("HOME", home.path())
        .output();
    let path = Run::from(without.unwrap()).success();
    assert_eq!(path, format!("{}/.local/share/rollup-node/dev/db\n", text(home.path())));
}

#[test]
fn flags_have_twins_in_the_environment() {
    let directory = TempDir::new().unwrap();
    let mut command = rollup_node();
    command.args(["init"]).env("ROLLUP_NODE_DATADIR", directory.path());
    let printed = Run::from(command.env("ROLLUP_NODE_CHAIN", "scroll-sepolia").output().unwrap());
    assert!(printed.success().contains("scroll-sepolia (534351)"));
    let stats = run_on(directory.path(), &["db", "stats"]).success();
    assert!(stats.contains("scroll-sepolia (534351)"), "{stats}");
}
