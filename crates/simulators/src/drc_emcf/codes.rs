//! The error codes, and what each refusal says.
//!
//! The codes 1 to 12, 20, 24, 33 and 99 are known (the Benin API 1.0 and public Congolese clients).
//! The true code of every other rule is unknown: those are **this simulator's inventions**, from
//! the range of codes that exist and are unpublished. A client must not depend on an invented
//! number; it should show the number and the text as they came.

/// One rule that a request can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// `errorCode`: a string on the wire.
    pub(super) number: &'static str,
    /// `errorDesc` in French.
    pub(super) text: &'static str,
    /// Where the rule is written.
    pub(super) rule: &'static str,
    origin: Origin,
}

/// Whether the number is the authority's or ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Known,
    Invented,
}

/// A request that was read and turned down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: Code,
    /// What exactly is wrong, and where.
    pub(super) detail: String,
}

impl Code {
    const fn known(number: &'static str, text: &'static str, rule: &'static str) -> Self {
        Self { number, text, rule, origin: Origin::Known }
    }

    const fn invented(number: &'static str, text: &'static str, rule: &'static str) -> Self {
        Self { number, text, rule, origin: Origin::Invented }
    }

    pub(super) fn because(self, detail: impl Into<String>) -> Refusal {
        Refusal { code: self, detail: detail.into() }
    }
}

impl Refusal {
    /// `errorDesc`. The text of a known code is the authority's, word for word; an invented one
    /// says all it knows, with the section.
    pub(super) fn description(&self) -> String {
        match self.code.origin {
            Origin::Known => self.code.text.to_owned(),
            Origin::Invented => {
                format!("{} : {} ({})", self.code.text, self.detail, self.code.rule)
            }
        }
    }
}

const API: &str = "e-MCF API 1.0";

pub(super) const TOO_MANY_PENDING: Code =
    Code::known("1", "Le nombre maximum de factures en attente est dépassé", API);
pub(super) const INVOICE_TYPE: Code =
    Code::known("3", "Type de facture n'est pas valide", "SFE 1.1.7");
pub(super) const REFERENCE_MISSING: Code =
    Code::known("4", "La référence de la facture originale est manquante", "SFE 1.1.26 a");
pub(super) const REFERENCE_LENGTH: Code = Code::known(
    "5",
    "La référence de la facture originale ne comporte pas 24 caractères",
    "SFE 1.1.26 a",
);
pub(super) const PAYMENT_TYPE: Code =
    Code::known("7", "Le type de paiement n'est pas valide", "SFE 1.1.18");
pub(super) const NO_ARTICLES: Code =
    Code::known("8", "La facture doit contenir les articles", "SFE 1.1.6");
pub(super) const TAX_GROUP: Code =
    Code::known("9", "Le groupe de taxation au niveau des articles n'est pas valide", "SFE 1.1.12");
pub(super) const REFERENCE_UNVERIFIED: Code = Code::known(
    "10",
    "La référence de la facture originale ne peut pas être validée, veuillez réessayer plus tard",
    API,
);
pub(super) const REFERENCE_UNKNOWN: Code = Code::known(
    "11",
    "La référence de la facture originale n'est pas valide (la facture originale est introuvable)",
    "SFE 1.1.26 a",
);
pub(super) const CREDIT_EXCEEDS: Code = Code::known(
    "12",
    "La référence de la facture originale n'est pas valide (le montant sur la facture d'avoir \
     dépasse le montant de la facture originale)",
    "SFE 1.1.26",
);
pub(super) const NOT_PENDING: Code =
    Code::known("20", "La facture n'existe pas ou elle est déjà finalisée / annulée", API);
/// The number is known; only an English text was ever seen, so the French one is ours.
pub(super) const ARTICLE_TYPE: Code =
    Code::known("24", "Le type d'article n'est pas valide", "SFE annexe, articles");
/// The number is known; only an English text was ever seen, so the French one is ours.
pub(super) const PRICE_MODE: Code = Code::known(
    "33",
    "Le format du prix doit être toutes taxes comprises (ttc) ou hors taxes (ht)",
    "SFE 1.5.3",
);
pub(super) const PROCESSING: Code =
    Code::known("99", "Erreur lors du traitement de la demande", API);

/// Invented: the true code is unknown.
pub(super) const NIF: Code =
    Code::invented("13", "Le NIF du vendeur n'est pas valide", "e-MCF API 1.0, nif");
