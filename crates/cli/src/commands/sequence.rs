//! `stalela sequence`

mod annul;

use clap::{Args, Subcommand};
use fiscal::{Desks, NewRange, RangeError};
use invoice::OutletId;
use jiff::civil::Date;
use ledger::RangeStanding;
use serde_json::{Value, json};

use super::outlet::find;
use crate::anchors::Anchors;
use crate::api::{self, TestHosts};
use crate::failure::Failure;
use crate::stores::{Stores, StoresArgs};

/// Numbers that an authority gives out: record them, see what outlets have left of them, annul them.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: stalela sequence list --store data/stalela.db")]
pub(crate) enum Sequence {
    Add(Add),
    List(List),
    Annul(annul::Annul),
}

/// Record the numbers of an authorisation and lend them to an outlet.
///
/// Recording the same numbers again for the same outlet records nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: stalela sequence add ou_… --kind 31 --first E310000000001 --last E310000000100 --expires-on 2028-12-31"
)]
pub(crate) struct Add {
    /// The outlet's id, as `outlet list` prints it. The numbers were given to its taxpayer.
    #[arg(value_parser = OutletId::parse)]
    outlet: OutletId,
    /// The authority's own code of the kind of document.
    #[arg(long)]
    kind: String,
    /// The first number, as printed.
    #[arg(long)]
    first: String,
    /// The last number, as printed.
    #[arg(long)]
    last: String,
    /// The last day on which they may be used; left out where they do not expire.
    #[arg(long)]
    expires_on: Option<Date>,
    /// The authority's own reference of its authorisation.
    #[arg(long)]
    reference: Option<String>,
    /// The last number that the outlet gets; all of them without it.
    #[arg(long)]
    lend_to: Option<String>,
    #[command(flatten)]
    anchors: Anchors,
    #[command(flatten)]
    store: StoresArgs,
    #[command(flatten)]
    test_hosts: TestHosts,
}

/// List the numbers of a store, or of all stores of a map, and what is left of them.
///
/// It only reads, so that it may run while a server has the store open.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela sequence list --store data/stalela.db")]
pub(crate) struct List {
    #[command(flatten)]
    store: StoresArgs,
}

impl Sequence {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::Add(command) => command.run(json).await,
            Self::List(command) => command.run(json).await,
            Self::Annul(command) => command.run(json).await,
        }
    }
}

impl Add {
    async fn run(self, json: bool) -> Result<(), Failure> {
        let stores = self.store.existing()?;
        self.anchors.check(&stores)?;
        let store = stores.of_outlet(&self.outlet).await?;
        let desks = api::open_anchored(&store, &self.anchors, &self.test_hosts.lines()).await;
        let desks = desks.map_err(|error| beside_a_server(error.into()))?;
        let new = NewRange {
            kind: self.kind,
            first: self.first,
            last: self.last,
            expires_on: self.expires_on,
            reference: self.reference,
            lend_to: self.lend_to,
        };
        let added = add(&desks, &self.outlet, new).await;
        desks.ledger().close().await;
        let (id, is_new) = added?;
        match (json, is_new) {
            (true, _) => println!("{}", json!({ "id": id, "recorded": is_new })),
            (false, true) => println!("recorded as {id}"),
            (false, false) => println!("{id} has these numbers already"),
        }
        Ok(())
    }
}

async fn add(desks: &Desks, outlet: &OutletId, new: NewRange) -> Result<(String, bool), Failure> {
    let outlet = find(desks.ledger(), outlet).await?;
    let desk = desks.desk(&outlet.tenant, &outlet.id).await?;
    match fiscal::authorise_range(&desk, new).await {
        Ok((id, is_new)) => Ok((id.to_string(), is_new)),
        Err(error) => Err(failure(error)),
    }
}

/// A server that has the store open takes sequences itself.
fn beside_a_server(failure: Failure) -> Failure {
    match failure {
        Failure::Unusable(why) if why.contains(ONE_WRITER) => Failure::Unusable(format!(
            "{why}. Beside a server that has it open, POST /v1/sequences records a sequence \
             (docs/api.md)"
        )),
        other => other,
    }
}

/// As the ledger says it.
const ONE_WRITER: &str = "one ledger file has one writer";

/// Each fault on a line of its own.
fn failure(error: RangeError) -> Failure {
    match error {
        RangeError::Ledger(error) => error.into(),
        RangeError::NotTaken(refusal) => {
            Failure::refused(format!("{}. Nothing was recorded", refusal.words))
        }
        RangeError::Faults(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Failure::refused(faults.join("\n"))
        }
    }
}

impl List {
    async fn run(self, json: bool) -> Result<(), Failure> {
        let stores = self.store.existing()?;
        let ranges = tokio::task::spawn_blocking(move || ranges(&stores));
        let ranges = ranges.await.map_err(Failure::unusable)??;
        if json {
            println!("{}", Value::Array(ranges.iter().map(to_json).collect()));
            return Ok(());
        }
        if ranges.is_empty() {
            println!("no sequences yet: `stalela sequence add` records one");
        }
        ranges.iter().for_each(tell);
        Ok(())
    }
}

fn ranges(stores: &Stores) -> Result<Vec<RangeStanding>, Failure> {
    let mut ranges = Vec::new();
    for store in stores.iter() {
        ranges.extend(store.url.ranges().map_err(|error| store.failed(error.into()))?);
    }
    Ok(ranges)
}

fn tell(standing: &RangeStanding) {
    let range = &standing.range;
    let expires = range.expires_on.map_or("no expiry".to_owned(), |day| format!("until {day}"));
    let (first, last) = (range.write(range.first), range.write(range.last));
    println!("{}  {first} to {last}  {expires} ({})", range.id, range.environment.as_str());
    for share in &standing.shares {
        let (first, last) = (range.write(share.share.first), range.write(share.share.last));
        println!("  {}  {first} to {last}  {} left", share.share.outlet, share.left);
    }
    for run in &standing.annulled {
        let (first, last) = (range.write(run.first), range.write(run.last));
        println!("  annulled: {first} to {last}  {}", run.state.as_str());
    }
    println!("  {} not lent", standing.unlent);
}

fn to_json(standing: &RangeStanding) -> Value {
    let range = &standing.range;
    let shares = standing.shares.iter().map(|share| {
        json!({
            "outlet": share.share.outlet.as_str(), "first": range.write(share.share.first),
            "last": range.write(share.share.last), "left": share.left,
        })
    });
    let annulled = standing.annulled.iter().map(|run| {
        json!({
            "first": range.write(run.first), "last": range.write(run.last),
            "state": run.state.as_str(),
        })
    });
    json!({
        "id": range.id.as_str(), "kind": range.kind, "first": range.write(range.first),
        "last": range.write(range.last), "environment": range.environment.as_str(),
        "expires_on": range.expires_on.map(|day| day.to_string()), "unlent": standing.unlent,
        "shares": shares.collect::<Vec<_>>(), "annulled": annulled.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_a_server_has_open_is_told_with_the_way_round() {
        let path = "data/stalela.db".into();
        let locked = Failure::from(ledger::LedgerError::AlreadyOpen { path });
        let told = beside_a_server(locked).to_string();
        assert!(told.contains("POST /v1/sequences"), "{told}");
        let other = beside_a_server(Failure::unusable("no key")).to_string();
        assert!(!other.contains("sequences"), "{other}");
    }
}
