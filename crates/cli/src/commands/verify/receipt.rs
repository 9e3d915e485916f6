//! `stalela verify receipt`: one seal, without a network and without a ledger.

mod answer;
mod goods;
mod keys;
mod paper;
mod verdict;

use std::path::PathBuf;

use clap::Args;
use proof::WitnessKey;

use self::keys::Keys;
use self::paper::Paper;
use self::verdict::Verdict;
use crate::failure::Failure;

/// Verify what somebody was handed: the seal, and the proof that it is in the outlet's log.
///
/// Asks nobody anything. It takes a receipt in PDF or HTML as it was handed over; a proof, as
/// `/v1/invoices/{id}/proof` gives it; the JSON of an invoice as the API answers it; or the address
/// that a receipt's QR carries, which holds the sealed facts and their signature alone.
///
/// What is told is what was proven. A file may show something else than what it carries: compare the
/// number, the total and the lines. The JSON of an invoice must say what was sealed wherever it
/// repeats it; what the server and the authority answered stands in no seal, and is told as such.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela verify receipt receipt.pdf --key stalela-keys.json
  stalela verify receipt receipt.html --key outlet.pub.pem
  stalela verify receipt in_….tlog-proof --key outlet.pub.pem
  stalela verify receipt invoice.json --key stalela-keys.json
  stalela verify receipt 'https://stalela.example/v/#AA9…' --key stalela-keys.json")]
pub(crate) struct Receipt {
    /// A file: a receipt in PDF or HTML, a tlog-proof, or the JSON of an invoice. Or the address that
    /// the QR carries.
    #[arg(value_name = "FILE|QR-URL")]
    given: String,
    /// The seller's public key in PEM, or the list of keys that a server publishes at
    /// /.well-known/stalela-keys.json. From wherever you trust. May be given several times. The list
    /// says whose each key is and whether the outlet only tests; a PEM file does not. The true seal of a
    /// test ends with 0 as well: its verdict says that it is one.
    #[arg(long = "key", required = true, value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// A witness that must have cosigned the checkpoint, as its key is written: name+id+base64
    /// (C2SP). May be given several times.
    #[arg(long = "witness", value_name = "VKEY", value_parser = WitnessKey::parse)]
    witnesses: Vec<WitnessKey>,
}

impl Receipt {
    pub(crate) fn run(&self, json: bool) -> Result<(), Failure> {
        let keys = Keys::read(&self.keys)?;
        let paper = Paper::read(&self.given)?;
        let verdict = Verdict::of(&paper, &keys, &self.witnesses)?;
        if json {
            println!("{}", verdict.to_json());
        } else {
            print!("{verdict}");
        }
        Ok(())
    }
}
