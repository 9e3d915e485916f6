//! `stalela paper regularise`

use clap::Args;

use super::tell;
use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::print;

/// Issue the invoice that stands for a receipt on paper.
///
/// One invoice at a time does: again, it shows that one.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela paper regularise pr_…_B0100000007")]
pub(crate) struct Regularise {
    /// The receipt's id, `pr_…`, as `paper list` prints it.
    id: String,
    #[command(flatten)]
    remote: Remote,
}

impl Regularise {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let path = format!("/v1/paper-receipts/{}/regularise", self.id);
        let answer = Client::new(self.remote).post(&path, None, Vec::new()).await?;
        let paper = answer.successful()?.json()?;
        if json {
            print::json(&paper);
        } else {
            tell(&paper);
        }
        Ok(())
    }
}
