//! How keys and values become bytes.

mod key;
mod reader;
pub(crate) mod text;
mod value;
mod writer;

pub use key::Key;
pub(crate) use key::{KeyPart, composite_key};
pub(crate) use reader::Reader;
pub(crate) use value::decode_rlp;
pub use value::{DupValue, Value};
pub(crate) use writer::Writer;