/// Invented: the true code is unknown.
pub(super) const INVOICE_NUMBER: Code =
    Code::invented("14", "Le numéro de facture n'est pas valide", "SFE 1.1.15");
/// Invented: the true code is unknown.
pub(super) const ISF: Code = Code::invented("15", "L'ISF n'est pas valide", "SFE 1.1.3");
/// Invented: the true code is unknown.
pub(super) const CLIENT_TYPE: Code =
    Code::invented("16", "Le type de client n'est pas valide", "SFE 1.1.11");
/// Invented: the true code is unknown.
pub(super) const CLIENT_FIELDS: Code = Code::invented(
    "17",
    "Une information obligatoire du client est manquante",
    "SFE annexe, clients",
);
/// Invented: the true code is unknown.
pub(super) const COMMENT_A: Code = Code::invented(
    "18",
    "La référence du document d'exonération ou de dérogation est manquante",
    "SFE annexe, commentaires",
);
/// Invented: the true code is unknown.
pub(super) const ARTICLE_TYPE_AND_GROUP: Code = Code::invented(
    "19",
    "Le type d'article ne convient pas au groupe de taxation",
    "SFE annexe, articles",
);
/// Invented: the true code is unknown.
pub(super) const AMOUNT_NOT_POSITIVE: Code =
    Code::invented("21", "Montant nul ou négatif", "SFE 1.1.21-1.1.22");
/// Invented: the true code is unknown.
pub(super) const DECIMALS: Code = Code::invented("22", "Trop de décimales", "SFE 1.5.1");
/// Invented: the number is unknown, the words are those of the MCF-SFE protocol, 38h.
pub(super) const TOTAL_MISMATCH: Code =
    Code::invented("23", "Le montant n'est pas valide", "MCF-SFE 1.0, 38h");
/// Invented: the true code is unknown.
pub(super) const CURRENCY: Code =
    Code::invented("25", "La devise ou son taux n'est pas valide", "SFE 1.1.30");
/// Invented: the true code is unknown.
pub(super) const CREDIT_NATURE: Code =
    Code::invented("26", "La nature de l'avoir n'est pas valide", "SFE 1.1.25, 1.1.28");
/// Invented: the true code is unknown.
pub(super) const PAYMENTS: Code = Code::invented(
    "27",
    "La somme des paiements n'est pas égale au total de la facture",
    "SFE 1.1.19",
);
/// Invented: the true code is unknown.
pub(super) const OPERATOR: Code =
    Code::invented("28", "Le nom de l'opérateur est manquant", "SFE 1.2 w");
/// Invented: the true code is unknown.
pub(super) const SPECIFIC_TAX: Code =
    Code::invented("29", "La taxe spécifique n'est pas valide", "SFE 1.1.13");
/// Invented: the true code is unknown. Strict dialect only.
pub(super) const CREDITED_ARTICLE: Code = Code::invented(
    "30",
    "L'article remboursé ne correspond pas à la facture originale",
    "SFE 1.1.26 b-e",
);
/// Invented: the true code is unknown.
pub(super) const TOO_LONG: Code =
    Code::invented("31", "Une valeur dépasse la taille permise", "MCF-SFE 1.0, tailles");
/// Invented: the number is unknown, the words are those of the MCF-SFE protocol, C0h.
pub(super) const NUMBER_REUSED: Code =
    Code::invented("32", "Le numéro de facture est déjà utilisé", "MCF-SFE 1.0, C0h");
/// Invented: the true code is unknown.
pub(super) const ARTICLE_FIELDS: Code =
    Code::invented("34", "Une information obligatoire de l'article est manquante", "SFE 1.1.16");
/// Invented: the true code is unknown. Strict dialect only.
pub(super) const EXPORT_GROUP: Code = Code::invented(
    "35",
    "Le groupe de taxation ne convient pas à une facture d'exportation",
    "SFE 1.1.12",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_code_speaks_the_authoritys_words_alone() {
        assert_eq!(NO_ARTICLES.because("items is empty").description(), NO_ARTICLES.text);
    }

    #[test]
    fn an_invented_code_names_the_section() {
        let described = DECIMALS.because("items[0].price 1.005").description();
        assert_eq!(described, "Trop de décimales : items[0].price 1.005 (SFE 1.5.1)");
    }
}
