//! Issue an invoice: draft in, sealed invoice out.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use authorities::{Authority, Event, Matter, Numbered, Progress, SeriesRule, Step};
use invoice::{
    Draft, Fault, Invoice, InvoiceId, OriginalInvoice, PricingFacts, SealedInvoice,
    SecurityElements, Statement, Timestamp,
};
use jiff::civil::Date;
use ledger::{
    Assigned, BLOB_BYTES_MAX, BoxError, Entry, EntryProof, Idempotency, LedgerError, NewLease,
    NewSubmission, Opening, PAYLOAD_BYTES_MAX, Payload, Prepare, Prepared, SealOrder, SealOutcome,
    Series, SubmissionState, Summary,
};

use crate::correct::{as_fault, claims, original_of, replaced};
use crate::desk::Desk;
use crate::drive::{Driven, Patience, Underway, drive_on};
use crate::keys::Keys;
use crate::leases::LEASE;

/// What a caller asks for.
#[derive(Clone, Debug)]
pub struct Order {
    pub draft: Draft,
    /// The caller's key with the hash of its whole request.
    pub idempotency: Option<Idempotency>,
}

/// What came of it.
#[derive(Debug)]
pub enum Issued {
    /// The receipt may be handed over. With the proof that the entry is in the outlet's log, where
    /// it is known without asking the ledger again.
    Sealed(Box<SealedInvoice>, Option<Box<EntryProof>>),
    /// The authority has to be asked first and has not answered yet; the agent goes on.
    Underway(InvoiceId),
    /// The authority refused it.
    Refused(InvoiceId),
    /// The same key and body came before.
    Replayed(InvoiceId),
}

/// Why nothing was issued. Nothing was written either.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    #[error("the draft has {} faults, the first: {}", .0.len(), .0[0])]
    Faults(Vec<Fault>),
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The priced invoice, or the request to the authority that it makes, has more bytes than are kept:
/// a draft within the limits may come to that once its texts are escaped.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("priced, the invoice or its request takes more than {max} bytes")]
pub struct TooLarge {
    pub max: usize,
}

/// Issues at a desk. Where the authority comes first, waits for it as long as `patience` says.
pub async fn issue(
    desk: &Arc<Desk>,
    order: Order,
    patience: Patience,
) -> Result<Issued, IssueError> {
    issue_meanwhile(desk, (order, patience), |_, _| ()).await
}

/// The same; and while the ledger writes, `meanwhile` makes of the priced invoice and its canonical
/// bytes what is needed for the answer. It is not called where nobody was waited for.
pub async fn issue_meanwhile(
    desk: &Arc<Desk>,
    (order, patience): (Order, Patience),
    meanwhile: impl FnOnce(&Invoice, Vec<u8>),
) -> Result<Issued, IssueError> {
    let original = original_of(desk, &order.draft).await?;
    let invoice = Arc::new(price(desk, &order.draft, original.clone()).await?);
    let claims = claims(desk, original.as_ref(), &invoice);
    let payload = payload(&invoice)?;
    let bytes = payload.bytes().to_vec();
    let id = desk.chance.invoice_id(&desk.outlet.id, desk.clock.now());
    let begun = Begun::default();
    let seal_order = SealOrder {
        idempotency: order.idempotency,
        credits: claims,
        ..seal_order(desk, &id, (&invoice, payload), &begun)
    };
    let sealing = desk.ledger.seal(seal_order);
    let outcome = doing(sealing, || meanwhile(&invoice, bytes)).await;
    match outcome.map_err(as_fault)? {
        SealOutcome::Replayed(earlier) => Ok(Issued::Replayed(earlier)),
        SealOutcome::Recorded(recorded) => match begun.take() {
            None => {
                // The order was dropped when it was answered, so that nobody else holds the invoice.
                let sealed = seal_of(id, Arc::unwrap_or_clone(invoice), &recorded.entry);
                Ok(Issued::Sealed(Box::new(sealed), Some(Box::new(recorded.proof))))
            }
            Some(progress) => {
                let lease = recorded.lease.expect("a requested invoice is leased to us");
                let number = recorded.assigned.number.clone();
                let underway = Underway::requested(&id, &invoice, number, lease);
                let driven = drive_on(desk, underway, progress, patience).await;
                Ok(issued(id, Arc::unwrap_or_clone(invoice), driven))
            }
        },
    }
}

/// Waits for `work`, and does the other once it waits.
async fn doing<T>(work: impl Future<Output = T>, other: impl FnOnce()) -> T {
    let (mut work, mut other) = (pin!(work), Some(other));
    poll_fn(|context| {
        let polled = work.as_mut().poll(context);
        if polled.is_pending()
            && let Some(other) = other.take()
        {
            other();
        }
        polled
    })
    .await
}

