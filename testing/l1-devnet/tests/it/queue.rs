//! L1 messages.

use crate::l1;
use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::SolCall as _;
use rollup_l1_devnet::{
    CONTRACTS, L1Message, USER,
    abi::{MessageQueue, ScrollMessenger},
    address_of,
};
use rollup_primitives::TxL1Message;
use rollup_storage::next_queue_hash;

/// The messenger on L2, which L1 calls.
const L2_MESSENGER: Address = address!("0x781e90f1c8Fc4611c9b7497C3B47F99Ef6969CbC");
/// Added to the address of an L1 contract where it is a sender on L2.
const ALIAS: Address = address!("0x1111000000000000000000000000000000001111");

/// The address that an L1 contract has as a sender on L2.
fn aliased(contract: Address) -> Address {
    let number = |address: Address| U256::from_be_bytes(address.into_word().0);
    Address::from_word((number(contract) + number(ALIAS)).into())
}

/// What the messenger queues for a message.
fn through_messenger(queue_index: u64, message: &L1Message) -> TxL1Message {
    let call = ScrollMessenger::relayMessageCall {
        from: address_of(message.from).unwrap(),
        to: message.to,
        value: message.value,
        nonce: U256::from(queue_index),
        message: message.input.clone(),
    };
    TxL1Message {
        queue_index,
        gas_limit: message.gas_limit,
        to: L2_MESSENGER,
        value: U256::ZERO,
        input: call.abi_encode().into(),
        sender: aliased(CONTRACTS.scroll_messenger),
    }
}

/// What the gateway queues for a message.
fn enforced(queue_index: u64, message: &L1Message) -> TxL1Message {
    TxL1Message {
        queue_index,
        gas_limit: message.gas_limit,
        to: message.to,
        value: message.value,
        input: message.input.clone(),
        sender: address_of(message.from).unwrap(),
    }
}

#[tokio::test]
async fn a_message_has_the_hashes_that_a_node_computes() {
    let l1 = l1().await;
    let with_input = |input: Vec<u8>| L1Message { input: input.into(), ..L1Message::default() };
    let transfer = L1Message::transfer(Address::repeat_byte(0xaa), 10_u64.pow(18));
    let by_messenger = [L1Message::default(), with_input(vec![1; 300]), transfer.clone()];
    // Lengths at which the encoding changes.
    let by_gateway =
        [transfer, with_input(vec![5]), with_input(vec![200]), with_input(vec![7; 56])];
    let mut expected = Vec::new();
    for message in &by_messenger {
        l1.send_message(message).await.unwrap();
        expected.push(through_messenger(u64::try_from(expected.len()).unwrap(), message));
    }
    let block = l1.mine(1).await.unwrap();
    for message in &by_gateway {
        l1.enforced_transaction(message).await.unwrap();
        expected.push(enforced(u64::try_from(expected.len()).unwrap(), message));
    }
    l1.mine(1).await.unwrap();

    let queued = l1.queued_messages().await.unwrap();
    let heights: Vec<_> = queued.iter().map(|(height, _)| height - block.number).collect();
    assert_eq!(heights, [0, 0, 0, 1, 1, 1, 1]);
    let messages: Vec<_> = queued.into_iter().map(|(_, message)| message).collect();
    assert_eq!(messages, expected);
    assert_eq!(l1.queue_length().await.unwrap(), 7);

    let mut queue_hash = None;
    for message in messages {
        let call = MessageQueue::computeTransactionHashCall {
            sender: message.sender,
            queueIndex: U256::from(message.queue_index),
            value: message.value,
            target: message.to,
            gasLimit: U256::from(message.gas_limit),
            data: message.input.clone(),
        };
        let hash = l1.rpc().view(CONTRACTS.message_queue_v2, &call).await.unwrap();
        assert_eq!(hash, message.tx_hash(), "{message:?}");
        let next = next_queue_hash(queue_hash, hash);
        assert_eq!(l1.queue_hash(message.queue_index).await.unwrap(), next);
        queue_hash = Some(next);
    }
}

#[tokio::test]
async fn a_message_waits_for_a_block() {
    let l1 = l1().await;
    let hash = l1.send_message(&L1Message::default()).await.unwrap();
    assert_eq!((l1.queue_length().await.unwrap(), l1.receipt(hash).await.unwrap()), (0, None));
    l1.mine(1).await.unwrap();
    assert_eq!(l1.queue_length().await.unwrap(), 1);
    assert_eq!(l1.receipt(hash).await.unwrap().unwrap()["status"], "0x1");
}

#[tokio::test]
async fn mining_a_message_that_is_reverted_is_an_error() {
    let l1 = l1().await;
    // Above the limit of the queue contract.
    let message = L1Message { gas_limit: 2_000_001, ..L1Message::default() };
    l1.send_message(&message).await.unwrap();
    let error = l1.mine(1).await.unwrap_err();
    assert!(error.to_string().contains("was reverted"), "{error}");
    assert_eq!(l1.queue_length().await.unwrap(), 0);
    l1.mine(1).await.unwrap();
}

#[tokio::test]
async fn a_message_may_be_as_large_as_its_gas_allows() {
    let l1 = l1().await;
    let input = Bytes::from(vec![3; 40_000]);
    let message = L1Message { gas_limit: 2_000_000, input, from: USER + 1, ..L1Message::default() };
    l1.enforced_transaction(&message).await.unwrap();
    l1.mine(1).await.unwrap();
    assert_eq!(l1.queued_messages().await.unwrap()[0].1, enforced(0, &message));
}
