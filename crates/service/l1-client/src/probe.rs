//! Looks at the endpoints in the background.

use crate::{
    L1EndpointState, L1Header, L1Tag,
    config::PROBE_PAUSE,
    endpoint::{Endpoint, Judgement},
    pool::Pool,
    query::{Asked, header},
};
use futures::{FutureExt as _, future::join_all};
use tokio_util::sync::CancellationToken;

/// How two forks are to each other, as their newest blocks show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    /// One continues the other.
    Same,
    /// They have different blocks with the same number.
    Other,
    /// Nobody says.
    Unknown,
}

/// Looks at the endpoints, again and again, until it is told to stop.
pub(crate) async fn run(pool: &Pool, shutdown: CancellationToken) {
    let look = async {
        // What all say first is compared at once.
        let looks = join_all(pool.endpoints.iter().map(|endpoint| look(pool, endpoint))).await;
        let judge = |(endpoint, look)| judge(pool, endpoint, look);
        join_all(pool.endpoints.iter().zip(looks).map(judge)).await;
        join_all(pool.endpoints.iter().map(|endpoint| follow(pool, endpoint))).await;
    };
    // May be dropped at any await: what is learned is kept at once.
    tokio::select! {
        biased;
        () = shutdown.cancelled() => {}
        () = look => {}
    }
}

async fn follow(pool: &Pool, endpoint: &Endpoint) {
    loop {
        // What this look itself changed is known here.
        endpoint.news.notified().now_or_never();
        let mut last_look = pool.clock.now();
        loop {
            let due = last_look.saturating_add(endpoint.pause());
            tokio::select! {
                biased;
                () = pool.clock.sleep_until(due) => break,
                // There is another pause from now on.
                () = endpoint.news.notified() => last_look = pool.clock.now(),
            }
        }
        let look = look(pool, endpoint).await;
        judge(pool, endpoint, look).await;
    }
}

/// What an endpoint says when it is looked at.
enum Look {
    /// Nothing that can be used.
    Failed,
    /// It answers, but nothing that its hash proves.
    Unproven,
    /// This is its newest block.
    Head(Box<L1Header>),
}

/// Asks an endpoint for its newest block.
async fn look(pool: &Pool, endpoint: &Endpoint) -> Look {
    if endpoint.state() == L1EndpointState::WrongChain {
        endpoint.forget_chain();
    }
    let asked = header(endpoint, Asked::Tag(L1Tag::Latest));
    // What went wrong is told by the attempt.
    let Ok(outcome) = endpoint.attempt(asked).await else { return Look::Failed };
    match outcome.answer {
        Ok(Some(head)) if head.is_verified => {
            see(pool, endpoint, head);
            Look::Head(Box::new(head))
        }
        _ => Look::Unproven,
    }
}

/// An endpoint has this as its newest block. A hash that was not computed anew says nothing.
pub(crate) fn see(pool: &Pool, endpoint: &Endpoint, head: L1Header) {
    if !head.is_verified {
        return;
    }
    let others = pool.endpoints.iter().filter(|other| other.index != endpoint.index);
    let best = others.filter_map(|other| other.head()).map(|(head, _)| head.number).max();
    endpoint.has_head(head, best.is_some_and(|best| endpoint.is_behind(head.number, best)));
}

/// Compares the newest block of an endpoint with those of the others.
async fn judge(pool: &Pool, endpoint: &Endpoint, look: Look) {
    let mut judgement = Judgement::default();
    let head = match look {
        Look::Head(head) => *head,
        Look::Unproven => return endpoint.judge(judgement),
        Look::Failed => return,
    };
    let now = pool.clock.now();
    for other in &pool.endpoints {
        let is_usable = other.index != endpoint.index
            && matches!(other.state(), L1EndpointState::Healthy | L1EndpointState::Lagging);
        let Some((other_head, other_seen_at)) = other.head().filter(|_| is_usable) else {
            continue;
        };
        // One that was not looked at for long says nothing of now.
        if now.saturating_sub(other_seen_at) > PROBE_PAUSE * 2 {
            continue;
        }
        match relation(endpoint, &head, other, &other_head).await {
            Relation::Same => {
                judgement.agree += 1;
                let lag = other_head.number.saturating_sub(head.number);
                judgement.lag = Some(judgement.lag.unwrap_or_default().max(lag));
            }
            Relation::Other => judgement.conflict += 1,
            Relation::Unknown => {}
        }
    }
    endpoint.judge(judgement);
}

async fn relation(a: &Endpoint, a_head: &L1Header, b: &Endpoint, b_head: &L1Header) -> Relation {
    let ((low, _), (high, high_endpoint)) = if a_head.number <= b_head.number {
        ((a_head, a), (b_head, b))
    } else {
        ((b_head, b), (a_head, a))
    };
    let hash = match high.number - low.number {
        0 => high.hash,
        1 => high.parent_hash,
        // The one that is ahead says what it has there.
        _ => {
            let asked = header(high_endpoint, Asked::Number(low.number));
            let Ok(outcome) = high_endpoint.attempt(asked).await else { return Relation::Unknown };
            match outcome.answer {
                Ok(Some(header)) if header.is_verified => header.hash,
                _ => return Relation::Unknown,
            }
        }
    };
    if hash == low.hash { Relation::Same } else { Relation::Other }
}
