//! What a node shows to Prometheus.

use super::{Node, Rpc, Wallet};
use crate::l1::TestL1;
use rollup_l1_devnet::L1Options;
use rollup_workspace::{read_text, workspace_root};
use std::collections::BTreeSet;
use tempfile::TempDir;

/// Of the process, by a library; the book says what they are together.
const OF_THE_PROCESS: &str = "process_";

/// Names in the first column of the table of metrics in the book.
fn documented() -> BTreeSet<String> {
    let text = read_text(&workspace_root().join("book/node.md")).unwrap();
    let (_, metrics) = text.split_once("\n## Metrics\n").unwrap();
    let rows = metrics.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.flat_map(|row| row.split('|').next().unwrap().split('`'));
    let names = names.filter(|name| name.contains('_') && !name.contains(' '));
    names.map(str::to_owned).collect()
}

#[test]
fn the_book_has_every_metric() {
    let directory = TempDir::new().unwrap();
    let l1 = TestL1::start(L1Options::default());
    // Nobody is asked there: the node makes its blocks itself.
    let nobody = ["--network.sequencer-url", "http://127.0.0.1:1"];
    let arguments = ["node", "--dev", "--metrics", "127.0.0.1:0", "--l1.url", l1.url()];
    let arguments = [&arguments[..], &nobody[..]].concat();
    let node = Node::start(directory.path(), &arguments);
    let (at, _) = node.log.next_block(0);
    node.http().send_raw(&Wallet::funded(0).next());
    node.log.next_block(at + 1);
    let (status, page) = Rpc::new(&node.other_address("Metrics")).page("/metrics");
    assert_eq!(status, 200);
    let shown: BTreeSet<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .filter(|name| !name.starts_with(OF_THE_PROCESS))
        .map(str::to_owned)
        .collect();
    assert!(shown.len() > 50, "{shown:?}");
    assert_eq!(shown, documented());
    node.stop();
}
