//! The checksum of everything in the log.
//!
//! XXH3 with 64 bits: it runs at memory speed in portable Rust, and unlike a CRC it takes a seed.
//! Each segment has its own random seed, so bytes of another segment never pass, and neither does
//! anything that a sender of transactions could put into a block: they do not know the seed.

use twox_hash::XxHash3_64;

/// Checksum of `bytes` under `seed`.
pub(crate) fn checksum(seed: u64, bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(seed, bytes)
}

/// Reads the `N` bytes at `offset`.
///
/// Offsets are constants of a layout that fits in the buffer.
pub(crate) fn array_at<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[offset..offset + N]);
    array
}

/// Reads the little-endian number at `offset`.
pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, offset))
}

/// Reads the little-endian number at `offset`.
pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, offset))
}
