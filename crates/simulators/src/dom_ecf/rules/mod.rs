//! What a document must obey beyond its structure (Formato e-CF; Informe Técnico e-CF): the codes and
//! words are the DGII's where they are known.

mod additional;
mod amounts;
mod codes;
mod currency;
mod header;
mod line;
mod notes;
mod pages;
mod subtotals;
mod summary;
mod totals;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::facts::Facts;
use super::register::{Register, Registration};
use super::route::Environment;
use super::sequences::Grant;
use super::verdict::{Findings, Verdict};
use super::xml::Element;
use amounts::{amount, whole};
use line::Line;
use totals::Totals;

/// What a rule may look at beside the document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    pub(super) facts: &'a Facts,
    pub(super) environment: Environment,
    /// The authority's day, and its time in microseconds.
    pub(super) today: Date,
    pub(super) now: i64,
    pub(super) register: &'a Register,
    pub(super) grant: Grant,
    /// Whether a test has said that the buyer is no taxpayer.
    pub(super) is_buyer_unknown: bool,
    /// Whether this is the whole consumer invoice of a summary that was accepted before.
    pub(super) is_support: bool,
}

/// Consumer invoices from this total on go to the DGII whole, with their buyer. In pesos.
pub(super) const CONSUMER_THRESHOLD: Decimal = Decimal::from_parts(250_000, 0, 0, false, 0);

/// Judges an `ECF` or an `RFCE` whose structure, signature and number are right.
pub(super) fn judge(root: &Element, setting: &Setting) -> Verdict {
    let mut findings = Findings::default();
    if root.local == "RFCE" {
        summary::check(root, setting, &mut findings);
        return findings.verdict();
    }
    // Seen: the text is empty and the number is not used.
    if setting.facts.number.kind == 33 && setting.facts.modification == Some(1) {
        return Verdict::reusable(codes::VOIDING_DEBIT, "");
    }
    let lines = Line::all(root);
    header::check(root, setting, &lines, &mut findings);
    for line in &lines {
        line.check(setting.facts.number.kind, &mut findings);
    }
    check_retained(root, setting, &mut findings);
    if let Some(totals) = Totals::of(root, &lines) {
        let returns_itbis = returns_itbis(root, setting);
        totals.check(returns_itbis, &mut findings);
        pages::check(&totals, returns_itbis, &mut findings);
        subtotals::check(&totals, &mut findings);
        currency::check(&totals, &mut findings);
    }
    notes::check(root, setting, &mut findings);
    findings.verdict()
}

impl<'a> Setting<'a> {
    /// The accepted document that this one modifies, if it is electronic and of this issuer.
    fn original(&self) -> Option<&'a Registration> {
        let number = notes::original_number(self.facts.modified.as_deref()?)?;
        let found = self.register.find(&self.facts.rnc, number)?;
        found.verdict.is_accepted().then_some(found)
    }
}

/// `TotalISRRetencion` of a payment abroad (47), which the schema leaves optional.
fn check_retained(root: &Element, setting: &Setting, findings: &mut Findings) {
    let stated = amount(root, "Encabezado/Totales/TotalISRRetencion");
    if setting.facts.number.kind == 47 && stated.is_none() {
        let text = codes::mandatory("TotalISRRetencion", "Totales", "Encabezado");
        findings.rejects(codes::ISR_RETAINED, text);
    }
}

/// A credit note after thirty days returns none.
fn returns_itbis(root: &Element, setting: &Setting) -> bool {
    let is_late = whole(root, "Encabezado/IdDoc/IndicadorNotaCredito") == Some(1);
    !(setting.facts.number.kind == 34 && is_late)
}

/// A consumer invoice that goes whole.
fn is_large_consumer(facts: &Facts) -> bool {
    facts.number.kind == 32 && facts.total_amount >= CONSUMER_THRESHOLD
}
