#![doc = include_str!("../README.md")]

mod blocks;
mod data_dir;
mod read_recorder;
mod sample_block;
mod sample_chain;

pub use blocks::{BlockRecord, read_block_index, read_witness, read_zst};
pub use data_dir::{DATA_VARIABLE, TestData};
pub use read_recorder::ReadRecorder;
pub use sample_block::sample_witness;
pub use sample_chain::sample_chain;
