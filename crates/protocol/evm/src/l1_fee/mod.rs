//! The L1 data fee: what a transaction pays for its publication on L1 (spec/execution 4).

mod compression;
mod oracle;

pub use compression::{LIBZSTD_VERSION, compressed_size, compression_ratio};
pub use oracle::GasPriceOracle;
