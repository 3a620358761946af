//! What a table is.

use crate::{
    codec::{DupValue, Key, Value},
    error::{DecodeError, KeyTextError},
};

/// A table: its name in the file, and the types of its keys and values.
///
/// Declared by the `tables!` macro only, which puts it in a list as well.
pub trait Table: 'static {
    /// Name in the file.
    const NAME: &'static str;
    /// Position in the list that it was declared in.
    const INDEX: usize;
    /// Whether a key may have several values.
    const DUP: bool;
    /// What a key is, with its article, where the type does not say it.
    const KEY_NOUN: Option<&'static str>;
    /// Key; entries are in its order.
    type Key: Key;
    /// Value.
    type Value: Value;
}

/// A table with several values per key, in the order of their encodings.
pub trait DupTable: Table<Value: DupValue> {}

/// Key and value of an entry, as text.
pub type EntryText = (String, String);

/// A table without its types: what opening, statistics and inspection need.
#[derive(Clone, Copy, Debug)]
pub struct TableInfo {
    /// Name in the file.
    pub name: &'static str,
    /// Whether a key may have several values.
    pub dup: bool,
    /// Reads an entry from its bytes and shows it as text: the key as [`Self::parse_key`] takes it,
    /// the value in the form of [`fmt::Debug`](std::fmt::Debug).
    pub show: fn(&[u8], &[u8]) -> Result<EntryText, DecodeError>,
    /// Reads an entry from its bytes, for its error alone.
    pub check: fn(&[u8], &[u8]) -> Result<(), DecodeError>,
    /// Reads a key from its bytes and shows it as text, as [`Self::show`] does.
    pub show_key: fn(&[u8]) -> Result<String, DecodeError>,
    /// Bytes of the key that a text names, as [`Key::parse_text`] does; the errors say what the keys
    /// of this table are.
    pub parse_key: fn(&str) -> Result<Vec<u8>, KeyTextError>,
}

impl TableInfo {
    /// The table `T`.
    pub const fn of<T: Table>() -> Self {
        Self {
            name: T::NAME,
            dup: T::DUP,
            show: show::<T>,
            check: check::<T>,
            show_key: show_key::<T>,
            parse_key: parse_key::<T>,
        }
    }
}

fn show<T: Table>(key: &[u8], value: &[u8]) -> Result<EntryText, DecodeError> {
    let key = show_key::<T>(key)?;
    let value = T::Value::decode(value)?;
    Ok((key, format!("{value:?}")))
}

fn show_key<T: Table>(key: &[u8]) -> Result<String, DecodeError> {
    T::Key::decode(key).map(|key| key.text())
}

fn check<T: Table>(key: &[u8], value: &[u8]) -> Result<(), DecodeError> {
    T::Key::decode(key)?;
    T::Value::decode(value)?;
    Ok(())
}

fn parse_key<T: Table>(text: &str) -> Result<Vec<u8>, KeyTextError> {
    T::Key::parse_text(text).map_err(|error| error.of_table(T::KEY_NOUN))
}

/// Declares tables and the list of them.
///
/// `Name: Key => Value;` has one value per key, `[dup] Name: Key => Value;` several. In
/// `Name: Key as "a noun" => Value;` the noun is what an error about the text of a key asks for.
#[macro_export]
macro_rules! tables {
    (
        $(#[$list_doc:meta])*
        $visibility:vis const $list:ident;
        $($(#[$doc:meta])* $([$kind:ident])? $name:ident: $key:ty $(as $noun:literal)? => $value:ty;)+
    ) => {
        $(#[$list_doc])*
        $visibility const $list: &[$crate::TableInfo] = &[$($crate::TableInfo::of::<$name>()),+];
        $crate::tables!(@declare 0; [$visibility] $({$(#[$doc])* [$($kind)?] $name $key [$($noun)?] => $value})+);
    };
    (@declare $index:expr; [$visibility:vis]
        {$(#[$doc:meta])* [] $name:ident $key:ty [$($noun:literal)?] => $value:ty} $($rest:tt)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        $visibility struct $name;

        impl $crate::Table for $name {
            const NAME: &'static str = stringify!($name);
            const INDEX: usize = $index;
            const DUP: bool = false;
            const KEY_NOUN: Option<&'static str> = $crate::tables!(@noun $($noun)?);
            type Key = $key;
            type Value = $value;
        }
        $crate::tables!(@declare $index + 1; [$visibility] $($rest)*);
    };
    (@declare $index:expr; [$visibility:vis]
        {$(#[$doc:meta])* [dup] $name:ident $key:ty [$($noun:literal)?] => $value:ty} $($rest:tt)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        $visibility struct $name;

        impl $crate::Table for $name {
            const NAME: &'static str = stringify!($name);
            const INDEX: usize = $index;
            const DUP: bool = true;
            const KEY_NOUN: Option<&'static str> = $crate::tables!(@noun $($noun)?);
            type Key = $key;
            type Value = $value;
        }

        impl $crate::DupTable for $name {}
        $crate::tables!(@declare $index + 1; [$visibility] $($rest)*);
    };
    (@declare $index:expr; [$visibility:vis]) => {};
    (@noun) => { None };
    (@noun $noun:literal) => { Some($noun) };
}
