//! The articles of an invoice: goods, services and taxes.

use rust_decimal::Decimal;

use crate::drc_emcf::SpecificTaxBase;
use crate::drc_emcf::checks::{Rules, within};
use crate::drc_emcf::codes::{
    AMOUNT_NOT_POSITIVE, ARTICLE_FIELDS, ARTICLE_TYPE, ARTICLE_TYPE_AND_GROUP, DECIMALS,
    NO_ARTICLES, Refusal, SPECIFIC_TAX, TAX_GROUP, TOO_LONG,
};
use crate::drc_emcf::limits::{LARGEST_AMOUNT, LARGEST_QUANTITY, MOST_ARTICLES};
use crate::drc_emcf::rates::Group;
use crate::drc_emcf::request::{Exact, Item, decimal};
use crate::drc_emcf::totals::{Line, PriceMode, to_centimes};

/// One article that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Article {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) price: Decimal,
    pub(super) quantity: Decimal,
    pub(super) line: Line,
}

/// Reads all the articles, or finds the first that breaks a rule.
pub(super) fn read(
    items: &[Item],
    mode: PriceMode,
    rules: &Rules,
) -> Result<Vec<Article>, Refusal> {
    if items.is_empty() {
        return Err(NO_ARTICLES.because("items est vide"));
    }
    if items.len() > MOST_ARTICLES {
        return Err(TOO_LONG.because(format!("items : plus de {MOST_ARTICLES} articles")));
    }
    let numbered = items.iter().enumerate();
    numbered.map(|(place, item)| Reading { item, place, mode, rules }.article()).collect()
}

/// The reading of one article; `place` is its index, for the refusal.
struct Reading<'a> {
    item: &'a Item,
    place: usize,
    mode: PriceMode,
    rules: &'a Rules<'a>,
}

