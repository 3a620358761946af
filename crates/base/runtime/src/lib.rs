#![doc = include_str!("../README.md")]

mod clock;
mod recent;
mod tasks;

pub use clock::{Clock, SimulatedClock, SystemClock};
pub use recent::RecentMap;
pub use tasks::{TaskEnd, TaskFailure, TaskFailures, TaskGroup, TasksLeft};
