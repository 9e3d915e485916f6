//! Credit notes and re-issues: find what they name, and claim what they take back.

use invoice::{
    Amount, Claim, Draft, Fault, Invoice, InvoiceId, Original, OriginalInvoice, OriginalName,
    OutletId, Quantity, Rule,
};
use ledger::{CreditClaim, InvoiceRecord, InvoiceSummary, LedgerError, Stage};

use crate::annul_numbers::NUMBERS_UNKNOWN;
use crate::authorise_range::{
    NUMBER_OF_ANOTHER_KIND, NUMBERS_HELD, NUMBERS_OUTSIDE, RANGE_EMPTY, RANGE_EXPIRED,
    RANGE_EXPIRY_MISSING, RANGE_EXPIRY_UNKNOWN, RANGE_KIND_UNKNOWN,
};
use crate::desk::Desk;
use crate::issue::{IssueError, TooLarge};
use crate::read::sealed_invoice;
use crate::record_paper::{
    PAPER_DATED_TWICE, PAPER_HELD, PAPER_IN_FUTURE, PAPER_OUT_OF_CALENDAR, PAPER_SINCE_LATER,
    PAPER_STOOD_FOR, PAPER_TOTAL_DIFFERS, PAPER_UNKNOWN,
};

/// Every rule of this crate, for the test that walks them all.
pub const RULES: &[&Rule] = &[
    ORIGINAL_UNKNOWN,
    ORIGINAL_NOT_SEALED,
    ORIGINAL_REFUSED,
    CREDIT_EXCEEDS,
    CREDIT_EXCEEDS_TOTAL,
    REPLACES_UNKNOWN,
    REPLACES_NOT_REFUSED,
    REPLACES_TAKEN,
    RANGE_KIND_UNKNOWN,
    RANGE_EMPTY,
    RANGE_EXPIRED,
    RANGE_EXPIRY_MISSING,
    RANGE_EXPIRY_UNKNOWN,
    NUMBER_OF_ANOTHER_KIND,
    NUMBERS_HELD,
    NUMBERS_OUTSIDE,
    NUMBERS_UNKNOWN,
    PAPER_UNKNOWN,
    PAPER_HELD,
    PAPER_IN_FUTURE,
    PAPER_SINCE_LATER,
    PAPER_DATED_TWICE,
    PAPER_TOTAL_DIFFERS,
    PAPER_OUT_OF_CALENDAR,
    PAPER_STOOD_FOR,
];

const ORIGINAL_UNKNOWN: &Rule = &Rule {
    code: "original_unknown",
    fr: "Aucune facture de ce point de vente ne porte ce nom.",
    es: "Ninguna factura de este punto de venta lleva este nombre.",
    en: "No invoice of this outlet goes by this name.",
};
const ORIGINAL_NOT_SEALED: &Rule = &Rule {
    code: "original_not_sealed",
    fr: "La facture d'origine n'est pas scellée.",
    es: "La factura original no está sellada.",
    en: "The original invoice is not sealed.",
};
const ORIGINAL_REFUSED: &Rule = &Rule {
    code: "original_refused",
    fr: "L'autorité a refusé la facture d'origine : elle se remplace (replaces), elle ne se corrige pas.",
    es: "La autoridad rechazó la factura original: se reemplaza (replaces), no se corrige.",
    en: "The authority refused the original invoice: it is replaced (replaces), not corrected.",
};
const CREDIT_EXCEEDS: &Rule = &Rule {
    code: "credits_exceed_sold",
    fr: "Les avoirs reprennent déjà {already} de cet article ; {claimed} de plus dépasse {limit}.",
    es: "Las notas de crédito ya devuelven {already} de este artículo; {claimed} más supera {limit}.",
    en: "Credit notes already take back {already} of this article; {claimed} more is above {limit}.",
};
const CREDIT_EXCEEDS_TOTAL: &Rule = &Rule {
    code: "credits_exceed_total",
    fr: "Les avoirs reprennent déjà {already} de cette facture ; {claimed} de plus dépasse {limit}.",
    es: "Las notas de crédito ya devuelven {already} de esta factura; {claimed} más supera {limit}.",
    en: "Credit notes already take back {already} of this invoice; {claimed} more is above {limit}.",
};
const REPLACES_UNKNOWN: &Rule = &Rule {
    code: "replaces_unknown",
    fr: "La facture à remplacer n'existe pas à ce point de vente.",
    es: "La factura que se reemplaza no existe en este punto de venta.",
    en: "The invoice to be replaced does not exist at this outlet.",
};
const REPLACES_NOT_REFUSED: &Rule = &Rule {
    code: "replaces_not_refused",
    fr: "Seule une facture refusée peut être remplacée.",
    es: "Solo se puede reemplazar una factura rechazada.",
    en: "Only a refused invoice can be replaced.",
};
const REPLACES_TAKEN: &Rule = &Rule {
    code: "replaces_taken",
    fr: "La facture {by} remplace déjà cette facture refusée.",
    es: "La factura {by} ya reemplaza esta factura rechazada.",
    en: "Invoice {by} takes the place of this refused invoice already.",
};