impl Reading<'_> {
    fn article(&self) -> Result<Article, Refusal> {
        let Item { code, name, price_modification, tax_specific_value, .. } = self.item;
        let texts = [code, name, price_modification, tax_specific_value];
        within(&self.at(""), texts.into_iter().map(String::as_str))?;
        let group = self.group()?;
        if name.is_empty() {
            return Err(ARTICLE_FIELDS.because(self.at("name")));
        }
        let price = self.price()?;
        let quantity = self.quantity()?;
        let amount = to_centimes(price * quantity);
        if amount.is_zero() {
            return Err(AMOUNT_NOT_POSITIVE.because(self.at("price x quantity")));
        }
        if amount >= Decimal::from(LARGEST_AMOUNT) {
            return Err(TOO_LONG.because(self.at("price x quantity")));
        }
        let specific_tax = self.specific_tax(group, amount, quantity)?;
        let line = Line { group, amount, specific_tax };
        Ok(Article { code: code.clone(), name: name.clone(), price, quantity, line })
    }

    /// The group exists today and is one for this type of article (SFE annexe: TAX for L and N
    /// only, and only TAX for them).
    fn group(&self) -> Result<Group, Refusal> {
        let Item { kind, tax_group, .. } = self.item;
        if !["BIE", "SER", "TAX"].contains(&kind.as_str()) {
            return Err(ARTICLE_TYPE.because(self.at(&format!("type {kind:?}"))));
        }
        let exists = |group: &Group| self.rules.rates.of(*group).is_some();
        let Some(group) = Group::parse(tax_group).filter(exists) else {
            return Err(TAX_GROUP.because(self.at(&format!("taxGroup {tax_group:?}"))));
        };
        let levy = [Group::L, Group::N].contains(&group);
        if levy == (kind == "TAX") {
            return Ok(group);
        }
        let detail = format!("type {kind}, taxGroup {tax_group} : TAX pour L et N seulement");
        Err(ARTICLE_TYPE_AND_GROUP.because(self.at(&detail)))
    }

    fn price(&self) -> Result<Decimal, Refusal> {
        if let Some(original) = self.item.original_price {
            self.amount("originalPrice", original)?;
        }
        let Some(price) = self.item.price else {
            return Err(ARTICLE_FIELDS.because(self.at("price")));
        };
        let price = self.amount("price", price)?;
        if price.is_zero() { Err(AMOUNT_NOT_POSITIVE.because(self.at("price"))) } else { Ok(price) }
    }

    /// The control module's default is one (MCF-SFE protocol, 31h).
    fn quantity(&self) -> Result<Decimal, Refusal> {
        let Exact(quantity) = self.item.quantity.unwrap_or(Exact(Decimal::ONE));
        if quantity <= Decimal::ZERO {
            return Err(AMOUNT_NOT_POSITIVE.because(self.at("quantity")));
        }
        if quantity.normalize().scale() > 3 {
            return Err(DECIMALS.because(self.at(&format!("quantity {quantity}"))));
        }
        if quantity >= Decimal::from(LARGEST_QUANTITY) {
            return Err(TOO_LONG.because(self.at("quantity")));
        }
        Ok(quantity.normalize())
    }

    /// The line's specific tax. At the least its amount is recorded; where its rule is, too, the
    /// two agree to the centime (SFE 1.1.13).
    fn specific_tax(
        &self,
        group: Group,
        amount: Decimal,
        quantity: Decimal,
    ) -> Result<Decimal, Refusal> {
        let by_rule = self.specific_tax_by_rule(group, amount, quantity)?;
        let stated = match self.item.tax_specific_amount {
            Some(stated) => Some(self.amount("taxSpecificAmount", stated)?),
            None => None,
        };
        let tax = match (by_rule, stated) {
            (Some(by_rule), Some(stated)) if (by_rule - stated).abs() > Decimal::new(1, 2) => {
                let detail =
                    format!("taxSpecificAmount {stated}, selon taxSpecificValue {by_rule}");
                return Err(SPECIFIC_TAX.because(self.at(&detail)));
            }
            (_, Some(stated)) => stated,
            (by_rule, None) => by_rule.unwrap_or_default(),
        };
        if tax >= Decimal::from(LARGEST_AMOUNT) {
            return Err(TOO_LONG.because(self.at("taxSpecificAmount")));
        }
        if !tax.is_zero() && [Group::L, Group::N].contains(&group) {
            let detail = "un article TAX ne porte pas de taxe spécifique";
            return Err(SPECIFIC_TAX.because(self.at(detail)));
        }
        Ok(tax)
    }

    /// `"10%"` of the amount, `"230"` a unit; nothing where the value is empty or zero.
    fn specific_tax_by_rule(
        &self,
        group: Group,
        amount: Decimal,
        quantity: Decimal,
    ) -> Result<Option<Decimal>, Refusal> {
        let value = self.item.tax_specific_value.trim();
        if value.is_empty() {
            return Ok(None);
        }
        let wrong = || SPECIFIC_TAX.because(self.at(&format!("taxSpecificValue {value:?}")));
        let percent = value.strip_suffix('%');
        let number = decimal(percent.unwrap_or(value)).ok_or_else(wrong)?;
        let bound = if percent.is_some() { HIGHEST_PERCENTAGE } else { LARGEST_AMOUNT };
        if number < Decimal::ZERO
            || number >= Decimal::from(bound)
            || number.normalize().scale() > 4
        {
            return Err(wrong());
        }
        let tax = match percent {
            Some(_) => self.base(group, amount) * number / Decimal::ONE_HUNDRED,
            None => number * quantity,
        };
        Ok((!number.is_zero()).then(|| to_centimes(tax)))
    }

    /// What a percentage is taken of.
    fn base(&self, group: Group, amount: Decimal) -> Decimal {
        let rate = self.rules.rates.of(group).unwrap_or_default();
        match (self.mode, self.rules.dialect.specific_tax_base) {
            (PriceMode::AllTaxes, SpecificTaxBase::BeforeTax) => {
                amount * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + rate)
            }
            (PriceMode::AllTaxes, SpecificTaxBase::EnteredPrice) | (PriceMode::BeforeTax, _) => {
                amount
            }
        }
    }

    /// An amount of the article: not negative, two decimals, within the bounds.
    fn amount(&self, field: &str, Exact(amount): Exact) -> Result<Decimal, Refusal> {
        if amount < Decimal::ZERO {
            return Err(AMOUNT_NOT_POSITIVE.because(self.at(field)));
        }
        if amount.normalize().scale() > 2 {
            return Err(DECIMALS.because(self.at(&format!("{field} {amount}"))));
        }
        if amount >= Decimal::from(LARGEST_AMOUNT) {
            return Err(TOO_LONG.because(self.at(field)));
        }
        Ok(amount.normalize())
    }

    fn at(&self, what: &str) -> String {
        format!("items[{}] {what}", self.place)
    }
}

/// No tax takes a thousand times the price.
const HIGHEST_PERCENTAGE: i64 = 100_000;
