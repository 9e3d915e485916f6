//! Issue an invoice: draft in, sealed invoice out.

use std::sync::Arc;
use std::time::Duration;

use axum::Json as JsonBody;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use fiscal::{Desk, IssueError, Issued, Order, Patience};
use invoice::{Draft, Fault, Hash, InvoiceId, Json, OutletId, SECOND, SealedInvoice};
use ledger::{Idempotency, InvoiceRecord, SealedEntry, Stage};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::draft_schema::DraftBody;
use super::proof;
use super::to_its_end::ToItsEnd;
use super::view::{InvoiceView, Links, Place, Said, refusal_of};
use crate::app::App;
use crate::call::{Call, InvoicesWrite};
use crate::document::Document;
use crate::examples;
use crate::parameters::{IDEMPOTENCY_REPLAYED, idempotency_key, preferred_wait};
use crate::problem::{KEY_REUSED, OUTLET_UNKNOWN, Problem, RECORD_UNREADABLE, STILL_WORKING};
use crate::rules::{FIELD_TYPE, NOT_AN_ID, OUTLET_MISSING};

/// An invoice whose authority has not answered yet.
#[derive(Serialize, ToSchema)]
#[schema(title = "Pending")]
pub(crate) struct PendingView {
    /// The invoice's id.
    #[schema(example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")]
    id: String,
    /// `requested`: the authority is being asked. `unanswered`: only a person can find out whether
    /// it has the invoice.
    #[schema(example = "requested")]
    state: &'static str,
    /// What the authority or the line said last. `nothing was sent: …` where no connection to the
    /// authority could be opened: nothing has left, and the server tries again by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = "503 …")]
    last_answer: Option<String>,
    /// Where to ask again.
    #[schema(example = "/v1/invoices/in_aeaqcaibaeaqcaibaebagbafaydqqcik")]
    poll: String,
    /// Where to go on.
    links: Links,
}

/// Issue an invoice or a credit note.
///
/// Prices the draft, gives it the next number of its series, seals it in the outlet's chain and,
/// where the authority comes first, asks the authority. The answer 201 is durable: it survives a
/// crash and a loss of power. Repeating a request with the same `Idempotency-Key` and body never
/// issues twice.
#[utoipa::path(
    post,
    path = "/v1/invoices",
    operation_id = "issueInvoice",
    tag = "invoices",
    params(
        ("Idempotency-Key" = String, Header,
            description = "Your own name for this request: 1 to 255 visible ASCII characters, \
                unique within your tenant for ever.", example = "order-4711"),
        ("Prefer" = Option<String>, Header,
            description = "`wait=n`: how many seconds to wait for the authority, up to 60. \
                20 without it.", example = "wait=5"),
    ),
    request_body(content = DraftBody, description = "The draft, and the outlet.",
        example = json!(examples::draft())),
    responses(
        (status = 201, description = "Sealed: the receipt may be handed over.",
            headers(("Location" = String, description = "The invoice's address."),
                ("Idempotency-Replayed" = String,
                    description = "`true` where an earlier request with this key made it.")),
            body = InvoiceView, example = json!(examples::sealed())),
        (status = 202, description = "Numbered and recorded, but the authority has not answered \
            within the wait. Hand nothing over yet; ask again at `poll`.",
            body = PendingView, example = json!(examples::pending())),
        (status = 409, description = "`idempotency_key_reused`: the key came with another request \
            before. `clock_went_back`: the server's clock has to be looked at.",
            body = crate::problem::ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("idempotency_key_reused", 409))),
        (status = 413, description = "`body_too_large`; `invoice_too_large`: what the draft comes \
            to once it is priced. Nothing was written.",
            body = crate::problem::ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("invoice_too_large", 413))),
        (status = 422, description = "`invalid_document`: every rule that the draft breaks; \
            nothing was written. `authority_refused`: the authority's own code and words.",
            body = crate::problem::ProblemView, content_type = "application/problem+json",
            example = json!(examples::invalid_document())),
    )
)]
pub(crate) async fn issue(
    call: Call<InvoicesWrite>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    document: Document,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let (outlet, draft) = read(&call, document.json)?;
    let desk = call.desk(&outlet).await?;
    let body_hash = request_hash(&method, uri.path(), &outlet, &document.bytes);
    let idempotency = Idempotency { key, body_hash };
    let wait = preferred_wait(&headers);
    let patience = wait.unwrap_or(call.app.settings().patience);
    let order = Order { draft, idempotency: Some(idempotency.clone()) };
    let asked = Asked { call: &call, desk: &desk, idempotency };
    let mut response = match issue_to_its_end(&call.app, &desk, order, patience).await? {
        Some((Ok(issued), said)) => asked.answer(issued, said).await?,
        Some((Err(error), _)) => asked.failed(error).await?,
        None => asked.out_of_patience().await?,
    };
    if let Some(wait) = wait {
        let applied = format!("wait={}", wait.as_secs());
        let applied = HeaderValue::try_from(applied).expect("digits are visible ASCII");
        response.headers_mut().insert(PREFERENCE_APPLIED, applied);
    }
    Ok(response)
}

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The outlet, and the draft without it; or everything that is wrong with both.
fn read(call: &Call<InvoicesWrite>, mut json: Json) -> Result<(OutletId, Draft), Problem> {
    let outlet = outlet_of(call, &json);
    if let Json::Object(members) = &mut json {
        members.retain(|(name, _)| name != "outlet");
    }
    match (outlet, Draft::read(&json)) {
        (Ok(outlet), Ok(draft)) => Ok((outlet, draft)),
        (Err(fault), Ok(_)) => Err(Problem::of_faults(vec![fault])),
        (Ok(_), Err(faults)) => Err(Problem::of_faults(faults)),
        (Err(fault), Err(mut faults)) => {
            faults.insert(0, fault);
            Err(Problem::of_faults(faults))
        }
    }
}

