//! Where the test data is.

use std::path::{Path, PathBuf};

/// Environment variable with the folder that holds `data` and `spec`.
pub const DATA_VARIABLE: &str = "ROLLUP_TEST_DATA";

const DEFAULT_FROM_WORKSPACE_ROOT: &str = "../shared";

/// The folder with the test data.
#[derive(Clone, Debug)]
pub struct TestData {
    root: PathBuf,
}

impl TestData {
    /// Finds the data. Without it, says so on standard error and returns `None`.
    ///
    /// # Panics
    /// If the data is absent although `CI=true` promises it.
    #[expect(clippy::disallowed_methods, reason = "test data has no other configuration")]
    #[expect(clippy::print_stderr, reason = "this runs in tests only")]
    pub fn find() -> Option<Self> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = std::env::var(DATA_VARIABLE)
            .map_or_else(|_| workspace.join(DEFAULT_FROM_WORKSPACE_ROOT), PathBuf::from);
        if root.join("data/blocks/index.json").is_file() {
            return Some(Self { root });
        }
        let message = format!(
            "no test data at {}: set {DATA_VARIABLE} to the folder that holds `data` and `spec`",
            root.display()
        );
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
        eprintln!("DID NOT RUN: {message}");
        None
    }

    /// Path of a file or folder under the data's root.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
}
