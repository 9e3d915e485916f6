//! `stalela bench seal`

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use fiscal::{Desk, Issued, Order, Patience};
use indicatif::ProgressBar;

use super::baselines;
use super::fixture::{self, Fixture};
use super::http;
use super::latency::Measured;
use super::same_rows;
use super::table::Table;
use crate::failure::Failure;

/// Seals a second, in process and over HTTP: one outlet, many clients, full durability.
///
/// Everything is counted in: the draft is read and priced, the bytes are canonical, hashed, chained
/// and signed, and the answer comes after the commit. Beside it stand, measured in the same run on
/// the same disk: one commit for each invoice, a plain batched insert of as many bytes, raw P-256
/// signatures, and the disk's own fsync.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela bench seal --clients 32 --seconds 5")]
pub(crate) struct Seal {
    /// How many issue at once, each waiting for its own answer.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Where the files lie: the disk that is measured. The system's temporary folder if absent.
    #[arg(long)]
    folder: Option<std::path::PathBuf>,
    /// Leave the measurement over HTTP out.
    #[arg(long)]
    no_http: bool,
}

impl Seal {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let folder = match &self.folder {
            Some(folder) => tempfile::tempdir_in(folder)?,
            None => tempfile::tempdir()?,
        };
        let time = Duration::from_secs(self.seconds);
        let bar = ProgressBar::new_spinner();
        let mut table = Table::default();

        bar.set_message("fsync of this disk");
        table.measured("fsync of 4 kB", &baselines::fsync(folder.path(), time / 2)?);
        bar.set_message("raw P-256");
        table.rate("raw P-256 signatures, all cores", baselines::signatures(time / 2)?);
        bar.set_message("plain batched insert");
        let (bytes, rows) = baselines::bytes_of_one(folder.path()).await?;
        let row = (rows, bytes);
        let insert = baselines::plain_insert(folder.path(), row, ledger::BATCH_MAX, time)?;
        table.rate("plain insert of the same bytes, batches of 512", insert);
        // As many as there are clients: no group can be larger while each waits for its answer.
        let equal = baselines::plain_insert(folder.path(), row, self.clients, time)?;
        table.rate("plain insert of the same bytes, batches of all clients", equal);

        bar.set_message("one commit for each invoice");
        let naive = ledger::Options { batch_max: 1, ..ledger::Options::default() };
        let naive = self.seal(&folder.path().join("naive"), naive, time).await?;
        bar.set_message("seal, in process");
        let sealed =
            self.seal(&folder.path().join("sealed"), ledger::Options::default(), time).await?;
        bar.set_message("seal, one client alone");
        let alone = Self { clients: 1, folder: None, ..self };
        let alone =
            alone.seal(&folder.path().join("alone"), ledger::Options::default(), time / 2).await?;
        bar.set_message("the same rows, inserted alone");
        let store = crate::api::Folder(folder.path().join("sealed")).store();
        let rows = same_rows::insert(folder.path(), &store, self.clients, time)?;
        table.rate("plain insert of the same rows and indexes, batches of all clients", rows);
        table.measured("one commit for each invoice", &naive);
        table.measured("seal, in process", &sealed);
        table.measured("seal, in process, one client alone", &alone);
        if !self.no_http {
            bar.set_message("seal, over HTTP");
            let folder = folder.path().join("http");
            let over_http = http::seal(&folder, self.clients, time).await?;
            table.measured("seal, over HTTP (the clients on the same cores)", &over_http);
            table.ratio("seal over HTTP ÷ one commit each", over_http.rate(), naive.rate());
            table.ratio("seal over HTTP ÷ plain insert, 512", over_http.rate(), insert);
            table.ratio("seal over HTTP ÷ plain insert, all clients", over_http.rate(), equal);
        }
        table.ratio("seal ÷ one commit each", sealed.rate(), naive.rate());
        table.ratio("seal ÷ plain insert, 512", sealed.rate(), insert);
        table.ratio("seal ÷ plain insert, all clients", sealed.rate(), equal);
        table.ratio("seal ÷ plain insert of the same rows", sealed.rate(), rows);
        bar.finish_and_clear();
        table.print(json);
        Ok(())
    }

    async fn seal(
        &self,
        folder: &std::path::Path,
        options: ledger::Options,
        time: Duration,
    ) -> Result<Measured, Failure> {
        let fixture = Fixture::new(folder, options).await?;
        let desk = fixture.desk().await?;
        issue_once(&desk).await?;
        let start = Instant::now();
        let deadline = start + time;
        let clients: Vec<_> = (0..self.clients)
            .map(|_| tokio::spawn(issue_until(Arc::clone(&desk), deadline)))
            .collect();
        let mut waits = Vec::new();
        for client in clients {
            waits.extend(client.await.map_err(Failure::unusable)??);
        }
        let measured = Measured::new(start.elapsed(), waits);
        fixture.desks.ledger().close().await;
        Ok(measured)
    }
}

async fn issue_until(desk: Arc<Desk>, deadline: Instant) -> Result<Vec<Duration>, Failure> {
    let mut waits = Vec::with_capacity(100_000);
    while Instant::now() < deadline {
        let start = Instant::now();
        issue_once(&desk).await?;
        waits.push(start.elapsed());
    }
    Ok(waits)
}

/// What a client pays for: from the draft's text to the sealed invoice.
async fn issue_once(desk: &Arc<Desk>) -> Result<(), Failure> {
    let order = Order { draft: fixture::draft(), idempotency: Some(idempotency()) };
    match fiscal::issue(desk, order, Patience::None).await {
        Ok(Issued::Sealed(_, _)) => Ok(()),
        Ok(other) => Err(Failure::unusable(format!("not sealed: {other:?}"))),
        Err(error) => Err(Failure::unusable(error)),
    }
}

fn idempotency() -> ledger::Idempotency {
    let key = crate::commands::new_key();
    ledger::Idempotency { body_hash: invoice::Hash::of_note(key.as_bytes()), key }
}
