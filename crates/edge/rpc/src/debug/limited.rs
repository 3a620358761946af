//! JSON of no more than so many bytes.

use crate::eth::{error::EthError, guard::TraceLimits};
use serde::Serialize;
use std::io;

/// Serialises a trace, as long as it is within `limits`.
///
/// # Errors
/// [`EthError::TraceTooLarge`], and those of the value.
pub(super) fn to_json<T: Serialize>(value: &T, limits: &TraceLimits) -> Result<Vec<u8>, EthError> {
    let mut json = Limited { bytes: Vec::new(), limits, is_over: false };
    let written = serde_json::to_writer(&mut json, value);
    if json.is_over {
        return Err(EthError::TraceTooLarge { max_bytes: limits.max_bytes });
    }
    written?;
    Ok(json.bytes)
}

struct Limited<'a> {
    bytes: Vec<u8>,
    limits: &'a TraceLimits,
    is_over: bool,
}

impl io::Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(err) = self.limits.check_size(self.bytes.len().saturating_add(bytes.len())) {
            self.is_over = true;
            return Err(io::Error::other(err));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
