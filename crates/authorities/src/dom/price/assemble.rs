//! The priced draft as an invoice: its parts under the neutral names, the rest in its sections.

use invoice::{
    Amount, Assembly, CreditOf, Fault, ForeignAmount, GroupTotal, Invoice, Line, Payment, Percent,
    Price, Totals as InvoiceTotals,
};

use super::entry::Entry;
use super::exact::Exact;
use super::totals::{Totals, as_adjusted};
use super::{Pricing, rules};
use crate::dom::ecf::codes::TaxKind;
use crate::dom::ecf::schema::{Duty, Kind, duty};
use crate::dom::regime::{Billing, ROUNDING, group_of_tax, regime};
use crate::dom::section::{
    Beside, Document, PricedDocument, PricedLine, Seller, Sums, Written, WrittenLine,
};

/// A draft, priced.
pub(super) struct Priced {
    pub invoice: Invoice,
    /// What the invoice's sections say, so that nobody need read them to compose the document.
    pub written: Written,
}

impl Pricing<'_> {
    /// Nothing where a price in the other currency is not what it should be.
    pub(super) fn assemble(&mut self, entries: &[Entry], totals: Totals) -> Option<Priced> {
        self.foreign_prices(entries);
        if !self.faults.is_empty() {
            return None;
        }
        let groups = groups(&totals.sums);
        let totals_of_invoice = sums_of(&groups, totals.discount)?;
        let written = self.written(entries, totals.priced);
        let lines = entries.iter().zip(&written.lines);
        let assembly = Assembly {
            regime: regime().version.to_owned(),
            kind: self.draft.kind.clone(),
            issued_on: self.issued_on,
            currency: regime().currency.to_owned(),
            price_mode: self.draft.price_mode,
            seller: self.facts.seller.clone(),
            operator: self.draft.operator.clone(),
            customer: self.invoice_customer(&written),
            lines: lines.map(|(entry, written)| self.line(entry, written)).collect(),
            totals: totals_of_invoice,
            groups,
            payments: self.draft.payments.iter().map(paid).collect(),
            exchange: self.draft.exchange.clone(),
            exemption_reference: self.draft.exemption_reference.clone(),
            comments: self.draft.comments.clone(),
            credit: self.credit(),
            reference: self.draft.reference.clone(),
            replaces: self.facts.replaces.clone(),
            section: written.document.to_section(&written.priced),
        };
        let invoice = assembly.build().expect("the totals are the sums of the groups");
        Some(Priced { invoice, written })
    }

    fn written(&self, entries: &[Entry], priced: PricedDocument) -> Written {
        let lines = entries
            .iter()
            .map(|entry| WrittenLine { line: entry.asked.clone(), priced: priced_line(entry) });
        Written {
            document: self.document(),
            priced,
            customer: self.asked.customer.clone(),
            lines: lines.collect(),
        }
    }

    /// A price that was agreed in the other currency is the same price, to the cent.
    fn foreign_prices(&mut self, entries: &[Entry]) {
        for entry in entries {
            let Some(stated) = entry.asked.foreign_price else { continue };
            let pointer = format!("/lines/{}/do/foreign_price", entry.place);
            let Some(exchange) = &self.draft.exchange else {
                self.note_at(rules::FOREIGN_PRICE_WITHOUT_EXCHANGE, pointer);
                continue;
            };
            if !exchange.rate.is_positive() {
                continue;
            }
            let rate = Exact::of(exchange.rate);
            let expected = Exact::of(entry.stated_price).over(rate).and_then(Exact::price);
            let is_near =
                |expected: Price| (expected.units() - stated.units()).abs() <= FOREIGN_PRICE_SLACK;
            if !expected.is_some_and(is_near) || stated < Price::ZERO {
                let fault = Fault::new(rules::FOREIGN_PRICE_DIFFERS, pointer);
                self.note(fault.with("expected", expected.unwrap_or_default()));
            }
        }
    }

    fn invoice_customer(&self, written: &Written) -> invoice::Customer {
        let section = written.customer.to_section();
        invoice::Customer { section, ..self.draft.customer.clone() }
    }

    fn line(&self, entry: &Entry, written: &WrittenLine) -> Line {
        let draft = &self.draft.lines[entry.place];
        Line {
            code: draft.code.clone(),
            kind: draft.kind.clone(),
            name: draft.name.clone(),
            unit: draft.unit.clone(),
            quantity: entry.quantity,
            unit_price: entry.unit_price,
            tax_group: entry.billing.group().to_owned(),
            specific_tax: None,
            discount: draft.discount.clone(),
            amount: entry.amount,
            section: written.line.to_section(&written.priced),
        }
    }

    /// The original is named where the ledger holds it, however the draft named it; another one's
    /// number is in the section.
    fn credit(&self) -> Option<CreditOf> {
        let credit = self.draft.credit.as_ref()?;
        let original = self.facts.original.as_ref();
        Some(CreditOf {
            nature: credit.nature.clone(),
            original: original.map(|original| original.names.clone()),
        })
    }

    fn document(&self) -> Document {
        let mut document = self.asked.document.clone();
        let seller = self.merged(document.seller.unwrap_or_default());
        document.seller = (seller != Seller::default()).then_some(seller);
        document
    }

    /// What the draft says of the seller, and where it says nothing what the settings do, of what
    /// the type has a place for.
    fn merged(&self, draft: Seller) -> Seller {
        let settings = &self.terms.seller;
        let or = |draft: Option<String>, stated: &Option<String>| draft.or_else(|| stated.clone());
        let is_sale = || duty(Kind::Ecf(self.document_type), SALESPERSON) != Duty::Forbidden;
        let or_of_sale = |draft: Option<String>, stated: &Option<String>| {
            draft.or_else(|| stated.clone().filter(|_| is_sale()))
        };
        Seller {
            trade_name: or(draft.trade_name, &settings.trade_name),
            branch: or(draft.branch, &settings.branch),
            municipality: or(draft.municipality, &settings.municipality),
            province: or(draft.province, &settings.province),
            phones: if draft.phones.is_empty() { settings.phones.clone() } else { draft.phones },
            website: or(draft.website, &settings.website),
            economic_activity: or(draft.economic_activity, &settings.economic_activity),
            salesperson: or_of_sale(draft.salesperson, &settings.salesperson),
            invoice_number: or(draft.invoice_number, &settings.invoice_number),
            order_number: or(draft.order_number, &settings.order_number),
            sales_zone: or_of_sale(draft.sales_zone, &settings.sales_zone),
            sales_route: or_of_sale(draft.sales_route, &settings.sales_route),
        }
    }
}

