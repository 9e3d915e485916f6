//! Sealing over HTTP: the real server, and clients on the same cores.

use std::path::Path;
use std::time::{Duration, Instant};

use fiscal::{Chance, Clock};
use server::{NewApiKey, Operation, Reach};

use super::fixture::{DRAFT, Fixture};
use super::latency::Measured;
use crate::api::{self, Plan};
use crate::client::{Client, Remote};
use crate::commands::new_key;
use crate::failure::Failure;

/// Issues over HTTP until the time is up.
pub(crate) async fn seal(
    folder: &Path,
    clients: usize,
    time: Duration,
) -> Result<Measured, Failure> {
    let fixture = Fixture::new(folder, ledger::Options::default()).await?;
    let new = NewApiKey {
        tenant: fixture.outlet.tenant.clone(),
        environment: fixture.outlet.environment,
        operations: vec![Operation::InvoicesWrite],
        reach: Reach::Only(vec![fixture.outlet.id.clone()]),
        label: "bench".to_owned(),
        expires_at: None,
    };
    let (api_key, row) = server::new_api_key(new, &Chance::System, Clock::System.now());
    fixture.desks.ledger().create_api_key(row).await?;
    let plan = Plan {
        listen: ([127, 0, 0, 1], 0).into(),
        public_url: None,
        settings: server::Settings { rate: None, ..server::Settings::default() },
        agent: None,
    };
    let running = api::start(fixture.desks, plan).await?;
    let remote = Remote { url: format!("http://{}", running.address), api_key };
    let start = Instant::now();
    let tasks: Vec<_> =
        (0..clients).map(|_| tokio::spawn(issue_until(remote.clone(), start + time))).collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.map_err(Failure::unusable)??);
    }
    let measured = Measured::new(start.elapsed(), waits);
    running.stop().await;
    Ok(measured)
}

async fn issue_until(remote: Remote, deadline: Instant) -> Result<Vec<Duration>, Failure> {
    let client = Client::new(remote);
    let mut waits = Vec::new();
    while Instant::now() < deadline {
        let start = Instant::now();
        let answer = client.post("/v1/invoices", Some(&new_key()), DRAFT.into()).await?;
        if answer.status != 201 {
            answer.successful()?;
            return Err(Failure::unusable("the server did not seal"));
        }
        waits.push(start.elapsed());
    }
    Ok(waits)
}
