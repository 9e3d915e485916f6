//! `stalela show`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use invoice::OutletId;
use serde_json::Value;

use super::ecf::put::put;
use crate::client::{Client, Remote, query_of};
use crate::failure::Failure;
use crate::{print, stdout};

/// Show an invoice, its receipt, or the document that was signed for the authority.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela show in_…
  stalela show KIN01-2026-000042
  stalela show in_… --receipt text
  stalela show in_… --receipt pdf > receipt.pdf
  stalela show in_… --document --out signed.xml")]
pub(crate) struct Show {
    /// The invoice's id, `in_…`, as `issue` prints it; or its number, as its receipt has it.
    #[arg(value_name = "ID|NUMBER")]
    which: String,
    /// The number is of this outlet, where several have it.
    #[arg(long, value_parser = OutletId::parse)]
    outlet: Option<OutletId>,
    /// The receipt instead, in this form, on standard output.
    #[arg(long, value_enum, group = "file")]
    receipt: Option<Form>,
    /// The document that was signed for the authority instead, byte for byte, on standard output.
    #[arg(long, group = "file")]
    document: bool,
    /// Write the receipt or the document to this file. Another one that is there is left alone.
    #[arg(long, requires = "file")]
    out: Option<PathBuf>,
    /// Mark the receipt DUPLICATA.
    #[arg(long, requires = "receipt")]
    copy: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For a terminal, 48 columns; what a QR code that is wider carries is written out.
    Text,
    /// One page for a browser.
    Html,
    /// A4.
    Pdf,
    /// 80 mm wide.
    Pdf80,
    /// Bytes for a thermal printer.
    Escpos,
}

impl Show {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let client = Client::new(self.remote.clone());
        let id = self.id(&client).await?;
        let answer = client.get(&self.path(&id)).await?.successful()?;
        match (&self.out, self.is_file()) {
            (Some(out), _) => put(out, &answer.body)?,
            (None, true) => stdout::bytes(&answer.body),
            (None, false) if json => print::json(&answer.json()?),
            (None, false) => print::invoice(&answer.json()?),
        }
        Ok(())
    }

    /// Of the invoice that is meant: numbers are looked up.
    async fn id(&self, client: &Client) -> Result<String, Failure> {
        if self.which.starts_with("in_") {
            return Ok(self.which.clone());
        }
        let outlet = self.outlet.as_ref().map(|outlet| ("outlet", outlet.as_str()));
        let asked = [("number", &*self.which)].into_iter().chain(outlet).collect::<Vec<_>>();
        let path = format!("/v1/invoices?limit=200{}", query_of(&asked));
        let page = client.get(&path).await?.successful()?.json()?;
        let found = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        meant(&self.which, found)
    }

    const fn is_file(&self) -> bool {
        self.document || self.receipt.is_some()
    }

    fn path(&self, id: &str) -> String {
        let own = format!("/v1/invoices/{id}");
        match self.receipt {
            Some(form) => {
                let form = form.to_possible_value().expect("no form is hidden");
                format!("{own}/receipt?format={}&copy={}", form.get_name(), self.copy)
            }
            None if self.document => format!("{own}/document"),
            None => own,
        }
    }
}

/// The one invoice of a number. Refused ones share it with the one that took it from them, and that
/// is meant, if there is one.
fn meant(number: &str, found: &[Value]) -> Result<String, Failure> {
    let text = |one: &Value, member: &str| one[member].as_str().unwrap_or_default().to_owned();
    let is_standing = |one: &&Value| !text(one, "state").ends_with("refused");
    let standing: Vec<&Value> = found.iter().filter(is_standing).collect();
    match (&standing[..], found) {
        ([one], _) => Ok(text(one, "id")),
        ([], [one]) => Ok(text(one, "id")),
        (_, []) => Err(Failure::refused(format!(
            "the key reaches no invoice of the number {number}: give the number as the receipt has it, \
             or the id, in_…"
        ))),
        (_, several) => {
            let line = |one: &Value| {
                let [id, outlet, state] = ["id", "outlet", "state"].map(|member| text(one, member));
                format!("\n  {id}  {outlet}  {state}")
            };
            let lines: String = several.iter().map(line).collect();
            Err(Failure::refused(format!(
                "several invoices have the number {number}: give the id, or --outlet{lines}"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_means_the_invoice_that_has_it_now() {
        let of = |id: &str, state: &str| json!({ "id": id, "outlet": "ou_1", "state": state });
        let id = |found: &[Value]| meant("K-1", found).map_err(|failure| failure.to_string());
        let (sealed, refused) = (of("in_a", "sealed"), of("in_b", "refused"));
        let late = of("in_c", "sealed_refused");
        assert_eq!(id(std::slice::from_ref(&sealed)).unwrap(), "in_a");
        assert_eq!(id(&[sealed.clone(), refused.clone(), late.clone()]).unwrap(), "in_a");
        assert_eq!(id(std::slice::from_ref(&late)).unwrap(), "in_c");
        assert!(id(&[]).unwrap_err().contains("no invoice of the number K-1"));
        for several in [[sealed.clone(), sealed], [refused, late]] {
            let told = id(&several).unwrap_err();
            assert!(told.contains("--outlet\n") && told.contains("ou_1"), "{told}");
        }
    }
}
