//! What the DGI's channel cannot take, of an invoice that the law allows.

use invoice::{Fault, Invoice, Rule};

use super::settings::{OutOfScopeCode, Settings};

/// Every rule of this country, for the test that walks them all.
pub const RULES: &[&Rule] = &[NAME_TOO_LONG, TAX_ID_SHAPE, OUT_OF_SCOPE_SPELLING, ORIGINAL_CODE];

/// Bytes of an article's name that a control module keeps (MCF 31h).
const NAME_BYTES_MAX: usize = 64;

const NAME_TOO_LONG: &Rule = &Rule {
    code: "cd_article_name_too_long",
    fr: "La désignation dépasse {maximum} octets, ce que garde le module de contrôle.",
    es: "La designación supera {maximum} bytes, lo que guarda el módulo de control.",
    en: "The article's name has more than {maximum} bytes, which is what the control module keeps.",
};
const TAX_ID_SHAPE: &Rule = &Rule {
    code: "cd_tax_id_malformed",
    fr: "Un NIF a de 6 à 20 lettres et chiffres, sans espace : par exemple A1234567B.",
    es: "Un NIF tiene de 6 a 20 letras y cifras, sin espacios: por ejemplo A1234567B.",
    en: "A NIF has 6 to 20 letters and digits and no spaces: for instance A1234567B.",
};
const OUT_OF_SCOPE_SPELLING: &Rule = &Rule {
    code: "cd_out_of_scope_code",
    fr: "Le code d'un article hors champ s'écrit {expected}, et seulement dans le groupe A.",
    es: "El código de un artículo fuera de ámbito se escribe {expected}, y solo en el grupo A.",
    en: "The code of an article out of VAT's scope is written {expected}, and in group A only.",
};
const ORIGINAL_CODE: &Rule = &Rule {
    code: "cd_original_without_code",
    fr: "La facture d'origine n'a pas encore de code DEF/DGI ; l'avoir doit le citer.",
    es: "La factura original aún no tiene código DEF/DGI; la nota de crédito debe citarlo.",
    en: "The original invoice has no DEF/DGI code yet, and the credit note must cite it.",
};

pub(super) fn check(invoice: &Invoice, settings: &Settings) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, line) in invoice.lines().iter().enumerate() {
        if line.name.len() > NAME_BYTES_MAX {
            let fault = Fault::new(NAME_TOO_LONG, format!("/lines/{index}/name"));
            faults.push(fault.with("maximum", NAME_BYTES_MAX));
        }
        faults.extend(out_of_scope(index, line, settings));
    }
    let tax_id = invoice.customer().tax_id.as_deref();
    if tax_id.is_some_and(|tax_id| !is_tax_id(tax_id)) {
        faults.push(Fault::new(TAX_ID_SHAPE, "/customer/tax_id"));
    }
    let original = invoice.credit().and_then(|credit| credit.original.as_ref());
    if original.is_some_and(|original| original.code.is_none()) {
        faults.push(Fault::new(ORIGINAL_CODE, "/credit/original"));
    }
    faults
}

/// Samples show one letter, seven digits and a letter, and also eight digits and a letter: no
/// narrower pattern is safe.
fn is_tax_id(text: &str) -> bool {
    (6..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn out_of_scope(index: usize, line: &invoice::Line, settings: &Settings) -> Option<Fault> {
    let code = line.code.as_deref()?;
    let marker: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if marker.to_uppercase() != "HORSCHAMP" {
        return None;
    }
    let expected = out_of_scope_code(settings);
    if code == expected && line.tax_group == "A" {
        return None;
    }
    let fault = Fault::new(OUT_OF_SCOPE_SPELLING, format!("/lines/{index}/code"));
    Some(fault.with("expected", expected))
}

fn out_of_scope_code(settings: &Settings) -> &'static str {
    match settings.out_of_scope_code {
        OutOfScopeCode::TwoWords => "HORS CHAMP",
        OutOfScopeCode::OneWord => "HORSCHAMP",
    }
}
