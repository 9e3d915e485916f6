//! Sealing over HTTP: the real servers, and clients on the same cores.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::field::Field;
use super::fixture::DRAFT;
use super::latency::Measured;
use super::load::{Keys, Load};
use crate::api;
use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::running::{self, Plan};

/// Issues over HTTP until the time is up, and stops the servers.
pub(crate) async fn seal(field: Field, load: Load) -> Result<Measured, Failure> {
    let mut running = Vec::new();
    for desks in &field.servers {
        let plan = Plan {
            listen: ([127, 0, 0, 1], 0).into(),
            public_url: None,
            settings: server::Settings { rate: None, ..server::Settings::default() },
            agent: None,
        };
        running.push(running::start(Arc::clone(desks), plan).await?);
    }
    let mut clients = Vec::new();
    for client in 0..load.clients {
        let (desks, outlet) = field.whereabouts(client);
        let api_key = api::key_of(desks, outlet, "bench").await?;
        let address = running[client % running.len()].address;
        let client = Client::new(Remote { url: format!("http://{address}"), api_key });
        issue(&client, load.keys).await?;
        clients.push(client);
    }
    let start = Instant::now();
    let deadline = start + load.time;
    let clients: Vec<_> = clients
        .into_iter()
        .map(|client| tokio::spawn(issue_until(client, load.keys, deadline)))
        .collect();
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.await.map_err(Failure::unusable)??);
    }
    let measured = Measured::new(start.elapsed(), waits);
    for server in running {
        server.stop().await;
    }
    Ok(measured)
}

async fn issue_until(
    client: Client,
    keys: Keys,
    deadline: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut waits = Vec::new();
    while Instant::now() < deadline {
        let start = Instant::now();
        issue(&client, keys).await?;
        waits.push(start.elapsed());
    }
    Ok(waits)
}

async fn issue(client: &Client, keys: Keys) -> Result<(), Failure> {
    let answer = client.post("/v1/invoices", Some(&keys.new_key()), DRAFT.into()).await?;
    if answer.status == 201 {
        return Ok(());
    }
    answer.successful()?;
    Err(Failure::unusable("the server did not seal"))
}
