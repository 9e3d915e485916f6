//! The receipt of a sealed invoice, in the format that is wanted.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use ledger::{Environment, InvoiceSummary, Stage};
use receipts::Presentation;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::call::{Call, InvoicesRead};
use crate::examples;
use crate::parameters::Parameters;
use crate::problem::{INTERNAL, NOT_SEALED, Problem, ProblemView};
use crate::receipt::{Format, render};

/// How the receipt is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `pdf` (A4), `pdf80` (a roll of 80 mm), `html`, `text` or `escpos`. By `Accept` without it.
    #[param(example = "pdf")]
    format: Option<String>,
    /// `true` marks it as a duplicate of one that was handed over. The number stays.
    #[param(example = false)]
    copy: Option<bool>,
}

/// The bytes of a file.
#[derive(ToSchema)]
#[schema(title = "File", value_type = String, format = Binary)]
pub(crate) struct File(#[expect(dead_code, reason = "it is only documented")] Vec<u8>);

/// Get the receipt.
///
/// Only a sealed invoice has one; of one that the authority refused after that it says so. Every receipt after the first is a duplicate and has to say so:
/// `copy=true`. PDF and HTML carry the sealed invoice and its proof in the file: `stalela verify receipt` and the page `/v/` take
/// them as they are, and a reader of PDF detaches `invoice.json` and `invoice.tlog-proof`.
#[utoipa::path(
    get,
    path = "/v1/invoices/{id}/receipt",
    operation_id = "getReceipt",
    tag = "invoices",
    params(
        ("id" = String, Path, description = "The invoice's id.",
            example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik"),
        Wanted,
    ),
    responses(
        (status = 200, description = "The receipt's bytes.", content(
            (File = "application/pdf"),
            (String = "text/html"),
            (String = "text/plain", example = json!("FACTURE DE VENTE…")),
            (File = "application/vnd.stalela.escpos"),
        )),
        (status = 404, description = "`invoice_unknown`: the key reaches no such invoice.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("invoice_unknown", 404))),
        (status = 406, description = "`not_acceptable`: there is no such format.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("not_acceptable", 406))),
        (status = 409, description = "`not_sealed`: the invoice is not sealed yet, or was refused.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("not_sealed", 409))),
    )
)]
pub(crate) async fn receipt(
    call: Call<InvoicesRead>,
    Path(id): Path<String>,
    Parameters(wanted): Parameters<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::wanted(wanted.format.as_deref(), &headers)?;
    let record = call.record(&id).await?;
    let sealed = fiscal::sealed_invoice(&record)?;
    let not_sealed = || Problem::new(NOT_SEALED).with("state", record.invoice.stage.as_str());
    let sealed = sealed.ok_or_else(not_sealed)?;
    let desk = call.desk(&record.invoice.outlet).await?;
    let presentation = Presentation {
        duplicate: wanted.copy.unwrap_or(false),
        test: desk.outlet.environment == Environment::Test,
        refused: record.invoice.stage == Stage::SealedRefused,
        verify_base: call.app.settings().public_url.clone(),
        zone: desk.zone.clone(),
        proof: if format.carries_proof() { proof_of(&call, &record.invoice).await? } else { None },
    };
    let name = file_name(sealed.number(), format.extension());
    // A long receipt takes milliseconds to lay out, and sealing must not wait for them.
    let rendered = tokio::task::spawn_blocking(move || {
        render(&sealed, desk.authority.regime(), &presentation, format)
    });
    let bytes = rendered.await.map_err(|_| Problem::new(INTERNAL))??;
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
        // The page holds a customer's words: nothing in it may run or load.
        (CONTENT_SECURITY_POLICY, RECEIPT_POLICY.to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// The proof that the file carries: that of [`super::proof`].
async fn proof_of(
    call: &Call<InvoicesRead>,
    summary: &InvoiceSummary,
) -> Result<Option<String>, Problem> {
    let found = call.app.ledger().proof(&call.caller.tenant, &summary.invoice).await?;
    found.map(|(entry, proof)| super::proof::text(&entry, &proof)).transpose()
}

const RECEIPT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// The number as a file's name: other signs than these mean something to some system.
pub(super) fn file_name(number: &str, extension: &str) -> String {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.');
    let name: String = number.chars().map(|sign| if is_plain(sign) { sign } else { '_' }).collect();
    format!("{name}.{extension}")
}

#[cfg(test)]
mod tests {
    use crate::Settings;
    use crate::testing::{Script, TestApp, draft};

    #[tokio::test]
    async fn a_sealed_invoice_has_a_receipt_in_every_format() {
        let app = TestApp::direct().await;
        let issued = app.issue("k1", &draft()).await;
        let path = issued.text("/links/receipt");
        for (format, media_type, start) in [
            ("pdf", "application/pdf", "%PDF-"),
            ("pdf80", "application/pdf", "%PDF-"),
            ("html", "text/html; charset=utf-8", "<!"),
            ("text", "text/plain; charset=utf-8", ""),
            ("escpos", "application/vnd.stalela.escpos", "\u{1b}"),
        ] {
            let receipt = app.get(&format!("{path}?format={format}")).await;
            receipt.assert_status(200);
            assert_eq!(receipt.header("content-type"), Some(media_type));
            assert!(receipt.body.starts_with(start.as_bytes()), "{format}");
        }
        let text = app.get(&format!("{path}?format=text")).await;
        let text = String::from_utf8(text.body.clone()).unwrap();
        assert!(text.contains("KIN01-2026-000001"), "{text}");
        let copy = app.get(&format!("{path}?format=text&copy=true")).await;
        let copy = String::from_utf8(copy.body.clone()).unwrap();
        assert!(copy.contains("KIN01-2026-000001") && copy.to_uppercase().contains("DUPLICATA"));
        assert!(!text.to_uppercase().contains("DUPLICATA"));
    }

    #[tokio::test]
    async fn a_receipt_in_a_file_carries_the_invoice_and_its_proof() {
        let app = TestApp::direct().await;
        app.issue("k0", &draft()).await.assert_status(201);
        let issued = app.issue("k1", &draft()).await;
        let path = issued.text("/links/receipt");
        for format in ["pdf", "pdf80", "html"] {
            let receipt = app.get(&format!("{path}?format={format}")).await;
            let carried = receipts::Carried::find(&receipt.body).unwrap().unwrap();
            assert_eq!(carried.proof, issued.text("/proof"), "{format}");
            let hash = invoice::Hash::of_invoice(&carried.invoice.to_canonical_bytes());
            assert_eq!(hash.to_hex(), issued.text("/seal/payload_hash"), "{format}");
        }
    }

    #[tokio::test]
    async fn one_of_a_refused_invoice_says_that_it_is_no_document() {
        let app = TestApp::with("drc/cloud", Script::Refusing, Settings::default()).await;
        let issued = app.issue("k1", &draft()).await;
        issued.assert_status(201);
        let path = issued.text("/links/receipt");
        let printed = async |format: &str| {
            let receipt = app.get(&format!("{path}?format={format}")).await;
            receipt.assert_status(200);
            String::from_utf8_lossy(&receipt.body).into_owned()
        };
        assert!(!printed("text").await.contains("REFUSÉE PAR LA DGI"));
        app.drive_what_is_due().await;
        assert_eq!(app.get(issued.text("/links/self")).await.text("/state"), "sealed_refused");
        for format in ["text", "html"] {
            let printed = printed(format).await;
            assert!(printed.contains("REFUSÉE PAR LA DGI"), "{format}: {printed}");
            assert!(printed.contains("Ce document n’est pas valable"), "{format}: {printed}");
        }
        assert!(printed("escpos").await.contains("PAR LA DGI"));
        assert!(printed("pdf").await.starts_with("%PDF-"));
    }

    #[tokio::test]
    async fn there_is_none_in_other_formats_nor_of_what_is_not_sealed() {
        let app = TestApp::asking().await;
        let refused = app.issue("k1", &draft()).await;
        let path = refused.text("/invoice/links/receipt");
        app.get(path).await.assert_problem(409, "not_sealed");
        app.get(&format!("{path}?format=docx")).await.assert_problem(406, "not_acceptable");
        app.get(&format!("{path}?copy=maybe")).await.assert_problem(400, "bad_query");
    }
}
