//! S6, S7, S8, S13, S15 on a whole node.

use crate::support::{RECIPIENT, block_of, hashes, transfers};
use alloy_primitives::{Address, address};
use rollup_devnet::{Call, Setup, Slot, TestNode, Wallet};
use rollup_sequencer::{SequencerEvent, SequencerState, SkipReason};
use rollup_signer::SignerConfig;
use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

const KEY: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const SIGNER: Address = address!("70997970C51812dc3A010C7d01b50e0d17dc79C8");

async fn signer_of_block_with_key(path: &Path, text: &str) -> Address {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let key = SignerConfig::KeyFile { path: path.to_owned(), allow_readable_by_others: false };
    let setup = Setup::sequencer().with_config(|config| config.signer = Some(key));
    let mut node = TestNode::start(setup).await.unwrap();
    assert_eq!(node.handle.signer, Some(SIGNER));
    transfers(&mut node, &mut Wallet::funded(0).unwrap(), 1).await;
    let block = node.stored(1).unwrap();
    block.signature.unwrap().recover_signer(block.block.header()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s6_s7_s8_blocks_are_signed_by_the_key_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let texts = [format!("0x{KEY}"), KEY.to_owned(), format!("0x{KEY}\n")];
    for (index, text) in texts.iter().enumerate() {
        let path = directory.path().join(index.to_string());
        assert_eq!(signer_of_block_with_key(&path, text).await, SIGNER, "{text:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s13_a_building_time_above_the_block_time_skips_slots() {
    let setup = Setup::sequencer().with_sequencer(|config| {
        config.allow_empty_blocks = true;
        config.payload_building_duration = Duration::from_millis(2500);
    });
    let mut node = TestNode::start(setup).await.unwrap();
    node.enable().await.unwrap();
    for number in 1..=4 {
        // Of the slots at 0, 1 and 2 s, and so on.
        node.begin_slot().await.unwrap();
        node.clock().unwrap().advance(Duration::from_millis(2500));
        let mut overrun = 0;
        let block = loop {
            match node.event().await.unwrap() {
                SequencerEvent::SlotSkipped { reason: SkipReason::Overrun, slots } => {
                    overrun += slots;
                }
                SequencerEvent::BlockSequenced(_) => {}
                SequencerEvent::SignedBlock(block) => break block,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((block.block.number, overrun), (number, 2));
        node.state(|state| state == SequencerState::Idle).await.unwrap();
        node.skip_slots(2).unwrap();
    }
    let chain = node.chain(1..=4).unwrap();
    let timestamps: Vec<_> = chain.iter().map(|block| block.block.timestamp).collect();
    assert!(timestamps.windows(2).all(|pair| pair[1] == pair[0] + 3), "{timestamps:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s15_a_block_from_elsewhere_drops_the_one_that_is_built() {
    let mut other = TestNode::start(Setup::sequencer()).await.unwrap();
    transfers(&mut other, &mut Wallet::funded(1).unwrap(), 1).await;
    let foreign = other.stored(1).unwrap();

    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let hash = node.submit(wallet.next(Call::transfer(RECIPIENT, 9)).unwrap()).await.unwrap();
    node.begin().await.unwrap();
    node.import(std::slice::from_ref(&foreign)).await.unwrap();
    let slot = node.seal().await.unwrap();
    assert!(matches!(slot, Slot::Skipped(SkipReason::HeadMoved)), "{slot:?}");
    assert_eq!(node.head(), foreign.id());
    assert_eq!(node.handle.storage.signed_height(), None);
    let block = block_of(node.build().await.unwrap());
    assert!(block.follows(foreign.id()));
    assert_eq!(hashes(&block.block), [hash]);
}
