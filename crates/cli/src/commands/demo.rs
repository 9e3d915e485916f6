//! `stalela demo`

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use fiscal::{Chance, Desks};
use ledger::Outlet;
use serde_json::{Value, json};
use simulators::drc_emcf::{self, Options, Running as Simulator};
use tokio::net::TcpListener;

use super::simulate::system_clock;
use super::{NewOutlet, create_outlet, new_key};
use crate::api::{self, Folder};
use crate::client::{Client, Remote, ServerUrl};
use crate::failure::Failure;
use crate::opening::check_desks;
use crate::output;
use crate::print;
use crate::running::{self, Plan, Running};

/// The main job, end to end: a shop in Kinshasa issues three invoices.
///
/// Starts the simulator of the DGI's e-MCF, sets an outlet up over an SQLite file, serves, issues
/// three sample invoices through the public API, prints one receipt with its QR, and keeps
/// serving.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela demo
  stalela demo --data /tmp/shop --listen 127.0.0.1:8081
  stalela demo --once --hostile")]
pub(crate) struct Demo {
    /// Where the ledger and the keys of the demonstration lie; made if it is not there.
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
    /// Address and port to listen on; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Let the simulator inject its faults and take every awkward shape.
    #[arg(long)]
    hostile: bool,
    /// End after the receipt instead of serving on.
    #[arg(long)]
    once: bool,
}

/// What is there already is most likely another demonstration.
const ANOTHER: &str =
    ". Another demonstration keeps its folder to itself as well: give this one its own with --data";

const DRAFTS: [&str; 3] = [
    include_str!("../../demo/supermarket.json"),
    include_str!("../../demo/company.json"),
    include_str!("../../demo/credit_note.json"),
];

impl Demo {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let listener = api::bind(self.listen, ANOTHER).await?;
        let folder = Folder(self.data.clone());
        folder.create()?;
        let simulator = self.simulator().await?;
        let (running, api_key) = self.serve(listener, &folder, &simulator).await?;
        let remote = Remote { url: ServerUrl::of(running.address), api_key };
        let invoices = issue_all(&Client::new(remote.clone())).await?;
        if json {
            print::json(&all(&remote, &simulator, &invoices));
        } else {
            println!("{}", issued(&remote, &invoices).await?);
        }
        if !self.once {
            if !json {
                go_on(&remote, &simulator, (&folder, &invoices));
            }
            api::asked_to_stop().await;
        }
        running.stop().await;
        simulator.stop().await;
        if self.once && !json {
            println!(
                "\nit has ended; what it wrote stays in {}, to be verified:",
                folder.0.display()
            );
            println!("  {} verify --store {}", program(), folder.store().display());
        }
        Ok(())
    }

    async fn simulator(&self) -> Result<Simulator, Failure> {
        let options = Options::new(system_clock(), Chance::System.below(1 << 32));
        let options = if self.hostile { options } else { options.calm() };
        Ok(drc_emcf::start(options).await?)
    }

    async fn serve(
        &self,
        listener: TcpListener,
        folder: &Folder,
        simulator: &Simulator,
    ) -> Result<(Running, String), Failure> {
        let desks = api::open_instead(&folder.store(), "another folder with --data")?;
        let outlet = outlet(folder, &desks, simulator).await?;
        let checked = check_desks(&[&*desks], true).await;
        if checked.is_err() {
            desks.ledger().close().await;
        }
        checked?;
        let api_key = api::key_of(&desks, &outlet, "demo").await?;
        let plan = Plan {
            listen: self.listen,
            public_url: None,
            settings: server::Settings::default(),
            agent: Some(agent::Settings::default()),
        };
        Ok((running::start_on(listener, desks, plan)?, api_key))
    }
}

