//! N22: the authorized signer changes on L1, from the key of one sequencer to that of another, and
//! back when L1 takes the change back. Neither restarts, and no height has two blocks.

use super::support::{caught_up, following, l1_of, young};
use alloy_primitives::Address;
use alloy_signer::SignerSync;
use rollup_devnet::{Setup, StoredBlock, TestNode, soon};
use rollup_l1_devnet::{Fault, FaultProxy, KEYS, L1Chain, SIGNER, address_of, signer_of};
use rollup_node_builder::{ConsensusConfig, LaunchError};
use rollup_orchestrator::ConsensusCheckError;
use rollup_primitives::{BlockSignature, ScrollHeader, block_signing_hash};
use rollup_rpc::NodeEvent;
use rollup_sequencer::SequencerState;
use rollup_signer::SignerConfig;
use std::{
    collections::BTreeSet, fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path,
    time::Duration,
};
use tempfile::TempDir;
use tokio::task::yield_now;

/// Account that becomes the authorized signer.
const NEXT_SIGNER: usize = 6;
/// L1 blocks for which who was the signer stays valid for earlier blocks.
const GRACE_BLOCKS: u64 = 64;

/// A sequencer with slots and the key of an account, which follows the L1 system contract.
fn sequencer_of(account: usize, directory: &Path, url: &str) -> Setup {
    let path = directory.join(format!("key-{account}"));
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path).unwrap();
    write!(file, "{}", KEYS[account]).unwrap();
    following(Setup::sequencer(), &[url])
        .with_config(|config| {
            config.consensus = ConsensusConfig::SystemContract { authorized_signer: None };
            config.signer = Some(SignerConfig::KeyFile { path, allow_readable_by_others: false });
            config.allow_unauthorized = true;
        })
        .with_sequencer(|config| {
            (config.auto_start, config.allow_empty_blocks) = (true, true);
            config.block_time = Duration::from_millis(100);
            config.payload_building_duration = Duration::from_millis(20);
        })
}

/// A sequencer and the proxy between it and L1.
struct Sequencer {
    node: TestNode,
    proxy: FaultProxy,
}

impl Sequencer {
    async fn start(account: usize, directory: &Path, l1: &L1Chain) -> Self {
        let proxy = FaultProxy::start(l1.url()).unwrap();
        let setup = sequencer_of(account, directory, &proxy.url());
        let node = TestNode::start(setup).await.unwrap();
        caught_up(&node, l1).await;
        Self { node, proxy }
    }

    async fn is_silent(&self) {
        self.node.state(|state| state == SequencerState::NotAuthorized).await.unwrap();
    }

    /// Lets it make so many blocks.
    async fn makes(&mut self, blocks: usize) {
        for _ in 0..blocks {
            self.node.signed().await.unwrap();
        }
    }

    /// Takes over the blocks of the other one, which makes none now, if L1 permits who signed them.
    async fn follow(&self, other: &Self) {
        assert_eq!(other.node.sequencer().unwrap().status().state, SequencerState::NotAuthorized);
        let from = self.node.head().number + 1;
        for block in other.node.chain(from..=other.node.head().number).unwrap() {
            let signers = l1_of(&self.node).orchestrator.authorized_signers().clone();
            signers.check(block.block.header(), &block.signature.unwrap()).unwrap();
            self.node.import(&[block]).await.unwrap();
        }
        assert_eq!(self.node.head(), other.node.head());
    }

