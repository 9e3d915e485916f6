//! `stalela invoice list`

use clap::Args;
use serde_json::Value;

use crate::client::query_of;
use crate::commands::page::{Listed, Page};
use crate::failure::Failure;

/// List invoices, those that were sealed last first. All that is asked for must hold.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela invoice list
  stalela invoice list --state unanswered,refused --outlet ou_…
  stalela invoice list --kind credit_note --from 2026-11-01 --to 2026-11-30
  stalela --json invoice list --customer-tax-id 131888888 --limit 200")]
pub(crate) struct List {
    /// In one of these states, separated by commas: requested, unanswered, refused, sealed,
    /// `sealed_unanswered`, `sealed_refused`, acknowledged.
    #[arg(long)]
    state: Option<String>,
    /// Of this kind, as the draft names it: sale, `credit_note`, …
    #[arg(long)]
    kind: Option<String>,
    /// For the customer of this tax id.
    #[arg(long)]
    customer_tax_id: Option<String>,
    /// Of this number. A refused invoice and the one that took its number share it.
    #[arg(long)]
    number: Option<String>,
    /// Dated on this day or later, YYYY-MM-DD.
    #[arg(long)]
    from: Option<String>,
    /// Dated on this day or earlier, YYYY-MM-DD.
    #[arg(long)]
    to: Option<String>,
    #[command(flatten)]
    page: Page,
}

impl List {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let asked = self.asked();
        let (query, command) = (query_of(&asked), command(&asked));
        let listed = Listed {
            path: "/v1/invoices",
            query: &query,
            command: &command,
            empty: "no invoices",
            heads: row(HEADS.map(str::to_owned)),
            line,
        };
        self.page.run(&listed, json).await
    }

    /// What is asked for besides the page, by the names of the API.
    fn asked(&self) -> Vec<(&'static str, &str)> {
        let asked = [
            ("state", &self.state),
            ("kind", &self.kind),
            ("customer_tax_id", &self.customer_tax_id),
            ("number", &self.number),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let asked = asked.into_iter();
        asked.filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }
}

/// The same words again, as a shell takes them.
fn command(asked: &[(&str, &str)]) -> String {
    let option = |(name, value): &(&str, &str)| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.,:/".contains(&byte);
        let option = name.replace('_', "-");
        let is_plain = !value.is_empty() && value.bytes().all(is_plain);
        let quoted = || format!("'{}'", value.replace('\'', "'\\''"));
        let value = if is_plain { (*value).to_owned() } else { quoted() };
        format!(" --{option} {value}")
    };
    format!("stalela invoice list{}", asked.iter().map(option).collect::<String>())
}

const HEADS: [&str; 7] = ["ID", "DATED", "NUMBER", "KIND", "TOTAL", "STATE", "CUSTOMER"];

fn line(invoice: &Value) -> String {
    let text = |member: &str| invoice[member].as_str().unwrap_or("—").to_owned();
    let total = format!("{} {}", text("total"), text("currency"));
    let customer = ["customer_name", "customer_tax_id"].map(|member| invoice[member].as_str());
    let customer = customer.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let dated = text("issued_on");
    row([text("id"), dated, text("number"), text("kind"), total, text("state"), customer])
}

/// Most ids, numbers and kinds are no longer than their columns.
fn row([id, dated, number, kind, total, state, customer]: [String; 7]) -> String {
    let line =
        format!("{id:43}  {dated:10}  {number:17}  {kind:15}  {total:>18}  {state:17}  {customer}");
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn heads_stand_above_their_columns() {
        let invoice = json!({
            "id": "in_v2x7suxvame4nw5ragq75o7fr5ahqbhdl5vxblok", "issued_on": "2026-11-20",
            "number": "KIN01-2026-000001", "kind": "sale", "total": "11600.00", "currency": "CDF",
            "state": "sealed", "customer_name": "ABC SARL", "customer_tax_id": null,
        });
        let (heads, line) = (row(HEADS.map(str::to_owned)), line(&invoice));
        for (head, value) in
            [("DATED", "2026"), ("NUMBER", "KIN01"), ("STATE", "sealed"), ("CUSTOMER", "ABC")]
        {
            assert_eq!(heads.find(head), line.find(value), "{heads}\n{line}");
        }
        assert_eq!(heads.find("TOTAL").unwrap() + 5, line.find("CDF").unwrap() + 3);
    }

    #[test]
    fn what_is_asked_for_is_named_again_for_the_next_page() {
        let asked = [("state", "sealed,refused"), ("customer_tax_id", "O'Neil 7")];
        let again = r"stalela invoice list --state sealed,refused --customer-tax-id 'O'\''Neil 7'";
        assert_eq!(command(&asked), again);
        assert_eq!(query_of(&asked), "&state=sealed%2Crefused&customer_tax_id=O%27Neil+7");
    }
}
