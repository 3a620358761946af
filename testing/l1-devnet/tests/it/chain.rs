//! The chain and its contracts.

use rollup_l1_devnet::{L1Chain, L1Message, L1Options};

#[tokio::test]
async fn a_message_is_in_the_queue_once_it_is_mined() {
    let l1 = L1Chain::start(L1Options::default()).await.unwrap();
    l1.send_message(&L1Message::default()).await.unwrap();
    assert_eq!(l1.queue_length().await.unwrap(), 0);
    l1.mine(1).await.unwrap();
    assert_eq!(l1.queue_length().await.unwrap(), 1);
}
