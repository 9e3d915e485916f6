//! Credit notes against their original (SFE 1.1.25-1.1.28).
//!
//! What one draft and one original can show is checked here. That the quantities of several credit
//! notes together stay below what was sold is the ledger's to keep, in the transaction that seals.

use super::{OriginalInvoice, Pricing};
use crate::decimal::{Amount, Price, Quantity};
use crate::draft::{Credit, DraftLine, ORIGINAL_MISSING, ORIGINAL_UNEXPECTED};
use crate::fault::{Fault, Rule};
use crate::invoice::{CreditOf, Invoice, Line};
use crate::regime::DocumentKind;

impl Pricing<'_> {
    pub(super) fn credit_of(
        &mut self,
        credit: &Credit,
        document: &DocumentKind,
    ) -> Option<CreditOf> {
        let Some(nature) = self.regime.credit_nature(&credit.nature) else {
            let allowed = self.regime.credit_natures.iter().map(|nature| nature.coded.key);
            self.note_unknown("/credit/nature", &credit.nature, allowed);
            return None;
        };
        let original = match (nature.names_original, &credit.original, &self.facts.original) {
            (true, None, _) | (true, Some(_), None) => {
                self.note(Fault::new(ORIGINAL_MISSING, "/credit/original"));
                return None;
            }
            (false, Some(_), _) => {
                self.note(Fault::new(ORIGINAL_UNEXPECTED, "/credit/original"));
                return None;
            }
            (false, None, _) => None,
            (true, Some(_), Some(original)) => {
                self.against_original(&original.invoice, document);
                Some(original.names.clone())
            }
        };
        Some(CreditOf { nature: credit.nature.clone(), original })
    }

    fn against_original(&mut self, original: &Invoice, document: &DocumentKind) {
        let original_kind = self.regime.document_kind(original.kind());
        if original_kind
            .is_none_or(|kind| kind.export != document.export || kind.role == document.role)
        {
            self.note(Fault::new(ORIGINAL_OF_OTHER_KIND, "/credit/original"));
        }
        if original.price_mode() != self.draft.price_mode {
            self.note(Fault::new(ORIGINAL_PRICE_MODE, "/prices"));
        }
        for (index, line) in self.draft.lines.iter().enumerate() {
            self.against_sold(&format!("/lines/{index}"), line, original);
        }
    }

    fn against_sold(&mut self, pointer: &str, line: &DraftLine, original: &Invoice) {
        match original.sold(&Article::of_draft(line), line.unit_price) {
            Sold::NotThere => self.note(Fault::new(NOT_ON_ORIGINAL, pointer)),
            Sold::AtAnotherPrice(price) => self.note(
                Fault::new(PRICE_DIFFERS, format!("{pointer}/unit_price"))
                    .with("original", price.to_short_string()),
            ),
            Sold::At { quantity, .. } if line.quantity > quantity => self.note(
                Fault::new(MORE_THAN_SOLD, format!("{pointer}/quantity"))
                    .with("sold", quantity.to_short_string()),
            ),
            Sold::At { .. } => {}
        }
    }
}

/// What makes two lines lines of one article: code where there is one, name, and tax group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Article<'a> {
    pub code: Option<&'a str>,
    pub name: &'a str,
    pub tax_group: &'a str,
}

/// What an invoice shows of an article.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sold {
    NotThere,
    /// It is there, but not at this price.
    AtAnotherPrice(Price),
    /// `line` is the first line of the article at this price, from 0; the quantity is that of all
    /// of them, for a till may ring one article up several times.
    At {
        line: usize,
        quantity: Quantity,
    },
}

impl<'a> Article<'a> {
    fn of_draft(line: &'a DraftLine) -> Self {
        Self { code: line.code.as_deref(), name: &line.name, tax_group: &line.tax_group }
    }

    pub fn of(line: &'a Line) -> Self {
        Self { code: line.code.as_deref(), name: &line.name, tax_group: &line.tax_group }
    }
}

