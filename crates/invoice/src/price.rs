//! Draft to invoice by tax groups: every total computed once, every fault told at once.
//!
//! The arithmetic is the SFE specification's (1.5.1-1.5.10): a line is its price times its
//! quantity; tax is computed per group, never per line; base and tax always sum to the total. A
//! regime whose law counts otherwise has its own, and comes through the same gate
//! ([`Assembly::build`]).

mod credit;
mod totals;

use jiff::civil::Date;

use crate::assembly::Assembly;
use crate::decimal::{Amount, ExchangeRate};
use crate::draft::{
    CREDIT_MISSING, CREDIT_UNEXPECTED, CUSTOMER_NAME_MISSING, CUSTOMER_TAX_ID_MISSING,
    DATE_NOT_TODAY, DISCOUNT_NOT_LOWER, Draft, DraftLine, DraftPayment, EXEMPTION_MISSING,
    Exchange, GROUP_NOT_FOR_EXPORT, GROUP_NOT_IN_FORCE, LINE_KIND_NOT_IN_GROUP, NOT_POSITIVE,
    PAYMENTS_DIFFER, RATE_OUT_OF_RANGE, TOO_MANY, TOO_MANY_DECIMALS, UNKNOWN_KEY, WRONG_CURRENCY,
};
use crate::fault::Fault;
use crate::ids::InvoiceId;
use crate::invoice::{CreditOf, ForeignAmount, Invoice, Line, Original, Payment, Seller};
use crate::regime::{DocumentKind, DocumentRole, Regime, TaxGroup};
pub(crate) use credit::RULES;
pub use credit::{Article, Claim, Sold, claims_by_line};

/// What pricing needs besides the draft and the regime.
#[derive(Clone, Debug)]
pub struct PricingFacts {
    pub seller: Seller,
    /// The day on the outlet's calendar.
    pub today: Date,
    /// The invoice that a credit note corrects, found by whoever holds the ledger.
    pub original: Option<OriginalInvoice>,
    /// The refused invoice that this one takes the place of.
    pub replaces: Option<InvoiceId>,
    /// The central bank's mean rates that are known: currency and rate.
    pub reference_rates: Vec<Exchange>,
}

/// An invoice that is being corrected, with its names and its lines.
#[derive(Clone, Debug)]
pub struct OriginalInvoice {
    pub names: Original,
    pub invoice: Invoice,
}

impl Invoice {
    /// Prices a draft by the groups of a regime, or tells every fault of it.
    pub fn price(draft: &Draft, regime: &Regime, facts: &PricingFacts) -> Result<Self, Vec<Fault>> {
        let mut pricing = Pricing { draft, regime, facts, faults: Vec::new() };
        match (pricing.invoice(), pricing.faults) {
            (Some(assembly), faults) if faults.is_empty() => {
                Ok(assembly.build().expect("base and tax are divided so that they sum"))
            }
            (_, faults) => {
                assert!(!faults.is_empty(), "an invoice that cannot be priced has a fault");
                Err(faults)
            }
        }
    }
}

struct Pricing<'a> {
    draft: &'a Draft,
    regime: &'a Regime,
    facts: &'a PricingFacts,
    faults: Vec<Fault>,
}

