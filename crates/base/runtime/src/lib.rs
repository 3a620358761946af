#![doc = include_str!("../README.md")]

mod clock;
mod recent;
mod tasks;
mod url;

pub use clock::{Clock, SimulatedClock, SystemClock};
pub use recent::RecentMap;
pub use tasks::{TaskEnd, TaskFailure, TaskFailures, TaskGroup, TasksLeft};
pub use url::{HttpUrl, HttpUrlError};
