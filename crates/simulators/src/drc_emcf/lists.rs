//! The parameter lists of the info API, as the live one gave them in 2026.

/// A type and its description.
pub(super) type Listed = (&'static str, &'static str);

pub(super) const INVOICE_TYPES: [Listed; 6] = [
    ("FV", "Facture de vente"),
    ("FT", "Facture d'acompte ou d'avance"),
    ("FA", "Facture d'avoir"),
    ("EV", "Facture de vente à l'exportation"),
    ("ET", "Facture d'acompte ou d'avance à l'exportation"),
    ("EA", "Facture d'avoir à l'exportation"),
];

pub(super) const PAYMENT_TYPES: [Listed; 7] = [
    ("ESPECES", "ESPECES"),
    ("MOBILEMONEY", "MOBILE MONEY"),
    ("VIREMENT", "VIREMENT"),
    ("CARTEBANCAIRE", "CARTE BANCAIRE"),
    ("CHEQUES", "CHEQUES"),
    ("CREDIT", "CREDIT"),
    ("AUTRE", "AUTRE"),
];

pub(super) const CLIENT_TYPES: [Listed; 5] = [
    ("PP", "Personne physique"),
    ("PM", "Personne morale"),
    ("PC", "Personne physique commerçante"),
    ("PL", "Profession libérale"),
    ("AO", "Ambassades et organisations internationales"),
];

pub(super) const REFERENCE_TYPES: [Listed; 4] = [
    ("COR", "Correction"),
    ("RAN", "Annulation"),
    ("RAM", "Avoir suite reprise"),
    ("RRR", "Remise, ristourne, rabais"),
];

pub(super) const ARTICLE_TYPES: [Listed; 3] =
    [("BIE", "Biens"), ("SER", "Services"), ("TAX", "Taxes et redevances")];
