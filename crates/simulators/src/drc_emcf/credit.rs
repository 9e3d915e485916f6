//! Credit notes: their nature, and the sale that they take back.

use rust_decimal::Decimal;

use crate::drc_emcf::articles::Article;
use crate::drc_emcf::checks::{Acceptable, Kind};
use crate::drc_emcf::codes::{
    CREDIT_EXCEEDS, CREDIT_NATURE, CREDITED_ARTICLE, REFERENCE_LENGTH, REFERENCE_MISSING,
    REFERENCE_UNKNOWN, Refusal,
};
use crate::drc_emcf::lists::REFERENCE_TYPES;
use crate::drc_emcf::register::Registered;
use crate::drc_emcf::request::InvoiceRequest;

/// What a credit note refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Credit {
    /// A rebate, which is not tied to a sale (SFE 1.1.28).
    Rebate,
    /// The Code DEF/DGI of the sale that is corrected, cancelled or refunded (SFE 1.1.26).
    Of(String),
}

/// The nature and the reference of a credit note, as far as they can be judged without the
/// register.
pub(super) fn nature(request: &InvoiceRequest, kind: Kind) -> Result<Option<Credit>, Refusal> {
    if !kind.is_credit() {
        return Ok(None);
    }
    let InvoiceRequest { reference, reference_type, .. } = request;
    if reference.is_empty() {
        return Err(REFERENCE_MISSING.because("reference est vide"));
    }
    if !REFERENCE_TYPES.iter().any(|(known, _)| known == reference_type) {
        return Err(CREDIT_NATURE.because(format!("referenceType {reference_type:?}")));
    }
    match (reference_type == REBATE, reference == REBATE) {
        (true, true) => Ok(Some(Credit::Rebate)),
        (true, false) => Err(CREDIT_NATURE.because("RRR demande la référence RRR")),
        (false, _) if reference.chars().count() != 24 => {
            Err(REFERENCE_LENGTH.because(format!("{reference:?}")))
        }
        (false, _) => Ok(Some(Credit::Of(reference.clone()))),
    }
}

/// Whether `invoice` may take back (a part of) `original`, of which earlier notes took `already`.
pub(super) fn check_against(
    original: Option<&Registered>,
    invoice: &Acceptable,
    strict: bool,
) -> Result<(), Refusal> {
    let sales: &[Kind] = if invoice.kind.is_export() {
        &[Kind::ExportSale, Kind::ExportDeposit]
    } else {
        &[Kind::Sale, Kind::Deposit]
    };
    let original =
        original.ok_or_else(|| REFERENCE_UNKNOWN.because("aucune facture n'a ce code"))?;
    if !sales.contains(&original.kind) {
        let detail = format!("la facture originale est {}", original.kind.letters());
        return Err(REFERENCE_UNKNOWN.because(detail));
    }
    let credited = original.credited + invoice.totals.total;
    if credited > original.total {
        let detail = format!("avoirs {credited}, facture {}", original.total);
        return Err(CREDIT_EXCEEDS.because(detail));
    }
    if strict { check_articles(original, &invoice.articles) } else { Ok(()) }
}

/// SFE 1.1.26 b-e: the articles are the original's, at its prices, and all notes together take back
/// no more of one than was sold.
fn check_articles(original: &Registered, articles: &[Article]) -> Result<(), Refusal> {
    for article in articles {
        let same = |other: &&Article| other.code == article.code && other.name == article.name;
        let sold: Vec<_> = original.articles.iter().filter(same).collect();
        let wrong = |why: &str| CREDITED_ARTICLE.because(format!("{:?} {why}", article.name));
        if sold.is_empty() {
            return Err(wrong("n'est pas sur la facture originale"));
        }
        if sold.iter().all(|other| other.price != article.price) {
            return Err(wrong("n'a pas le prix de la facture originale"));
        }
        let quantity = |of: &[Article]| of.iter().filter(same).map(|each| each.quantity).sum();
        let returned: Decimal = quantity(&original.returned);
        let asked: Decimal = quantity(articles);
        if returned + asked > quantity(&original.articles) {
            return Err(wrong("dépasse la quantité vendue"));
        }
    }
    Ok(())
}

const REBATE: &str = "RRR";
