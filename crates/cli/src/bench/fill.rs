//! Issues many invoices as fast as one process can: many clients, each waiting for its own answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fiscal::{Desk, Issued, Order, Patience};
use indicatif::ProgressBar;
use invoice::InvoiceId;
use ledger::Idempotency;

use super::fixture;
use crate::commands::new_key;
use crate::failure::Failure;

/// Issues `count` invoices with so many clients; tells how long each waited.
pub(crate) async fn issue(
    desk: &Arc<Desk>,
    count: u64,
    clients: usize,
    bar: &ProgressBar,
) -> Result<Vec<Duration>, Failure> {
    issue_and_keep(desk, count, (clients, true), bar).await
}

/// The same, and keeps nothing: however many there are, they take no memory here.
pub(crate) async fn fill(
    desk: &Arc<Desk>,
    count: u64,
    clients: usize,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    issue_and_keep(desk, count, (clients, false), bar).await.map(drop)
}

async fn issue_and_keep(
    desk: &Arc<Desk>,
    count: u64,
    (clients, keeps): (usize, bool),
    bar: &ProgressBar,
) -> Result<Vec<Duration>, Failure> {
    let left = Arc::new(AtomicU64::new(count));
    let start = || {
        let client = issue_some(Arc::clone(desk), Arc::clone(&left), keeps, bar.clone());
        tokio::spawn(client)
    };
    let tasks: Vec<_> = (0..clients).map(|_| start()).collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.map_err(Failure::unusable)??);
    }
    Ok(waits)
}

async fn issue_some(
    desk: Arc<Desk>,
    left: Arc<AtomicU64>,
    keeps: bool,
    bar: ProgressBar,
) -> Result<Vec<Duration>, Failure> {
    let mut waits = Vec::new();
    let take = |left: u64| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        let wait = issue_one(&desk).await?;
        if keeps {
            waits.push(wait);
        }
        bar.inc(1);
    }
    Ok(waits)
}

/// Issues for so long with so many clients, which pause between; tells how long each invoice waited.
pub(crate) async fn issue_for(
    desk: &Arc<Desk>,
    time: Duration,
    (clients, pause): (usize, Duration),
) -> Result<Vec<Duration>, Failure> {
    let start = Instant::now();
    let one = |desk: Arc<Desk>| async move {
        let mut waits = Vec::new();
        while start.elapsed() < time {
            waits.push(issue_one(&desk).await?);
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
        Ok::<_, Failure>(waits)
    };
    let tasks: Vec<_> = (0..clients).map(|_| tokio::spawn(one(Arc::clone(desk)))).collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.map_err(Failure::unusable)??);
    }
    Ok(waits)
}

/// Issues so many in all at these desks, one after the other in turns, and keeps nothing.
pub(crate) async fn spread(
    desks: &[Arc<Desk>],
    count: u64,
    clients: usize,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let desks: Arc<[Arc<Desk>]> = desks.into();
    let issued = Arc::new(AtomicU64::new(0));
    let one = |desks: Arc<[Arc<Desk>]>, issued: Arc<AtomicU64>, bar: ProgressBar| async move {
        loop {
            let ticket = issued.fetch_add(1, Ordering::Relaxed);
            if ticket >= count {
                return Ok::<_, Failure>(());
            }
            let desk = usize::try_from(ticket % desks.len() as u64).unwrap_or(0);
            issue_one(&desks[desk]).await?;
            bar.inc(1);
        }
    };
    let start = || tokio::spawn(one(Arc::clone(&desks), Arc::clone(&issued), bar.clone()));
    let tasks: Vec<_> = (0..clients).map(|_| start()).collect();
    for task in tasks {
        task.await.map_err(Failure::unusable)??;
    }
    Ok(())
}

/// From the draft's text to the sealed invoice; how long it took.
pub(crate) async fn issue_one(desk: &Arc<Desk>) -> Result<Duration, Failure> {
    let start = Instant::now();
    seal_one(desk).await?;
    Ok(start.elapsed())
}

/// The same; which one it is.
pub(crate) async fn seal_one(desk: &Arc<Desk>) -> Result<InvoiceId, Failure> {
    let key = new_key();
    let idempotency = Idempotency { body_hash: invoice::Hash::of_note(key.as_bytes()), key };
    let order = Order { draft: fixture::draft(), idempotency: Some(idempotency) };
    match fiscal::issue(desk, order, Patience::None).await {
        Ok(Issued::Sealed(sealed, _)) => Ok(sealed.id),
        Ok(other) => Err(Failure::unusable(format!("not sealed: {other:?}"))),
        Err(error) => Err(Failure::unusable(error)),
    }
}
