//! What a job is told while it runs.

use parking_lot::{Condvar, Mutex};
use rollup_txpool::PendingListener;

/// What a job is told while it runs: to seal, to give up, and that there are transactions.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_sealed: bool,
    is_cancelled: bool,
    /// Whether transactions came since the last wait.
    has_pending: bool,
}

/// What a job has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Take more transactions.
    Fill,
    /// Take no more of them.
    Seal,
    /// Give up.
    Cancel,
}

impl State {
    const fn order(&self) -> Order {
        match (self.is_cancelled, self.is_sealed) {
            (true, _) => Order::Cancel,
            (false, true) => Order::Seal,
            (false, false) => Order::Fill,
        }
    }
}

impl Signals {
    /// Takes no more transactions.
    pub(crate) fn seal(&self) {
        self.change(|state| state.is_sealed = true);
    }

    /// Gives up, also if it is sealing already.
    pub(crate) fn cancel(&self) {
        self.change(|state| state.is_cancelled = true);
    }

    /// What to do now.
    pub(crate) fn order(&self) -> Order {
        self.state.lock().order()
    }

    /// Waits until there are transactions that came after the last wait, or an order that ends it.
    pub(crate) fn wait(&self) {
        let mut state = self.state.lock();
        while !state.has_pending && state.order() == Order::Fill {
            self.changed.wait(&mut state);
        }
        state.has_pending = false;
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock());
        self.changed.notify_all();
    }
}

impl PendingListener for Signals {
    fn on_pending(&self) {
        self.change(|state| state.has_pending = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Each would hang if the wait did not end.
    #[test]
    fn a_wait_ends_at_once_by_what_came_before_it() {
        let signals = Signals::default();
        signals.on_pending();
        signals.wait();
        assert_eq!(signals.order(), Order::Fill);
        signals.seal();
        signals.wait();
        signals.wait();
        assert_eq!(signals.order(), Order::Seal);
    }

    #[test]
    fn cancelling_outranks_sealing() {
        let signals = Signals::default();
        signals.cancel();
        signals.seal();
        assert_eq!(signals.order(), Order::Cancel);
        signals.wait();
    }
}
