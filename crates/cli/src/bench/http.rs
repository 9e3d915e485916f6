//! Sealing over HTTP: the real servers, and clients on the same cores.

mod connection;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use self::connection::Connection;
use super::field::Field;
use super::latency::Measured;
use super::load::{Keys, Load};
use crate::api;
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
    let mut connections = Vec::new();
    for client in 0..load.clients {
        let (desks, outlet) = field.whereabouts(client);
        let api_key = api::key_of(desks, outlet, "bench").await?;
        let address = running[client % running.len()].address;
        let open = move || open(address, &api_key, load.keys);
        connections.push(spawn_blocking(open).await.map_err(Failure::unusable)??);
    }
    let measured = spawn_blocking(move || measure(connections, load)).await;
    for server in running {
        server.stop().await;
    }
    measured.map_err(Failure::unusable)?
}

/// What is done once a connection, or once an outlet, is not measured.
fn open(address: SocketAddr, api_key: &str, keys: Keys) -> Result<Connection, Failure> {
    let mut connection = Connection::open(address, api_key)?;
    issue(&mut connection, keys)?;
    Ok(connection)
}

/// A thread each, which waits as a till does: on the runtime the clients would share the server's
/// threads, and their own turns would count as its time.
fn measure(connections: Vec<Connection>, load: Load) -> Result<Measured, Failure> {
    let start = Instant::now();
    let deadline = start + load.time;
    let issue = |connection| thread::spawn(move || issue_until(connection, load.keys, deadline));
    let clients: Vec<JoinHandle<_>> = connections.into_iter().map(issue).collect();
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.join().map_err(|_| Failure::unusable("a client panicked"))??);
    }
    Ok(Measured::new(start.elapsed(), waits))
}

fn issue_until(
    mut connection: Connection,
    keys: Keys,
    deadline: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut waits = Vec::new();
    while Instant::now() < deadline {
        let start = Instant::now();
        issue(&mut connection, keys)?;
        waits.push(start.elapsed());
    }
    Ok(waits)
}

fn issue(connection: &mut Connection, keys: Keys) -> Result<(), Failure> {
    let answer = connection.issue(&keys.new_key())?;
    if answer.status == 201 {
        return Ok(());
    }
    answer.successful()?;
    Err(Failure::unusable("the server did not seal"))
}