/// The invoice that a draft corrects, with its names; nothing where it names none.
pub(crate) async fn original_of(
    desk: &Desk,
    draft: &Draft,
) -> Result<Option<OriginalInvoice>, IssueError> {
    const AT: &str = "/credit/original";
    let Some(name) = draft.credit.as_ref().and_then(|credit| credit.original.as_ref()) else {
        return referred_to(desk, draft).await;
    };
    let record = find(desk, name).await?;
    let record = record.ok_or_else(|| fault(Fault::new(ORIGINAL_UNKNOWN, AT)))?;
    original(&record, AT).map(Some)
}

/// The taxpayer's own document that a draft's section refers to by its number, of whatever outlet.
/// One that the ledger does not hold was issued before it, and nobody here knows more of it.
async fn referred_to(desk: &Desk, draft: &Draft) -> Result<Option<OriginalInvoice>, IssueError> {
    let Some(referred) = desk.authority.refers_to(draft) else { return Ok(None) };
    let tenant = &desk.outlet.tenant;
    let mut found = desk.ledger.invoices_by_number(tenant, &referred.number).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let siblings = siblings(desk).await?;
    found.retain(|summary| siblings.contains(&summary.outlet));
    let Some(id) = newest(found) else { return Ok(None) };
    match desk.ledger.invoice(tenant, &id).await? {
        Some(record) => original(&record, referred.pointer).map(Some),
        None => Ok(None),
    }
}

/// The outlets of the desk's taxpayer in its environment: their numbers are of the same ranges.
async fn siblings(desk: &Desk) -> Result<Vec<OutletId>, LedgerError> {
    let own = &desk.outlet;
    let outlets = desk.ledger.outlets(&own.tenant).await?;
    let of_taxpayer = outlets.into_iter().filter(|outlet| {
        (&outlet.taxpayer, outlet.environment) == (&own.taxpayer, own.environment)
    });
    Ok(of_taxpayer.map(|outlet| outlet.id).collect())
}

/// A record as an original: sealed, and not refused since. `pointer` is where the draft names it.
fn original(record: &InvoiceRecord, pointer: &str) -> Result<OriginalInvoice, IssueError> {
    if record.invoice.stage == Stage::SealedRefused {
        return Err(fault(Fault::new(ORIGINAL_REFUSED, pointer)));
    }
    let unreadable = |error: crate::read::UnreadableRecord| {
        IssueError::Ledger(LedgerError::Corrupt(error.to_string()))
    };
    let sealed = sealed_invoice(record)
        .map_err(unreadable)?
        .ok_or_else(|| fault(Fault::new(ORIGINAL_NOT_SEALED, pointer)))?;
    let names = Original {
        id: sealed.id.clone(),
        number: sealed.number().to_owned(),
        entry_hash: sealed.entry_hash(),
        code: sealed.elements.as_ref().map(|elements| elements.code.clone()),
    };
    Ok(OriginalInvoice { names, invoice: sealed.invoice })
}

async fn find(desk: &Desk, name: &OriginalName) -> Result<Option<InvoiceRecord>, LedgerError> {
    let tenant = &desk.outlet.tenant;
    let found = match name {
        OriginalName::Id(id) => InvoiceId::parse(id).ok(),
        OriginalName::Number(number) => {
            newest(of_outlet(desk, desk.ledger.invoices_by_number(tenant, number).await?))
        }
        OriginalName::Code(code) => {
            let code = code.replace('-', "");
            newest(of_outlet(desk, desk.ledger.invoices_by_authority_code(tenant, &code).await?))
        }
    };
    match found.filter(|id| id.outlet() == desk.outlet.id) {
        Some(id) => desk.ledger.invoice(tenant, &id).await,
        None => Ok(None),
    }
}

