//! Long-lived tasks of the node, in groups that are stopped one after the other.

use crate::clock::Clock;
use futures::FutureExt as _;
use std::{
    any::Any, fmt, future::Future, panic::AssertUnwindSafe, sync::Arc, thread, time::Duration,
};
use thiserror::Error;
use tokio::{
    runtime::Handle,
    sync::{mpsc, watch},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

/// Failures that wait to be looked at. The first one stops the node, so more need not fit.
const MAX_WAITING_FAILURES: usize = 16;

/// Tasks that are stopped together. Cloning gives another handle to the group.
///
/// Every task is critical: it has to run until the group is told to stop.
#[derive(Clone, Debug)]
pub struct TaskGroup {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    name: &'static str,
    runtime: Handle,
    stop: CancellationToken,
    /// Names of the tasks that run.
    running: watch::Sender<Vec<&'static str>>,
    failures: mpsc::Sender<TaskFailure>,
}

impl TaskGroup {
    /// A group, and where the failures of it and of all groups below it arrive.
    pub fn root(name: &'static str, runtime: Handle) -> (Self, TaskFailures) {
        let (failures, receiver) = mpsc::channel(MAX_WAITING_FAILURES);
        let group = Self::new(name, runtime, CancellationToken::new(), failures);
        (group, TaskFailures { receiver })
    }

    /// A group that is told to stop when this one is, or before.
    pub fn child(&self, name: &'static str) -> Self {
        let Shared { runtime, stop, failures, .. } = self.shared.as_ref();
        Self::new(name, runtime.clone(), stop.child_token(), failures.clone())
    }

    fn new(
        name: &'static str,
        runtime: Handle,
        stop: CancellationToken,
        failures: mpsc::Sender<TaskFailure>,
    ) -> Self {
        let running = watch::Sender::default();
        Self { shared: Arc::new(Shared { name, runtime, stop, running, failures }) }
    }

    /// Name of the group.
    pub fn name(&self) -> &'static str {
        self.shared.name
    }

    /// Cancelled when the group is told to stop. The tasks watch it.
    pub fn token(&self) -> CancellationToken {
        self.shared.stop.clone()
    }

    /// Runs a task. If it ends or panics before the group is told to stop, that is reported as a
    /// failure.
    pub fn spawn(&self, task: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let shared = Arc::clone(&self.shared);
        shared.running.send_modify(|running| running.push(task));
        // Made here, so that a runtime that ends before it polls the task is noticed too.
        let running = Running { shared, task, end: TaskEnd::Dropped };
        self.shared.runtime.spawn(async move {
            // Nothing of the task is used again.
            let end = AssertUnwindSafe(future).catch_unwind().await;
            running.end(end);
        });
    }

    /// Tells the tasks to stop, also those of the groups below, and waits until those of this group
    /// have ended.
    ///
    /// Cancel-safe: the tasks stay told.
    ///
    /// # Errors
    /// Names the tasks that had not ended after `timeout`. They go on.
    pub async fn shutdown(&self, clock: &dyn Clock, timeout: Duration) -> Result<(), TasksLeft> {
        self.shared.stop.cancel();
        let mut running = self.shared.running.subscribe();
        let deadline = clock.sleep_until(clock.now().saturating_add(timeout));
        let ended = async {
            // Fails when the sender is gone, which this group holds.
            running.wait_for(Vec::is_empty).await.is_ok()
        };
        tokio::select! {
            biased;
            _ = ended => Ok(()),
            () = deadline => {
                let tasks = self.shared.running.borrow().clone();
                Err(TasksLeft { group: self.shared.name, tasks })
            }
        }
    }
}

/// A task that runs. Dropped when it ends, however it does.
#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    task: &'static str,
    end: TaskEnd,
}

impl Running {
    fn end(mut self, end: thread::Result<()>) {
        self.end = match end {
            Ok(()) => TaskEnd::Returned,
            Err(panic) => {
                let (group, task) = (self.shared.name, self.task);
                let message = panic_message(&*panic);
                error!(target: "runtime::tasks", group, task, message, "task panicked");
                TaskEnd::Panicked
            }
        };
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Shared { name: group, stop, running, failures, .. } = self.shared.as_ref();
        let (task, end) = (self.task, self.end);
        // Reported before it is taken off the list: who waits for the list finds the report.
        if !stop.is_cancelled() || end == TaskEnd::Panicked {
            // Full or closed: the node stops already, or nobody asks.
            failures.try_send(TaskFailure { group, task, end }).ok();
        }
        debug!(target: "runtime::tasks", group, task, %end, "task ended");
        running.send_modify(|running| {
            if let Some(at) = running.iter().position(|&name| name == task) {
                running.swap_remove(at);
            }
        });
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// Where failures of tasks arrive.
#[derive(Debug)]
pub struct TaskFailures {
    receiver: mpsc::Receiver<TaskFailure>,
}

impl TaskFailures {
    /// The next failure. `None` when there are no groups any more. Cancel-safe.
    pub async fn next(&mut self) -> Option<TaskFailure> {
        self.receiver.recv().await
    }
}

/// A task that ended although nobody told it to, or that panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("task {task} of group {group} {end}")]
pub struct TaskFailure {
    /// Its group.
    pub group: &'static str,
    /// Its name.
    pub task: &'static str,
    /// How it ended.
    pub end: TaskEnd,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEnd {
    /// It returned.
    Returned,
    /// It panicked. The message is in the logs.
    Panicked,
    /// Its runtime ended.
    Dropped,
}

impl fmt::Display for TaskEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Returned => "ended",
            Self::Panicked => "panicked",
            Self::Dropped => "was dropped with its runtime",
        })
    }
}

