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
