//! Lists of invoices, newest first.

use axum::Json;
use ledger::{Cursor, InvoiceFilter, InvoiceSummary, Stage};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::Links;
use crate::call::{Call, InvoicesRead};
use crate::examples;
use crate::page::{Page, entry, limit, read_cursor, write_cursor};
use crate::parameters::{Parameters, bad_query};
use crate::problem::{Problem, ProblemView};

/// Which invoices to list. Everything that is given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of this outlet.
    #[param(example = "ou_aeaqcaibaeaqcaib")]
    outlet: Option<String>,
    /// In any of these states, separated by commas: `requested`, `unanswered`, `refused`, `sealed`,
    /// `sealed_unanswered`, `sealed_refused`, `acknowledged`.
    #[param(example = "sealed,acknowledged")]
    state: Option<String>,
    /// Of this document kind.
    #[param(example = "sale")]
    kind: Option<String>,
    /// For the customer of this tax id.
    #[param(example = "A1234567B")]
    customer_tax_id: Option<String>,
    /// Of this number. A refused invoice and the one that took its number share it.
    #[param(example = "KIN01-2026-000001")]
    number: Option<String>,
    /// Dated on this day or later.
    #[param(example = "2026-11-01", format = Date)]
    from: Option<String>,
    /// Dated on this day or earlier.
    #[param(example = "2026-11-30", format = Date)]
    to: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(example = "MTc4MDAwMDAwMDAwMDAwMA")]
    cursor: Option<String>,
    /// Rows of the page: 1 to 200, 50 without it.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A line of a list of invoices.
#[derive(Serialize, ToSchema)]
#[schema(title = "InvoiceSummary", as = InvoiceSummary)]
pub(crate) struct SummaryView {
    /// Its id.
    #[schema(example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")]
    id: String,
    /// Its outlet.
    #[schema(example = "ou_aeaqcaibaeaqcaib")]
    outlet: String,
    /// Its number.
    #[schema(example = "KIN01-2026-000001")]
    number: String,
    /// Where it stands in our own ledger, as `state` of the invoice.
    #[schema(example = "sealed")]
    state: &'static str,
    /// Key of the document kind.
    #[schema(example = "sale")]
    kind: String,
    /// The local date that it bears.
    #[schema(example = "2026-11-20", format = Date)]
    issued_on: String,
    /// What is owed.
    #[schema(example = "11600.00")]
    total: String,
    /// ISO 4217.
    #[schema(example = json!(examples::CURRENCY))]
    currency: String,
    /// The customer's name.
    #[schema(example = "Client de passage")]
    customer_name: Option<String>,
    /// The customer's tax id.
    #[schema(example = "A1234567B")]
    customer_tax_id: Option<String>,
    /// When it was sealed, or asked for.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    recorded_at: String,
    /// Where to go on.
    links: Links,
}

