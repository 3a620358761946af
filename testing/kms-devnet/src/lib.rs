#![doc = include_str!("../README.md")]

mod front;
mod http;
mod moto;
mod python;
mod settings;

pub use front::{Answer, KmsFront};
pub use moto::{KeyKind, Moto, REGION};
pub use settings::{SECRETS, settings};
