//! `stalela paper show`

use clap::Args;

use super::tell;
use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::print;

/// Show a receipt on paper; with `--json`, what was sold too.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela --json paper show pr_…_B0100000007")]
pub(crate) struct Show {
    /// The receipt's id, `pr_…`, as `paper list` prints it.
    id: String,
    #[command(flatten)]
    remote: Remote,
}

impl Show {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let path = format!("/v1/paper-receipts/{}", self.id);
        let paper = Client::new(self.remote).get(&path).await?.successful()?.json()?;
        if json {
            print::json(&paper);
        } else {
            tell(&paper);
        }
        Ok(())
    }
}
