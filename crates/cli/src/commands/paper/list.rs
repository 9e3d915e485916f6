//! `stalela paper list`

use clap::Args;
use invoice::OutletId;
use serde_json::Value;

use super::tell_line;
use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::print;

/// List receipts on paper, those that were recorded last first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela paper list --unsettled
  stalela --json paper list --outlet ou_… --limit 200")]
pub(crate) struct List {
    /// Of this outlet; of all that the key reaches if absent.
    #[arg(long, value_parser = OutletId::parse)]
    outlet: Option<OutletId>,
    /// Only those that the authority has no invoice for.
    #[arg(long)]
    unsettled: bool,
    /// Receipts on a page.
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
        let (limit, unsettled) = (self.limit, self.unsettled);
        format!("/v1/paper-receipts?limit={limit}&unsettled={unsettled}{outlet}{cursor}")
    }
}

fn tell(page: &Value) {
    let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        println!("no receipts on paper");
    }
    items.iter().for_each(tell_line);
    if let Some(cursor) = page["next_cursor"].as_str() {
        println!("older ones: stalela paper list --cursor {cursor}");
    }
}
