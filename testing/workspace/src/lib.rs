#![doc = include_str!("../README.md")]

mod commands;
mod crate_map;
mod error;
mod files;
mod licenses;
mod links;
mod metadata;

pub use commands::{DocumentedCommand, commands_in, documented_commands};
pub use crate_map::{Area, CrateMap, CrateMapViolation, CrateRow};
pub use error::{CrateMapError, LicenseError, WorkspaceError};
pub use files::{documents, read_text, repository_files, workspace_root};
pub use licenses::{LicensePolicy, is_license_allowed, license_terms};
pub use links::{DocumentLink, quoted_paths, relative_links};
pub use metadata::{
    Dependency, DependencyKind, Package, UsedPackage, compiled_packages, linked_packages,
    workspace_packages,
};
