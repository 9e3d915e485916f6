//! `stalela inbox`

mod decide;
mod list;
mod show;

use clap::Subcommand;
use serde_json::Value;

use crate::failure::Failure;
use crate::print;

/// Documents that other taxpayers sent to us: see them, approve or reject them.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  stalela inbox list
  stalela inbox show rd_…
  stalela inbox approve rd_…")]
pub(crate) enum Inbox {
    List(list::List),
    Show(show::Show),
    Approve(decide::Approve),
    Reject(decide::Reject),
}

impl Inbox {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(json).await,
            Self::Show(command) => command.run(json).await,
            Self::Approve(command) => command.run(json).await,
            Self::Reject(command) => command.run(json).await,
        }
    }
}

/// What a member says.
fn text(document: &Value, member: &str) -> String {
    print::text(document, &format!("/{member}")).unwrap_or_else(|| "—".to_owned())
}

/// A document in a few lines.
fn tell(document: &Value) {
    let text = |member| text(document, member);
    println!("{}  {}", text("number"), text("state"));
    println!("  id        {}", text("id"));
    println!("  issuer    {} {}", text("issuer_tax_id"), text("issuer_name"));
    println!("  dated     {}", text("issued_on"));
    println!("  total     {}", text("total"));
    println!("  received  {}", text("received_at"));
    println!("  signer    {} (chain {})", text("signer"), text("chain"));
    let authority = &document["authority"];
    let of_authority = |member| self::text(authority, member);
    println!("  authority {}  {}", of_authority("state"), of_authority("words"));
    if !document["reason"].is_null() {
        println!("  reason    {}", text("reason"));
    }
    document["deliveries"].as_array().into_iter().flatten().for_each(tell_delivery);
}

fn tell_delivery(delivery: &Value) {
    let text = |member| text(delivery, member);
    println!("  {:9} {}  {}", text("receiver"), text("state"), text("words"));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_others_wrote_cannot_move_the_cursor() {
        let document = json!({ "issuer_name": "A\u{1b}[2J\nB", "reason": null });
        assert_eq!(text(&document, "issuer_name"), "A\u{FFFD}[2J\u{FFFD}B");
        assert_eq!(text(&document, "reason"), "—");
    }
}
