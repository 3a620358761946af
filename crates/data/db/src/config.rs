//! Options of a database, and the limits of the engine.

/// Size of a page. Fixed, so that a file can be moved between machines and the limits below are
/// constants.
pub const PAGE_SIZE_BYTES: usize = 4096;
/// Longest key in a table with one value per key.
pub const MAX_KEY_BYTES: usize = 2022;
/// Longest key in a table with several values per key.
pub const MAX_DUP_KEY_BYTES: usize = 1980;
/// Longest value in a table with several values per key.
pub const MAX_DUP_VALUE_BYTES: usize = 2022;
/// Longest value in a table with one value per key. The engine stores more; a value beyond this
/// is a bug.
pub const MAX_VALUE_BYTES: usize = 1 << 30;

const MIB: usize = 1 << 20;
const TIB: usize = 1 << 40;

/// How a database is opened. Commits are always durable: that is not an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// Largest size of the file in bytes. Default: 4 TiB.
    ///
    /// This much address space is reserved, not memory or disk, so a process that opens many
    /// databases should ask for less: 47 bits of addresses hold 32 maps of the default size. May
    /// be raised from one start to the next. Upper bound: 8 TiB, which is 2³¹ pages.
    pub max_size_bytes: usize,
    /// Step in bytes by which the file grows. Default: 256 MiB. The file is sparse: space is used
    /// when it is written. It never shrinks; see [`Database::copy_compact`](crate::Database).
    pub growth_step_bytes: usize,
    /// Most read transactions at a time. Default: 4096.
    pub max_readers: u32,
    /// Whether the operating system reads ahead of page faults. Default: off, because reads are
    /// random and the state is larger than memory; on helps a scan of a cold file.
    pub read_ahead: bool,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            max_size_bytes: 4 * TIB,
            growth_step_bytes: 256 * MIB,
            max_readers: 4096,
            read_ahead: false,
        }
    }
}
