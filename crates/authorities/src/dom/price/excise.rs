//! The selective taxes of a line (Formato e-CF, `MontoImpuestoSelectivoConsumoEspecifico` and
//! `MontoImpuestoSelectivoConsumoAdvalorem`).

use invoice::{Amount, Fault, Percent, Price, Quantity};

use super::exact::Exact;
use super::taxes::{LineTax, is_specific};
use super::{Pricing, rules};
use crate::dom::ecf::codes::{self, AdditionalTax, TaxKind};
use crate::dom::regime::{Billing, unit_code};
use crate::dom::section::Line;

/// What the formulas need of a line.
pub(super) struct Measures<'a> {
    pub place: usize,
    pub asked: &'a Line,
    pub quantity: Quantity,
    pub price: Price,
    pub billing: Billing,
    /// The code of the unit in which the line is counted.
    pub unit: Option<&'static str>,
}

impl Pricing<'_> {
    /// A selective tax of the line; nothing for the others, for a specific tax on what is sold in
    /// bulk, and where a fault was noted.
    pub(super) fn excise(
        &mut self,
        line: &Measures<'_>,
        of: &LineTax,
        all: &[LineTax],
    ) -> Option<Exact> {
        let is_bulk = line.unit == Some(codes::BULK);
        let exact = match (of.tax.kind, is_bulk) {
            (TaxKind::OfAmount | TaxKind::FirstPlate, _) | (TaxKind::SpecificAlcohol, true) => {
                return None;
            }
            (TaxKind::SpecificAlcohol, false) => {
                self.specific_of_drink(line, of).and_then(|each| self.by_reference(line, of, each))
            }
            (TaxKind::SpecificCigarettes, _) => self.by_reference(line, of, Exact::of(of.rate)),
            (TaxKind::AdValoremAlcohol, true) => in_bulk(line, of).ok_or(Unpriced::NoRoom),
            (TaxKind::AdValoremAlcohol, false) => self
                .specific_rate(of, all, line.place)
                .and_then(|rate| self.specific_of_drink(line, &LineTax { rate, ..*of }))
                .and_then(|specific| self.ad_valorem(line, of, specific)),
            (TaxKind::AdValoremCigarettes, _) => self
                .specific_rate(of, all, line.place)
                .and_then(|rate| self.ad_valorem(line, of, Exact::of(rate))),
        };
        let bounded = |exact: Exact| exact.amount().map(|_| exact).ok_or(Unpriced::NoRoom);
        match exact.and_then(bounded) {
            Ok(exact) => Some(exact),
            Err(Unpriced::Noted) => None,
            Err(Unpriced::NoRoom) => {
                self.note_too_large(format!("/lines/{}", line.place));
                None
            }
        }
    }

    /// Rate × degrees × what a unit of reference holds.
    fn specific_of_drink(&mut self, line: &Measures<'_>, of: &LineTax) -> Result<Exact, Unpriced> {
        let degrees = self.needed(line, of, "alcohol_degrees", line.asked.alcohol_degrees);
        let litres = self.litres(line, of);
        let (degrees, litres) = (degrees?, litres?);
        let specific = Exact::of(of.rate).times(Exact::percent(degrees));
        specific.and_then(|specific| specific.times(litres)).ok_or(Unpriced::NoRoom)
    }

    fn litres(&mut self, line: &Measures<'_>, of: &LineTax) -> Result<Exact, Unpriced> {
        let subquantities = &line.asked.subquantities;
        let pointer = format!("/lines/{}/do/subquantities", line.place);
        self.needed(line, of, "subquantities", subquantities.first())?;
        let mut litres = Exact::ZERO;
        for (index, held) in subquantities.iter().enumerate() {
            let unit = held.unit.as_deref().and_then(unit_code);
            if unit.is_some_and(|unit| OTHER_MEASURES.contains(&unit)) {
                self.note_at(rules::NOT_IN_LITRES, format!("{pointer}/{index}/unit"));
                return Err(Unpriced::Noted);
            }
            let held = Exact::of(held.quantity.unwrap_or_default());
            litres = litres.plus(held).ok_or(Unpriced::NoRoom)?;
        }
        Ok(litres)
    }

    /// So much for a unit of reference × how many of those a unit holds × how many units.
    fn by_reference(
        &mut self,
        line: &Measures<'_>,
        of: &LineTax,
        each: Exact,
    ) -> Result<Exact, Unpriced> {
        let held = line.asked.reference_quantity;
        let held = self.needed(line, of, "reference_quantity", held)?;
        let units = Exact::of(held).times(Exact::of(line.quantity));
        units.and_then(|units| each.times(units)).ok_or(Unpriced::NoRoom)
    }

    /// (retail price ÷ 1.18 − specific tax) ÷ (1 + rate) is the base of each unit of reference.
    fn ad_valorem(
        &mut self,
        line: &Measures<'_>,
        of: &LineTax,
        specific: Exact,
    ) -> Result<Exact, Unpriced> {
        let price = self.needed(line, of, "reference_price", line.asked.reference_price)?;
        let rate = Exact::percent(of.rate);
        let standard = Exact::ONE.plus(Exact::percent(Billing::Itbis18.rate()));
        let without_itbis = standard.and_then(|standard| Exact::of(price).over(standard));
        let without_taxes = without_itbis.and_then(|net| net.minus(specific));
        let without_taxes = without_taxes.ok_or(Unpriced::NoRoom)?;
        if without_taxes.is_negative() {
            let pointer = format!("/lines/{}/do/reference_price", line.place);
            self.note_at(rules::REFERENCE_PRICE_TOO_LOW, pointer);
            return Err(Unpriced::Noted);
        }
        let base = Exact::ONE.plus(rate).and_then(|whole| without_taxes.over(whole));
        let each = base.and_then(|base| base.times(rate)).ok_or(Unpriced::NoRoom)?;
        self.by_reference(line, of, each)
    }

    /// What the specific tax of the same article is reckoned with: the line's own, or the quarter's.
    fn specific_rate(
        &mut self,
        of: &LineTax,
        all: &[LineTax],
        place: usize,
    ) -> Result<Percent, Unpriced> {
        let of_same = |other: &&LineTax| is_specific(other.tax.kind) && is_same(other.tax, of.tax);
        if let Some(other) = all.iter().find(of_same) {
            return Ok(other.rate);
        }
        let specific = codes::ADDITIONAL_TAXES.iter();
        let specific =
            specific.filter(|tax| is_specific(tax.kind)).find(|tax| is_same(tax, of.tax));
        let rate = specific.and_then(|tax| self.rate_in_force(tax));
        if rate.is_none() {
            let pointer = format!("/lines/{place}/do/taxes");
            let fault = Fault::new(rules::TAX_RATE_UNKNOWN, pointer);
            self.note(fault.with("code", of.tax.code).with("date", self.issued_on));
        }
        rate.ok_or(Unpriced::Noted)
    }

    fn needed<T>(
        &mut self,
        line: &Measures<'_>,
        of: &LineTax,
        field: &str,
        value: Option<T>,
    ) -> Result<T, Unpriced> {
        if value.is_none() {
            let pointer = format!("/lines/{}/do/{field}", line.place);
            let fault = Fault::new(rules::EXCISE_FIELD_MISSING, pointer).with("code", of.tax.code);
            let fault = fault.with("field", field);
            // Two taxes of a line want the same field; it is missing once.
            if !self.faults.iter().any(|noted| noted.pointer() == fault.pointer()) {
                self.note(fault);
            }
        }
        value.ok_or(Unpriced::Noted)
    }
}

/// Why a selective tax has no amount.
enum Unpriced {
    /// A fault was noted.
    Noted,
    /// A number has no room.
    NoRoom,
}

/// In bulk: the list price and thirty percent more, × rate × quantity.
fn in_bulk(line: &Measures<'_>, of: &LineTax) -> Option<Exact> {
    let list = Exact::of(line.price).times(Exact::of(Amount::from_units(1_30)))?;
    list.times(Exact::percent(of.rate))?.times(Exact::of(line.quantity))
}

/// A specific and an ad valorem tax of the same article: the second tables of the format repeat
/// the first in their order, seventeen codes on.
fn is_same(specific: &AdditionalTax, ad_valorem: &AdditionalTax) -> bool {
    let number = |tax: &AdditionalTax| tax.code.parse::<u32>().unwrap_or(0);
    number(specific) + SPECIFIC_TAXES == number(ad_valorem)
}

/// Codes 006 to 022.
const SPECIFIC_TAXES: u32 = 17;

/// Gallons, millilitres and ounces: the tax is by the litre, and nobody converts.
const OTHER_MEASURES: [&str; 3] = ["15", "59", "61"];
