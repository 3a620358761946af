#![doc = include_str!("../README.md")]

mod clock;
mod tasks;

pub use clock::{Clock, SimulatedClock, SystemClock};
pub use tasks::{TaskEnd, TaskFailure, TaskFailures, TaskGroup, TasksLeft};
