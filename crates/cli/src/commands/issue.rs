//! `stalela issue`

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use fiscal::{Chance, Clock};

use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::input;
use crate::print;

/// Issue an invoice from a draft.
///
/// The same key and draft give the same invoice, however often they are sent: after a failure,
/// send again with the key that was printed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  STALELA_API_KEY=sk_test_… stalela issue examples/supermarket_sale.json
  stalela issue draft.json --outlet ou_… --key till-1/4711")]
pub(crate) struct Issue {
    /// The draft, JSON; `-` reads standard input.
    file: PathBuf,
    /// The outlet, where the draft does not name it and the key is not for one alone.
    #[arg(long, env = "STALELA_OUTLET")]
    outlet: Option<String>,
    /// The idempotency key; a new one if absent.
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

impl Issue {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let draft = self.draft()?;
        let key = self.key.unwrap_or_else(new_key);
        let client = Client::new(self.remote);
        let answer = client.post("/v1/invoices", Some(&key), draft).await;
        let answer = answer.inspect_err(|failure| match failure {
            Failure::NotSent(_) => {}
            Failure::Refused { .. }
            | Failure::Unusable(_)
            | Failure::Broken(_)
            | Failure::Several { .. } => {
                eprintln!("nobody knows whether it arrived: send again with --key {key}");
            }
        })?;
        let invoice = answer.successful()?.json()?;
        if json {
            print::json(&invoice);
        } else {
            print::invoice(&invoice);
        }
        Ok(())
    }

    fn draft(&self) -> Result<Vec<u8>, Failure> {
        let text = read(&self.file)?;
        let Some(outlet) = &self.outlet else { return Ok(text) };
        let mut draft: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| Failure::of_input(&self.file, &error))?;
        match draft.as_object_mut() {
            Some(members) => members.insert("outlet".to_owned(), outlet.as_str().into()),
            None => return Err(Failure::refused("a draft is a JSON object")),
        };
        Ok(serde_json::to_vec(&draft)?)
    }
}

pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    if file.as_os_str() != "-" {
        return input::read(file);
    }
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text)?;
    Ok(text)
}

/// A key that begins with the time and ends with 80 random bits, as a UUID of version 7 does: those
/// of one hour lie side by side in the ledger's index of keys, and a commit writes few of its pages.
pub(crate) fn new_key() -> String {
    let millis = u128::from(Clock::System.now().micros().unsigned_abs() / 1_000);
    let mut random = [0; 16];
    random[6..].copy_from_slice(&Chance::System.bytes::<10>());
    format!("{:032x}", (millis << 80) | u128::from_be_bytes(random))
}
