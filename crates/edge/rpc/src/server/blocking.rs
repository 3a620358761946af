//! Threads for calls that compute or read much.

use crate::{
    config::RpcLimits,
    error::{busy, internal},
};
use jsonrpsee::core::RpcResult;
use std::{io, sync::Arc};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
    task::JoinError,
};
use tokio_util::sync::CancellationToken;
use tracing::error;

/// Threads that do what would hold up the others: reading the database, executing. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BlockingPool {
    threads: Arc<Threads>,
    /// One for each call that runs or waits.
    slots: Arc<Semaphore>,
}

/// A runtime of which only the threads that may block are used: they sleep until there is work,
/// where those of a pool for computations would look for some.
#[derive(Debug)]
struct Threads {
    /// Taken when this is dropped.
    runtime: Option<Runtime>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        // A runtime must not wait for its threads where it is dropped by a task of another.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl BlockingPool {
    /// Up to [`RpcLimits::blocking_threads`] threads, which are started when they are needed.
    ///
    /// # Errors
    /// If the system does not give what they need.
    pub fn new(limits: &RpcLimits) -> io::Result<Self> {
        Self::with_threads(limits.blocking_threads, limits)
    }

    /// Up to [`RpcLimits::tracing_threads`] threads, which are started when they are needed.
    ///
    /// # Errors
    /// If the system does not give what they need.
    pub fn for_traces(limits: &RpcLimits) -> io::Result<Self> {
        Self::with_threads(limits.tracing_threads, limits)
    }

    fn with_threads(threads: usize, limits: &RpcLimits) -> io::Result<Self> {
        let threads = threads.max(1);
        let slots = threads.saturating_add(limits.max_waiting_calls).min(Semaphore::MAX_PERMITS);
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(threads)
            .thread_name("rpc-blocking")
            .build()?;
        let threads = Threads { runtime: Some(runtime) };
        Ok(Self { threads: Arc::new(threads), slots: Arc::new(Semaphore::new(slots)) })
    }

    /// Does `work` on one of the threads. Dropping the future, as the server does with a call that
    /// takes too long or whose caller has gone, cancels the token: work that has not begun is not
    /// done at all, and long work looks at the token now and then.
    ///
    /// # Errors
    /// Those of `work`; [`busy`] if too many wait already; [`internal`] if it panics.
    pub async fn run<T, F>(&self, work: F) -> RpcResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&CancellationToken) -> RpcResult<T> + Send + 'static,
    {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else { return Err(busy()) };
        let Some(runtime) = &self.threads.runtime else { return Err(busy()) };
        let cancelled = CancellationToken::new();
        let _cancel_when_dropped = cancelled.clone().drop_guard();
        let working = runtime.spawn_blocking(move || {
            // Nobody gets what this gives if it has been cancelled.
            let result = if cancelled.is_cancelled() { Err(busy()) } else { work(&cancelled) };
            drop(slot);
            result
        });
        working.await.unwrap_or_else(|err| Err(failed(&err)))
    }
}

/// The work ended without an answer.
fn failed(err: &JoinError) -> jsonrpsee::types::ErrorObjectOwned {
    error!(target: "rpc::blocking", %err, "the work of a call panicked");
    internal(err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;
    use tokio::sync::oneshot;

    fn pool(threads: usize, max_waiting_calls: usize) -> BlockingPool {
        let limits =
            RpcLimits { blocking_threads: threads, max_waiting_calls, ..RpcLimits::default() };
        BlockingPool::new(&limits).unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_and_the_thread_goes_on() {
        let pool = pool(1, 1);
        let err = pool.run::<(), _>(|_| panic!("on purpose")).await.unwrap_err();
        assert_eq!(err.code(), -32603);
        assert_eq!(pool.run(|_| Ok(7)).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn traces_have_as_many_threads_as_were_said() {
        let limits = RpcLimits { tracing_threads: 2, max_waiting_calls: 0, ..RpcLimits::default() };
        let pool = BlockingPool::for_traces(&limits).unwrap();
        let both = Arc::new(std::sync::Barrier::new(3));
        let trace = || {
            let both = Arc::clone(&both);
            Box::pin(pool.run(move |_| {
                both.wait();
                Ok(())
            }))
        };
        let (mut first, mut second) = (trace(), trace());
        assert!(futures::poll!(&mut first).is_pending());
        assert!(futures::poll!(&mut second).is_pending());
        assert_eq!(pool.run(|_| Ok(())).await.unwrap_err().code(), -32009);
        both.wait();
        first.await.unwrap();
        second.await.unwrap();
    }

    #[tokio::test]
    async fn refuses_more_than_may_wait() {
        let pool = pool(1, 1);
        let (release, released) = sync_channel::<()>(0);
        let running = pool.run(move |_| {
            released.recv().ok();
            Ok(1)
        });
        let waiting = pool.run(|_| Ok(2));
        let (mut running, mut waiting) = (Box::pin(running), Box::pin(waiting));
        assert!(futures::poll!(&mut running).is_pending());
        assert!(futures::poll!(&mut waiting).is_pending());
        assert_eq!(pool.run(|_| Ok(3)).await.unwrap_err().code(), -32009);

        release.send(()).unwrap();
        assert_eq!((running.await.unwrap(), waiting.await.unwrap()), (1, 2));
        assert_eq!(pool.run(|_| Ok(4)).await.unwrap(), 4);
    }

    #[tokio::test]
    async fn work_whose_caller_has_gone_is_told_and_what_has_not_begun_is_left() {
        // A third place: those of the first two are free when the thread has seen to them.
        let pool = pool(1, 2);
        let (started, has_started) = oneshot::channel();
        let (tell, told) = sync_channel(1);
        let mut running = Box::pin(pool.run(move |cancelled| {
            started.send(()).unwrap();
            while !cancelled.is_cancelled() {
                std::thread::yield_now();
            }
            tell.send("cancelled").unwrap();
            Ok(())
        }));
        let mut waiting = Box::pin(pool.run::<(), _>(|_| panic!("nobody waits for it")));
        assert!(futures::poll!(&mut running).is_pending());
        assert!(futures::poll!(&mut waiting).is_pending());
        has_started.await.unwrap();
        drop(waiting);
        drop(running);
        assert_eq!(pool.run(move |_| Ok(told.recv().unwrap())).await.unwrap(), "cancelled");
    }
}