async fn price(
    desk: &Desk,
    draft: &Draft,
    original: Option<OriginalInvoice>,
) -> Result<Invoice, IssueError> {
    let facts = PricingFacts {
        seller: desk.seller.clone(),
        today: desk.zone.date(desk.clock.now()),
        original,
        replaces: replaced(desk, draft).await?,
        reference_rates: desk.known_rates(),
    };
    let invoice = desk.authority.price(draft, &facts).map_err(IssueError::Faults)?;
    let faults = desk.authority.check(&invoice);
    if faults.is_empty() { Ok(invoice) } else { Err(IssueError::Faults(faults)) }
}

fn payload(invoice: &Invoice) -> Result<Payload, TooLarge> {
    let bytes = invoice.canonical_bytes();
    if bytes.len() > PAYLOAD_BYTES_MAX {
        return Err(TooLarge { max: PAYLOAD_BYTES_MAX });
    }
    Ok(Payload::new(bytes))
}

fn seal_order(
    desk: &Desk,
    id: &InvoiceId,
    (invoice, payload): (&Arc<Invoice>, Payload),
    begun: &Begun,
) -> SealOrder {
    let now = desk.clock.now();
    SealOrder {
        tenant: desk.outlet.tenant.clone(),
        invoice: id.clone(),
        series: series(desk, invoice, now),
        payload,
        taxpayer: invoice.seller().tax_id.clone(),
        total: invoice.totals().total,
        currency: invoice.currency().to_owned(),
        regime: invoice.regime_version().to_owned(),
        summary: summary(invoice),
        idempotency: None,
        credits: Vec::new(),
        replaces: invoice.replaces().cloned(),
        stands_for: stands_for(desk, invoice),
        signer: desk.signer.clone(),
        now,
        prepare: prepare(desk, Arc::clone(invoice), begun.clone(), now),
    }
}

/// The receipt on paper that the invoice stands for.
fn stands_for(desk: &Desk, invoice: &Invoice) -> Option<String> {
    desk.authority.paper_receipts().and_then(|papers| papers.stood_for(invoice))
}

fn series(desk: &Desk, invoice: &Invoice, now: Timestamp) -> Series {
    match desk.authority.series(invoice) {
        SeriesRule::Yearly => Series::Yearly {
            fiscal_year: invoice.issued_on().year(),
            template: desk.outlet.number_template.clone(),
            outlet_code: desk.outlet.code.clone(),
        },
        SeriesRule::Authorised(kind) => {
            let on = drawn_on(invoice.issued_on(), desk.zone.date(now));
            Series::Authorised { kind: kind.code.to_owned(), on }
        }
    }
}

/// The day on which a range must be in force for a number to be drawn from it. A document that is
/// dated back reaches the authority today all the same, which looks whether the number has expired.
fn drawn_on(issued_on: Date, today: Date) -> Date {
    issued_on.max(today)
}

fn summary(invoice: &Invoice) -> Summary {
    Summary {
        document_kind: invoice.kind().to_owned(),
        issued_on: invoice.issued_on().to_string(),
        customer_name: invoice.customer().name.clone(),
        customer_tax_id: invoice.customer().tax_id.clone(),
    }
}

/// Finishes the invoice inside the transaction, once its number is known. A transaction may sign,
/// but never send: where the machine wants to send first, the invoice is *requested* only, and what
/// is stored is the state before that step, in which nothing has left us.
fn prepare(desk: &Desk, invoice: Arc<Invoice>, begun: Begun, now: Timestamp) -> Prepare {
    let authority = Arc::clone(&desk.authority);
    let keys = desk.keys.clone();
    let is_cut_off = desk.reach.cut_off_since().is_some();
    Box::new(move |assigned| {
        let (before, (progress, step)) =
            first(authority.as_ref(), &keys, (&invoice, is_cut_off), assigned)?;
        if progress.as_bytes().len() > PROGRESS_BYTES_MAX {
            return Err(TooLarge { max: PROGRESS_BYTES_MAX }.into());
        }
        let prepared = match &step {
            Step::Sealed(elements) => Prepared {
                opening: Opening::Sealed,
                elements: elements.as_ref().map(SecurityElements::to_bytes),
                authority_code: elements.as_ref().map(|elements| elements.code.clone()),
                submission: NewSubmission {
                    send_by: authority
                        .sending_term(&invoice, is_cut_off)
                        .map(|term| assigned.sealed_at.plus_micros(i64::from(term.hours) * HOUR)),
                    ..submission(&progress, now, (None, authority.keeps_order()))
                },
            },
            Step::Send(_)
            | Step::Wait { .. }
            | Step::Ask(_)
            | Step::GiveUp(_)
            | Step::Acknowledged(_)
            | Step::Done(_)
            | Step::Sign(..) => {
                let lease = NewLease { owner: "request".to_owned(), until: now.plus_micros(LEASE) };
                begun.set(before.clone());
                Prepared {
                    opening: Opening::Requested,
                    elements: None,
                    authority_code: None,
                    submission: submission(&before, now, (Some(lease), authority.keeps_order())),
                }
            }
        };
        Ok(prepared)
    })
}

