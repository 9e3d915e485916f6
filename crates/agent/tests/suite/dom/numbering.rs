//! Numbers as the DGII wants them, over a ledger that counts by outlet and year: the same ordinal,
//! written as the e-NCF of the document's type.

use authorities::{
    Authority, Event, Matter, Numbered, PaperReceipts, Progress, RangeKind, Referred, Refusal,
    SendingTerm, SeriesRule, Service, Step,
};
use invoice::{Claim, Draft, Fault, Invoice, OriginalInvoice, PricingFacts, Regime, Timestamp};
use jiff::civil::date;
use std::sync::Arc;

pub(super) struct Encfs(pub(super) Arc<dyn Authority>);

impl Encfs {
    fn with_encf<T>(&self, matter: &Matter<'_>, then: impl FnOnce(&Matter<'_>) -> T) -> T {
        let Matter::Invoice(numbered) = matter else { return then(matter) };
        let encf = encf(self.0.regime(), numbered.invoice, numbered.number);
        let expires = Some(date(2028, 12, 31));
        then(&Matter::Invoice(Numbered { number: &encf, number_expires: expires, ..*numbered }))
    }
}

/// `SD01-2026-000007` of a consumer invoice is `E320000000007`.
pub(super) fn encf(regime: &Regime, invoice: &Invoice, number: &str) -> String {
    let code = regime.document_kind(invoice.kind()).unwrap().coded.code;
    let ordinal: u64 = number.rsplit_once('-').unwrap().1.parse().unwrap();
    format!("E{code}{ordinal:010}")
}

impl Authority for Encfs {
    fn id(&self) -> &'static str {
        self.0.id()
    }

    fn regime(&self) -> &Regime {
        self.0.regime()
    }

    fn zones(&self) -> &'static [&'static str] {
        self.0.zones()
    }

    fn system_id(&self) -> Option<&str> {
        self.0.system_id()
    }

    fn price(&self, draft: &Draft, facts: &PricingFacts) -> Result<Invoice, Vec<Fault>> {
        self.0.price(draft, facts)
    }

    fn refers_to(&self, draft: &Draft) -> Option<Referred> {
        self.0.refers_to(draft)
    }

    fn claims(&self, original: &OriginalInvoice, correction: &Invoice) -> Vec<Claim> {
        self.0.claims(original, correction)
    }

    fn check(&self, invoice: &Invoice) -> Vec<Fault> {
        self.0.check(invoice)
    }

    fn series(&self, _: &Invoice) -> SeriesRule {
        SeriesRule::Yearly
    }

    fn range_kinds(&self) -> &'static [RangeKind] {
        &[]
    }

    fn services(&self) -> &'static [Service] {
        self.0.services()
    }

    fn keeps_order(&self) -> bool {
        self.0.keeps_order()
    }

    fn under_way_max(&self) -> usize {
        self.0.under_way_max()
    }

    fn sending_term(&self, invoice: &Invoice, is_cut_off: bool) -> Option<SendingTerm> {
        self.0.sending_term(invoice, is_cut_off)
    }

    fn paper_receipts(&self) -> Option<&dyn PaperReceipts> {
        self.0.paper_receipts()
    }

    fn begin(&self, matter: &Matter<'_>) -> Progress {
        self.with_encf(matter, |matter| self.0.begin(matter))
    }

    fn step(
        &self,
        matter: &Matter<'_>,
        progress: Progress,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal> {
        self.with_encf(matter, |matter| self.0.step(matter, progress, event, now))
    }
}