fn of_outlet(desk: &Desk, mut summaries: Vec<InvoiceSummary>) -> Vec<InvoiceSummary> {
    summaries.retain(|summary| summary.outlet == desk.outlet.id);
    summaries
}

/// Of several that share a number, refused ones aside, there is one. One that was refused after it
/// was sealed is found where no other took its number, so that the caller is told of it.
fn newest(mut summaries: Vec<InvoiceSummary>) -> Option<InvoiceId> {
    summaries.retain(|summary| summary.stage != Stage::Refused);
    let stands = |summary: &InvoiceSummary| summary.stage != Stage::SealedRefused;
    let place = summaries.iter().position(stands).unwrap_or_default();
    summaries.into_iter().nth(place).map(|summary| summary.invoice)
}

/// The refused invoice that a draft takes the place of.
pub(crate) async fn replaced(desk: &Desk, draft: &Draft) -> Result<Option<InvoiceId>, IssueError> {
    let Some(text) = &draft.replaces else { return Ok(None) };
    let unknown = || fault(Fault::new(REPLACES_UNKNOWN, "/replaces"));
    let id = InvoiceId::parse(text).map_err(|_| unknown())?;
    let record = desk.ledger.invoice(&desk.outlet.tenant, &id).await?;
    let record = record.filter(|_| id.outlet() == desk.outlet.id).ok_or_else(unknown)?;
    match record.invoice.stage {
        Stage::Refused | Stage::SealedRefused => Ok(Some(id)),
        Stage::Requested
        | Stage::Unanswered
        | Stage::Sealed
        | Stage::SealedUnanswered
        | Stage::Acknowledged => Err(fault(Fault::new(REPLACES_NOT_REFUSED, "/replaces"))),
    }
}

/// What a correction claims of its original, as its regime counts it. A correction that names no
/// original claims nothing.
pub(crate) fn claims(
    desk: &Desk,
    original: Option<&OriginalInvoice>,
    invoice: &Invoice,
) -> Vec<CreditClaim> {
    let Some(original) = original else { return Vec::new() };
    let claims = desk.authority.claims(original, invoice);
    claims.into_iter().map(|claim| as_recorded(&original.names.id, claim)).collect()
}

fn as_recorded(original: &InvoiceId, claim: Claim) -> CreditClaim {
    let (line, quantity, limit) = match claim {
        Claim::Line { line, quantity, limit } => {
            let line = u32::try_from(line).expect("an invoice has at most a thousand lines");
            (line, quantity, limit)
        }
        Claim::Total { amount, limit } => (WHOLE, thousandths(amount), thousandths(limit)),
    };
    CreditClaim { original: original.clone(), line, quantity, limit }
}

/// Stands in a claim for the invoice as a whole, whose money is counted in thousandths like
/// everything that is claimed: no invoice has so many lines.
const WHOLE: u32 = u32::MAX;

fn thousandths(amount: Amount) -> Quantity {
    Quantity::from_units(amount.units() * 10)
}

/// What the ledger found of a draft that the draft alone could not show.
pub(crate) fn as_fault(error: LedgerError) -> IssueError {
    match error {
        LedgerError::CreditExceeds { line, already, claimed, limit, .. } => {
            let rule = if line == WHOLE { CREDIT_EXCEEDS_TOTAL } else { CREDIT_EXCEEDS };
            let fault = Fault::new(rule, "/lines")
                .with("already", already.to_short_string())
                .with("claimed", claimed.to_short_string())
                .with("limit", limit.to_short_string());
            IssueError::Faults(vec![fault])
        }
        LedgerError::AlreadyReplaced { by } => {
            fault(Fault::new(REPLACES_TAKEN, "/replaces").with("by", by))
        }
        LedgerError::AlreadyStoodFor { by } => {
            fault(Fault::new(PAPER_STOOD_FOR, "/credit").with("by", by))
        }
        LedgerError::Prepare(source) => match source.downcast::<TooLarge>() {
            Ok(too_large) => IssueError::TooLarge(*too_large),
            Err(source) => IssueError::Ledger(LedgerError::Prepare(source)),
        },
        other => IssueError::Ledger(other),
    }
}

fn fault(fault: Fault) -> IssueError {
    IssueError::Faults(vec![fault])
}
