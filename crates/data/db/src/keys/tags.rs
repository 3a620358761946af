//! Keys that are one of a few names.

use crate::{
    codec::Key,
    error::{DecodeError, KeyTextError},
};

/// Declares a key of one byte that is one of a list.
macro_rules! tag_key {
    ($(
        $(#[$doc:meta])*
        $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $tag:literal,)+ }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl Key for $name {
            type Encoded = [u8; 1];

            fn encode(&self) -> Self::Encoded {
                match self {
                    $(Self::$variant => [$tag],)+
                }
            }

            fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
                match bytes {
                    $([$tag] => Ok(Self::$variant),)+
                    [tag] => Err(DecodeError::UnknownTag(*tag)),
                    _ => Err(DecodeError::Length { expected: 1, found: bytes.len() }),
                }
            }

            fn text(&self) -> String {
                match self {
                    $(Self::$variant => stringify!($variant).into(),)+
                }
            }

            fn parse_text(text: &str) -> Result<Vec<u8>, KeyTextError> {
                match text {
                    $(stringify!($variant) => Ok(vec![$tag]),)+
                    _ => Err(KeyTextError::Name { names: &[$(stringify!($variant)),+] }),
                }
            }
        }
    )+};
}

tag_key! {
    /// Key of a table with one entry.
    SingleKey {
        /// The entry.
        Single = 0,
    }

    /// A point of the forkchoice.
    ForkchoiceKey {
        /// Tip of the chain.
        Head = 0,
        /// Highest block consolidated with a committed batch.
        Safe = 1,
        /// Highest block of a batch that is finalized in a finalized L1 block.
        Finalized = 2,
    }

    /// A fact about the whole database.
    MetadataKey {
        /// [`SCHEMA_VERSION`](crate::SCHEMA_VERSION), 4 bytes big-endian. Written by this crate.
        SchemaVersion = 0,
        /// Chain id, 8 bytes big-endian.
        ChainId = 1,
        /// Hash of the genesis block.
        GenesisHash = 2,
        /// Lowest block after which the state can be read, 8 bytes big-endian.
        HistoryStart = 3,
        /// Number of the latest finalized L1 block seen, 8 bytes big-endian.
        L1Finalized = 4,
        /// Number of the latest L1 block seen, 8 bytes big-endian.
        L1Latest = 5,
        /// Number of the last L1 block of which every event is stored, 8 bytes big-endian.
        L1Processed = 6,
        /// Root of the Merkle-Patricia trie over the state after the head. The header of the head
        /// has it too, but only from Euclid on.
        StateRoot = 7,
        /// Sequence number of the last record of the block log whose effect is in the database, 8
        /// bytes big-endian.
        LogSequence = 8,
        /// Sequence number of the record of the signed height that the entry of `SignedHeight` is a
        /// copy of, 8 bytes big-endian.
        SignedSequence = 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_back_in_order() {
        for (tag, key) in [
            (0, MetadataKey::SchemaVersion),
            (1, MetadataKey::ChainId),
            (2, MetadataKey::GenesisHash),
            (3, MetadataKey::HistoryStart),
            (4, MetadataKey::L1Finalized),
            (5, MetadataKey::L1Latest),
            (6, MetadataKey::L1Processed),
            (7, MetadataKey::StateRoot),
            (8, MetadataKey::LogSequence),
            (9, MetadataKey::SignedSequence),
        ] {
            assert_eq!(key.encode(), [tag]);
            assert_eq!(MetadataKey::decode(&[tag]), Ok(key));
        }
        assert!(ForkchoiceKey::Head < ForkchoiceKey::Safe);
        assert!(ForkchoiceKey::Safe.encode() < ForkchoiceKey::Finalized.encode());
    }

    #[test]
    fn rejects_what_is_no_tag() {
        assert_eq!(ForkchoiceKey::decode(&[3]), Err(DecodeError::UnknownTag(3)));
        assert_eq!(SingleKey::decode(&[]), Err(DecodeError::Length { expected: 1, found: 0 }));
        assert_eq!(SingleKey::decode(&[0, 0]), Err(DecodeError::Length { expected: 1, found: 2 }));
    }
}