impl Pricing<'_> {
    fn invoice(&mut self) -> Option<Assembly> {
        self.faults.extend(self.draft.sections_unknown_to(None));
        let kind = self.document_kind();
        self.customer();
        self.currency();
        let issued_on = self.issued_on();
        self.exchange("/exchange", self.draft.exchange.as_ref());
        self.comments();
        let credit = self.credit(kind);
        let lines = self.lines(kind, issued_on);
        let (groups, totals) = self.totals(lines.as_deref()?, issued_on)?;
        self.counter_value("/exchange", self.draft.exchange.as_ref(), totals.total);
        let payments = self.payments(totals.total);
        Some(Assembly {
            regime: self.regime.version.to_owned(),
            kind: self.draft.kind.clone(),
            issued_on,
            currency: self.regime.currency.to_owned(),
            price_mode: self.draft.price_mode,
            seller: self.facts.seller.clone(),
            operator: self.draft.operator.clone(),
            customer: self.draft.customer.clone(),
            lines: lines?,
            groups,
            totals,
            payments,
            exchange: self.draft.exchange.clone(),
            exemption_reference: self.draft.exemption_reference.clone(),
            comments: self.draft.comments.clone(),
            credit,
            reference: self.draft.reference.clone(),
            replaces: self.facts.replaces.clone(),
            section: None,
        })
    }

    fn note(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    fn note_unknown(
        &mut self,
        pointer: &str,
        value: &str,
        allowed: impl Iterator<Item = &'static str>,
    ) {
        self.note(
            Fault::new(UNKNOWN_KEY, pointer)
                .with("value", value)
                .with("allowed", allowed.collect::<Vec<_>>().join(", ")),
        );
    }

    fn document_kind(&mut self) -> Option<&'static DocumentKind> {
        let kind = self.regime.document_kind(&self.draft.kind);
        if kind.is_none() {
            let allowed = self.regime.document_kinds.iter().map(|kind| kind.coded.key);
            self.note_unknown("/kind", &self.draft.kind, allowed);
        }
        kind
    }

    /// SFE 1.1.11 and annex "clients": the kind is mandatory and says what else is.
    fn customer(&mut self) {
        let customer = &self.draft.customer;
        let Some(kind) = self.regime.customer_kind(&customer.kind) else {
            let allowed = self.regime.customer_kinds.iter().map(|kind| kind.coded.key);
            return self.note_unknown("/customer/kind", &customer.kind, allowed);
        };
        let missing = |rule, pointer: &str| Fault::new(rule, pointer).with("kind", kind.coded.key);
        if kind.name_required && customer.name.is_none() {
            self.note(missing(CUSTOMER_NAME_MISSING, "/customer/name"));
        }
        if kind.tax_id_required && customer.tax_id.is_none() {
            self.note(missing(CUSTOMER_TAX_ID_MISSING, "/customer/tax_id"));
        }
        if kind.exemption_required && self.draft.exemption_reference.is_none() {
            self.note(Fault::new(EXEMPTION_MISSING, "/exemption_reference"));
        }
    }

    fn currency(&mut self) {
        let expected = self.regime.currency;
        if self.draft.currency.as_deref().is_some_and(|currency| currency != expected) {
            self.note(Fault::new(WRONG_CURRENCY, "/currency").with("expected", expected));
        }
    }

    /// A seal bears the time of sealing, so an invoice bears its day: dating it otherwise would
    /// put it in another day, or another year's series, than the control module does.
    fn issued_on(&mut self) -> Date {
        let today = self.facts.today;
        if self.draft.issued_on.is_some_and(|date| date != today) {
            self.note(Fault::new(DATE_NOT_TODAY, "/issued_on").with("today", today));
        }
        today
    }

    fn comments(&mut self) {
        let maximum = self.regime.comments_max;
        if self.draft.comments.len() > maximum {
            self.note(Fault::new(TOO_MANY, "/comments").with("maximum", maximum));
        }
    }

    /// SFE 1.1.30: a rate of exchange lies within one percent of the central bank's mean.
    fn exchange(&mut self, pointer: &str, exchange: Option<&Exchange>) {
        let Some(exchange) = exchange else { return };
        if !self.regime.foreign_currencies.contains(&exchange.currency.as_str()) {
            let allowed = self.regime.foreign_currencies.iter().copied();
            return self.note_unknown(&format!("{pointer}/currency"), &exchange.currency, allowed);
        }
        if !exchange.rate.is_positive() {
            return self.note(Fault::new(NOT_POSITIVE, format!("{pointer}/rate")));
        }
        let mut known = self.facts.reference_rates.iter();
        let reference = known.rfind(|known| known.currency == exchange.currency);
        if let Some(reference) = reference.filter(|known| !self.is_near(exchange.rate, known.rate))
        {
            self.note(
                Fault::new(RATE_OUT_OF_RANGE, format!("{pointer}/rate"))
                    .with("tolerance", self.regime.exchange_tolerance.to_short_string())
                    .with("reference", reference.rate.to_short_string()),
            );
        }
    }

    /// What an amount is worth in a foreign currency must be an amount itself: a rate near zero
    /// would give one that no canonical form holds.
    fn counter_value(&mut self, pointer: &str, exchange: Option<&Exchange>, amount: Amount) {
        let exchange = exchange.filter(|exchange| exchange.rate.is_positive());
        if exchange.is_some_and(|exchange| exchange.convert(amount).bounded().is_none()) {
            self.note_too_large(&format!("{pointer}/rate"));
        }
    }

    fn is_near(&self, rate: ExchangeRate, reference: ExchangeRate) -> bool {
        let distance = (rate.units() - reference.units()).abs();
        distance * 10_000 <= reference.units() * self.regime.exchange_tolerance.units()
    }

    fn lines(&mut self, document: Option<&DocumentKind>, date: Date) -> Option<Vec<Line>> {
        let mut lines = Vec::with_capacity(self.draft.lines.len());
        for (index, line) in self.draft.lines.iter().enumerate() {
            lines.push(self.line(&format!("/lines/{index}"), line, document, date));
        }
        lines.into_iter().collect()
    }

    fn line(
        &mut self,
        pointer: &str,
        line: &DraftLine,
        document: Option<&DocumentKind>,
        date: Date,
    ) -> Option<Line> {
        let group = self.tax_group(pointer, line, document, date);
        self.line_kind(pointer, line, group);
        self.line_numbers(pointer, line);
        self.discount(pointer, line);
        let (amount, specific_tax) = self.line_amount(pointer, line, group?, date)?;
        Some(Line {
            code: line.code.clone(),
            kind: line.kind.clone(),
            name: line.name.clone(),
            unit: line.unit.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            tax_group: line.tax_group.clone(),
            specific_tax,
            discount: line.discount.clone(),
            amount,
            section: None,
        })
    }

    fn tax_group(
        &mut self,
        pointer: &str,
        line: &DraftLine,
        document: Option<&DocumentKind>,
        date: Date,
    ) -> Option<&'static TaxGroup> {
        let pointer = format!("{pointer}/tax_group");
        let Some(group) = self.regime.tax_group(&line.tax_group) else {
            let allowed = self.regime.tax_groups.iter().map(|group| group.code);
            self.note_unknown(&pointer, &line.tax_group, allowed);
            return None;
        };
        if group.rate_on(date).is_none() {
            let fault = Fault::new(GROUP_NOT_IN_FORCE, pointer.clone());
            self.note(fault.with("group", group.code).with("date", date));
        }
        if document.is_some_and(|kind| kind.export) && !group.allowed_in_export {
            self.note(Fault::new(GROUP_NOT_FOR_EXPORT, pointer).with("group", group.code));
        }
        if group.exemption_required && self.draft.exemption_reference.is_none() {
            self.note_exemption_missing();
        }
        Some(group)
    }

    fn note_exemption_missing(&mut self) {
        let fault = Fault::new(EXEMPTION_MISSING, "/exemption_reference");
        if !self.faults.contains(&fault) {
            self.note(fault);
        }
    }

    fn line_kind(&mut self, pointer: &str, line: &DraftLine, group: Option<&TaxGroup>) {
        let pointer = format!("{pointer}/kind");
        if self.regime.line_kind(&line.kind).is_none() {
            let allowed = self.regime.line_kinds.iter().map(|kind| kind.key);
            return self.note_unknown(&pointer, &line.kind, allowed);
        }
        let Some(group) = group.filter(|group| !group.line_kinds.contains(&line.kind.as_str()))
        else {
            return;
        };
        let fault = Fault::new(LINE_KIND_NOT_IN_GROUP, pointer);
        self.note(fault.with("kind", &line.kind).with("group", group.code));
    }

    /// SFE 1.1.22, 1.5.1: nothing null or negative; prices and quantities as fine as allowed.
    fn line_numbers(&mut self, pointer: &str, line: &DraftLine) {
        let (price_max, quantity_max) =
            (self.regime.price_decimals_max, self.regime.quantity_decimals_max);
        let too_fine = [
            ("unit_price", line.unit_price.fits_decimals(price_max), price_max),
            ("quantity", line.quantity.fits_decimals(quantity_max), quantity_max),
        ];
        for (field, fits, maximum) in too_fine {
            if !fits {
                let fault = Fault::new(TOO_MANY_DECIMALS, format!("{pointer}/{field}"));
                self.note(fault.with("maximum", maximum));
            }
        }
        let positive = [
            ("unit_price", line.unit_price.is_positive()),
            ("quantity", line.quantity.is_positive()),
        ];
        for (field, _) in positive.into_iter().filter(|(_, positive)| !positive) {
            self.note(Fault::new(NOT_POSITIVE, format!("{pointer}/{field}")));
        }
    }

    fn discount(&mut self, pointer: &str, line: &DraftLine) {
        let Some(discount) = &line.discount else {
            return;
        };
        let pointer = format!("{pointer}/discount/original_price");
        if discount.original_price <= line.unit_price {
            self.note(Fault::new(DISCOUNT_NOT_LOWER, pointer.clone()));
        }
        let maximum = self.regime.price_decimals_max;
        if !discount.original_price.fits_decimals(maximum) {
            self.note(Fault::new(TOO_MANY_DECIMALS, pointer).with("maximum", maximum));
        }
    }

    /// SFE 1.1.19: payments sum to the total. None given means all of it in cash.
    fn payments(&mut self, total: Amount) -> Vec<Payment> {
        if self.draft.payments.is_empty() {
            let cash = self.regime.payment_methods[0].key.to_owned();
            return vec![Payment { method: cash, amount: total, foreign: None }];
        }
        let payments: Vec<Payment> = self.draft.payments.iter().map(paid).collect();
        for (index, payment) in self.draft.payments.iter().enumerate() {
            self.payment(&format!("/payments/{index}"), payment);
        }
        let paid = payments.iter().try_fold(Amount::ZERO, |sum, p| sum.checked_add(p.amount));
        if paid != Some(total) {
            let paid = paid.map_or_else(|| "?".to_owned(), |paid| paid.to_string());
            let fault = Fault::new(PAYMENTS_DIFFER, "/payments");
            self.note(fault.with("paid", paid).with("total", total));
        }
        payments
    }

    fn payment(&mut self, pointer: &str, payment: &DraftPayment) {
        if self.regime.payment_method(&payment.method).is_none() {
            let allowed = self.regime.payment_methods.iter().map(|method| method.key);
            self.note_unknown(&format!("{pointer}/method"), &payment.method, allowed);
        }
        if !payment.amount.is_positive() {
            self.note(Fault::new(NOT_POSITIVE, format!("{pointer}/amount")));
        }
        let pointer = format!("{pointer}/exchange");
        self.exchange(&pointer, payment.exchange.as_ref());
        self.counter_value(&pointer, payment.exchange.as_ref(), payment.amount);
    }

    fn credit(&mut self, document: Option<&DocumentKind>) -> Option<CreditOf> {
        let is_credit_note = document?.role == DocumentRole::CreditNote;
        match (&self.draft.credit, is_credit_note) {
            (None, false) => None,
            (None, true) => {
                self.note(Fault::new(CREDIT_MISSING, "/credit"));
                None
            }
            (Some(_), false) => {
                self.note(Fault::new(CREDIT_UNEXPECTED, "/credit"));
                None
            }
            (Some(credit), true) => self.credit_of(credit, document?),
        }
    }
}

fn paid(payment: &DraftPayment) -> Payment {
    let foreign = payment.exchange.as_ref().filter(|exchange| exchange.rate.is_positive());
    Payment {
        method: payment.method.clone(),
        amount: payment.amount,
        foreign: foreign.map(|exchange| ForeignAmount {
            exchange: exchange.clone(),
            amount: exchange.convert(payment.amount),
        }),
    }
}
