//! A person tells what the authority holds, where the channel could not say.

use authorities::Answer;
use axum::Json as JsonBody;
use axum::extract::Path;
use fiscal::{Driven, Patience};
use invoice::{Json, SecurityElements};
use utoipa::ToSchema;

use super::show::view_by_id;
use super::view::InvoiceView;
use crate::call::{Call, SubmissionsWrite};
use crate::document::Document;
use crate::examples;
use crate::fields::Fields;
use crate::problem::{INTERNAL, LEASED, Problem, ProblemView};
use crate::rules::{FIELD_TYPE, ONE_ANSWER};

/// What a person saw on the authority's portal. Exactly one of the two.
#[derive(ToSchema)]
#[schema(title = "Answer")]
#[expect(dead_code, reason = "it is only documented; the body is read strictly by hand")]
pub(crate) struct AnswerBody {
    /// The authority holds the invoice, with these elements.
    registered: Option<RegisteredBody>,
    /// `true`: the authority does not hold it.
    #[schema(example = true)]
    not_registered: Option<bool>,
}

/// What the authority shows of the invoice.
#[derive(ToSchema)]
#[schema(title = "Registered")]
#[expect(dead_code, reason = "it is only documented; the body is read strictly by hand")]
pub(crate) struct RegisteredBody {
    /// The authority's code, with or without separators.
    #[schema(example = "ABCD-EFGH-IJKL-MNOP-QRST-UVWX")]
    code: String,
    /// What its QR code carries.
    qr: Option<String>,
    /// The rest by name, as its receipts print it.
    #[schema(value_type = std::collections::HashMap<String, String>, required = false)]
    details: Option<()>,
    /// The total that it shows: it must be the invoice's.
    #[schema(example = "11600.00")]
    total: Option<String>,
}

/// Tell what the authority holds.
///
/// For an invoice that is `unanswered`: look it up on the authority's portal, and tell what stands
/// there. The answer is recorded with who told it, and the submission goes on from it. That the
/// authority does not hold it can only be told some minutes after it was asked.
///
/// It takes no `Idempotency-Key`: an answer is taken once, and a repeated one is `not_asked`, since
/// nobody asks any more. Show the invoice to see what became of it.
#[utoipa::path(
    post,
    path = "/v1/invoices/{id}/answer",
    operation_id = "answerForAuthority",
    tag = "submissions",
    params(("id" = String, Path, description = "The invoice's id.",
        example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")),
    request_body(content = AnswerBody, description = "What the portal shows.",
        example = json!(examples::answer())),
    responses(
        (status = 200, description = "Taken: the invoice as it stands now.", body = InvoiceView,
            example = json!(examples::sealed())),
        (status = 404, description = "`invoice_unknown`: the key reaches no such invoice.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("invoice_unknown", 404))),
        (status = 409, description = "`not_asked`: the submission is not `unanswered`. \
            `answer_too_early`: the authority may still register it. `submission_busy`.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("not_asked", 409))),
        (status = 422, description = "`invalid_document`: the answer breaks rules.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::invalid_document())),
    )
)]
pub(crate) async fn answer(
    call: Call<SubmissionsWrite>,
    Path(id): Path<String>,
    document: Document,
) -> Result<JsonBody<InvoiceView>, Problem> {
    let answer = read(&document.json, &call.caller.key_id)?;
    let invoice = call.record(&id).await?.invoice;
    let desk = call.desk(&invoice.outlet).await?;
    let id = invoice.invoice.clone();
    // In a task of its own, so that a client that hangs up does not cut it in two.
    let permit = call.app.begin_issue()?;
    let task = tokio::spawn(async move {
        let driven = fiscal::reconcile(&desk, &id, answer, Patience::None).await;
        drop(permit);
        driven
    });
    match task.await.map_err(|_| Problem::new(INTERNAL))?? {
        Driven::Sealed(_)
        | Driven::Acknowledged
        | Driven::Refused
        | Driven::Waiting
        | Driven::SetAside
        | Driven::Asked => call.app.wake_agent(),
        Driven::Lost => return Err(Problem::new(LEASED).retry_after(1)),
    }
    Ok(JsonBody(view_by_id(&call, &invoice.invoice).await?))
}

fn read(json: &Json, told_by: &str) -> Result<Answer, Problem> {
    let mut fields = Fields::of(json, &["registered", "not_registered"]);
    let registered = fields.within("registered", &["code", "qr", "details", "total"]);
    let answer = match (registered, fields.member("not_registered")) {
        (None, Some(Json::Bool(true))) => Some(Answer::NotRegistered),
        (Some(mut registered), None) => {
            let answer = read_registered(&mut registered, json, told_by);
            fields.absorb(registered);
            Some(answer)
        }
        (None, _) | (Some(_), Some(_)) => {
            fields.note(ONE_ANSWER, "", |fault| fault);
            None
        }
    };
    fields.finish()?;
    answer.ok_or_else(|| Problem::new(INTERNAL))
}

fn read_registered(fields: &mut Fields<'_>, told: &Json, told_by: &str) -> Answer {
    let total = fields.optional_text("total");
    // What was told, and by whom, stands in the place of the reply that never came.
    let evidence = Json::Object(vec![
        ("told_by".to_owned(), Json::string(told_by)),
        ("told".to_owned(), without_numbers(told)),
    ]);
    let elements = SecurityElements {
        code: fields.text("code").replace('-', ""),
        qr: fields.optional_text("qr"),
        details: read_details(fields),
        reply: String::from_utf8_lossy(&evidence.to_canonical_bytes()).into_owned(),
        document: None,
    };
    Answer::Registered { elements, total }
}

fn read_details(fields: &mut Fields<'_>) -> Vec<(String, String)> {
    match fields.member("details") {
        None => Vec::new(),
        Some(Json::Object(members)) => {
            let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
            let Some(mut details) = fields.within("details", &names) else { return Vec::new() };
            let read = names
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), details.optional_text(name)?)));
            let read = read.collect();
            fields.absorb(details);
            read
        }
        Some(_) => {
            fields.note(FIELD_TYPE, "details", |fault| fault.with("expected", "{…}"));
            Vec::new()
        }
    }
}

