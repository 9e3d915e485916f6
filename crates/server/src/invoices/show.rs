//! One invoice, with its seal and where it stands.

use axum::Json;
use axum::extract::Path;

use super::view::{InvoiceView, Place, ReplacedByView};
use crate::app::App;
use crate::call::{Call, InvoicesRead};
use crate::examples;
use crate::problem::{Problem, ProblemView};
use invoice::InvoiceId;
use ledger::{InvoiceRecord, InvoiceSummary, Stage};

/// Show an invoice.
///
/// With its seal, what the authority has given, and how long its submission has been in its state.
#[utoipa::path(
    get,
    path = "/v1/invoices/{id}",
    operation_id = "showInvoice",
    tag = "invoices",
    params(("id" = String, Path, description = "The invoice's id.",
        example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")),
    responses(
        (status = 200, description = "The invoice.", body = InvoiceView,
            example = json!(examples::sealed())),
        (status = 404, description = "`invoice_unknown`: the key reaches no such invoice.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("invoice_unknown", 404))),
    )
)]
pub(crate) async fn show(
    call: Call<InvoicesRead>,
    Path(id): Path<String>,
) -> Result<Json<InvoiceView>, Problem> {
    let record = call.record(&id).await?;
    Ok(Json(view(&call.app, &record).await?))
}

/// The view of a record, with the channel that its outlet has now.
pub(crate) async fn view(app: &App, record: &InvoiceRecord) -> Result<InvoiceView, Problem> {
    let summary = &record.invoice;
    let outlet = app.ledger().outlet(&summary.tenant, &summary.outlet).await?;
    let channel = outlet.map(|outlet| outlet.authority).unwrap_or_default();
    let public_url = &app.settings().public_url;
    let place = Place { public_url, channel: &channel, now: app.now() };
    let replaced_by = replaced_by(app, summary).await?;
    Ok(InvoiceView { replaced_by, ..InvoiceView::of_record(record, place)? })
}

async fn replaced_by(app: &App, of: &InvoiceSummary) -> Result<Option<ReplacedByView>, Problem> {
    if !matches!(of.stage, Stage::Refused | Stage::SealedRefused) {
        return Ok(None);
    }
    let found = app.ledger().replacement(&of.tenant, &of.invoice).await?;
    Ok(found.as_ref().map(ReplacedByView::of))
}

/// The same, read anew.
pub(crate) async fn view_by_id<R>(call: &Call<R>, id: &InvoiceId) -> Result<InvoiceView, Problem> {
    view(&call.app, &call.record(id.as_str()).await?).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Settings;
    use crate::testing::{Script, TestApp, draft};

    #[tokio::test]
    async fn shows_what_was_issued_and_how_long_it_waits() {
        let app = TestApp::direct().await;
        let issued = app.issue("k1", &draft()).await;
        issued.assert_status(201);
        app.clock.advance(90 * invoice::SECOND);
        let shown = app.get(issued.text("/links/self")).await;
        shown.assert_status(200);
        for member in ["/id", "/number", "/totals", "/tax_groups", "/invoice", "/seal", "/notice"] {
            assert_eq!(shown.at(member), issued.at(member), "{member}");
        }
        assert_eq!(shown.at("/submission/state"), &json!("queued"));
        assert_eq!(shown.at("/submission/seconds_in_state"), &json!(90));
    }

    /// So that nobody is told to correct it again.
    #[tokio::test]
    async fn a_refused_one_names_the_one_that_takes_its_place() {
        let app = TestApp::with("drc/cloud", Script::Refusing, Settings::default()).await;
        let issued = app.issue("k1", &draft()).await;
        let own = issued.text("/links/self");
        app.drive_what_is_due().await;
        let shown = app.get(own).await;
        assert_eq!(shown.text("/state"), "sealed_refused");
        assert_eq!(shown.json.get("replaced_by"), None);
        let mut corrected = draft();
        corrected["replaces"] = issued.at("/id").clone();
        let corrected = app.issue("k2", &corrected).await;
        corrected.assert_status(201);
        let shown = app.get(own).await;
        for member in ["id", "number"] {
            assert_eq!(shown.at("/replaced_by")[member], *corrected.at(&format!("/{member}")));
        }
        assert_eq!(app.get(corrected.text("/links/self")).await.json.get("replaced_by"), None);
    }

    #[tokio::test]
    async fn what_is_not_there_or_not_ours_looks_the_same() {
        let app = TestApp::direct().await;
        let issued = app.issue("k1", &draft()).await;
        let theirs = app.get_as(&app.stranger, issued.text("/links/self")).await;
        let nothing = app.get("/v1/invoices/in_aeaqcaibaeaqcaibaebagbafaydqqcik").await;
        let malformed = app.get("/v1/invoices/4711").await;
        for answer in [theirs, nothing, malformed] {
            answer.assert_problem(404, "invoice_unknown");
        }
    }
}
