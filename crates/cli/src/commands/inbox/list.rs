//! `stalela inbox list`

use clap::Args;
use invoice::OutletId;
use serde_json::Value;

use super::tell_line;
use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::print;

/// List received documents, newest first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela inbox list
  stalela inbox list --outlet ou_… --limit 200
  stalela --json inbox list --cursor MTc4…")]
pub(crate) struct List {
    /// Of this outlet; of all that the key reaches if absent.
    #[arg(long, value_parser = OutletId::parse)]
    outlet: Option<OutletId>,
    /// Documents on a page.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Where the page before ended, as it was printed.
    #[arg(long)]
    cursor: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

impl List {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let path = self.path();
        let page = Client::new(self.remote).get(&path).await?.successful()?.json()?;
        if json {
            print::json(&page);
        } else {
            tell(&page);
        }
        Ok(())
    }

    fn path(&self) -> String {
        let outlet = self.outlet.as_ref().map(|outlet| format!("&outlet={outlet}"));
        let cursor = self.cursor.as_ref().map(|cursor| format!("&cursor={cursor}"));
        let (outlet, cursor) = (outlet.unwrap_or_default(), cursor.unwrap_or_default());
        format!("/v1/inbox?limit={}{outlet}{cursor}", self.limit)
    }
}

fn tell(page: &Value) {
    let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        println!("nothing was received");
    }
    items.iter().for_each(tell_line);
    if let Some(cursor) = page["next_cursor"].as_str() {
        println!("older ones: stalela inbox list --cursor {cursor}");
    }
}