/// Who sold, where and on which route: of sales only.
const SALESPERSON: &str = "Encabezado/Emisor/CodigoVendedor";

/// A price in the other currency may be written to two decimals, rounded or cut off: a cent, in its
/// ten-thousandths.
const FOREIGN_PRICE_SLACK: i128 = 100;

fn priced_line(entry: &Entry) -> PricedLine {
    let excise = |is_of: fn(TaxKind) -> bool| {
        let mut amounts = entry.taxes.iter().filter(|tax| is_of(tax.tax.kind));
        amounts.find_map(|tax| tax.excise).and_then(Exact::amount)
    };
    PricedLine {
        discount: (!entry.discounts.is_empty()).then_some(entry.discount),
        surcharge: (!entry.surcharges.is_empty()).then_some(entry.surcharge),
        discounts: entry.discounts.iter().map(|amount| as_adjusted(*amount)).collect(),
        surcharges: entry.surcharges.iter().map(|amount| as_adjusted(*amount)).collect(),
        itbis: entry.itbis.amount().filter(|_| entry.billing.is_taxed()),
        specific_tax: excise(|kind| {
            matches!(kind, TaxKind::SpecificAlcohol | TaxKind::SpecificCigarettes)
        }),
        ad_valorem_tax: excise(|kind| {
            matches!(kind, TaxKind::AdValoremAlcohol | TaxKind::AdValoremCigarettes)
        }),
        withholding_kind: entry.withheld.map(|withheld| withheld.kind),
        withheld_itbis: entry.withheld.and_then(|withheld| withheld.itbis?.amount()),
        withheld_income_tax: entry.withheld.and_then(|withheld| withheld.income_tax?.amount()),
    }
}

/// The groups that the total is made of. What is not billable is none of them.
fn groups(sums: &Sums) -> Vec<GroupTotal> {
    let zero = Some(Amount::ZERO);
    let of_lines = [
        (Billing::Itbis18, sums.taxed_18, sums.itbis_18),
        (Billing::Itbis16, sums.taxed_16, sums.itbis_16),
        (Billing::Itbis0, sums.taxed_0, sums.itbis_0),
        (Billing::Exempt, sums.exempt, zero),
    ];
    let of_lines = of_lines
        .into_iter()
        .filter_map(|(billing, base, tax)| group(billing.group(), billing.rate(), base?, tax?));
    let mut groups: Vec<_> = of_lines.chain(sums.beside.iter().filter_map(beside)).collect();
    groups.extend(rounding(&groups, sums.total));
    groups
}

/// What separates the document's total from its rounded parts: the format rounds each on its own.
fn rounding(groups: &[GroupTotal], total: Option<Amount>) -> Option<GroupTotal> {
    let parts = groups.iter().map(|group| group.total).try_fold(Amount::ZERO, Amount::checked_add);
    let difference = total?.checked_sub(parts?)?;
    let group = group(ROUNDING, Percent::ZERO, difference, Amount::ZERO);
    group.filter(|_| !difference.is_zero())
}

fn beside(beside: &Beside) -> Option<GroupTotal> {
    let code = group_of_tax(beside.code.as_deref()?)?;
    let group_data = regime().tax_group(code)?;
    let rate = group_data.rates.last().map_or(Percent::ZERO, |rate| rate.percent);
    group(code, rate, Amount::ZERO, beside.amount.unwrap_or_default())
}

fn group(code: &str, rate: Percent, base: Amount, tax: Amount) -> Option<GroupTotal> {
    Some(GroupTotal {
        group: code.to_owned(),
        rate,
        base,
        tax,
        total: base.checked_add(tax)?,
        specific_tax: Amount::ZERO,
    })
}

fn sums_of(groups: &[GroupTotal], discount: Amount) -> Option<InvoiceTotals> {
    let sum = |part: fn(&GroupTotal) -> Amount| {
        groups.iter().map(part).try_fold(Amount::ZERO, Amount::checked_add)
    };
    Some(InvoiceTotals {
        base: sum(|group| group.base)?,
        tax: sum(|group| group.tax)?,
        total: sum(|group| group.total)?,
        specific_tax: Amount::ZERO,
        discount,
    })
}

fn paid(payment: &invoice::DraftPayment) -> Payment {
    Payment {
        method: payment.method.clone(),
        amount: payment.amount,
        foreign: payment.exchange.as_ref().map(|exchange| ForeignAmount {
            exchange: exchange.clone(),
            amount: exchange.convert(payment.amount),
        }),
    }
}
