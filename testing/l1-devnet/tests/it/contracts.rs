//! The deployment.

use crate::l1;
use alloy_primitives::{Address, B256, U256, b256};
use alloy_sol_types::{SolCall as _, SolEvent as _};
use rollup_chainspec::ScrollChainSpec;
use rollup_l1_devnet::{
    CONTRACTS, L1Batch, L1Chain, L1Options, PROVER, SEQUENCER, SIGNER, USER,
    abi::{EnforcedTxGateway, MessageQueue, ScrollChain, ScrollMessenger, SystemConfig},
    address_of, run_script,
};
use serde_json::json;

#[tokio::test]
async fn the_contracts_are_where_the_specification_of_the_dev_chain_says() {
    let spec = ScrollChainSpec::parse("dev").unwrap();
    let expected = &spec.config().l1;
    assert_eq!(CONTRACTS.scroll_chain, expected.scroll_chain_address);
    assert_eq!(CONTRACTS.message_queue_v1, expected.message_queue_v1_address);
    assert_eq!(CONTRACTS.message_queue_v2, expected.message_queue_v2_address);
    assert_eq!(CONTRACTS.system_config, expected.system_config_address);
    assert_eq!(L1Options::default().chain_id, expected.l1_chain_id);

    let l1 = l1().await;
    let chain = CONTRACTS.scroll_chain;
    let rpc = l1.rpc();
    let l2_chain_id = rpc.view(chain, &ScrollChain::layer2ChainIdCall {}).await.unwrap();
    assert_eq!(l2_chain_id, spec.chain_id());
    let first = MessageQueue::firstCrossDomainMessageIndexCall {};
    let first = rpc.view(CONTRACTS.message_queue_v2, &first).await.unwrap();
    assert_eq!(Some(first.to()), expected.first_v2_queue_index);
    let next = MessageQueue::nextCrossDomainMessageIndexCall {};
    assert_eq!(rpc.view(CONTRACTS.message_queue_v1, &next).await.unwrap(), U256::ZERO);
    for contract in [
        CONTRACTS.scroll_messenger,
        CONTRACTS.enforced_tx_gateway,
        CONTRACTS.rollup_verifier,
        CONTRACTS.proxy_admin,
    ] {
        let code = rpc.call("eth_getCode", json!([contract, "latest"])).await.unwrap();
        assert_ne!(code, "0x", "{contract}");
    }
}

#[tokio::test]
async fn the_genesis_batch_is_that_of_the_dev_chain() {
    let l1 = l1().await;
    let genesis = L1Batch::genesis();
    let hash = b256!("2056b22204bca2ca0af4e2fbea93617c68d1d87dd8a8c3c5b4623b94a8e0f929");
    assert_eq!(genesis.hash(), hash);
    let committed = ScrollChain::committedBatchesCall { batchIndex: U256::ZERO };
    assert_eq!(l1.rpc().view(CONTRACTS.scroll_chain, &committed).await.unwrap(), hash);
    let root = ScrollChain::finalizedStateRootsCall { batchIndex: U256::ZERO };
    let spec = ScrollChainSpec::parse("dev").unwrap();
    let expected = spec.genesis_header().header().state_root;
    assert_eq!(l1.rpc().view(CONTRACTS.scroll_chain, &root).await.unwrap(), expected);
}

#[tokio::test]
async fn the_system_contract_is_initialized_as_in_production() {
    let l1 = l1().await;
    let parameters = SystemConfig::messageQueueParametersCall {};
    let parameters = l1.rpc().view(CONTRACTS.system_config, &parameters).await.unwrap();
    assert_eq!(parameters.maxGasLimit, 2_000_000);
    assert_eq!(parameters.baseFeeOverhead.to::<u64>(), 1_000_000_000);
    assert_eq!(parameters.baseFeeScalar.to::<u64>(), 1_000_000_000);
    let delays = SystemConfig::enforcedBatchParametersCall {};
    let delays = l1.rpc().view(CONTRACTS.system_config, &delays).await.unwrap();
    assert_eq!(delays.maxDelayEnterEnforcedMode.to::<u64>(), 86_400);
    assert_eq!(delays.maxDelayMessageQueue.to::<u64>(), 86_400);
    assert_eq!(l1.signer().await.unwrap(), address_of(SIGNER).unwrap());
    // Where a node looks that does not call the contract.
    let params = json!([CONTRACTS.system_config, "0x67", "latest"]);
    let slot = l1.rpc().call("eth_getStorageAt", params).await.unwrap();
    assert_eq!(slot, json!(address_of(SIGNER).unwrap().into_word()));
}