fn outlet_of(call: &Call<InvoicesWrite>, json: &Json) -> Result<OutletId, Fault> {
    match json.member("outlet") {
        Some(Json::String(text)) => OutletId::parse(text).map_err(|error| {
            Fault::new(NOT_AN_ID, "/outlet").with("prefix", error.expected_prefix)
        }),
        Some(_) => Err(Fault::new(FIELD_TYPE, "/outlet").with("expected", "\"ou_…\"")),
        None => {
            let sole = call.caller.reach.sole();
            sole.cloned().ok_or_else(|| Fault::new(OUTLET_MISSING, "/outlet"))
        }
    }
}

/// What makes two requests the same. The outlet counts as well: it may follow from the API key
/// alone, and the same body through another key is another request.
fn request_hash(method: &Method, path: &str, outlet: &OutletId, body: &[u8]) -> Hash {
    let mut hasher = Sha256::new_with_prefix("stalela/request/1\0");
    for part in [method.as_str(), path, outlet.as_str()] {
        hasher.update(part);
        hasher.update([0]);
    }
    Hash(hasher.chain_update(body).finalize().into())
}

/// Issues to its end: in this request, and in a task of its own once the request is no more, so that
/// a client that hangs up does not cut it in two. Nothing where the patience ends first: it goes on.
///
/// What the invoice says is written for the answer while the ledger writes.
async fn issue_to_its_end(
    app: &App,
    desk: &Arc<Desk>,
    order: Order,
    patience: Duration,
) -> Result<Option<(Result<Issued, IssueError>, Option<Said>)>, Problem> {
    let permit = app.begin_issue()?;
    let desk = Arc::clone(desk);
    let micros = i64::try_from(patience.as_micros()).unwrap_or(60 * SECOND);
    let until = Patience::Until(desk.clock.now().plus_micros(micros));
    let issued = ToItsEnd::new(async move {
        let mut said = None;
        let say = |invoice: &_, canonical| said = Some(Said::by(invoice, canonical));
        let issued = fiscal::issue_meanwhile(&desk, (order, until), say).await;
        drop(permit);
        (issued, said)
    });
    Ok(tokio::time::timeout(patience.max(LOCAL_TIME), issued).await.ok())
}

/// A client that wants to wait for nobody still waits for our own commit.
const LOCAL_TIME: Duration = Duration::from_secs(2);

/// A request with what is needed to answer it.
struct Asked<'a> {
    call: &'a Call<InvoicesWrite>,
    desk: &'a Desk,
    idempotency: Idempotency,
}

