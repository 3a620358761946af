//! The L1 data fee: what a transaction pays for its publication on L1 (spec/execution 4).

mod basis;
mod compression;
mod oracle;

pub use basis::L1DataFeeBasis;
pub use compression::{LIBZSTD_VERSION, compressed_size, compression_ratio};
pub use oracle::GasPriceOracle;
