//! e-MCF replies, read for what they mean to the machine.

use std::collections::BTreeMap;

use invoice::{Amount, Invoice, SecurityElements};

use super::wire::ReplyDto;
use crate::contract::{Response, Trouble};

/// Bytes of a reply that we read. The largest is the detail of an invoice of a thousand lines.
pub(super) const REPLY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Bytes of a reply that gives security elements, which are kept as they came: it has five short
/// fields, and what is a hundred times longer is something else.
const ELEMENTS_BYTES_MAX: usize = 64 * 1024;

/// What an e-MCF reply amounts to.
pub(super) enum Reply {
    /// A 2xx without an error code.
    Fine(Box<ReplyDto>),
    /// A 2xx with `errorCode`: the document is at fault, or the uid is unknown.
    Code(Trouble),
    /// The token is missing, unknown or expired: the outlet's settings are at fault.
    TokenRefused(Trouble),
    /// 4xx for the body: the server could not read it at all.
    Unreadable(Trouble),
    /// 5xx, or bytes that are not the API's: nobody knows whether it was processed.
    Unclear(Trouble),
}

impl Reply {
    pub(super) fn read(response: &Response) -> Self {
        match response.status {
            200..=299 => Self::read_body(&response.body),
            401 | 403 => Self::TokenRefused(trouble(response)),
            400 | 413 | 415 | 422 => Self::Unreadable(trouble(response)),
            _ => Self::Unclear(trouble(response)),
        }
    }

    fn read_body(body: &[u8]) -> Self {
        if body.len() > REPLY_BYTES_MAX {
            return Self::Unclear(Trouble::new(
                "",
                "the reply is larger than any that is expected",
            ));
        }
        match ReplyDto::read(body) {
            Err(error) => Self::Unclear(Trouble::new("", format!("not the API's JSON: {error}"))),
            Ok(reply) => match reply.error_code.as_ref().map(super::wire::Loose::text) {
                // Servers of this family leave the key out, or send null or nothing in it.
                None => Self::Fine(Box::new(reply)),
                Some(code) if code.is_empty() || code == "0" => Self::Fine(Box::new(reply)),
                Some(code) => Self::Code(words(&code, reply.error_desc.as_deref())),
            },
        }
    }
}

/// Our sums under the DGI's names: `total`, `vtotal`, and per group `ta_`, `ha_`, `va_`.
pub(super) fn expected_sums(invoice: &Invoice) -> BTreeMap<String, String> {
    let totals = invoice.totals();
    let mut sums = BTreeMap::from([
        ("total".to_owned(), totals.total.to_string()),
        ("vtotal".to_owned(), totals.tax.to_string()),
    ]);
    for group in invoice.groups() {
        let letter = group.group.to_lowercase();
        sums.insert(format!("ta{letter}"), group.total.to_string());
        sums.insert(format!("va{letter}"), group.tax.to_string());
        sums.insert(format!("ha{letter}"), group.base.to_string());
    }
    sums
}

/// The first sum that differs, if any: `total` and `vtotal` must be there, a group's may be absent
/// (the first edition of the API knew groups A to I only).
pub(super) fn difference(expected: &BTreeMap<String, String>, reply: &ReplyDto) -> Option<String> {
    let differs = |key: &String, ours: &String| {
        let theirs = reply.amount(key);
        let mandatory = key == "total" || key == "vtotal";
        match theirs {
            Some(theirs) => Amount::parse(ours) != Ok(theirs),
            None => mandatory || reply.rest.contains_key(key),
        }
    };
    let differing = expected.iter().find(|(key, ours)| differs(key, ours)).map(|(key, ours)| {
        let theirs = reply.rest.get(key).map(super::wire::Loose::text);
        format!("{key}: ours {ours}, the DGI's {}", theirs.unwrap_or_else(|| "absent".to_owned()))
    });
    differing.or_else(|| unexpected(expected, reply))
}