impl Asked<'_> {
    async fn answer(&self, issued: Issued, said: Option<Said>) -> Result<Response, Problem> {
        match issued {
            Issued::Sealed(sealed, proof) => {
                if sealed.elements.is_none() {
                    self.call.app.wake_agent();
                }
                let proof = match proof {
                    Some(proof) => Some(proof::text(&entry_of(&sealed), &proof)?),
                    None => self.proof(&sealed.id).await?,
                };
                let invoice = &sealed.invoice;
                let said = said.unwrap_or_else(|| Said::by(invoice, invoice.canonical_bytes()));
                let view = InvoiceView::of_sealed(&sealed, said, self.place());
                Ok(created(&InvoiceView { proof, ..view }))
            }
            Issued::Underway(id) => {
                self.call.app.wake_agent();
                self.recorded(&id).await
            }
            Issued::Refused(id) => self.recorded(&id).await,
            Issued::Replayed(id) => self.replayed(&id).await,
        }
    }

    /// A fault may be new although the request is old: the day has changed, or a rate. What was
    /// issued once is issued for ever.
    async fn failed(&self, error: IssueError) -> Result<Response, Problem> {
        match (&error, self.earlier().await?) {
            (IssueError::Ledger(_), _) | (_, None) => Err(error.into()),
            (IssueError::Faults(_) | IssueError::TooLarge(_), Some((id, hash))) => {
                if hash == self.idempotency.body_hash {
                    return self.replayed(&id).await;
                }
                Err(Problem::new(KEY_REUSED))
            }
        }
    }

    /// The task goes on; what it has written tells what to answer.
    async fn out_of_patience(&self) -> Result<Response, Problem> {
        match self.earlier().await? {
            Some((id, hash)) if hash == self.idempotency.body_hash => self.recorded(&id).await,
            Some(_) => Err(Problem::new(KEY_REUSED)),
            None => Err(Problem::new(STILL_WORKING).retry_after(1)),
        }
    }

    async fn replayed(&self, id: &InvoiceId) -> Result<Response, Problem> {
        let mut response = self.recorded(id).await.unwrap_or_else(IntoResponse::into_response);
        let replayed = HeaderValue::from_static("true");
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, replayed);
        Ok(response)
    }

    async fn earlier(&self) -> Result<Option<(InvoiceId, Hash)>, Problem> {
        let tenant = &self.call.caller.tenant;
        Ok(self.call.app.ledger().invoice_by_key(tenant, &self.idempotency.key).await?)
    }

    /// The answer to what the ledger holds.
    async fn recorded(&self, id: &InvoiceId) -> Result<Response, Problem> {
        let ledger = self.call.app.ledger();
        let record = ledger.invoice(&self.call.caller.tenant, id).await?;
        let record = record.ok_or_else(|| Problem::new(RECORD_UNREADABLE))?;
        if record.invoice.outlet != self.desk.outlet.id {
            return Err(Problem::new(OUTLET_UNKNOWN).with("outlet", &record.invoice.outlet));
        }
        match record.invoice.stage {
            Stage::Requested | Stage::Unanswered => Ok(accepted(&record)),
            Stage::Refused => Err(refused(&record)),
            Stage::Sealed
            | Stage::SealedUnanswered
            | Stage::SealedRefused
            | Stage::Acknowledged => {
                let view = InvoiceView::of_record(&record, self.place())?;
                Ok(created(&InvoiceView { proof: self.proof(id).await?, ..view }))
            }
        }
    }

    /// The proof as it was when the invoice was sealed.
    async fn proof(&self, id: &InvoiceId) -> Result<Option<String>, Problem> {
        let found = self.call.app.ledger().first_proof(&self.call.caller.tenant, id).await?;
        found.map(|(entry, proof)| proof::text(&entry, &proof)).transpose()
    }

    fn place(&self) -> Place<'_> {
        Place {
            public_url: &self.call.app.settings().public_url,
            channel: &self.desk.outlet.authority,
            now: self.call.app.now(),
        }
    }
}

fn entry_of(sealed: &SealedInvoice) -> SealedEntry {
    SealedEntry {
        sequence: sealed.statement.sequence,
        statement: sealed.statement.to_bytes(),
        signature: sealed.signature,
    }
}

fn created(view: &InvoiceView) -> Response {
    let location = HeaderValue::try_from(&view.links.own).expect("an id is visible ASCII");
    (StatusCode::CREATED, [(LOCATION, location)], JsonBody(view)).into_response()
}

fn accepted(record: &InvoiceRecord) -> Response {
    let id = record.invoice.invoice.as_str();
    let links = Links::of(id);
    let location = HeaderValue::try_from(&links.own).expect("an id is visible ASCII");
    let view = PendingView {
        id: id.to_owned(),
        state: record.invoice.stage.as_str(),
        last_answer: record.submission.as_ref().and_then(|one| one.last_answer.clone()),
        poll: links.own.clone(),
        links,
    };
    let seconds = HeaderValue::from_static(POLL_SECONDS);
    let headers = [(LOCATION, location), (axum::http::header::RETRY_AFTER, seconds)];
    (StatusCode::ACCEPTED, headers, JsonBody(view)).into_response()
}

/// Soon enough for a till, and seldom enough for a thousand of them.
const POLL_SECONDS: &str = "2";

fn refused(record: &InvoiceRecord) -> Problem {
    let id = record.invoice.invoice.as_str();
    let problem = match refusal_of(record) {
        Some(refusal) => Problem::of_refusal(&refusal.kind, &refusal.code, &refusal.words),
        None => Problem::of_refusal("refused", "", ""),
    };
    problem.member("invoice", serde_json::json!({ "id": id, "links": Links::of(id) }))
}

#[cfg(test)]
#[path = "issue_tests.rs"]
mod tests;
