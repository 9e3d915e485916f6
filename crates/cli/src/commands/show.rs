//! `stalela show`

use clap::{Args, ValueEnum};

use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::{print, stdout};

/// Show an invoice, or its receipt.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela show in_…
  stalela show in_… --receipt text
  stalela show in_… --receipt pdf > receipt.pdf")]
pub(crate) struct Show {
    /// The invoice's id, `in_…`, as `issue` prints it.
    id: String,
    /// The receipt instead, in this form, on standard output.
    #[arg(long, value_enum)]
    receipt: Option<Form>,
    /// Mark the receipt DUPLICATA.
    #[arg(long, requires = "receipt")]
    copy: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For a terminal, 48 columns.
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
        let client = Client::new(self.remote);
        let Some(form) = self.receipt else {
            let invoice = client.get(&format!("/v1/invoices/{}", self.id)).await?;
            let invoice = invoice.successful()?.json()?;
            if json {
                print::json(&invoice);
            } else {
                print::invoice(&invoice);
            }
            return Ok(());
        };
        let form = form.to_possible_value().expect("no form is hidden");
        let path = format!(
            "/v1/invoices/{}/receipt?format={}&copy={}",
            self.id,
            form.get_name(),
            self.copy
        );
        let receipt = client.get(&path).await?.successful()?;
        stdout::bytes(&receipt.body);
        Ok(())
    }
}
