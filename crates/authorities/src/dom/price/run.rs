//! Sums that run along the lines: of the first of them, of all, and so of any in between.
//!
//! Each sum is rounded once, from what it is the sum of before any rounding, as the DGII does it: the
//! documents of its certification sets come out right so, and no other way. A page's sums are what
//! the run rounds to behind it less what it rounded to before, so the pages sum to the document
//! whatever is rounded (Formato e-CF, `MontoSubtotalPagina`).

use invoice::{Amount, Percent};

use super::adjust::Adjusted;
use super::entry::Entry;
use super::exact::Exact;
use crate::dom::ecf::codes::{AdditionalTax, TaxKind};
use crate::dom::regime::Billing;
use crate::dom::section::{Beside, Sums};

const WAYS: usize = Billing::ALL.len();

/// What has been summed so far.
pub(super) struct Run<'a> {
    adjusted: &'a Adjusted,
    /// Without ITBIS, before adjustments.
    nets: [Exact; WAYS],
    /// Selective taxes, by the group whose ITBIS is reckoned on them: that of 18 %, as no line of
    /// another bears them.
    excise: [Exact; WAYS],
    /// In the order of their codes.
    beside: Vec<BesideRun>,
    /// A late credit note gives none back.
    returns_itbis: bool,
}

struct BesideRun {
    tax: &'static AdditionalTax,
    rate: Percent,
    /// What a percentage is taken of, by the group whose adjustments it shares.
    bases: [Exact; WAYS],
    excise: Exact,
}

/// The run's sums at one point, each rounded on its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounded {
    nets: [Amount; WAYS],
    taxed: Amount,
    itbis: [Amount; WAYS],
    itbis_total: Amount,
    /// By the places of [`Run::beside`].
    beside: Vec<Amount>,
    beside_total: Amount,
    total: Amount,
}

impl<'a> Run<'a> {
    /// Before the first line. Every tax of the document has its place from the start.
    pub(super) fn new(adjusted: &'a Adjusted, entries: &[Entry], returns_itbis: bool) -> Self {
        let mut taxes: Vec<_> = entries.iter().flat_map(|entry| &entry.taxes).collect();
        taxes.sort_by_key(|tax| tax.tax.code);
        taxes.dedup_by_key(|tax| tax.tax.code);
        let beside = taxes.into_iter().map(|tax| BesideRun {
            tax: tax.tax,
            rate: tax.rate,
            bases: [Exact::ZERO; WAYS],
            excise: Exact::ZERO,
        });
        let nothing = [Exact::ZERO; WAYS];
        Self { adjusted, nets: nothing, excise: nothing, beside: beside.collect(), returns_itbis }
    }

    /// Takes a line in.
    pub(super) fn add(&mut self, entry: &Entry) -> Option<()> {
        let way = entry.billing as usize;
        self.nets[way] = self.nets[way].plus(entry.net)?;
        self.excise[way] = self.excise[way].plus(entry.excise()?)?;
        for tax in &entry.taxes {
            let run = self.beside.iter_mut().find(|run| run.tax.code == tax.tax.code)?;
            run.excise = run.excise.plus(tax.excise.unwrap_or(Exact::ZERO))?;
            let base = match run.tax.kind {
                TaxKind::OfAmount => entry.net,
                TaxKind::FirstPlate => Exact::of(entry.amount),
                TaxKind::SpecificAlcohol
                | TaxKind::SpecificCigarettes
                | TaxKind::AdValoremAlcohol
                | TaxKind::AdValoremCigarettes => Exact::ZERO,
            };
            run.bases[way] = run.bases[way].plus(base)?;
        }
        Some(())
    }

