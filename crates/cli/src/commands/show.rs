//! `stalela show`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ecf::put::put;
use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::{print, stdout};

/// Show an invoice, its receipt, or the document that was signed for the authority.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela show in_…
  stalela show in_… --receipt text
  stalela show in_… --receipt pdf > receipt.pdf
  stalela show in_… --document --out signed.xml")]
pub(crate) struct Show {
    /// The invoice's id, `in_…`, as `issue` prints it.
    id: String,
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
        let client = Client::new(self.remote.clone());
        let answer = client.get(&self.path()).await?.successful()?;
        match (&self.out, self.is_file()) {
            (Some(out), _) => put(out, &answer.body)?,
            (None, true) => stdout::bytes(&answer.body),
            (None, false) if json => print::json(&answer.json()?),
            (None, false) => print::invoice(&answer.json()?),
        }
        Ok(())
    }

    const fn is_file(&self) -> bool {
        self.document || self.receipt.is_some()
    }

    fn path(&self) -> String {
        let own = format!("/v1/invoices/{}", self.id);
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
