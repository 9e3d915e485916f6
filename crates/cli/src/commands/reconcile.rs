//! `stalela reconcile`

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Remote};
use crate::failure::Failure;

/// Tell what an authority's portal shows of invoices whose answer was lost.
///
/// The file is a JSON list with a row an invoice: its number, and `registered` or
/// `not_registered`. Rows of invoices that nobody asks about are passed over, so a whole export of
/// the portal may be given.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: stalela reconcile portal.json\n\nA row: {\"number\": \"…\", \"registered\": {\"code\": \"…\", \"qr\": \"…\", \"total\": \"…\", \"details\": {}}}\n   or: {\"number\": \"…\", \"not_registered\": true}"
)]
pub(crate) struct Reconcile {
    file: PathBuf,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Deserialize)]
struct Row {
    number: String,
    /// `registered` or `not_registered`, as the API takes them.
    #[serde(flatten)]
    answer: serde_json::Map<String, Value>,
}

impl Reconcile {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let text = std::fs::read(&self.file)
            .map_err(|error| Failure::unusable(format!("{}: {error}", self.file.display())))?;
        let rows: Vec<Row> = serde_json::from_slice(&text)
            .map_err(|error| Failure::refused(format!("{}: {error}", self.file.display())))?;
        let client = Client::new(self.remote);
        let mut tally = Tally::default();
        for row in rows {
            match unanswered(&client, &row.number).await? {
                None => tally.passed_over += 1,
                Some(id) => tally.count(&row.number, tell(&client, &id, row.answer).await)?,
            }
        }
        tally.end(json)
    }
}

async fn tell(
    client: &Client,
    id: &str,
    answer: serde_json::Map<String, Value>,
) -> Result<(), Failure> {
    let body = serde_json::to_vec(&Value::Object(answer))?;
    client.post(&format!("/v1/invoices/{id}/answer"), None, body).await?.successful()?;
    Ok(())
}

/// What became of the rows. One that is refused does not stop the others.
#[derive(Default)]
struct Tally {
    told: u64,
    passed_over: u64,
    refused: Vec<String>,
}

impl Tally {
    fn count(&mut self, number: &str, told: Result<(), Failure>) -> Result<(), Failure> {
        match told {
            Ok(()) => self.told += 1,
            Err(Failure::Refused { text, .. }) => self.refused.push(format!("{number}: {text}")),
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    fn end(self, json: bool) -> Result<(), Failure> {
        if json {
            println!(
                "{}",
                serde_json::json!({
                    "told": self.told, "passed_over": self.passed_over, "refused": self.refused,
                })
            );
        } else {
            println!("{} told, {} passed over", self.told, self.passed_over);
        }
        if self.refused.is_empty() {
            return Ok(());
        }
        Err(Failure::refused(self.refused.join("\n")))
    }
}

/// The invoice of a number that somebody has to find out about.
async fn unanswered(client: &Client, number: &str) -> Result<Option<String>, Failure> {
    let found = client.get(&format!("/v1/invoices?number={}", encoded(number))).await?;
    let found = found.successful()?.json()?;
    let invoices = found["items"].as_array().into_iter().flatten();
    let mut asked = invoices.filter(|invoice| {
        matches!(invoice["state"].as_str(), Some("unanswered" | "sealed_unanswered"))
    });
    Ok(asked.next().and_then(|invoice| invoice["id"].as_str()).map(str::to_owned))
}

/// Percent-encodes what a query cannot hold.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