/// Bytes of a machine's progress when an invoice begins. What it comes to keep later, an id or the
/// authority's own words, must still fit, or an invoice that is under way could not go on.
const PROGRESS_BYTES_MAX: usize = BLOB_BYTES_MAX - 64 * 1024;

/// The first step that is not a signature, and the state before it: signatures are made here,
/// inside the transaction.
fn first(
    authority: &dyn Authority,
    keys: &Keys,
    (invoice, is_cut_off): (&Invoice, bool),
    assigned: &Assigned,
) -> Result<(Progress, (Progress, Step)), BoxError> {
    let matter = Matter::Invoice(Numbered {
        number_expires: assigned.number_expires,
        is_cut_off,
        ..Numbered::new(invoice, &assigned.number)
    });
    let mut progress = authority.begin(&matter);
    let mut event = Event::Started;
    for _ in 0..SIGNATURES_MAX {
        let before = progress.as_bytes().to_vec();
        match authority.step(&matter, progress, event, assigned.sealed_at)? {
            (next, Step::Sign(bytes, role)) => {
                event = Event::Signed(keys.sign(&bytes, role, assigned.sealed_at)?);
                progress = next;
            }
            stepped => return Ok((Progress::from_bytes(before), stepped)),
        }
    }
    Err("the authority wants more signatures than any document bears".into())
}

const HOUR: i64 = 3_600 * invoice::SECOND;

/// Signatures of one document before it is sealed.
const SIGNATURES_MAX: usize = 4;

fn submission(
    progress: &Progress,
    now: Timestamp,
    (lease, keeps_order): (Option<NewLease>, bool),
) -> NewSubmission {
    NewSubmission {
        state: SubmissionState::Queued,
        progress: progress.as_bytes().to_vec(),
        due_at: now,
        // A delivery keeps its order where the authority counts; a request that a till waits for
        // does not stand behind one that is being found out.
        ordered: lease.is_none() && keeps_order,
        send_by: None,
        lease,
    }
}

/// The state from which a requested invoice is driven, handed out of the transaction.
#[derive(Clone, Default)]
struct Begun(Arc<Mutex<Option<Progress>>>);

impl Begun {
    fn set(&self, progress: Progress) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }

    fn take(&self) -> Option<Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn seal_of(id: InvoiceId, invoice: Invoice, entry: &Entry) -> SealedInvoice {
    SealedInvoice {
        id,
        invoice,
        statement: Statement::parse(&entry.statement).expect("the ledger just wrote it"),
        signature: entry.signature,
        elements: entry.elements.as_deref().and_then(SecurityElements::parse),
    }
}

fn issued(id: InvoiceId, invoice: Invoice, driven: Driven) -> Issued {
    match driven {
        Driven::Sealed(entry) => Issued::Sealed(Box::new(seal_of(id, invoice, &entry)), None),
        Driven::Refused => Issued::Refused(id),
        // Somebody else may have finished it meanwhile; whoever asks again will see.
        Driven::Waiting
        | Driven::Asked
        | Driven::SetAside
        | Driven::Acknowledged
        | Driven::Lost => Issued::Underway(id),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[tokio::test]
    async fn what_is_done_meanwhile_is_done_once_and_only_where_it_is_waited() {
        let mut times = 0;
        assert_eq!(doing(async { 7 }, || times += 1).await, 7);
        assert_eq!(times, 0, "nobody was waited for");
        let work = async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            7
        };
        assert_eq!(doing(work, || times += 1).await, 7);
        assert_eq!(times, 1);
    }

    #[test]
    fn numbers_are_drawn_on_the_later_day() {
        let (yesterday, today) = (date(2026, 12, 31), date(2027, 1, 1));
        assert_eq!(drawn_on(yesterday, today), today, "dated back");
        assert_eq!(drawn_on(today, today), today);
        assert_eq!(drawn_on(today, yesterday), today, "dated ahead");
    }
}
