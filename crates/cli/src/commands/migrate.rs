//! `stalela migrate`

use clap::Args;
use ledger::{Ledger, LedgerError};
use serde_json::json;
use tokio_postgres::error::SqlState;

use crate::failure::Failure;
use crate::store::StoreArgs;

/// Make the schema of a database, or bring it up to date, as its owner.
///
/// A server works as a role that owns nothing and may rewrite nothing, so it does not do this itself:
/// one whose schema is not up to date does not start. Servers of this version may run meanwhile. An
/// SQLite file is brought up to date by whoever opens it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  PGPASSWORD=… stalela migrate --store postgres://owner@db.example/stalela --application stalela
  stalela migrate --store data/stalela.db")]
pub(crate) struct Migrate {
    #[command(flatten)]
    store: StoreArgs,
    /// The login that servers and agents use: it may do from now on what they need, and no more.
    #[arg(long, value_name = "LOGIN")]
    application: Option<String>,
}

impl Migrate {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let store = self.store.url()?;
        let steps = if let Some(address) = store.database() {
            let migrated = Ledger::migrate(address, self.application.as_deref()).await;
            migrated.map_err(|error| refused(&error))?
        } else {
            store.open(ledger::Options::default()).await?.close().await;
            0
        };
        if json {
            println!("{}", json!({ "store": store.to_string(), "steps": steps }));
        } else if steps == 0 {
            println!("{store} is up to date");
        } else {
            println!("{store} is up to date, after {steps} steps");
        }
        Ok(())
    }
}

/// What is refused for want of a right has a cure; of any other trouble the database's own words say
/// more.
fn refused(error: &LedgerError) -> Failure {
    let told = Failure::from_error(error);
    match error {
        LedgerError::Postgres(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            Failure::unusable(format!("{told}. {CURES}"))
        }
        _ => told,
    }
}

const CURES: &str = "\
Migrating is for the owner of the database: name that login in --store. If it is the owner, it must \
either have CREATEROLE, or an administrator runs, once: CREATE ROLE stalela_application NOLOGIN; \
GRANT stalela_application TO <owner> WITH ADMIN OPTION";