impl Invoice {
    /// What was sold of an article at a price.
    pub fn sold(&self, article: &Article<'_>, price: Price) -> Sold {
        let lines = self.lines().iter().enumerate();
        let of_article: Vec<_> = lines.filter(|(_, line)| Article::of(line) == *article).collect();
        let mut at_price = of_article.iter().filter(|(_, line)| line.unit_price == price);
        match (of_article.first(), at_price.clone().next()) {
            (None, _) => Sold::NotThere,
            (Some((_, line)), None) => Sold::AtAnotherPrice(line.unit_price),
            (Some(_), Some((line, _))) => {
                let units = at_price.by_ref().map(|(_, line)| line.quantity.units()).sum();
                Sold::At { line: *line, quantity: Quantity::from_units(units) }
            }
        }
    }
}

/// What a correction takes back of its original. The ledger sums the claims of all corrections in
/// the transaction that seals, and keeps the sum within the limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Claim {
    /// Units of an article, by the first line of the original that bears it, from 0.
    Line { line: usize, quantity: Quantity, limit: Quantity },
    /// Money of the whole.
    Total { amount: Amount, limit: Amount },
}

/// What a correction takes back where the law counts units: article by article, all its lines
/// together (SFE 1.1.26 d).
pub fn claims_by_line(original: &OriginalInvoice, correction: &Invoice) -> Vec<Claim> {
    let mut claims: Vec<(usize, Quantity, Quantity)> = Vec::new();
    for line in correction.lines() {
        let Sold::At { line: sold, quantity: limit } =
            original.invoice.sold(&Article::of(line), line.unit_price)
        else {
            continue;
        };
        match claims.iter_mut().find(|(claimed, _, _)| *claimed == sold) {
            Some((_, quantity, _)) => {
                *quantity = Quantity::from_units(quantity.units() + line.quantity.units());
            }
            None => claims.push((sold, line.quantity, limit)),
        }
    }
    let claim = |(line, quantity, limit)| Claim::Line { line, quantity, limit };
    claims.into_iter().map(claim).collect()
}

const NOT_ON_ORIGINAL: &Rule = &Rule {
    code: "line_not_on_original",
    fr: "Cet article ne figure pas sur la facture d'origine.",
    es: "Este artículo no figura en la factura original.",
    en: "This article is not on the original invoice.",
};
const PRICE_DIFFERS: &Rule = &Rule {
    code: "price_differs_from_original",
    fr: "Le prix unitaire doit être celui de la facture d'origine, {original}.",
    es: "El precio unitario debe ser el de la factura original, {original}.",
    en: "The unit price must be the original invoice's, {original}.",
};
const MORE_THAN_SOLD: &Rule = &Rule {
    code: "more_than_sold",
    fr: "La quantité dépasse celle vendue, {sold}.",
    es: "La cantidad supera la vendida, {sold}.",
    en: "The quantity is above what was sold, {sold}.",
};
const ORIGINAL_OF_OTHER_KIND: &Rule = &Rule {
    code: "original_of_other_kind",
    fr: "Un avoir corrige une vente ou un acompte du même régime, intérieur ou exportation.",
    es: "Una nota de crédito corrige una venta o un anticipo del mismo régimen, interno o exportación.",
    en: "A credit note corrects a sale or an advance of its own regime, domestic or export.",
};
const ORIGINAL_PRICE_MODE: &Rule = &Rule {
    code: "price_mode_differs_from_original",
    fr: "Le mode de prix doit être celui de la facture d'origine.",
    es: "El modo de precio debe ser el de la factura original.",
    en: "The price mode must be the original invoice's.",
};

/// The rules of this module, for the test that walks them all.
pub(crate) const RULES: &[&Rule] =
    &[NOT_ON_ORIGINAL, PRICE_DIFFERS, MORE_THAN_SOLD, ORIGINAL_OF_OTHER_KIND, ORIGINAL_PRICE_MODE];
