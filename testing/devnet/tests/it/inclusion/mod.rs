//! S3 to S5, S11, S12, S16, S18, N16, N17: which L1 message is in which block, whatever L1 does.

mod model;
mod random;
mod status;
mod tables;
