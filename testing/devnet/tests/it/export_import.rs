//! Blocks that a node made and another one imports are the same on both.

use crate::support::{block_of, hashes, transfers};
use alloy_primitives::U256;
use rollup_devnet::{Call, Form, Setup, TestNode, Wallet, contracts};
use rollup_primitives::TxL1Message;

/// Blocks with transactions of every type, and one with nothing.
async fn sample(node: &mut TestNode) {
    let mut wallets = [Wallet::funded(0).unwrap(), Wallet::funded(1).unwrap()];
    transfers(node, &mut wallets[0], 2).await;
    let contract = wallets[0].address().create(wallets[0].nonce);
    node.submit(wallets[0].next(Call::create(&contracts::STORE)).unwrap()).await.unwrap();
    node.block().await.unwrap();
    let message = TxL1Message {
        to: contract,
        gas_limit: 100_000,
        input: contracts::words([1, 2]),
        value: U256::ZERO,
        ..Default::default()
    };
    node.l1().unwrap().enqueue([message]).await.unwrap();
    for (slot, form) in (5..).zip([Form::Legacy, Form::AccessList, Form::DynamicFee]) {
        let call = Call::contract(contract, contracts::words([slot, slot])).with_form(form);
        node.submit(wallets[1].next(call).unwrap()).await.unwrap();
    }
    node.submit(wallets[0].next(Call::delegation(contract)).unwrap()).await.unwrap();
    let block = node.block().await.unwrap();
    assert_eq!(hashes(&block.block).len(), 5);
    let own = Call::contract(wallets[0].address(), contracts::words([1, 1]));
    node.submit(wallets[1].next(own).unwrap()).await.unwrap();
    node.block().await.unwrap();
    block_of(node.build().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exported_blocks_are_the_same_where_they_are_imported() {
    let setup = Setup::sequencer().with_sequencer(|config| config.allow_empty_blocks = true);
    let mut node = TestNode::start(setup).await.unwrap();
    sample(&mut node).await;
    let head = node.head();
    let exported = node.chain(0..=head.number).unwrap();

    let other = TestNode::start(Setup::follower()).await.unwrap();
    other.import(&exported[1..]).await.unwrap();
    assert_eq!(other.head(), head);
    assert_eq!(other.chain(0..=head.number).unwrap(), exported);
    // The root of all state, computed from what is stored.
    let roots =
        [&node, &other].map(|node| node.handle.engine.view().unwrap().state_root().unwrap());
    assert_eq!(roots, [exported.last().unwrap().block.state_root; 2]);

    // Imported again, they change nothing, and after a restart they are still there.
    other.import_beside(&exported[3]).await.unwrap();
    let other = other.restart().await.unwrap();
    assert_eq!(other.chain(0..=head.number).unwrap(), exported);
    assert_eq!(other.check().unwrap().findings, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_with_another_state_root_is_refused_and_the_head_stays() {
    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    transfers(&mut node, &mut Wallet::funded(0).unwrap(), 1).await;
    let other = TestNode::start(Setup::follower()).await.unwrap();
    let block = node.stored(1).unwrap();
    let mut damaged = block.exported().unwrap().into_block();
    damaged.header.state_root = !damaged.header.state_root;
    let damaged = rollup_primitives::SealedBlock::seal_slow(damaged);
    other.handle.engine.import(damaged, None).await.unwrap_err();
    assert_eq!(other.head().number, 0);
    // The block itself is not blamed for it.
    other.import(&[block]).await.unwrap();
    assert_eq!(other.head(), node.head());
}