/// A sum of a group that the invoice has no line in. Groups without a rate could change places and
/// leave the totals as they are.
fn unexpected(expected: &BTreeMap<String, String>, reply: &ReplyDto) -> Option<String> {
    let keys = ('a'..='p').flat_map(|group| ["ta", "ha", "va"].map(|sum| format!("{sum}{group}")));
    keys.filter(|key| !expected.contains_key(key)).find_map(|key| {
        let theirs = reply.amount(&key).filter(|theirs| !theirs.is_zero())?;
        Some(format!("{key}: ours absent, the DGI's {theirs}"))
    })
}

/// The security elements of a finalised invoice, where the reply holds them.
pub(super) fn elements(reply: &ReplyDto, body: &[u8]) -> Option<SecurityElements> {
    let code = reply.code_def_dgi.as_deref()?.replace('-', "");
    if !is_code(&code) || body.len() > ELEMENTS_BYTES_MAX {
        return None;
    }
    let details = [("nim", &reply.nim), ("counters", &reply.counters), ("time", &reply.date_time)];
    Some(SecurityElements {
        code,
        qr: Some(reply.qr_code.clone().filter(|qr| !qr.is_empty())?),
        details: details
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
            .collect(),
        reply: String::from_utf8_lossy(body).into_owned(),
        document: None,
    })
}

/// Why what a person read on the portal cannot be what the DGI gave for an invoice of this total:
/// it is held to no less than a reply of the module.
pub(super) fn unbelievable(
    elements: &SecurityElements,
    total: Option<&str>,
    ours: &str,
) -> Option<String> {
    let Some(theirs) = total else {
        return Some(format!("tell the total that the portal shows, to compare it with {ours}"));
    };
    if Amount::parse(theirs) != Amount::parse(ours) {
        return Some(format!("the portal shows {theirs}, the invoice is {ours}"));
    }
    if !is_code(&elements.code) {
        return Some("the code DEF/DGI has 24 characters, A to Z and 2 to 7".to_owned());
    }
    let names_code = |qr: &String| qr.contains(&elements.code);
    if !elements.qr.as_ref().is_some_and(names_code) {
        return Some("the QR is missing, or does not hold the code".to_owned());
    }
    None
}

/// Code DEF/DGI: 24 characters of base32 in all published samples.
fn is_code(code: &str) -> bool {
    code.len() == 24 && code.bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b))
}

fn trouble(response: &Response) -> Trouble {
    let words: String = String::from_utf8_lossy(&response.body).chars().take(WORDS_MAX).collect();
    Trouble::new(response.status.to_string(), words)
}

/// The server's words, or the known meaning of its code.
fn words(code: &str, description: Option<&str>) -> Trouble {
    let said = description.filter(|words| !words.trim().is_empty());
    let words: String = said.unwrap_or_else(|| meaning(code)).chars().take(WORDS_MAX).collect();
    Trouble::new(code, words)
}

/// The error codes that are known (e-MCF API; 13-19, 21-23, 25-32 and above exist and are not
/// published).
fn meaning(code: &str) -> &'static str {
    match code {
        "1" => "Le nombre maximum de factures en attente est dépassé",
        "3" => "Le type de facture n'est pas valide",
        "4" => "La référence de la facture originale est manquante",
        "5" => "La référence de la facture originale ne comporte pas 24 caractères",
        "6" => "La valeur de l'AIB n'est pas valide",
        "7" => "Le type de paiement n'est pas valide",
        "8" => "La facture doit contenir des articles",
        "9" => "Le groupe de taxation d'un article n'est pas valide",
        "10" => "La référence ne peut pas être validée pour le moment",
        "11" => "La référence n'est pas valide : la facture originale est introuvable",
        "12" => "Le montant de l'avoir dépasse celui de la facture originale",
        "20" => "La facture n'existe pas, ou elle est déjà finalisée ou annulée",
        "24" => "Le type d'un article n'est pas valide",
        "33" => "Le mode de prix doit être ht ou ttc",
        "99" => "Erreur lors du traitement de la demande",
        _ => "Code d'erreur non publié",
    }
}

/// Characters of an authority's words that are kept in logs and answers.
const WORDS_MAX: usize = 500;
