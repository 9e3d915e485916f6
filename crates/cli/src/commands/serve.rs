//! `stalela serve`

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::api::{self, Plan};
use crate::failure::Failure;

/// Serve the API, and deliver to the authorities.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela serve --store data/stalela.db --listen 127.0.0.1:8080")]
pub(crate) struct Serve {
    /// The ledger: an SQLite file, made if it is not there.
    #[arg(long, env = "STALELA_STORE", default_value = "data/stalela.db")]
    store: PathBuf,
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
    /// Key URI of outlets that are created through the API; without it nobody may create any. For
    /// platforms whose keys with outlets:write are their own: the address and the token file of a
    /// new outlet's wire are taken as they are given.
    #[arg(long)]
    new_outlet_key: Option<String>,
    /// Only serve: agents run elsewhere.
    #[arg(long)]
    no_agent: bool,
}

impl Serve {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let folder = self.store.parent().map(std::path::Path::to_path_buf).unwrap_or_default();
        if !folder.as_os_str().is_empty() {
            std::fs::create_dir_all(&folder)?;
        }
        let desks = api::open(&self.store, ledger::Options::default())?;
        api::check_desks(&desks).await?;
        let running = api::start(desks, self.plan()).await?;
        announce(running.address, json);
        api::asked_to_stop().await;
        running.stop().await;
        Ok(())
    }

    fn plan(&self) -> Plan {
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
                new_outlet_key: self.new_outlet_key.clone(),
                ..server::Settings::default()
            },
            agent: (!self.no_agent).then(agent::Settings::default),
        }
    }
}

fn announce(address: SocketAddr, json: bool) {
    if json {
        println!("{}", serde_json::json!({ "listening": address.to_string() }));
    } else {
        println!("listening on http://{address} (documentation at /docs)");
    }
}
