//! Keys: fixed width, big-endian, in the order of their type.

use super::text::{self, FieldText};
use crate::error::{DecodeError, KeyTextError};
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

    /// The key as an operator reads it; [`Self::parse_text`] takes it back. The bytes in hex, unless
    /// the type has a better form.
    fn text(&self) -> String {
        text::hex_of(&self.encode())
    }

    /// Bytes of the key that a text names. Of a key of several fields the last ones may be left
    /// out: the bytes are then those that all keys with these first fields start with.
    ///
    /// # Errors
    /// [`KeyTextError`] says what is expected.
    fn parse_text(text: &str) -> Result<Vec<u8>, KeyTextError> {
        text::hex_bytes(text)
            .filter(|bytes| Self::decode(bytes).is_ok())
            .ok_or(KeyTextError::Field { expected: "a key", form: "0x and hex digits" })
    }
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
    ($($type:ty: $size:literal, $text:ty, |$value:ident| $to:expr, $from:expr;)+) => {$(
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

            fn text(&self) -> String {
                <$text as FieldText>::show(self)
            }

            fn parse_text(text: &str) -> Result<Vec<u8>, KeyTextError> {
                let mut bytes = Vec::with_capacity($size);
                text::push_field::<$text>(text, &mut bytes)?;
                Ok(bytes)
            }
        }
    )+};
}

fixed_width! {
    u64: 8, text::Number, |value| value.to_be_bytes(), Self::from_be_bytes;
    Address: 20, text::AccountAddress, |value| value.into_array(), Self::new;
    B256: 32, text::Hash, |value| value.0, Self::new;
}

/// Declares a key that is the concatenation of its fields, ordered by them from first to last. What
/// follows `as` is how the field is written as text.
macro_rules! composite_key {
    ($(
        $(#[$doc:meta])*
        $name:ident[$size:literal] { $($(#[$field_doc:meta])* $field:ident: $type:ty as $text:ident,)+ }
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

            fn text(&self) -> String {
                use $crate::codec::text::{self, FieldText};
                [$(<text::$text as FieldText>::show(&self.$field)),+].join(text::SEPARATOR)
            }

            fn parse_text(text: &str) -> Result<Vec<u8>, $crate::error::KeyTextError> {
                use $crate::codec::text;
                let mut bytes = Vec::with_capacity($size);
                let mut fields = text.split(text::SEPARATOR);
                $(
                    let Some(field) = fields.next() else { return Ok(bytes) };
                    text::push_field::<text::$text>(field, &mut bytes)?;
                )+
                if fields.next().is_some() {
                    let fields = &[$(stringify!($field)),+];
                    return Err($crate::error::KeyTextError::TooManyFields { fields });
                }
                Ok(bytes)
            }
        }
    )+};
}

pub(crate) use composite_key;
