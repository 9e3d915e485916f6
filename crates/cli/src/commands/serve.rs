//! `stalela serve`

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use invoice::Json;
use proof::WitnessKey;
use server::NewOutlets;

use super::agent::own_name;
use crate::anchors::Anchors;
use crate::api::{self, TestHosts};
use crate::failure::Failure;
use crate::input;
use crate::opening::Opening;
use crate::running::{self, Plan};
use crate::stores::{Stores, StoresArgs};

/// Serve the API, and deliver to the authorities.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela serve --store data/stalela.db --listen 127.0.0.1:8080
  stalela serve --public-url https://invoices.example.org
  stalela serve --store postgres://stalela@db.example/stalela --no-agent --drain 10
  stalela serve --store-map stores.json --public-url https://invoices.example.org

While it runs, a file is its alone: `outlet list` and `verify` read beside it, `api-key --url` goes
through its API, and what else writes waits until it has stopped. A database serves any number of
servers and agents; its schema is made before, with `stalela migrate`.")]
pub(crate) struct Serve {
    #[command(flatten)]
    anchors: Anchors,
    #[command(flatten)]
    store: StoresArgs,
    /// Address and port to listen on; port 0 takes any free one.
    #[arg(long, env = "STALELA_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How the world reaches this server: it stands in the QR codes of receipts.
    #[arg(long, env = "STALELA_PUBLIC_URL")]
    public_url: Option<String>,
    /// Seconds that a request waits for an authority which has to be asked first.
    #[arg(long, default_value_t = 20)]
    patience: u64,
    /// Requests a second of each API key; 0 turns the limit off.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// Key URI of outlets that are created through the API. Without this and --wires nobody may
    /// create any.
    #[arg(long, requires = "wires")]
    new_outlet_key: Option<String>,
    /// The wires that outlets created through the API choose from: a JSON object, name → wire.
    #[arg(long, requires = "new_outlet_key")]
    wires: Option<PathBuf>,
    /// Do not serve at all if any outlet cannot be used, or any of several stores cannot be reached.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    test_hosts: TestHosts,
    /// Only serve: agents run elsewhere, as `stalela agent`.
    #[arg(long)]
    no_agent: bool,
    /// Seconds between the word that it stops and the last request that it takes: as long as whoever
    /// spreads requests over several servers needs to see that /readyz says 503.
    #[arg(long, default_value_t = 0)]
    drain: u16,
    /// A witness whose cosignatures of checkpoints are kept and published, as its key is written:
    /// name+id+base64 (C2SP). May be given several times.
    #[arg(long = "witness", value_name = "VKEY", value_parser = WitnessKey::parse)]
    witnesses: Vec<WitnessKey>,
}

impl Serve {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let new_outlets = self.new_outlets()?;
        let listener = api::bind(self.listen, "").await?;
        let stores = self.store.stores()?;
        make_folders(&stores)?;
        let (plan, drain) = (self.plan(new_outlets), self.drain);
        let opening = Arc::new(Opening::new(stores, self.anchors, &self.test_hosts)?);
        let opened = opening.all(self.strict).await?;
        let running = running::start_over(listener, (opening, opened), plan)?;
        announce(running.address, json);
        api::asked_to_stop().await;
        running.begin_draining();
        let drain = tokio::time::sleep(Duration::from_secs(drain.into()));
        // Whoever asks twice means now.
        tokio::select! {
            () = drain => {}
            () = api::asked_to_stop() => {}
        }
        running.stop().await;
        Ok(())
    }

    fn new_outlets(&self) -> Result<Option<NewOutlets>, Failure> {
        let (Some(key_uri), Some(file)) = (&self.new_outlet_key, &self.wires) else {
            return Ok(None);
        };
        Ok(Some(NewOutlets { key_uri: key_uri.clone(), wires: read_wires(file)? }))
    }

    fn plan(&self, new_outlets: Option<NewOutlets>) -> Plan {
        let rate = NonZeroU32::new(self.rate).map(|per_second| server::Rate {
            per_second,
            burst: per_second.saturating_mul(const { NonZeroU32::new(2).unwrap() }),
        });
        Plan {
            listen: self.listen,
            public_url: self.public_url.clone(),
            settings: server::Settings {
                patience: Duration::from_secs(self.patience),
                rate,
                new_outlets,
                witnesses: self.witnesses.clone(),
                ..server::Settings::default()
            },
            agent: (!self.no_agent)
                .then(|| agent::Settings { name: own_name(), ..agent::Settings::default() }),
        }
    }
}

/// A file is made if it is not there, and so is where it lies.
fn make_folders(stores: &Stores) -> Result<(), Failure> {
    for folder in stores.iter().filter_map(|store| store.url.path()?.parent()) {
        if !folder.as_os_str().is_empty() {
            std::fs::create_dir_all(folder)?;
        }
    }
    Ok(())
}

/// `{"test-system": {"base_url": "https://…", "token": "file:…"}, …}`
fn read_wires(file: &Path) -> Result<BTreeMap<String, Json>, Failure> {
    let refused = |reason: &str| Failure::refused(format!("{}: {reason}", file.display()));
    let json = Json::parse(&input::read(file)?).map_err(|error| refused(&error.to_string()))?;
    let Json::Object(wires) = json else {
        return Err(refused("it is a JSON object, with a wire for each name"));
    };
    for (name, wire) in &wires {
        if !matches!(wire, Json::Object(_)) || !wire.is_canonical() {
            return Err(refused(&format!("the wire {name} is an object, as in an outlet's file")));
        }
    }
    Ok(wires.into_iter().collect())
}

fn announce(address: SocketAddr, json: bool) {
    if json {
        println!("{}", serde_json::json!({ "listening": address.to_string() }));
    } else {
        println!("listening on http://{address} (documentation at /docs)");
    }
}
