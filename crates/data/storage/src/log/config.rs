/// Default of [`LogConfig::segment_bytes`].
pub const DEFAULT_SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// Settings of a block log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// Size in bytes that a segment does not outgrow, unless one record alone is larger. Trimming
    /// frees whole segments. Default: [`DEFAULT_SEGMENT_BYTES`].
    pub segment_bytes: u64,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { segment_bytes: DEFAULT_SEGMENT_BYTES }
    }
}
