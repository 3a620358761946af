//! Keys that are several fields of fixed width, one after the other.

use crate::{codec::composite_key, values::BatchId};
use alloy_primitives::{Address, B256};

composite_key! {
    /// A slot of an account.
    StorageKey[52] {
        /// The account.
        address: Address as AccountAddress,
        /// The slot, big-endian.
        slot: B256 as Slot,
    }

    /// A slot of an account, both hashed: the order of the storage tries.
    HashedStorageKey[64] {
        /// Keccak hash of the address.
        hashed_address: B256 as AddressHash,
        /// Keccak hash of the slot.
        hashed_slot: B256 as SlotHash,
    }

    /// An account in a block.
    BlockAddress[28] {
        /// Number of the block.
        number: u64 as BlockNumber,
        /// The account.
        address: Address as AccountAddress,
    }

    /// A shard of the history index of an account.
    AccountShard[28] {
        /// The account.
        address: Address as AccountAddress,
        /// Highest block of the shard; `u64::MAX` for the last one, which is still growing. So
        /// the shard that knows about block n is the first at or after (address, n).
        highest_block: u64 as ShardEnd,
    }

    /// A shard of the history index of a slot.
    StorageShard[60] {
        /// The account.
        address: Address as AccountAddress,
        /// The slot, big-endian.
        slot: B256 as Slot,
        /// As in [`AccountShard`].
        highest_block: u64 as ShardEnd,
    }

    /// A commit of a batch. An index is used again after a revert, even for the same batch, and an
    /// L1 reorg can undo the revert: so the commits of an index are kept apart, in the order of L1.
    BatchKey[48] {
        /// Batch index.
        index: u64 as BatchIndex,
        /// L1 block of the commit.
        l1_block_number: u64 as L1BlockNumber,
        /// Batch hash.
        hash: B256 as BatchHash,
    }
}

impl From<BatchKey> for BatchId {
    fn from(BatchKey { index, hash, .. }: BatchKey) -> Self {
        Self { index, hash }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec::Key, error::DecodeError};
    use alloy_primitives::{address, b256, hex};
    use proptest::prelude::*;

    // The file format: fields in order, big-endian.
    #[test]
    fn key_bytes_are_the_fields_in_order() {
        let key = StorageShard {
            address: address!("0x1111111111111111111111111111111111111111"),
            slot: b256!("0x2222222222222222222222222222222222222222222222222222222222222222"),
            highest_block: 0x0304,
        };
        let expected = hex!(
            "1111111111111111111111111111111111111111"
            "2222222222222222222222222222222222222222222222222222222222222222"
            "0000000000000304"
        );
        assert_eq!(key.encode(), expected);
    }

    #[test]
    fn rejects_another_length() {
        let bytes = [0; 49];
        for found in [0, 47, 49] {
            assert_eq!(
                BatchKey::decode(&bytes[..found]),
                Err(DecodeError::Length { expected: 48, found })
            );
        }
    }

    fn block_address() -> impl Strategy<Value = BlockAddress> {
        // Small domains, so that fields are often equal and the later ones decide.
        (
            prop_oneof![0_u64..3, any::<u64>()],
            prop_oneof![
                (0_u8..3).prop_map(Address::repeat_byte),
                any::<[u8; 20]>().prop_map(Address::from)
            ],
        )
            .prop_map(|(number, address)| BlockAddress { number, address })
    }

    proptest! {
        #[test]
        fn bytes_are_ordered_as_keys_are(a in block_address(), b in block_address()) {
            prop_assert_eq!(a.encode().cmp(&b.encode()), a.cmp(&b));
            prop_assert_eq!(BlockAddress::decode(&a.encode()), Ok(a));
        }
    }
}