/// List invoices.
///
/// Newest first. A page may be shorter than `limit` although there are more: go on as long as
/// there is a `next_cursor`.
#[utoipa::path(
    get,
    path = "/v1/invoices",
    operation_id = "listInvoices",
    tag = "invoices",
    params(Wanted),
    responses(
        (status = 200, description = "A page of invoices.", body = Page<SummaryView>,
            example = json!(examples::invoices())),
        (status = 400, description = "`bad_query`, `bad_cursor`: a parameter is not right.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("bad_cursor", 400))),
        (status = 404, description = "`outlet_unknown`: the key reaches no such outlet.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
    )
)]
pub(crate) async fn list(
    call: Call<InvoicesRead>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<SummaryView>>, Problem> {
    let limit = limit(wanted.limit)?;
    let after = wanted.cursor.as_deref().map(place).transpose()?;
    let outlets = call.listed(wanted.outlet.as_deref()).await?;
    let mut filter = filter(wanted)?;
    // To the ledger no outlet means every one of the tenant's.
    if outlets.is_empty() {
        return Ok(Page::whole(Vec::new()));
    }
    filter.outlets = outlets.into_iter().map(|outlet| outlet.id).collect();
    let read = call.app.ledger().invoices(&call.caller.tenant, filter, after, limit).await?;
    Ok(Page::of(read, limit, cursor, SummaryView::of))
}

fn cursor(last: &InvoiceSummary) -> String {
    write_cursor(last.recorded_at, format_args!("{}.{}", last.outlet, last.sequence))
}

fn place(cursor: &str) -> Result<Cursor, Problem> {
    let (recorded_at, (outlet, sequence)) = read_cursor(cursor, entry)?;
    Ok(Cursor { recorded_at, outlet, sequence })
}

fn filter(wanted: Wanted) -> Result<InvoiceFilter, Problem> {
    let states = wanted.state.as_deref().unwrap_or("");
    let stage = |word: &str| {
        Stage::parse(word).ok_or_else(|| bad_query(format!("there is no state {word:?}")))
    };
    Ok(InvoiceFilter {
        outlets: Vec::new(),
        stages: states
            .split(',')
            .filter(|word| !word.is_empty())
            .map(stage)
            .collect::<Result<_, _>>()?,
        document_kind: wanted.kind,
        customer_tax_id: wanted.customer_tax_id,
        number: wanted.number,
        issued_from: wanted.from.map(|day| date("from", day)).transpose()?,
        issued_to: wanted.to.map(|day| date("to", day)).transpose()?,
    })
}

/// `2026-02-28`: dates are compared as texts, so that only this form will do.
fn date(name: &str, text: String) -> Result<String, Problem> {
    let is_date = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if is_date { Ok(text) } else { Err(bad_query(format!("{name} is a date, YYYY-MM-DD"))) }
}

impl SummaryView {
    fn of(summary: InvoiceSummary) -> Self {
        Self {
            links: Links::of(summary.invoice.as_str()),
            id: summary.invoice.to_string(),
            outlet: summary.outlet.to_string(),
            number: summary.number,
            state: summary.stage.as_str(),
            kind: summary.summary.document_kind,
            issued_on: summary.summary.issued_on,
            total: summary.total.to_string(),
            currency: summary.currency,
            customer_name: summary.summary.customer_name,
            customer_tax_id: summary.summary.customer_tax_id,
            recorded_at: summary.recorded_at.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use invoice::{OutletId, Timestamp};

    use super::*;
    use crate::testing::{TestApp, draft};

    #[test]
    fn a_cursor_names_one_invoice_and_nothing_else() {
        let at = Timestamp::from_micros(1_780_000_000_000_001);
        let outlet = OutletId::from_random([7; 10]);
        let of = |row: String| place(&write_cursor(at, row));
        let read = of(format!("{outlet}.42")).unwrap();
        assert_eq!(read, Cursor { recorded_at: at, outlet: outlet.clone(), sequence: 42 });
        for row in [
            String::new(),
            "42".to_owned(),
            "x.42".to_owned(),
            outlet.to_string(),
            format!("{outlet}."),
            format!("{outlet}.1.1"),
            format!("{outlet}.18446744073709551615"),
        ] {
            assert!(of(row.clone()).is_err(), "{row}");
        }
    }

    #[tokio::test]
    async fn every_invoice_stands_on_exactly_one_page_newest_first() {
        let app = TestApp::direct().await;
        for index in 0..5 {
            app.issue(&format!("k{index}"), &draft()).await.assert_status(201);
        }
        let mut numbers = Vec::new();
        let mut path = "/v1/invoices?limit=2".to_owned();
        loop {
            let page = app.get(&path).await;
            page.assert_status(200);
            for item in page.at("/items").as_array().unwrap() {
                numbers.push(item["number"].as_str().unwrap().to_owned());
            }
            match page.json.get("next_cursor") {
                Some(cursor) => {
                    path = format!("/v1/invoices?limit=2&cursor={}", cursor.as_str().unwrap());
                }
                None => break,
            }
        }
        assert_eq!(numbers.len(), 5);
        assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), 5);
        assert!(numbers.is_sorted_by(|left, right| left > right), "{numbers:?}");
    }

    #[tokio::test]
    async fn a_key_lists_only_what_it_reaches() {
        let app = TestApp::direct().await;
        app.issue("k1", &draft()).await.assert_status(201);
        let second = app.add_outlet("GOM02").await;
        app.issue_at("k2", &second, &draft()).await.assert_status(201);
        let narrow = app.key_for(&second).await;
        let page = app.get_as(&narrow, "/v1/invoices").await;
        assert_eq!(page.at("/items").as_array().unwrap().len(), 1);
        assert_eq!(page.text("/items/0/outlet"), second.as_str());
        let page = app.get_as(&app.stranger, "/v1/invoices").await;
        assert_eq!(page.at("/items").as_array().unwrap().len(), 0);
        let other = format!("/v1/invoices?outlet={}", app.outlet);
        app.get_as(&narrow, &other).await.assert_problem(404, "outlet_unknown");
        assert_eq!(app.get("/v1/invoices").await.at("/items").as_array().unwrap().len(), 2);
    }

    #[tokio::test]
    async fn filters_narrow_and_wrong_ones_are_told() {
        let app = TestApp::direct().await;
        app.issue("k1", &draft()).await.assert_status(201);
        for (query, rows) in [
            ("state=sealed", 1),
            ("state=requested,refused", 0),
            ("kind=credit_note", 0),
            ("kind=sale&from=2026-01-01&to=2026-12-31", 1),
            ("from=2027-01-01", 0),
            ("number=KIN01-2026-000001", 1),
            ("customer_tax_id=nobody", 0),
        ] {
            let page = app.get(&format!("/v1/invoices?{query}")).await;
            assert_eq!(page.at("/items").as_array().map(Vec::len), Some(rows), "{query}");
        }
        for query in ["state=lost", "from=yesterday", "limit=0", "limit=x", "colour=red"] {
            app.get(&format!("/v1/invoices?{query}")).await.assert_problem(400, "bad_query");
        }
        app.get("/v1/invoices?cursor=abc").await.assert_problem(400, "bad_cursor");
    }
}
