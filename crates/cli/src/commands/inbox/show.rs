//! `stalela inbox show`

use clap::{Args, ValueEnum};

use super::tell;
use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::{print, stdout};

/// Show a received document, or one of the files that were signed about it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela inbox show rd_…
  stalela inbox show rd_… --file document > received.xml
  stalela inbox show rd_… --file receipt > acknowledgement.xml")]
pub(crate) struct Show {
    /// The document's id, `rd_…`, as `inbox list` prints it.
    id: String,
    /// This file instead, on standard output, byte for byte.
    #[arg(long, value_enum)]
    file: Option<File>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum File {
    /// The document, as it came.
    Document,
    /// What was answered to its issuer.
    Receipt,
    /// The approval or the rejection.
    Decision,
}

impl Show {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let path = format!("/v1/inbox/{}", self.id);
        let document = Client::new(self.remote).get(&path).await?.successful()?.json()?;
        match self.file {
            Some(file) => {
                let text = document[file.member()].as_str();
                let text = text.ok_or_else(|| Failure::refused("nobody has decided on it yet"))?;
                stdout::bytes(text.as_bytes());
            }
            None if json => print::json(&document),
            None => tell(&document),
        }
        Ok(())
    }
}

impl File {
    fn member(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Receipt => "receipt",
            Self::Decision => "decision",
        }
    }
}