#[tokio::test]
async fn only_the_accounts_of_a_role_may_use_it() {
    let l1 = l1().await;
    // Selectors of isSequencer(address) and isProver(address).
    for (selector, role) in [("6d46e987", SEQUENCER), ("0a245924", PROVER)] {
        for account in [SEQUENCER, PROVER, USER] {
            let address = address_of(account).unwrap().into_word();
            let input = format!("0x{selector}{}", address.to_string().trim_start_matches("0x"));
            let params = json!([{ "to": CONTRACTS.scroll_chain, "input": input }, "latest"]);
            let answer = l1.rpc().call("eth_call", params).await.unwrap();
            let expected = B256::with_last_byte((account == role).into());
            assert_eq!(answer, json!(expected), "{selector} {account}");
        }
    }
}

#[test]
fn the_interface_has_the_selectors_and_topics_of_production() {
    let selector = |selector: [u8; 4]| alloy_primitives::hex::encode(selector);
    assert_eq!(selector(ScrollChain::commitBatchesCall::SELECTOR), "9bbaa2ba");
    assert_eq!(selector(ScrollChain::finalizeBundlePostEuclidV2Call::SELECTOR), "c1aa4e19");
    assert_eq!(selector(ScrollChain::revertBatchCall::SELECTOR), "4030cf29");
    assert_eq!(selector(MessageQueue::nextCrossDomainMessageIndexCall::SELECTOR), "fd0ad31e");
    assert_eq!(selector(MessageQueue::getMessageRollingHashCall::SELECTOR), "c6172e1f");
    assert_eq!(selector(MessageQueue::computeTransactionHashCall::SELECTOR), "5ad9945a");
    assert_eq!(selector(SystemConfig::getSignerCall::SELECTOR), "7ac3c02f");
    assert_eq!(selector(SystemConfig::updateSignerCall::SELECTOR), "a7ecd37e");
    assert_eq!(selector(EnforcedTxGateway::sendTransactionCall::SELECTOR), "3934ce9d");
    assert_eq!(selector(ScrollMessenger::relayMessageCall::SELECTOR), "8ef1332e");
    let topics = [
        (ScrollChain::CommitBatch::SIGNATURE_HASH, "2c32d4ae"),
        (ScrollChain::RevertBatch::SIGNATURE_HASH, "9ee73ead"),
        (ScrollChain::FinalizeBatch::SIGNATURE_HASH, "26ba82f9"),
        (MessageQueue::QueueTransaction::SIGNATURE_HASH, "69cfcb8e"),
        (SystemConfig::SignerUpdated::SIGNATURE_HASH, "2d025324"),
    ];
    for (topic, start) in topics {
        assert!(topic.to_string()[2..].starts_with(start), "{topic}");
    }
}

#[tokio::test]
async fn deploying_on_an_l1_that_has_the_contracts_changes_nothing() {
    let signer = Address::repeat_byte(7);
    let options = L1Options { signer: Some(signer), ..L1Options::default() };
    let l1 = L1Chain::start(options).await.unwrap();
    let head = l1.latest().await.unwrap();
    let url = l1.url().to_owned();
    let run = || serde_json::from_str(&run_script("deploy.mjs", &["--rpc", &url]).unwrap());
    let summary: serde_json::Value = run().unwrap();
    assert_eq!(summary, run().unwrap());
    assert_eq!(l1.latest().await.unwrap(), head);
    let contracts = &summary["contracts"];
    assert_eq!(contracts["scrollChain"], json!(CONTRACTS.scroll_chain.to_string()));
    assert_eq!(contracts["messageQueueV1"], json!(CONTRACTS.message_queue_v1.to_string()));
    assert_eq!(contracts["messageQueueV2"], json!(CONTRACTS.message_queue_v2.to_string()));
    assert_eq!(contracts["systemConfig"], json!(CONTRACTS.system_config.to_string()));
    assert_eq!(contracts["scrollMessenger"], json!(CONTRACTS.scroll_messenger.to_string()));
    assert_eq!(contracts["enforcedTxGateway"], json!(CONTRACTS.enforced_tx_gateway.to_string()));
    assert_eq!(contracts["rollupVerifier"], json!(CONTRACTS.rollup_verifier.to_string()));
    assert_eq!(contracts["proxyAdmin"], json!(CONTRACTS.proxy_admin.to_string()));
    assert_eq!(summary["accounts"]["signer"], json!(signer.to_string()));
}
