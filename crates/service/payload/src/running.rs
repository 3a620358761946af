//! How many jobs run.

use parking_lot::{Condvar, Mutex};
use std::{sync::Arc, time::Duration};

/// How many jobs run.
#[derive(Debug, Default)]
pub(crate) struct Running {
    count: Mutex<usize>,
    ended: Condvar,
}

impl Running {
    /// Counts a job until what this gives is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> RunningJob {
        *self.count.lock() += 1;
        RunningJob(Arc::clone(self))
    }

    /// Waits until none runs. Gives whether that is so.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        let mut count = self.count.lock();
        self.ended.wait_while_for(&mut count, |count| *count > 0, timeout);
        *count == 0
    }
}

/// A job that runs.
#[derive(Debug)]
pub(crate) struct RunningJob(Arc<Running>);

impl Drop for RunningJob {
    fn drop(&mut self) {
        *self.0.count.lock() -= 1;
        self.0.ended.notify_all();
    }
}