    fn check(&self, header: &ScrollHeader, signature: &BlockSignature) -> Check {
        let signers = l1_of(&self.node).orchestrator.authorized_signers().clone();
        match signers.check(header, signature) {
            Ok(()) => Check::Accepted,
            Err(ConsensusCheckError::Unauthorized { .. }) => Check::Unauthorized,
            Err(other) => panic!("{other}"),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Check {
    Accepted,
    Unauthorized,
}

/// A header with this time, and the signature of an account.
fn signed_at(
    block: &StoredBlock,
    timestamp: u64,
    account: usize,
) -> (ScrollHeader, BlockSignature) {
    let header = ScrollHeader { timestamp, ..block.block.header().clone() };
    let hash = block_signing_hash(&header);
    let signature = signer_of(account).unwrap().sign_hash_sync(&hash).unwrap();
    (header, BlockSignature::new(signature))
}

/// No height has two blocks, whoever made them, and all of them are one chain.
fn assert_one_chain(sequencers: [&Sequencer; 2]) {
    let made = sequencers.map(|sequencer| sequencer.node.announced.blocks());
    let made: Vec<_> = made.into_iter().flatten().collect();
    let heights: BTreeSet<u64> = made.iter().map(|block| block.number).collect();
    assert_eq!(heights.len(), made.len(), "{made:?}");
    let highest = sequencers.iter().max_by_key(|sequencer| sequencer.node.head().number).unwrap();
    for block in made {
        assert_eq!(highest.node.stored(block.number).unwrap().id(), block);
    }
}

fn signers_of(node: &TestNode) -> Vec<Address> {
    let chain = node.chain(1..=node.head().number).unwrap();
    let signer = |block: &StoredBlock| {
        block.signature.as_ref().unwrap().recover_signer(block.block.header()).unwrap()
    };
    let mut signers: Vec<_> = chain.iter().map(signer).collect();
    signers.dedup();
    signers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n22_the_signer_changes_on_l1_and_back_by_a_reorg_without_a_restart() {
    let l1 = L1Chain::start(young()).await.unwrap();
    let keys = TempDir::new().unwrap();
    let (a, b) = (address_of(SIGNER).unwrap(), address_of(NEXT_SIGNER).unwrap());
    let mut old = Sequencer::start(SIGNER, keys.path(), &l1).await;
    let mut new = Sequencer::start(NEXT_SIGNER, keys.path(), &l1).await;
    old.makes(3).await;
    new.is_silent().await;
    assert_eq!(new.node.head().number, 0);

    // The new one hears of it when the old one has stopped and its last block is known.
    let mut events = old.node.handle.events.subscribe();
    new.proxy.set(Fault::Hang).unwrap();
    l1.update_signer(b).await.unwrap();
    let rotation = l1.mine(1).await.unwrap();
    old.is_silent().await;
    let handed_over = old.node.head();
    let from_a = old.node.stored(handed_over.number).unwrap();
    new.follow(&old).await;
    new.proxy.set(Fault::None).unwrap();
    new.makes(3).await;
    assert_eq!(old.node.head(), handed_over, "the old one stays silent");
    caught_up(&new.node, &l1).await;
    caught_up(&old.node, &l1).await;
    let changed = async {
        loop {
            if let NodeEvent::AuthorizedSignerChanged { previous, signer, l1_block_number } =
                events.next().await.event
            {
                return (previous, signer, l1_block_number);
            }
        }
    };
    assert_eq!(soon("the change", changed).await.unwrap(), (Some(a), b, rotation.number));

    let (switch, later) = (rotation.timestamp, rotation.timestamp + 1);
    for node in [&old, &new] {
        assert_eq!(l1_of(&node.node).orchestrator.authorized_signers().current(), Some(b));
        let check = |timestamp, account| {
            let (header, signature) = signed_at(&from_a, timestamp, account);
            node.check(&header, &signature)
        };
        assert_eq!(check(switch, SIGNER), Check::Accepted, "not later than the change");
        assert_eq!(check(later, SIGNER), Check::Unauthorized);
        assert_eq!(check(later, NEXT_SIGNER), Check::Accepted);
        assert_eq!(check(later, SIGNER + 1), Check::Unauthorized, "never was the signer");
    }

    // L1 takes the change back.
    old.proxy.set(Fault::Hang).unwrap();
    l1.reorg(1, Vec::new()).await.unwrap();
    l1.mine(1).await.unwrap();
    new.is_silent().await;
    let handed_back = new.node.head();
    let from_b = new.node.stored(handed_back.number).unwrap();
    assert!(handed_back.number >= handed_over.number + 3);
    old.node
        .import(&new.node.chain(handed_over.number + 1..=handed_back.number).unwrap())
        .await
        .unwrap();
    old.proxy.set(Fault::None).unwrap();
    old.makes(3).await;
    assert_eq!(new.node.head(), handed_back, "the new one is silent again");
    caught_up(&old.node, &l1).await;
    caught_up(&new.node, &l1).await;
    for node in [&old, &new] {
        assert_eq!(l1_of(&node.node).orchestrator.authorized_signers().current(), Some(a));
        let (header, signature) = signed_at(&from_b, later, SIGNER);
        assert_eq!(node.check(&header, &signature), Check::Accepted);
        let (header, signature) = signed_at(&from_b, switch, NEXT_SIGNER);
        assert_eq!(node.check(&header, &signature), Check::Unauthorized, "it was never the signer");
    }
    old.node.sequencer().unwrap().stop().await.unwrap();
    assert_one_chain([&old, &new]);
    assert_eq!(signers_of(&old.node), [a, b, a]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n22_the_old_signer_is_valid_for_some_l1_blocks_and_a_restart_reads_the_new_one() {
    let l1 = L1Chain::start(young()).await.unwrap();
    let keys = TempDir::new().unwrap();
    let mut old = Sequencer::start(SIGNER, keys.path(), &l1).await;
    old.makes(1).await;
    let block = old.node.stored(1).unwrap();
    l1.update_signer(address_of(NEXT_SIGNER).unwrap()).await.unwrap();
    let rotation = l1.mine(1).await.unwrap();
    old.is_silent().await;
    let (header, signature) = signed_at(&block, rotation.timestamp, SIGNER);
    l1.mine(GRACE_BLOCKS - 1).await.unwrap();
    caught_up(&old.node, &l1).await;
    assert_eq!(old.check(&header, &signature), Check::Accepted);
    l1.mine(1).await.unwrap();
    caught_up(&old.node, &l1).await;
    // The watcher knows an L1 block before what follows from it is told.
    let ends = async {
        while old.check(&header, &signature) == Check::Accepted {
            yield_now().await;
        }
    };
    soon("the end of the grace", ends).await.unwrap();
    let Sequencer { node, proxy } = old;
    let head = node.head();
    let node = node.restart().await.unwrap();
    caught_up(&node, &l1).await;
    let old = Sequencer { node, proxy };
    old.is_silent().await;
    assert_eq!(old.node.head(), head);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sequencer_that_is_no_standby_does_not_start_with_another_key() {
    let l1 = L1Chain::start(young()).await.unwrap();
    let keys = TempDir::new().unwrap();
    let setup = sequencer_of(NEXT_SIGNER, keys.path(), l1.url())
        .with_config(|config| config.allow_unauthorized = false);
    let refused = TestNode::start(setup).await.unwrap_err();
    let (signer, authorized) = (address_of(NEXT_SIGNER).unwrap(), address_of(SIGNER).unwrap());
    match refused.downcast_ref::<LaunchError>() {
        Some(LaunchError::NotAuthorized { signer: own, authorized: named, .. }) => {
            assert_eq!((*own, *named), (signer, authorized));
        }
        _ => panic!("{refused:#}"),
    }
    assert!(refused.to_string().contains("system contract"), "{refused}");
}
