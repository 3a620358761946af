//! Blocks, names and reorgs.

use crate::l1;
use alloy_primitives::{Address, B256};
use rollup_l1_devnet::{
    CONTRACTS, KEYS, L1Call, L1Chain, L1Message, L1Options, OWNER, abi::SystemConfig, address_of,
};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn what_is_asked_for_is_what_starts() {
    let options = L1Options {
        chain_id: 1_234,
        slots_in_an_epoch: 3,
        number: 50,
        signer: Some(Address::repeat_byte(9)),
        ..L1Options::default()
    };
    let l1 = L1Chain::start(options).await.unwrap();
    assert_eq!(l1.rpc().call("eth_chainId", json!([])).await.unwrap(), "0x4d2");
    assert_eq!(l1.signer().await.unwrap(), Address::repeat_byte(9));
    assert_eq!(l1.latest().await.unwrap().number, 50);
    assert_eq!(l1.safe().await.unwrap().number, 47);
    assert_eq!(l1.finalized().await.unwrap().number, 44);
    // Its transactions are for that chain.
    l1.send_message(&L1Message::default()).await.unwrap();
    l1.mine(2).await.unwrap();
    assert_eq!(l1.queue_length().await.unwrap(), 1);
    assert_eq!(l1.finalized().await.unwrap().number, 46);
}

#[tokio::test]
async fn blocks_are_mined_by_hand_and_follow_each_other() {
    let l1 = l1().await;
    let first = l1.latest().await.unwrap();
    let last = l1.mine(3).await.unwrap();
    assert_eq!(last.number, first.number + 3);
    let mut parent = first;
    for number in first.number + 1..=last.number {
        let block = l1.block(number).await.unwrap().unwrap();
        assert_eq!(block.parent_hash, parent.hash);
        parent = block;
    }
    assert_eq!(l1.block(last.number + 1).await.unwrap(), None);
    let later = l1.mine_at(last.timestamp + 12).await.unwrap();
    assert_eq!(later.timestamp, last.timestamp + 12);
    assert!(l1.mine_at(later.timestamp - 1).await.is_err());
}

#[tokio::test]
async fn blocks_come_by_themselves_where_that_is_asked_for() {
    let options = L1Options { block_time: Some(Duration::from_secs(1)), ..L1Options::default() };
    let l1 = L1Chain::start(options).await.unwrap();
    let hash = l1.send_message(&L1Message::default()).await.unwrap();
    while l1.receipt(hash).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(l1.queue_length().await.unwrap(), 1);
}

#[tokio::test]
async fn a_reorg_replaces_blocks_and_drops_messages() {
    let l1 = l1().await;
    let kept = l1.mine(1).await.unwrap();
    l1.send_message(&L1Message::default()).await.unwrap();
    let old = l1.mine(1).await.unwrap();
    let old_head = l1.mine(1).await.unwrap();
    // It waits, and is gone too.
    l1.send_message(&L1Message::default()).await.unwrap();

    let new_head = l1.reorg(2, Vec::new()).await.unwrap();
    assert_eq!(new_head.number, old_head.number);
    assert_ne!(new_head.hash, old_head.hash);
    assert_ne!(l1.block(old.number).await.unwrap().unwrap().hash, old.hash);
    assert_eq!(l1.block(kept.number).await.unwrap(), Some(kept));
    assert_eq!(l1.queue_length().await.unwrap(), 0);
    assert_eq!(l1.queue_hash(0).await.unwrap(), B256::ZERO);
    assert_eq!(l1.queued_messages().await.unwrap(), []);
    // It is unknown by its hash, too.
    let by_hash = l1.rpc().call("eth_getBlockByHash", json!([old.hash, false])).await.unwrap();
    assert!(by_hash.is_null());

    l1.mine(1).await.unwrap();
    assert_eq!(l1.queue_length().await.unwrap(), 0);
    l1.send_message(&L1Message::default()).await.unwrap();
    l1.mine(1).await.unwrap();
    assert_eq!(l1.queue_length().await.unwrap(), 1);
}

#[tokio::test]
async fn a_reorg_can_bring_other_messages_at_the_same_index() {
    let l1 = l1().await;
    l1.mine(1).await.unwrap();
    l1.send_message(&L1Message::default()).await.unwrap();
    let old = l1.mine(1).await.unwrap();
    l1.mine(1).await.unwrap();
    let message = |byte| L1Message::transfer(Address::repeat_byte(byte), byte.into());
    let calls = vec![
        (0, L1Call::enforced_transaction(&message(1))),
        (1, L1Call::enforced_transaction(&message(2))),
        (1, L1Call::update_signer(Address::repeat_byte(3))),
    ];
    l1.reorg(2, calls).await.unwrap();
    let queued: Vec<_> = l1.queued_messages().await.unwrap();
    let found: Vec<_> =
        queued.iter().map(|(height, message)| (*height, message.queue_index, message.to)).collect();
    let first = (old.number, 0, Address::repeat_byte(1));
    assert_eq!(found, [first, (old.number + 1, 1, Address::repeat_byte(2))]);
    assert_eq!(l1.signer().await.unwrap(), Address::repeat_byte(3));
}

#[tokio::test]
async fn a_snapshot_is_gone_back_to() {
    let l1 = l1().await;
    let block = l1.mine(1).await.unwrap();
    let snapshot = l1.snapshot().await.unwrap();
    l1.send_message(&L1Message::default()).await.unwrap();
    l1.mine(4).await.unwrap();
    l1.restore(snapshot).await.unwrap();
    assert_eq!(l1.latest().await.unwrap(), block);
    assert_eq!(l1.queue_length().await.unwrap(), 0);
}

#[tokio::test]
async fn the_signer_is_changed_by_its_owner_and_by_nobody_else() {
    let l1 = l1().await;
    let signer = address_of(7).unwrap();
    l1.update_signer(signer).await.unwrap();
    l1.mine(1).await.unwrap();
    assert_eq!(l1.signer().await.unwrap(), signer);
    let other = SystemConfig::updateSignerCall { newSigner: Address::ZERO };
    assert_ne!(OWNER, 7);
    l1.submit(L1Call::new(7, CONTRACTS.system_config, &other)).await.unwrap();
    assert!(l1.mine(1).await.is_err());
    assert_eq!(l1.signer().await.unwrap(), signer);
}

#[tokio::test]
async fn a_paused_l1_answers_again_when_it_goes_on() {
    let l1 = l1().await;
    l1.anvil().pause().unwrap();
    let mut call = Box::pin(l1.latest());
    let answered = tokio::time::timeout(Duration::from_millis(50), &mut call).await;
    assert!(answered.is_err());
    l1.anvil().resume().unwrap();
    call.await.unwrap();
}

#[test]
fn every_account_has_a_key() {
    for account in 0..KEYS.len() {
        address_of(account).unwrap();
    }
    assert!(address_of(KEYS.len()).is_err());
    let owner = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266".parse::<Address>().unwrap();
    assert_eq!(address_of(OWNER).unwrap(), owner);
}