/// The shop of the demonstration: made at the first run, and told where the simulator is at each,
/// since a simulator has new addresses and keys every time.
async fn outlet(folder: &Folder, desks: &Desks, simulator: &Simulator) -> Result<Outlet, Failure> {
    let token = &simulator.tokens[0];
    let token_file = folder.0.join("emcf.token");
    output::secret(&token_file, &token.token)?;
    let key = folder.key("outlet");
    if !key.exists() {
        signing::software::generate(&key)?;
    }
    let settings = json!({
        "authority": { "isf": "STLDEMO01" },
        "wire": { "base_url": simulator.url, "token": format!("file:{}", token_file.display()) },
    });
    let ledger = desks.ledger();
    for tenant in ledger.tenants().await? {
        if let Some(outlet) = ledger.outlets(&tenant.id).await?.into_iter().next() {
            let text = settings.to_string();
            ledger.update_outlet_settings(&tenant.id, &outlet.id, &text).await?;
            desks.forget(&outlet.id).await;
            return Ok(outlet);
        }
    }
    let new: NewOutlet = serde_json::from_value(json!({
        "tenant": "Supermarché Central",
        "taxpayer": {
            "tax_id": token.nif, "name": "SUPERMARCHÉ CENTRAL",
            "register": "CD/KIN/RCCM/24-B-01234", "regime_label": "Assujetti à la TVA",
        },
        "code": "KIN01", "name": "Supermarché Central – Gombe",
        "address": "Boulevard du 30 Juin", "city": "Kinshasa",
        "phone": "+243 800 000 000", "email": "info@example.cd",
        "zone": "Africa/Kinshasa", "authority": "drc/emcf", "environment": "test",
        "key_uri": format!("file:{}", key.display()), "settings": settings,
    }))?;
    create_outlet(ledger, new).await
}

/// A sale, an invoice of a company in dollars too, and a credit note for a part of the first.
async fn issue_all(client: &Client) -> Result<Vec<Value>, Failure> {
    let mut issued: Vec<Value> = Vec::new();
    for draft in DRAFTS {
        let first = issued.first().and_then(|first| first["number"].as_str()).unwrap_or_default();
        let draft = draft.replace("{number}", first);
        let answer = client.post("/v1/invoices", Some(&new_key()), draft.into_bytes()).await?;
        issued.push(answer.successful()?.json()?);
    }
    Ok(issued)
}

fn all(remote: &Remote, simulator: &Simulator, invoices: &[Value]) -> Value {
    json!({
        "url": remote.url.as_str(), "api_key": remote.api_key,
        "simulator": simulator.management_url, "invoices": invoices,
    })
}

/// One receipt as it is handed over, and a line of each that was issued. In the columns of a receipt
/// the authority's symbol is drawn; the seal's is wider, and is an address there.
async fn issued(remote: &Remote, invoices: &[Value]) -> Result<String, Failure> {
    let path = format!("/v1/invoices/{}/receipt?format=text", text(&invoices[0], "/id"));
    let receipt = Client::new(remote.clone()).get(&path).await?.successful()?;
    let mut lines = vec![
        String::from_utf8_lossy(&receipt.body).trim_end().to_owned(),
        "\nissued, sealed, and registered with the simulator:".to_owned(),
    ];
    for invoice in invoices {
        let [number, kind, total, currency, id] =
            ["/number", "/kind", "/totals/total", "/currency", "/id"].map(|one| text(invoice, one));
        lines.push(format!("  {number}  {kind:<12} {total:>12} {currency}  {id}"));
    }
    Ok(lines.join("\n"))
}

/// What a newcomer does while it serves: where to look, and what to type next.
fn go_on(remote: &Remote, simulator: &Simulator, (folder, invoices): (&Folder, &[Value])) {
    println!("\nto look at:");
    println!("  the API              {}/docs", remote.url);
    println!("  what the DGI holds   {}/registered (its simulator)", simulator.management_url);
    println!("  the receipt's seal   {}", text(&invoices[0], "/seal/verify_url"));
    let program = program();
    println!("\nto go on, in another terminal:");
    println!("  export STALELA_URL={} STALELA_API_KEY={}", remote.url, remote.api_key);
    println!("  {program} show {}", text(&invoices[0], "/id"));
    println!("  {program} show {} --receipt pdf > receipt.pdf", text(&invoices[1], "/id"));
    println!("  {program} issue examples/supermarket_sale.json");
    println!("  {program} verify --store {}", folder.store().display());
    println!("\nserving; Ctrl-C ends");
}

fn text(invoice: &Value, pointer: &str) -> String {
    invoice.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The program as it was called, so that what is printed can be typed.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "stalela".to_owned())
}
