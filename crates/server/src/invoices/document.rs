//! The document that was signed for the authority, as it was signed.

use authorities::forms_named;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::receipt::{File, file_name};
use crate::call::{Call, InvoicesRead};
use crate::examples;
use crate::problem::{NO_SIGNED_DOCUMENT, Problem, ProblemView};

/// Get the document that was signed for the authority.
///
/// Byte for byte as it was signed when the invoice was sealed, which is what the authority and the
/// buyer get; nothing is signed again. Where the authority takes only a summary of an invoice, it is
/// the whole document, which the taxpayer has to keep. Not every authority's channel has one.
#[utoipa::path(
    get,
    path = "/v1/invoices/{id}/document",
    operation_id = "getDocument",
    tag = "invoices",
    params(("id" = String, Path, description = "The invoice's id.",
        example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")),
    responses(
        (status = 200, description = "The document's bytes, in the authority's own format.",
            body = File, content_type = "application/xml",
            example = json!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>…")),
        (status = 404, description = "`invoice_unknown`: the key reaches no such invoice. \
            `no_signed_document`: there is none of this one.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("no_signed_document", 404))),
    )
)]
pub(crate) async fn document(
    call: Call<InvoicesRead>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let record = call.record(&id).await?;
    let none = || Problem::new(NO_SIGNED_DOCUMENT).with("invoice", &record.invoice.invoice);
    let outlet = call.outlet(record.invoice.outlet.as_str()).await?;
    let form = forms_named(&outlet.authority).and_then(|forms| forms.document).ok_or_else(none)?;
    let elements = fiscal::sealed_invoice(&record)?.and_then(|sealed| sealed.elements);
    let text = elements.and_then(|elements| elements.document).ok_or_else(none)?;
    let name = file_name(&record.invoice.number, form.extension);
    let headers = [
        (CONTENT_TYPE, form.media_type.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        // It holds a customer's words, and a browser that shows it runs and loads nothing.
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    Ok((headers, text.into_bytes()).into_response())
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
