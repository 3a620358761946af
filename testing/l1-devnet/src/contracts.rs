//! The L1 contracts.

use alloy_primitives::{Address, address};

/// Where the contracts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contracts {
    /// `ScrollChain` (proxy).
    pub scroll_chain: Address,
    /// `L1MessageQueueV1` (proxy), which is empty.
    pub message_queue_v1: Address,
    /// `L1MessageQueueV2` (proxy).
    pub message_queue_v2: Address,
    /// `SystemConfig` (proxy).
    pub system_config: Address,
    /// `L1ScrollMessenger` (proxy).
    pub scroll_messenger: Address,
    /// `EnforcedTxGateway` (proxy).
    pub enforced_tx_gateway: Address,
    /// `MultipleVersionRollupVerifier`, whose verifiers accept every proof.
    pub rollup_verifier: Address,
    /// `ProxyAdmin`.
    pub proxy_admin: Address,
}

/// Where the deployment puts the contracts.
pub const CONTRACTS: Contracts = Contracts {
    scroll_chain: address!("0x5FC8d32690cc91D4c39d9d3abcBD16989F875707"),
    message_queue_v1: address!("0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"),
    message_queue_v2: address!("0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9"),
    system_config: address!("0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"),
    scroll_messenger: address!("0x8A791620dd6260079BF849Dc5567aDC3F2FdC318"),
    enforced_tx_gateway: address!("0x68B1D87F95878fE05B998F19b66F4baba5De1aed"),
    rollup_verifier: address!("0x9A676e781A523b5d0C0e43731313A708CB607508"),
    proxy_admin: address!("0x5FbDB2315678afecb367f032d93F642f64180aa3"),
};

/// The functions and events that are used here.
pub mod abi {
    alloy_sol_types::sol! {
        interface ScrollChain {
            event CommitBatch(uint256 indexed batchIndex, bytes32 indexed batchHash);
            event RevertBatch(uint256 indexed startBatchIndex, uint256 indexed finishBatchIndex);
            event FinalizeBatch(uint256 indexed batchIndex, bytes32 indexed batchHash, bytes32 stateRoot, bytes32 withdrawRoot);
            function commitBatches(uint8 version, bytes32 parentBatchHash, bytes32 lastBatchHash) external;
            function finalizeBundlePostEuclidV2(bytes batchHeader, uint256 totalL1MessagesPoppedOverall, bytes32 postStateRoot, bytes32 withdrawRoot, bytes aggrProof) external;
            function revertBatch(bytes batchHeader) external;
            function committedBatches(uint256 batchIndex) external view returns (bytes32);
            function finalizedStateRoots(uint256 batchIndex) external view returns (bytes32);
            function lastFinalizedBatchIndex() external view returns (uint256);
            function layer2ChainId() external view returns (uint64);
            function miscData() external view returns (uint64 lastCommittedBatchIndex, uint64 lastFinalizedBatchIndex, uint32 lastFinalizeTimestamp, uint8 flags, uint88 reserved);
        }
        interface MessageQueue {
            event QueueTransaction(address indexed sender, address indexed target, uint256 value, uint64 queueIndex, uint256 gasLimit, bytes data);
            function nextCrossDomainMessageIndex() external view returns (uint256);
            function nextUnfinalizedQueueIndex() external view returns (uint256);
            function firstCrossDomainMessageIndex() external view returns (uint256);
            function getMessageRollingHash(uint256 queueIndex) external view returns (bytes32);
            function computeTransactionHash(address sender, uint256 queueIndex, uint256 value, address target, uint256 gasLimit, bytes data) external view returns (bytes32);
        }
        interface SystemConfig {
            event SignerUpdated(address oldSigner, address newSigner);
            function getSigner() external view returns (address);
            function updateSigner(address newSigner) external;
            function messageQueueParameters() external view returns (uint32 maxGasLimit, uint112 baseFeeOverhead, uint112 baseFeeScalar);
            function enforcedBatchParameters() external view returns (uint24 maxDelayEnterEnforcedMode, uint24 maxDelayMessageQueue);
        }
        interface ScrollMessenger {
            function sendMessage(address to, uint256 value, bytes message, uint256 gasLimit) external payable;
            function relayMessage(address from, address to, uint256 value, uint256 nonce, bytes message) external;
        }
        interface EnforcedTxGateway {
            function sendTransaction(address target, uint256 value, uint256 gasLimit, bytes data) external payable;
        }
    }
}