/// A canonical form has no number; an answer that holds one is refused anyway.
fn without_numbers(json: &Json) -> Json {
    match json {
        Json::OtherNumber => Json::Null,
        Json::Array(items) => Json::Array(items.iter().map(without_numbers).collect()),
        Json::Object(members) => Json::Object(
            members.iter().map(|(name, value)| (name.clone(), without_numbers(value))).collect(),
        ),
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::String(_) => json.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{TestApp, draft};

    #[tokio::test]
    async fn an_invoice_that_nobody_asked_about_takes_no_answer() {
        let app = TestApp::direct().await;
        let issued = app.issue("k1", &draft()).await;
        let path = format!("{}/answer", issued.text("/links/self"));
        let answer = json!({"registered": {"code": "ABCD-EFGH-IJKL-MNOP-QRST-UVWX"}});
        app.post(&path, &answer).await.assert_problem(409, "not_asked");
        app.post_as(&app.stranger, &path, &answer).await.assert_problem(404, "invoice_unknown");
    }

    #[tokio::test]
    async fn a_person_tells_what_the_channel_could_not() {
        let app = TestApp::losing_the_confirmation().await;
        let issued = app.issue("k1", &draft()).await;
        issued.assert_status(202);
        assert_eq!(issued.text("/state"), "unanswered");
        let path = format!("{}/answer", issued.text("/links/self"));
        let early = app.post(&path, &json!({"not_registered": true})).await;
        early.assert_problem(409, "answer_too_early");
        let mut answer = json!({"registered": {
            "code": "ABCD-EFGH-IJKL-MNOP-QRST-UVWX",
            "qr": "Q;OF-ANOTHER",
            "details": {"nim": "XX01000001", "counters": "1/1 FV", "time": "20/11/2026 09:30:00"},
            "total": "11600.00",
        }});
        app.post(&path, &answer).await.assert_problem(422, "answer_not_believed");
        answer["registered"]["qr"] = json!("Q;ABCDEFGHIJKLMNOPQRSTUVWX");
        let told = app.post(&path, &answer).await;
        told.assert_status(200);
        assert_eq!(told.text("/state"), "sealed");
        assert_eq!(told.text("/authority/code"), "ABCDEFGHIJKLMNOPQRSTUVWX");
        assert_eq!(told.text("/authority/code_formatted"), "ABCD-EFGH-IJKL-MNOP-QRST-UVWX");
        let entries = app.head().await;
        app.post(&path, &answer).await.assert_problem(409, "not_asked");
        assert_eq!(app.head().await, entries, "an answer is recorded once");
        let replayed = app.issue("k1", &draft()).await;
        replayed.assert_status(201);
        assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    }

    #[tokio::test]
    async fn answers_that_say_nothing_clear_are_told_all_that_is_wrong() {
        let app = TestApp::direct().await;
        let issued = app.issue("k1", &draft()).await;
        let path = format!("{}/answer", issued.text("/links/self"));
        for answer in [
            json!({}),
            json!([]),
            json!({"not_registered": false}),
            json!({"not_registered": true, "registered": {"code": "A"}}),
            json!({"registered": {}}),
            json!({"registered": {"code": 5, "details": [], "more": 1.5}}),
            json!({"registered": {"code": "A", "details": {"nim": 1}}}),
        ] {
            app.post(&path, &answer).await.assert_problem(422, "invalid_document");
        }
    }
}
