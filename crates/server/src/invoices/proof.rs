//! The proof that an invoice's seal is in its outlet's log, as a file.

use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use ledger::{EntryProof, SealedEntry};

use crate::call::{Call, InvoicesRead};
use crate::examples;
use crate::problem::{NOT_SEALED, Problem, ProblemView, RECORD_UNREADABLE};

/// Get the proof.
///
/// A file in C2SP's form `tlog-proof` that anybody can check without a network and without us: the
/// sealed entry, its way up to the root of the outlet's Merkle tree, and the signed checkpoint with
/// that root. Against the checkpoint that the most witnesses have cosigned, of those that cover the
/// entry; else against the checkpoint of the entry's own commit, as the answer to the request had it.
#[utoipa::path(
    get,
    path = "/v1/invoices/{id}/proof",
    operation_id = "getProof",
    tag = "invoices",
    params(("id" = String, Path, description = "The invoice's id.",
        example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "text/plain",
            example = json!(examples::PROOF)),
        (status = 404, description = "`invoice_unknown`: the key reaches no such invoice.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("invoice_unknown", 404))),
        (status = 409, description = "`not_sealed`: the invoice is not sealed yet, or was refused.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("not_sealed", 409))),
    )
)]
pub(crate) async fn proof(
    call: Call<InvoicesRead>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let record = call.record(&id).await?;
    let proof = call.app.ledger().proof(&call.caller.tenant, &record.invoice.invoice).await?;
    let not_sealed = || Problem::new(NOT_SEALED).with("state", record.invoice.stage.as_str());
    let (entry, proof) = proof.ok_or_else(not_sealed)?;
    let name = format!("attachment; filename=\"{}.tlog-proof\"", record.invoice.invoice);
    let headers =
        [(CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, text(&entry, &proof)?).into_response())
}

/// The file's text.
pub(crate) fn text(entry: &SealedEntry, proof: &EntryProof) -> Result<String, Problem> {
    let file = proof.file(&entry.statement, &entry.signature);
    Ok(file.ok_or_else(|| Problem::new(RECORD_UNREADABLE))?.to_string())
}

#[cfg(test)]
mod tests {
    use crate::testing::{TestApp, draft};

    #[tokio::test]
    async fn is_what_the_answer_had_and_proves_the_entry() {
        let app = TestApp::direct().await;
        let first = app.issue("k1", &draft()).await;
        app.issue("k2", &draft()).await.assert_status(201);
        let proof = app.get(first.text("/links/proof")).await;
        proof.assert_status(200);
        assert_eq!(proof.body, first.text("/proof").as_bytes());
        let file = proof::ProofFile::parse(&proof.body).unwrap();
        let (statement, _) = ledger::entry_of_proof(&file).unwrap();
        let leaf = invoice::entry_hash(statement);
        assert_eq!(leaf.to_hex(), first.text("/seal/entry_hash"));
        assert_eq!(file.check(leaf.0).unwrap().origin, format!("stalela/{}", app.outlet));
        app.get_as(&app.stranger, first.text("/links/proof"))
            .await
            .assert_problem(404, "invoice_unknown");
    }

    #[tokio::test]
    async fn a_repeated_request_has_the_same_proof() {
        let app = TestApp::direct().await;
        let first = app.issue("k1", &draft()).await;
        app.issue("k2", &draft()).await.assert_status(201);
        let again = app.issue("k1", &draft()).await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.text("/proof"), first.text("/proof"));
    }

    #[tokio::test]
    async fn what_is_not_sealed_has_none() {
        let app = TestApp::asking().await;
        let refused = app.issue("k1", &draft()).await;
        app.get(refused.text("/invoice/links/proof")).await.assert_problem(409, "not_sealed");
    }
}
