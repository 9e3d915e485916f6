//! One invoice: its row against its entries, and its entries against one another.

use invoice::{EntryKind, Statement};

use super::chain::{parse, place};
use super::page::FollowUp;
use super::payload::{check_code, check_payload};
use super::{Break, EntryRow, OutletReport, Place};
use crate::number::NumberTemplate;
use crate::range::written;
use crate::series::SeriesKey;
use crate::stage::Stage;
use crate::submission::SubmissionState;

/// An invoice's columns as they stand, and what hangs on it.
pub(crate) struct InvoiceRow {
    pub(crate) outlet: String,
    pub(crate) sequence: u64,
    pub(crate) invoice: String,
    pub(crate) tenant: String,
    pub(crate) series: String,
    /// The range that the series is a share of: its row, where it names one.
    pub(crate) range: Option<RangeRow>,
    pub(crate) ordinal: i64,
    pub(crate) number: String,
    pub(crate) at: i64,
    pub(crate) taxpayer: String,
    pub(crate) total: String,
    pub(crate) currency: String,
    pub(crate) regime: String,
    pub(crate) payload_hash: Vec<u8>,
    pub(crate) document_kind: String,
    pub(crate) issued_on: String,
    pub(crate) customer_name: Option<String>,
    pub(crate) customer_tax_id: Option<String>,
    pub(crate) stage: String,
    /// The state of its submission.
    pub(crate) submission: Option<String>,
    /// The refused invoice whose place it claims.
    pub(crate) replaces: Option<String>,
    /// The invoices of which it takes something back, by its claims.
    pub(crate) credits: Option<String>,
}

/// What a range says of its numbers.
pub(crate) struct RangeRow {
    pub(crate) kind: String,
    pub(crate) prefix: String,
    pub(crate) width: usize,
    pub(crate) expires_on: Option<String>,
}

/// Checks an invoice with all its entries, in their order, and counts it.
pub(super) fn check_invoice(
    row: &InvoiceRow,
    opening: Option<(&EntryRow, &Statement)>,
    later: &[FollowUp],
    report: &mut OutletReport,
) -> Result<(), Break> {
    let at = || invoice_place(row);
    Break::unless_equal(at, "the tenant", (&row.tenant, &report.tenant))?;
    let Some((opening, stated)) = opening else {
        return Err(Break::new(at(), "its first entry", (&"missing", &row.sequence)));
    };
    let opens = opening.invoice.as_deref() == Some(&*row.invoice) && opening.payload.is_some();
    let stage = Stage::opened_by(stated.kind).filter(|_| opens).ok_or_else(|| {
        let opened = format!("{} opens", row.invoice);
        Break::new(place(opening), "the entry", (&"another's", &opened))
    })?;
    check_columns(row, stated)?;
    check_payload(row, opening.payload.as_deref().unwrap_or_default())?;
    Break::unless_equal(at, "the time", (&row.at, &stated.sealed_at.micros()))?;
    let stage = later.iter().try_fold(stage, |stage, FollowUp { entry, .. }| {
        let of = entry.invoice.as_deref().unwrap_or_default();
        Break::unless_equal(|| place(entry), "the invoice", (of, row.invoice.as_str()))?;
        follow(stage, entry, stated)
    })?;
    Break::unless_equal(at, "the stage", (row.stage.as_str(), stage.as_str()))?;
    let mut entries = std::iter::once(opening).chain(later.iter().map(|later| &later.entry));
    entries.try_fold(None, |code, entry| check_code(entry, code))?;
    check_submission(row, stated.kind, stage)?;
    count(report, stage);
    Ok(())
}

fn follow(stage: Stage, entry: &EntryRow, opening: &Statement) -> Result<Stage, Break> {
    let stated = parse(entry)?;
    let same = Statement {
        sequence: stated.sequence,
        kind: stated.kind,
        sealed_at: stated.sealed_at,
        previous: stated.previous,
        key_id: stated.key_id.clone(),
        elements_hash: stated.elements_hash,
        ..opening.clone()
    };
    if same != stated {
        let stored = format!("{} {}", stated.number, stated.payload_hash.to_hex());
        let expected = format!("{} {}", opening.number, opening.payload_hash.to_hex());
        return Err(Break::new(place(entry), "the invoice that it states", (&stored, &expected)));
    }
    stage.after(stated.kind).ok_or_else(|| {
        let expected = format!("what may follow upon {}", stage.as_str());
        Break::new(place(entry), "the kind", (&stated.kind.as_str(), &expected))
    })
}

