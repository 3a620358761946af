//! Keys: fixed width, big-endian, in the order of their type.

use crate::error::DecodeError;
use alloy_primitives::{Address, B256};
use std::fmt;

/// A key, whose encodings compare as bytes in the same order as the keys do.
pub trait Key: Clone + Ord + fmt::Debug {
    /// Bytes of the key, on the stack.
    type Encoded: AsRef<[u8]>;

    /// The bytes of the key.
    fn encode(&self) -> Self::Encoded;

    /// The key that has these bytes.
    ///
    /// # Errors
    /// If there is none.
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError>;
}

/// A key, or a part of one, of fixed width.
pub(crate) trait KeyPart: Sized {
    /// Width in bytes.
    const SIZE: usize;

    /// Writes the part to a buffer of its width.
    fn write(&self, out: &mut [u8]);

    /// Reads the part from a buffer of its width.
    fn read(bytes: &[u8]) -> Result<Self, DecodeError>;
}

/// An array of the length that is asked for, or what is wrong with the slice.
pub(crate) fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N], DecodeError> {
    let found = bytes.len();
    bytes.try_into().ok().ok_or(DecodeError::Length { expected: N, found })
}

macro_rules! fixed_width {
    ($($type:ty: $size:literal, |$value:ident| $to:expr, $from:expr;)+) => {$(
        impl KeyPart for $type {
            const SIZE: usize = $size;

            fn write(&self, out: &mut [u8]) {
                let $value = self;
                out.copy_from_slice(&$to);
            }

            fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
                exact::<$size>(bytes).map($from)
            }
        }

        impl Key for $type {
            type Encoded = [u8; $size];

            fn encode(&self) -> Self::Encoded {
                let $value = self;
                $to
            }

            fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
                <Self as KeyPart>::read(bytes)
            }
        }
    )+};
}

fixed_width! {
    u64: 8, |value| value.to_be_bytes(), Self::from_be_bytes;
    Address: 20, |value| value.into_array(), Self::new;
    B256: 32, |value| value.0, Self::new;
}

/// Declares a key that is the concatenation of its fields, ordered by them from first to last.
macro_rules! composite_key {
    ($(
        $(#[$doc:meta])*
        $name:ident[$size:literal] { $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
        }

        const _: () = assert!($size == 0 $(+ <$type as $crate::codec::KeyPart>::SIZE)+);

        impl $crate::codec::Key for $name {
            type Encoded = [u8; $size];

            fn encode(&self) -> Self::Encoded {
                let mut out = [0; $size];
                let rest = out.as_mut_slice();
                $(
                    let (part, rest) =
                        rest.split_at_mut(<$type as $crate::codec::KeyPart>::SIZE);
                    $crate::codec::KeyPart::write(&self.$field, part);
                )+
                debug_assert!(rest.is_empty());
                out
            }

            fn decode(bytes: &[u8]) -> Result<Self, $crate::error::DecodeError> {
                if bytes.len() != $size {
                    return Err($crate::error::DecodeError::Length {
                        expected: $size,
                        found: bytes.len(),
                    });
                }
                let rest = bytes;
                $(
                    let (part, rest) = rest.split_at(<$type as $crate::codec::KeyPart>::SIZE);
                    let $field = $crate::codec::KeyPart::read(part)?;
                )+
                debug_assert!(rest.is_empty());
                Ok(Self { $($field),+ })
            }
        }
    )+};
}

pub(crate) use composite_key;
