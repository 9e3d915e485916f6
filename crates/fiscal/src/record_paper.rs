//! Record a receipt on paper: what an outlet issued by hand while it could issue nothing else, so
//! that an invoice can stand for it afterwards.

use authorities::{Paper, PaperReceipts, PaperTerms};
use invoice::{Amount, Draft, Fault, Invoice, Json, PricingFacts, Rule};
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use ledger::{Alert, LedgerError, NewPaper, PaperId};

use crate::desk::Desk;

/// A receipt as it lies in the book.
#[derive(Clone, Debug)]
pub struct PaperReceipt {
    /// As printed.
    pub number: String,
    pub issued_on: Date,
    /// The day from which the outlet could issue nothing else; the receipt's own where nobody says.
    pub since: Option<Date>,
    pub total: Amount,
    /// What was sold, as a draft: without a date, and without the receipt's name.
    pub draft: Json,
    /// The API key, or who was at the machine.
    pub by: String,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    #[error("the receipt has {} faults, the first: {}", .0.len(), .0[0])]
    Faults(Vec<Fault>),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Records the receipt once its invoice could be issued as it stands.
///
/// False where the same receipt was recorded before; nothing is written then.
pub async fn record_paper(
    desk: &Desk,
    receipt: PaperReceipt,
) -> Result<(PaperId, bool), PaperError> {
    let papers = papers(desk).map_err(of_one)?;
    let invoice = check(desk, papers, &receipt).map_err(PaperError::Faults)?;
    let new = row(desk, papers.terms(), (receipt, &invoice)).map_err(of_one)?;
    if let Some(known) = desk.ledger.paper(&new.tenant, &new.id).await? {
        let (known, is_draft) = (known.summary, known.draft == new.draft);
        let is_it = (known.issued_on, known.since, known.total)
            == (new.issued_on, new.since, new.total)
            && is_draft;
        return if is_it { Ok((new.id, false)) } else { Err(held(&new.id)) };
    }
    let (id, alert) = (new.id.clone(), too_long(&new));
    match desk.ledger.record_paper(new).await {
        Ok(()) => {}
        Err(LedgerError::Conflict(_)) => return Err(held(&id)),
        Err(error) => return Err(error.into()),
    }
    if let Some(alert) = alert
        && desk.ledger.raise_alert(alert).await?
    {
        tracing::warn!(outlet.id = %desk.outlet.id, "paper was used for longer than the law allows");
    }
    Ok((id, true))
}

/// What the outlet's authority knows of receipts on paper.
pub(crate) fn papers(desk: &Desk) -> Result<&dyn PaperReceipts, Fault> {
    desk.authority.paper_receipts().ok_or_else(|| Fault::new(PAPER_UNKNOWN, "/outlet"))
}

/// The draft of the invoice that stands for a receipt, with faults as of the draft itself.
pub(crate) fn standing_for(
    papers: &dyn PaperReceipts,
    sold: &Json,
    paper: &Paper<'_>,
) -> Result<Draft, Vec<Fault>> {
    papers.standing_for(Draft::read(sold)?, paper)
}

/// The invoice as it would be issued today, or everything that is wrong.
fn check(
    desk: &Desk,
    papers: &dyn PaperReceipts,
    receipt: &PaperReceipt,
) -> Result<Invoice, Vec<Fault>> {
    let today = desk.zone.date(desk.clock.now());
    let mut faults: Vec<Fault> = papers.check_number(&receipt.number).err().into_iter().collect();
    if receipt.issued_on > today {
        faults.push(Fault::new(PAPER_IN_FUTURE, "/issued_on").with("today", today));
    }
    if receipt.since.is_some_and(|since| since > receipt.issued_on) {
        let fault = Fault::new(PAPER_SINCE_LATER, "/since");
        faults.push(fault.with("issued_on", receipt.issued_on));
    }
    if receipt.draft.member("issued_on").is_some() {
        faults.push(Fault::new(PAPER_DATED_TWICE, "/draft/issued_on"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let invoice = priced(desk, papers, receipt).map_err(|faults| {
        faults.into_iter().map(|fault| fault.within("/draft")).collect::<Vec<_>>()
    })?;
    let expected = invoice.totals().total;
    if receipt.total != expected {
        return Err(vec![Fault::new(PAPER_TOTAL_DIFFERS, "/total").with("expected", expected)]);
    }
    Ok(invoice)
}

fn priced(
    desk: &Desk,
    papers: &dyn PaperReceipts,
    receipt: &PaperReceipt,
) -> Result<Invoice, Vec<Fault>> {
    let paper = Paper { number: &receipt.number, issued_on: receipt.issued_on };
    let draft = standing_for(papers, &receipt.draft, &paper)?;
    let facts = PricingFacts {
        seller: desk.seller.clone(),
        today: desk.zone.date(desk.clock.now()),
        original: None,
        replaces: None,
        reference_rates: desk.known_rates(),
    };
    let invoice = desk.authority.price(&draft, &facts)?;
    let faults = desk.authority.check(&invoice);
    if faults.is_empty() { Ok(invoice) } else { Err(faults) }
}

fn row(
    desk: &Desk,
    terms: PaperTerms,
    (receipt, invoice): (PaperReceipt, &Invoice),
) -> Result<NewPaper, Fault> {
    let since = receipt.since.unwrap_or(receipt.issued_on);
    let out_of_calendar = || Fault::new(PAPER_OUT_OF_CALENDAR, "/issued_on");
    let later = |day: Date, days: Span| day.checked_add(days).map_err(|_| out_of_calendar());
    Ok(NewPaper {
        tenant: desk.outlet.tenant.clone(),
        id: PaperId { outlet: desk.outlet.id.clone(), number: receipt.number },
        taxpayer: desk.seller.tax_id.clone(),
        environment: desk.outlet.environment,
        kind: invoice.kind().to_owned(),
        issued_on: receipt.issued_on,
        since,
        // The first day is one of them.
        paper_until: later(since, (i64::from(terms.issuing_days) - 1).days())?,
        stand_by: later(receipt.issued_on, i64::from(terms.standing_days).days())?,
        total: receipt.total,
        currency: invoice.currency().to_owned(),
        customer_name: invoice.customer().name.clone(),
        customer_tax_id: invoice.customer().tax_id.clone(),
        draft: receipt.draft.to_text().into_bytes(),
        recorded_by: receipt.by,
        at: desk.clock.now(),
    })
}

/// Paper that was issued after the last day on which it may be.
fn too_long(new: &NewPaper) -> Option<Alert> {
    let member = |key: &str, value: String| (key.to_owned(), Json::String(value));
    let body = Json::Object(vec![
        member("number", new.id.number.clone()),
        member("issued_on", new.issued_on.to_string()),
        member("paper_until", new.paper_until.to_string()),
    ]);
    (new.issued_on > new.paper_until).then(|| Alert {
        tenant: new.tenant.clone(),
        outlet: Some(new.id.outlet.clone()),
        kind: "paper.too_long".to_owned(),
        key: format!("paper_too_long/{}/{}", new.id.outlet, new.since),
        body: body.to_text(),
        at: new.at,
    })
}

fn of_one(fault: Fault) -> PaperError {
    PaperError::Faults(vec![fault])
}

fn held(id: &PaperId) -> PaperError {
    of_one(Fault::new(PAPER_HELD, "/number").with("number", &id.number))
}

pub(crate) const PAPER_UNKNOWN: &Rule = &Rule {
    code: "paper_unknown",
    fr: "L'autorité de ce point de vente ne connaît pas de reçus sur papier.",
    es: "La autoridad de este punto de venta no contempla comprobantes en papel.",
    en: "The authority of this outlet knows no receipts on paper.",
};
pub(crate) const PAPER_HELD: &Rule = &Rule {
    code: "paper_held",
    fr: "Un autre reçu du contribuable porte déjà le numéro {number}.",
    es: "Otro comprobante del contribuyente ya lleva el número {number}.",
    en: "Another receipt of the taxpayer bears the number {number} already.",
};
pub(crate) const PAPER_IN_FUTURE: &Rule = &Rule {
    code: "paper_in_future",
    fr: "Le reçu ne peut être daté après le {today}, date du jour au point de vente.",
    es: "El comprobante no puede tener fecha posterior al {today}, la fecha de hoy en el punto de venta.",
    en: "The receipt cannot be dated after {today}, which is today at the outlet.",
};
pub(crate) const PAPER_SINCE_LATER: &Rule = &Rule {
    code: "paper_since_later",
    fr: "L'impossibilité d'émettre commence au plus tard à la date du reçu, le {issued_on}.",
    es: "La imposibilidad de emitir comienza a más tardar en la fecha del comprobante, {issued_on}.",
    en: "The outlet could issue nothing else from the receipt's date, {issued_on}, at the latest.",
};
pub(crate) const PAPER_DATED_TWICE: &Rule = &Rule {
    code: "paper_dated_twice",
    fr: "La date du reçu est dans issued_on ; la facture qui le représente porte celle de son émission.",
    es: "La fecha del comprobante está en issued_on; la factura que lo sustituye lleva la de su emisión.",
    en: "The receipt's date stands in issued_on; the invoice that stands for it bears its own.",
};
pub(crate) const PAPER_TOTAL_DIFFERS: &Rule = &Rule {
    code: "paper_total_differs",
    fr: "Les lignes donnent un total de {expected}.",
    es: "Las líneas suman un total de {expected}.",
    en: "The lines come to a total of {expected}.",
};
pub(crate) const PAPER_OUT_OF_CALENDAR: &Rule = &Rule {
    code: "paper_out_of_calendar",
    fr: "Cette date est hors du calendrier.",
    es: "Esta fecha está fuera del calendario.",
    en: "This date lies outside the calendar.",
};
pub(crate) const PAPER_STOOD_FOR: &Rule = &Rule {
    code: "paper_stood_for",
    fr: "La facture {by} représente déjà ce reçu sur papier.",
    es: "La factura {by} ya sustituye este comprobante en papel.",
    en: "Invoice {by} stands for this receipt on paper already.",
};