    pub(super) fn rounded(&self) -> Option<Rounded> {
        let mut rounded = Rounded::default();
        let (mut taxed, mut itbis_total, mut beside_total) =
            (Exact::ZERO, Exact::ZERO, Exact::ZERO);
        let mut total = Exact::ZERO;
        for billing in Billing::ALL {
            let way = billing as usize;
            if self.nets[way].is_zero() && self.excise[way].is_zero() {
                continue;
            }
            let net = self.nets[way].times(self.adjusted.factors[way])?;
            let itbis = self.itbis(billing, net)?;
            rounded.nets[way] = net.amount()?;
            rounded.itbis[way] = itbis.amount()?;
            itbis_total = itbis_total.plus(itbis)?;
            if billing.is_taxed() {
                taxed = taxed.plus(net)?;
            }
            if billing != Billing::NonBillable {
                total = total.plus(net)?;
            }
        }
        for run in &self.beside {
            let beside = self.beside(run)?;
            rounded.beside.push(beside.amount()?);
            beside_total = beside_total.plus(beside)?;
        }
        rounded.taxed = taxed.amount()?;
        rounded.itbis_total = itbis_total.amount()?;
        rounded.beside_total = beside_total.amount()?;
        rounded.total = total.plus(itbis_total)?.plus(beside_total)?.amount()?;
        Some(rounded)
    }

    /// Of a group, on what is left of it and its selective taxes.
    fn itbis(&self, billing: Billing, net: Exact) -> Option<Exact> {
        if !self.returns_itbis {
            return Some(Exact::ZERO);
        }
        net.plus(self.excise[billing as usize])?.times(Exact::percent(billing.rate()))
    }

    fn beside(&self, run: &BesideRun) -> Option<Exact> {
        let mut base = Exact::ZERO;
        for (way, of_way) in run.bases.iter().enumerate() {
            let share = match run.tax.kind {
                // The first plate is taxed on the price of the vehicle, not on what is adjusted.
                TaxKind::FirstPlate => *of_way,
                _ => of_way.times(self.adjusted.factors[way])?,
            };
            base = base.plus(share)?;
        }
        base.times(Exact::percent(run.rate))?.plus(run.excise)
    }

    /// The sums from one point to another, over the lines in between.
    pub(super) fn sums(&self, from: &Rounded, to: &Rounded, between: &[Entry]) -> Option<Sums> {
        let less = |part: fn(&Rounded) -> Amount| part(to).checked_sub(part(from));
        let has = |billing| between.iter().any(|entry| entry.billing == billing);
        let net = |billing: Billing| {
            let way = billing as usize;
            has(billing).then(|| to.nets[way].checked_sub(from.nets[way])).flatten()
        };
        let itbis = |billing: Billing| {
            let way = billing as usize;
            has(billing).then(|| to.itbis[way].checked_sub(from.itbis[way])).flatten()
        };
        let is_taxed = between.iter().any(|entry| entry.billing.is_taxed());
        let bears_taxes = between.iter().any(|entry| !entry.taxes.is_empty());
        Some(Sums {
            taxed: less(|rounded| rounded.taxed).filter(|_| is_taxed),
            taxed_18: net(Billing::Itbis18),
            taxed_16: net(Billing::Itbis16),
            taxed_0: net(Billing::Itbis0),
            exempt: net(Billing::Exempt),
            itbis: less(|rounded| rounded.itbis_total).filter(|_| is_taxed),
            itbis_18: itbis(Billing::Itbis18),
            itbis_16: itbis(Billing::Itbis16),
            itbis_0: itbis(Billing::Itbis0),
            beside: self.beside_sums(from, to, between)?,
            beside_total: less(|rounded| rounded.beside_total).filter(|_| bears_taxes),
            non_billable: net(Billing::NonBillable),
            total: Some(less(|rounded| rounded.total)?),
        })
    }

    fn beside_sums(&self, from: &Rounded, to: &Rounded, between: &[Entry]) -> Option<Vec<Beside>> {
        let mut sums = Vec::new();
        for (place, run) in self.beside.iter().enumerate() {
            let is_of = |entry: &Entry| entry.taxes.iter().any(|tax| tax.tax.code == run.tax.code);
            if !between.iter().any(is_of) {
                continue;
            }
            let before = from.beside.get(place).copied().unwrap_or_default();
            let amount = to.beside.get(place)?.checked_sub(before)?;
            // A tax that comes to nothing is named, with its rate, and bears no amount: the format
            // has no place for a zero.
            let amount = amount.is_positive().then_some(amount);
            let (code, rate) = (Some(run.tax.code.to_owned()), Some(run.rate));
            sums.push(Beside { code, rate, amount });
        }
        Some(sums)
    }
}
