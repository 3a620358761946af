//! Compressed size and compression ratio of transaction bytes.
//!
//! Consensus depends on the byte length of the compressed frame, so on the encoder's parameters
//! and on its release: another libzstd gives other lengths (spec/execution 4.4).

use alloy_primitives::U256;
use std::cell::RefCell;
use zstd::zstd_safe::{
    CCtx, CParameter, FrameFormat, InBuffer, OutBuffer, ParamSwitch, ResetDirective, SafeResult,
    get_error_name,
};

/// Fixed-point one of [`compression_ratio`].
const RATIO_PRECISION: u64 = 1_000_000_000;

/// Zero selects the library's default level.
const COMPRESSION_LEVEL: i32 = 0;
const WINDOW_LOG: u32 = 22;
const TARGET_BLOCK_BYTES: u32 = 124 * 1024;

/// The libzstd release that consensus is defined by, as `major * 10_000 + minor * 100 + patch`.
pub const LIBZSTD_VERSION: u32 = 10_507;
const _: () = assert!(
    zstd_sys::ZSTD_VERSION_NUMBER == LIBZSTD_VERSION,
    "the L1 data fee is defined by libzstd 1.5.7"
);

thread_local! {
    // A context costs far more to create than a transaction costs to compress.
    static CONTEXT: RefCell<CCtx<'static>> = RefCell::new(new_context());
}

/// Length in bytes of `data` compressed, at most its own length; 0 for empty input.
///
/// # Panics
/// If libzstd runs out of memory: no other failure exists for these parameters.
pub fn compressed_size(data: &[u8]) -> usize {
    if data.is_empty() {
        return 0;
    }
    CONTEXT.with_borrow_mut(|context| frame_length(context, data)).min(data.len())
}

/// Uncompressed by compressed length, in billionths, at least 10^9; the largest value for empty
/// input.
///
/// # Panics
/// As [`compressed_size`].
pub fn compression_ratio(data: &[u8]) -> U256 {
    if data.is_empty() {
        return U256::MAX;
    }
    U256::from(data.len()) * U256::from(RATIO_PRECISION) / U256::from(compressed_size(data))
}

fn new_context() -> CCtx<'static> {
    let mut context = CCtx::create();
    for parameter in [
        CParameter::CompressionLevel(COMPRESSION_LEVEL),
        CParameter::LiteralCompressionMode(ParamSwitch::Disable),
        CParameter::WindowLog(WINDOW_LOG),
        CParameter::TargetCBlockSize(TARGET_BLOCK_BYTES),
        CParameter::ChecksumFlag(false),
        CParameter::Format(FrameFormat::Magicless),
        CParameter::DictIdFlag(false),
        CParameter::ContentSizeFlag(true),
    ] {
        expect_ok(context.set_parameter(parameter));
    }
    context
}

/// Compresses in streaming mode, as the protocol's encoder does, and counts the output.
fn frame_length(context: &mut CCtx<'static>, data: &[u8]) -> usize {
    expect_ok(context.reset(ResetDirective::SessionOnly));
    expect_ok(context.set_pledged_src_size(Some(data.len() as u64)));

    let mut scratch = [0u8; 4096];
    let mut length = 0;
    let mut input = InBuffer::around(data);
    while input.pos() < data.len() {
        let mut output = OutBuffer::around(scratch.as_mut_slice());
        expect_ok(context.compress_stream(&mut output, &mut input));
        length += output.pos();
    }
    loop {
        let mut output = OutBuffer::around(scratch.as_mut_slice());
        let left = expect_ok(context.end_stream(&mut output));
        length += output.pos();
        if left == 0 {
            return length;
        }
    }
}