fn check_columns(row: &InvoiceRow, stated: &Statement) -> Result<(), Break> {
    let at = || invoice_place(row);
    let total = stated.total.map(|total| total.to_string()).unwrap_or_default();
    for (what, stored, stated) in [
        ("the number", &row.number, &stated.number),
        ("the taxpayer", &row.taxpayer, &stated.taxpayer),
        ("the total", &row.total, &total),
        ("the currency", &row.currency, &stated.currency),
        ("the regime", &row.regime, &stated.regime),
    ] {
        Break::unless_equal(at, what, (stored, stated))?;
    }
    Break::unless_hash(at, "the hash of the invoice", (&row.payload_hash, stated.payload_hash))?;
    let unknown = || Break::new(at(), "the series", (&row.series, &"a year or a share"));
    match (SeriesKey::parse(&row.series).ok_or_else(unknown)?, &row.range) {
        (SeriesKey::Year(year), None) => check_yearly_number(row, year),
        (SeriesKey::Share { kind, first }, Some(range)) => {
            check_number_of_range(row, range, (&kind, first))
        }
        (SeriesKey::Year(_) | SeriesKey::Share { .. }, _) => Err(unknown()),
    }
}

fn check_yearly_number(row: &InvoiceRow, year: i16) -> Result<(), Break> {
    let bears = |wanted: i64| {
        NumberTemplate::numerals(&row.number).any(|value| i64::try_from(value) == Ok(wanted))
    };
    for (what, value) in [("the ordinal", row.ordinal), ("the fiscal year", year.into())] {
        if !bears(value) {
            let expected = format!("that of {}", row.number);
            return Err(Break::new(invoice_place(row), what, (&value, &expected)));
        }
    }
    Ok(())
}

/// The number is that of its place in the share, and was taken before the range expired.
fn check_number_of_range(
    row: &InvoiceRow,
    range: &RangeRow,
    (kind, first): (&str, u64),
) -> Result<(), Break> {
    let at = || invoice_place(row);
    Break::unless_equal(at, "the kind of its range", (range.kind.as_str(), kind))?;
    let ordinal = u64::try_from(row.ordinal).unwrap_or(0);
    let number = written(&range.prefix, range.width, (first + ordinal).saturating_sub(1));
    Break::unless_equal(at, "the number of its place in the share", (&row.number, &number))?;
    match &range.expires_on {
        Some(last_day) if row.issued_on > *last_day => {
            let expected = format!("{last_day} at the latest");
            Err(Break::new(at(), "the date", (&row.issued_on, &expected)))
        }
        _ => Ok(()),
    }
}

/// Whether the authority is still to be told follows from the entries; the queue must say the same,
/// or an invoice would never reach it.
fn check_submission(row: &InvoiceRow, opened: EntryKind, stage: Stage) -> Result<(), Break> {
    let place = || Place::Submission { invoice: row.invoice.clone() };
    let Some(stored) = &row.submission else {
        return Err(Break::new(place(), "the submission", (&"missing", &"one row")));
    };
    let may = |state: &SubmissionState| stage.goes_with(opened, *state);
    if SubmissionState::parse(stored).is_some_and(|state| may(&state)) {
        return Ok(());
    }
    let states = SubmissionState::ALL.iter().filter(|state| may(state)).map(|state| state.as_str());
    let expected = states.collect::<Vec<_>>().join(" or ");
    Err(Break::new(place(), "the state", (stored, &expected)))
}

fn count(report: &mut OutletReport, stage: Stage) {
    report.invoices += 1;
    match stage {
        Stage::Requested => report.requested += 1,
        Stage::Unanswered => report.unanswered += 1,
        Stage::Refused => {}
        Stage::Sealed | Stage::SealedUnanswered | Stage::SealedRefused | Stage::Acknowledged => {
            report.sealed += 1;
        }
    }
}

pub(super) fn invoice_place(row: &InvoiceRow) -> Place {
    Place::Invoice { outlet: row.outlet.clone(), invoice: row.invoice.clone() }
}
