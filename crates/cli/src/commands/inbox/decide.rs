//! `stalela inbox approve` and `stalela inbox reject`

use clap::Args;
use serde_json::json;

use super::tell;
use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::print;

/// Approve a received document.
///
/// The approval is signed with the taxpayer's key, for its issuer and for the authority. It is
/// given once.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela inbox approve rd_…")]
pub(crate) struct Approve {
    /// The document's id, `rd_…`, as `inbox list` prints it.
    id: String,
    #[command(flatten)]
    remote: Remote,
}

/// Reject a received document.
///
/// The rejection is signed with the taxpayer's key, for its issuer and for the authority. It is
/// given once.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela inbox reject rd_… --reason \"No pedimos esto.\"")]
pub(crate) struct Reject {
    /// The document's id, `rd_…`, as `inbox list` prints it.
    id: String,
    /// Why, for its issuer and the authority: 1 to 250 characters.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    remote: Remote,
}

impl Approve {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let path = format!("/v1/inbox/{}/approve", self.id);
        give(self.remote, &path, Vec::new(), json).await
    }
}

impl Reject {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let path = format!("/v1/inbox/{}/reject", self.id);
        let body = json!({ "reason": self.reason }).to_string();
        give(self.remote, &path, body.into_bytes(), json).await
    }
}

async fn give(remote: Remote, path: &str, body: Vec<u8>, json: bool) -> Result<(), Failure> {
    let decided = Client::new(remote).post(path, None, body).await?.successful()?.json()?;
    if json {
        print::json(&decided);
    } else {
        tell(&decided);
    }
    Ok(())
}
