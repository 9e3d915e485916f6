//! Clients that seal in this process, each waiting for its own answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fiscal::{Chance, Desk, Issued, Order, Patience};

use super::field::Field;
use super::fixture;
use super::latency::Measured;
use crate::commands::new_key;
use crate::failure::Failure;

/// So many clients for so long.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub clients: usize,
    pub time: Duration,
    pub keys: Keys,
}

/// What idempotency keys look like.
#[derive(Clone, Copy)]
pub(crate) enum Keys {
    /// As this program makes them, and as order numbers are: those of one hour lie side by side.
    Ordered,
    /// As a UUID of version 4.
    Random,
}

impl Keys {
    pub(crate) fn new_key(self) -> String {
        match self {
            Self::Ordered => new_key(),
            Self::Random => format!("{:032x}", u128::from_be_bytes(Chance::System.bytes())),
        }
    }
}

impl Load {
    /// Issues in this process until the time is up, and closes the stores.
    pub(crate) async fn seal(self, field: &Field) -> Result<Measured, Failure> {
        let mut desks = Vec::new();
        for client in 0..self.clients {
            let desk = field.desk(client).await?;
            // What is done once an outlet is not measured.
            issue_one(&desk, self.keys).await?;
            desks.push(desk);
        }
        let start = Instant::now();
        let deadline = start + self.time;
        let clients: Vec<_> = desks
            .into_iter()
            .map(|desk| tokio::spawn(issue_until(desk, self.keys, deadline)))
            .collect();
        let mut waits = Vec::new();
        for client in clients {
            waits.extend(client.await.map_err(Failure::unusable)??);
        }
        let measured = Measured::new(start.elapsed(), waits);
        field.close().await;
        Ok(measured)
    }
}

async fn issue_until(
    desk: Arc<Desk>,
    keys: Keys,
    deadline: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut waits = Vec::with_capacity(10_000);
    while Instant::now() < deadline {
        let start = Instant::now();
        issue_one(&desk, keys).await?;
        waits.push(start.elapsed());
    }
    Ok(waits)
}

/// What a client pays for: from the draft's text to the sealed invoice.
async fn issue_one(desk: &Arc<Desk>, keys: Keys) -> Result<(), Failure> {
    let key = keys.new_key();
    let body_hash = invoice::Hash::of_note(key.as_bytes());
    let idempotency = ledger::Idempotency { key, body_hash };
    let order = Order { draft: fixture::draft(), idempotency: Some(idempotency) };
    match fiscal::issue(desk, order, Patience::None).await {
        Ok(Issued::Sealed(_, _)) => Ok(()),
        Ok(other) => Err(Failure::unusable(format!("not sealed: {other:?}"))),
        Err(error) => Err(Failure::unusable(error)),
    }
}