/// Tasks that did not stop in time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("tasks of group {group} did not stop in time: {}", tasks.join(", "))]
pub struct TasksLeft {
    /// Their group.
    pub group: &'static str,
    /// Their names.
    pub tasks: Vec<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;
    use futures::poll;
    use std::{future::pending, task::Poll};
    use tokio::{runtime::Builder, sync::oneshot};

    const TIMEOUT: Duration = Duration::from_secs(5);

    /// Waits for what must come; the limit only ends a test that fails.
    async fn soon<T>(future: impl Future<Output = T>) -> T {
        tokio::time::timeout(Duration::from_secs(60), future).await.expect("it does not come")
    }

    fn clock() -> SimulatedClock {
        SimulatedClock::new(Duration::ZERO)
    }

    fn root() -> (TaskGroup, TaskFailures) {
        TaskGroup::root("node", Handle::current())
    }

    /// Runs until its group is told to stop.
    fn spawn_obedient(group: &TaskGroup, task: &'static str) {
        let token = group.token();
        group.spawn(task, async move { token.cancelled().await });
    }

    #[tokio::test]
    async fn a_task_that_ends_by_itself_is_a_failure() {
        let (group, mut failures) = root();
        spawn_obedient(&group, "engine");
        group.spawn("watcher", async {});
        let failure = soon(failures.next()).await.unwrap();
        let end = TaskEnd::Returned;
        assert_eq!(failure, TaskFailure { group: "node", task: "watcher", end });
        assert_eq!(failure.to_string(), "task watcher of group node ended");
    }

    #[tokio::test]
    async fn a_task_that_panics_is_a_failure_even_while_it_stops() {
        let (group, mut failures) = root();
        let token = group.token();
        group.spawn("watcher", async move {
            token.cancelled().await;
            panic!("on purpose");
        });
        soon(group.shutdown(&clock(), TIMEOUT)).await.unwrap();
        let failure = soon(failures.next()).await.unwrap();
        assert_eq!((failure.task, failure.end), ("watcher", TaskEnd::Panicked));
    }

    #[tokio::test]
    async fn tasks_that_end_because_they_are_told_to_are_no_failures() {
        let (group, mut failures) = root();
        spawn_obedient(&group, "engine");
        spawn_obedient(&group, "watcher");
        soon(group.shutdown(&clock(), TIMEOUT)).await.unwrap();
        drop(group);
        assert_eq!(soon(failures.next()).await, None);
    }

    #[tokio::test]
    async fn a_shutdown_waits_and_names_what_did_not_end_in_time() {
        let (group, _failures) = root();
        let clock = clock();
        let (go_on, told) = oneshot::channel::<()>();
        spawn_obedient(&group, "engine");
        group.spawn("stuck", pending());
        group.spawn("slow", async move {
            told.await.ok();
        });
        let shutdown = group.shutdown(&clock, TIMEOUT);
        tokio::pin!(shutdown);
        assert_eq!(poll!(&mut shutdown), Poll::Pending);
        go_on.send(()).unwrap();
        clock.until_slept_to(TIMEOUT).await;
        // Lets those that end do so.
        let mut running = group.shared.running.subscribe();
        soon(running.wait_for(|running| running.len() == 1)).await.unwrap();
        clock.advance(TIMEOUT);
        let left = shutdown.await.unwrap_err();
        assert_eq!(left, TasksLeft { group: "node", tasks: vec!["stuck"] });
        assert_eq!(left.to_string(), "tasks of group node did not stop in time: stuck");
    }

    #[tokio::test]
    async fn groups_are_stopped_one_by_one_and_the_root_stops_all() {
        let (root, mut failures) = root();
        let (edge, service) = (root.child("edge"), root.child("service"));
        spawn_obedient(&edge, "rpc");
        spawn_obedient(&service, "engine");
        soon(edge.shutdown(&clock(), TIMEOUT)).await.unwrap();
        assert!(!service.token().is_cancelled(), "the others go on");

        let other = root.child("rollup");
        other.spawn("sequencer", async {});
        assert_eq!(
            soon(failures.next()).await.unwrap().group,
            "rollup",
            "all failures in one place"
        );

        soon(root.shutdown(&clock(), TIMEOUT)).await.unwrap();
        assert!(service.token().is_cancelled());
        soon(service.shutdown(&clock(), TIMEOUT)).await.unwrap();
    }

    #[test]
    fn a_task_whose_runtime_ends_is_a_failure() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let (group, mut failures) = TaskGroup::root("node", runtime.handle().clone());
        group.spawn("engine", pending());
        drop(runtime);
        let runtime = Builder::new_current_thread().build().unwrap();
        let failure = runtime.block_on(failures.next()).unwrap();
        assert_eq!(failure.end, TaskEnd::Dropped);
    }
}
