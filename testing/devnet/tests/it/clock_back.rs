//! The clock of the machine is set back while blocks are made.

use crate::support::block_of;
use rollup_devnet::{Setup, TestNode, UNIX_TIME};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_go_on_with_timestamps_that_never_go_back() {
    let setup = Setup::sequencer().with_sequencer(|config| config.allow_empty_blocks = true);
    let mut node = TestNode::start(setup).await.unwrap();
    let mut timestamps = Vec::new();
    node.enable().await.unwrap();
    for number in 1..=9 {
        match number {
            4 => node.clock().unwrap().set_unix_time(UNIX_TIME - HOUR),
            7 => node.clock().unwrap().set_unix_time(UNIX_TIME + HOUR),
            _ => {}
        }
        let block = block_of(node.slot().await.unwrap());
        assert_eq!(block.block.number, number, "the slots go on");
        timestamps.push(block.block.timestamp);
    }
    assert!(timestamps.is_sorted(), "{timestamps:?}");
    assert_eq!(timestamps[3..6], [timestamps[2]; 3], "until the clock is there again");
    assert!(timestamps[6] >= (UNIX_TIME + HOUR).as_secs(), "{timestamps:?}");

    // Others accept them.
    let follower = TestNode::start(Setup::follower()).await.unwrap();
    follower.import(&node.chain(1..=9).unwrap()).await.unwrap();
    assert_eq!(follower.head(), node.head());
}
