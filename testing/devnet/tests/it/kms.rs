//! Blocks signed with a key in AWS KMS.

use crate::support::transfers;
use rollup_devnet::{Setup, TestNode, Wallet};
use rollup_kms_devnet::{KeyKind, Moto, settings};
use rollup_runtime::SystemClock;
use rollup_signer::{AwsKmsSigner, BlockSigner, SigningPolicy};
use std::{sync::Arc, time::Duration};

const BLOCKS: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_signed_in_aws_kms_are_taken_by_another_node() {
    let moto = Moto::start().unwrap();
    let key = moto.create_key(KeyKind::Secp256k1).await.unwrap().parse().unwrap();
    let policy = SigningPolicy { timeout: Duration::from_secs(20), ..SigningPolicy::default() };
    let settings = settings(&moto.url());
    let signer = AwsKmsSigner::connect(&settings, &key, policy, &SystemClock::new()).await.unwrap();
    let address = signer.address();

    let setup = Setup::sequencer().with_signer(Arc::new(signer));
    let mut node = TestNode::start(setup).await.unwrap();
    assert_eq!(node.handle.signer, Some(address));
    transfers(&mut node, &mut Wallet::funded(0).unwrap(), BLOCKS).await;
    let chain = node.chain(1..=BLOCKS).unwrap();
    for block in &chain {
        let signature = block.signature.unwrap();
        assert_eq!(signature.recover_signer(block.block.header()).unwrap(), address);
    }

    let follower = TestNode::start(Setup::follower()).await.unwrap();
    follower.import(&chain).await.unwrap();
    assert_eq!(follower.head(), node.head());
    for block in &chain {
        let stored = follower.stored(block.block.number).unwrap();
        assert_eq!(stored.signature, block.signature);
    }
}
