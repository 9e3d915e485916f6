//! `stalela reconcile`

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::input;

/// Tell what an authority's portal shows of invoices whose answer was lost.
///
/// The file is a JSON list with a row an invoice: its number, and `registered` or
/// `not_registered`. Rows of invoices that nobody asks about are passed over, so a whole export of
/// the portal may be given. A number is unique within a taxpayer: where several invoices of one
/// number are asked about, the row names the outlet too.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: stalela reconcile portal.json\n\nA row: {\"number\": \"…\", \"registered\": {\"code\": \"…\", \"qr\": \"…\", \"total\": \"…\", \"details\": {}}}\n   or: {\"number\": \"…\", \"outlet\": \"ou_…\", \"not_registered\": true}"
)]
pub(crate) struct Reconcile {
    /// What the portal shows, JSON.
    file: PathBuf,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Deserialize)]
struct Row {
    number: String,
    /// Whose number it is, where several taxpayers may have it.
    outlet: Option<String>,
    /// `registered` or `not_registered`, as the API takes them.
    #[serde(flatten)]
    answer: serde_json::Map<String, Value>,
}

impl Reconcile {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let rows: Vec<Row> = input::read_json(&self.file)?;
        let client = Client::new(self.remote);
        let mut tally = Tally::default();
        for row in rows {
            let Row { number, outlet, answer } = row;
            match unanswered(&client, &number, outlet.as_deref()).await?.as_slice() {
                [] => tally.passed_over += 1,
                [sole] => tally.count(&number, tell(&client, &sole.id, answer).await)?,
                several => tally.count(&number, Err(ambiguous(several)))?,
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

/// An invoice that somebody has to find out about.
struct Asked {
    id: String,
    outlet: String,
}

/// Those of a number. An authority's answer to one is no answer to another, so that whoever has
/// several tells which.
async fn unanswered(
    client: &Client,
    number: &str,
    outlet: Option<&str>,
) -> Result<Vec<Asked>, Failure> {
    let outlet = outlet.map(|id| format!("&outlet={}", encoded(id))).unwrap_or_default();
    let wanted = format!("state=unanswered,sealed_unanswered&number={}{outlet}", encoded(number));
    let mut path = format!("/v1/invoices?{wanted}");
    let mut asked = Vec::new();
    for _ in 0..PAGES_MAX {
        let page = client.get(&path).await?.successful()?.json()?;
        for invoice in page["items"].as_array().into_iter().flatten() {
            let text = |key: &str| invoice[key].as_str().unwrap_or_default().to_owned();
            asked.push(Asked { id: text("id"), outlet: text("outlet") });
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/invoices?{wanted}&cursor={}", encoded(cursor)),
            None => return Ok(asked),
        }
    }
    Err(Failure::unusable(format!("the list of invoices {number} does not end")))
}

/// Pages of one number. It has some invoices for each taxpayer of a tenant; refused ones share it.
const PAGES_MAX: usize = 20;

fn ambiguous(several: &[Asked]) -> Failure {
    let invoices: Vec<String> =
        several.iter().map(|asked| format!("{} of {}", asked.id, asked.outlet)).collect();
    Failure::refused(format!(
        "several invoices of this number wait for an answer ({}): name the outlet in the row, or \
         answer each at /v1/invoices/{{id}}/answer",
        invoices.join(", ")
    ))
}

/// Percent-encodes what a query cannot hold.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
