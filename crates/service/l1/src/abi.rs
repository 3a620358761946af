//! Events, calls and errors of the L1 contracts, as far as a node reads them.

use alloy_sol_types::sol;

sol! {
    /// `ScrollChain`: what happens to batches, and how they are committed.
    interface ScrollChain {
        event CommitBatch(uint256 indexed batchIndex, bytes32 indexed batchHash);
        event RevertBatch(uint256 indexed batchIndex, bytes32 indexed batchHash);
        event RevertBatch(uint256 indexed startBatchIndex, uint256 indexed finishBatchIndex);
        event FinalizeBatch(
            uint256 indexed batchIndex,
            bytes32 indexed batchHash,
            bytes32 stateRoot,
            bytes32 withdrawRoot
        );

        error ErrorIncorrectBatchVersion();
        error ErrorIncorrectBatchHash();
        error ErrorBatchIsEmpty();
        error InconsistentBatchHash(uint256 batchIndex, bytes32 expected, bytes32 actual);
        error ErrorBatchNotCommitted();
        error ErrorBatchIsAlreadyVerified();
        error ErrorStateRootIsZero();
        error ErrorCallerIsNotSequencer();
        error ErrorCallerIsNotProver();
        error ErrorInEnforcedBatchMode();
        error ErrorNotInEnforcedBatchMode();
        error ErrorNotAllV1MessagesAreFinalized();
        error ErrorRevertFinalizedBatch();
        error ErrorTopLevelCallRequired();
        error ErrorGenesisBatchImported();

        struct FinalizeStruct {
            bytes batchHeader;
            uint256 totalL1MessagesPoppedOverall;
            bytes32 postStateRoot;
            bytes32 withdrawRoot;
            bytes zkProof;
        }

        function importGenesisBatch(bytes calldata batchHeader, bytes32 stateRoot) external;
        function commitBatch(
            uint8 version,
            bytes calldata parentBatchHeader,
            bytes[] memory chunks,
            bytes calldata skippedL1MessageBitmap
        ) external;
        function commitBatchWithBlobProof(
            uint8 version,
            bytes calldata parentBatchHeader,
            bytes[] memory chunks,
            bytes calldata skippedL1MessageBitmap,
            bytes calldata blobDataProof
        ) external;
        function commitBatches(
            uint8 version,
            bytes32 parentBatchHash,
            bytes32 lastBatchHash
        ) external;
        function commitAndFinalizeBatch(
            uint8 version,
            bytes32 parentBatchHash,
            FinalizeStruct calldata finalizeStruct
        ) external;
    }

    /// `L1MessageQueueV1` and `L1MessageQueueV2`: the event is that of both, the calls are those of
    /// the second.
    interface L1MessageQueue {
        event QueueTransaction(
            address indexed sender,
            address indexed target,
            uint256 value,
            uint64 queueIndex,
            uint256 gasLimit,
            bytes data
        );

        error ErrorFinalizedIndexTooSmall();
        error ErrorFinalizedIndexTooLarge();

        function nextCrossDomainMessageIndex() external view returns (uint256);
        function firstCrossDomainMessageIndex() external view returns (uint256);
        function getMessageRollingHash(uint256 queueIndex) external view returns (bytes32 hash);
    }

    /// `SystemConfig`: who signs blocks.
    interface SystemConfig {
        event SignerUpdated(address oldSigner, address newSigner);

        function getSigner() external view returns (address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;
    use alloy_sol_types::{SolCall, SolError, SolEvent};

    #[test]
    fn topics_are_those_of_the_contracts() {
        for (topic, expected) in [
            (
                ScrollChain::CommitBatch::SIGNATURE_HASH,
                "2c32d4ae151744d0bf0b9464a3e897a1d17ed2f1af71f7c9a75f12ce0d28238f",
            ),
            (
                ScrollChain::RevertBatch_0::SIGNATURE_HASH,
                "00cae2739091badfd91c373f0a16cede691e0cd25bb80cff77dd5caeb4710146",
            ),
            (
                ScrollChain::RevertBatch_1::SIGNATURE_HASH,
                "9ee73ead2e4d8c2933d5fb9be41cbdf5c477dcb07e441b4b082c6797e4b6fde3",
            ),
            (
                ScrollChain::FinalizeBatch::SIGNATURE_HASH,
                "26ba82f907317eedc97d0cbef23de76a43dd6edb563bdb6e9407645b950a7a2d",
            ),
            (
                L1MessageQueue::QueueTransaction::SIGNATURE_HASH,
                "69cfcb8e6d4192b8aba9902243912587f37e550d75c1fa801491fce26717f37e",
            ),
            (
                SystemConfig::SignerUpdated::SIGNATURE_HASH,
                "2d025324f0a785e8c12d0a0d91a9caa49df4ef20ff87e0df7213a1d4f3157beb",
            ),
        ] {
            assert_eq!(hex::encode(topic), expected);
        }
    }

    #[test]
    fn selectors_are_those_of_the_contracts() {
        for (selector, expected) in [
            (ScrollChain::importGenesisBatchCall::SELECTOR, "3fdeecb2"),
            (ScrollChain::commitBatchCall::SELECTOR, "1325aca0"),
            (ScrollChain::commitBatchWithBlobProofCall::SELECTOR, "86b053a9"),
            (ScrollChain::commitBatchesCall::SELECTOR, "9bbaa2ba"),
            (ScrollChain::commitAndFinalizeBatchCall::SELECTOR, "27dcaf6f"),
            (L1MessageQueue::nextCrossDomainMessageIndexCall::SELECTOR, "fd0ad31e"),
            (L1MessageQueue::firstCrossDomainMessageIndexCall::SELECTOR, "27cc8d6e"),
            (L1MessageQueue::getMessageRollingHashCall::SELECTOR, "c6172e1f"),
            (SystemConfig::getSignerCall::SELECTOR, "7ac3c02f"),
            (ScrollChain::ErrorIncorrectBatchVersion::SELECTOR, "bacd96e9"),
            (ScrollChain::ErrorIncorrectBatchHash::SELECTOR, "2a1c1442"),
            (ScrollChain::ErrorBatchIsEmpty::SELECTOR, "a5d305cc"),
            (ScrollChain::InconsistentBatchHash::SELECTOR, "01b55d7e"),
            (ScrollChain::ErrorBatchNotCommitted::SELECTOR, "227a699e"),
            (ScrollChain::ErrorBatchIsAlreadyVerified::SELECTOR, "92d31550"),
            (ScrollChain::ErrorStateRootIsZero::SELECTOR, "f9a9465f"),
            (ScrollChain::ErrorCallerIsNotSequencer::SELECTOR, "3cddbade"),
            (ScrollChain::ErrorCallerIsNotProver::SELECTOR, "7b263b17"),
            (ScrollChain::ErrorInEnforcedBatchMode::SELECTOR, "06dd1dd5"),
            (ScrollChain::ErrorNotInEnforcedBatchMode::SELECTOR, "4df567b9"),
            (ScrollChain::ErrorNotAllV1MessagesAreFinalized::SELECTOR, "4424548e"),
            (ScrollChain::ErrorRevertFinalizedBatch::SELECTOR, "55aeeac6"),
            (ScrollChain::ErrorTopLevelCallRequired::SELECTOR, "d8127f5f"),
            (ScrollChain::ErrorGenesisBatchImported::SELECTOR, "c22a199f"),
            (L1MessageQueue::ErrorFinalizedIndexTooSmall::SELECTOR, "57f809f4"),
            (L1MessageQueue::ErrorFinalizedIndexTooLarge::SELECTOR, "16465978"),
        ] {
            assert_eq!(hex::encode(selector), expected);
        }
    }
}