#[expect(clippy::panic, reason = "with fixed parameters and memory input only allocation can fail")]
fn expect_ok(result: SafeResult) -> usize {
    result.unwrap_or_else(|code| panic!("libzstd: {}", get_error_name(code)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{hex, keccak256};
    use rstest::rstest;

    #[test]
    fn the_linked_library_is_the_one_compiled_against() {
        assert_eq!(zstd::zstd_safe::version_number(), LIBZSTD_VERSION);
    }

    #[rstest]
    #[case::erc20_transfer(
        &hex!(
            "a9059cbb000000000000000000000000687b50a70d33d71f9a82dd330b8c091e4d77250800000000000000"
            "000000000000000000000000000000000ac96dda943e512bb9"
        ),
        1_387_755_102,
        49
    )]
    #[case::incompressible(
        &hex!("5988e7a1000000000000000000000000388325dd7c76e37cfda1ed6d8a97849a46b5512a"),
        1_000_000_000,
        36
    )]
    #[case::swap(
        &hex!(
            "5023b4df00000000000000000000000006efdbff2a14a7c8e15944d1f4a48f9f95f663a4000000000000"
            "000000000000530000000000000000000000000000000000000400000000000000000000000000000000"
            "000000000000000000000000000001f4000000000000000000000000485ca81b70255da2fe3fd0814b57"
            "d1b08fce784e000000000000000000000000000000000000000000000000006a94d74f43000000000000"
            "000000000000000000000000000000000000000000000000045af6750000000000000000000000000000"
            "000000000000000000000000000000000000"
        ),
        2_620_689_655,
        87
    )]
    // Transaction 0x773daae3ac1d31cf0ac76dc25504fe76ad5458c7df9578161898b73bd8039c90, signed: 433
    // bytes on whose compressed size clients once disagreed.
    #[case::disputed_transaction(
        &hex!(
            "f901ae8265f68301d52c8307040d94c9c35e593842c3d5e71304b2291e204583226e2a80b90144412658"
            "e50000000000000000000000000000000000000000000000000000000000000020000000000000000000"
            "00000000000000000000000000000000000000000000fe00000000000000000000000000000000000000"
            "00020027004f00a500d100d500d900dd00ed00fd530000000000000000000000000000000000000406ef"
            "dbff2a14a7c8e15944d1f4a48f9f95f663a4005300903c813df550a32d4a9d42010d057386429ad2328e"
            "d906efdbff2a14a7c8e15944d1f4a48f9f95f663a4530000000000000000000000000000000000000414"
            "ffa10b2019d6eb63140ef4b5026c7e049936bfeb00a900bdfeec4e40c170ef3736dc9a29389fb8cd7ed1"
            "2409ae7bb52a3614ac5b66389d8873a8cb9f45f817c500a900bd00050001000000000000000000000000"
            "0000187abb94380e0000000000000000000000092f2a085c00000083104ec3a0e3c466f58aa6edab61bd"
            "5f2bab117804d6f3cf125a815e53c161c02df8209d09a0267df663ab1cb9a5c85441df5051a7a03623b9"
            "46a87ff42af694fc21e40f34fb"
        ),
        1_438_538_205,
        301
    )]
    fn known_inputs(#[case] data: &[u8], #[case] ratio: u64, #[case] size: usize) {
        assert_eq!(compressed_size(data), size);
        assert_eq!(compression_ratio(data), U256::from(ratio));
    }

    #[test]
    fn nothing_has_no_size_and_the_largest_ratio() {
        assert_eq!((compressed_size(&[]), compression_ratio(&[])), (0, U256::MAX));
    }

    /// Bytes that do not compress.
    fn noise(length: usize) -> Vec<u8> {
        let blocks = (0..length.div_ceil(32) as u64).map(|index| keccak256(index.to_be_bytes()).0);
        let mut bytes = blocks.collect::<Vec<_>>().concat();
        bytes.truncate(length);
        bytes
    }

    /// Words of 24 zeros and 8 bytes of noise.
    fn abi_like(words: usize) -> Vec<u8> {
        let mut bytes = noise(words * 32);
        for word in bytes.chunks_mut(32) {
            word.rotate_left(8);
            word[..24].fill(0);
        }
        bytes
    }

    #[rstest]
    #[case(1, 1)]
    #[case(5, 5)]
    #[case(31, 13)]
    #[case(32, 13)]
    #[case(100, 13)]
    #[case(256, 15)]
    #[case(20_000, 15)]
    #[case(120_000, 18)]
    fn sizes_of_zeros_and_noise(#[case] length: usize, #[case] zeros: usize) {
        // One context serves all: neither order nor repetition may matter.
        for _ in 0..2 {
            assert_eq!(compressed_size(&noise(length)), length);
            assert_eq!(compressed_size(&vec![0; length]), zeros);
        }
    }

    #[rstest]
    #[case(1, 21)]
    #[case(2, 32)]
    #[case(8, 96)]
    #[case(625, 5_113)]
    #[case(3_750, 31_270)]
    fn sizes_of_words(#[case] words: usize, #[case] size: usize) {
        assert_eq!(compressed_size(&abi_like(words)), size);
    }

    #[test]
    fn ratio_is_at_least_one() {
        for length in 1..300 {
            let ratio = compression_ratio(&noise(length));
            assert_eq!(ratio, U256::from(RATIO_PRECISION));
            assert!(compression_ratio(&vec![0; length]) >= ratio);
        }
    }
}
