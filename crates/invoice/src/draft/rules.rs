//! The rules that a draft can break whatever the country. Codes are for ever.

use crate::fault::Rule;

macro_rules! rules {
    ($($name:ident = $code:literal, fr: $fr:literal, es: $es:literal, en: $en:literal;)*) => {
        $(#[doc = concat!("`", $code, "`: ", $en)] pub const $name: &Rule = &Rule { code: $code, fr: $fr, es: $es, en: $en };)*
        /// Every rule of this crate, so that a test can walk them all.
        pub(crate) const RULES: &[&Rule] = &[$($name),*];
    };
}

/// `unknown_field` where the section of a country may stand besides: the same code, for the same
/// fault, and words that do not keep the section from who looks for its name.
pub(crate) const UNKNOWN_FIELD_BESIDE_A_SECTION: &Rule = &Rule {
    code: "unknown_field",
    fr: "Le champ {field} n'existe pas ici. Champs admis : {allowed}, et la partie qui porte les deux lettres du pays du point de vente.",
    es: "El campo {field} no existe aquí. Campos admitidos: {allowed}, y la sección que lleva las dos letras del país del punto de venta.",
    en: "There is no field {field} here. Allowed: {allowed}, and the section that is named by the two letters of the outlet's country.",
};

rules! {
    WRONG_TYPE = "wrong_type",
        fr: "La valeur doit être {expected}.",
        es: "El valor debe ser {expected}.",
        en: "The value must be {expected}.";
    DECIMAL_AS_NUMBER = "decimal_as_number",
        fr: "Un décimal s'écrit entre guillemets : \"12.50\", jamais comme un nombre JSON.",
        es: "Un decimal se escribe entre comillas: \"12.50\", nunca como número JSON.",
        en: "A decimal is written in quotes: \"12.50\", never as a JSON number.";
    UNKNOWN_FIELD = "unknown_field",
        fr: "Le champ {field} n'existe pas ici. Champs admis : {allowed}.",
        es: "El campo {field} no existe aquí. Campos admitidos: {allowed}.",
        en: "There is no field {field} here. Allowed: {allowed}.";
    MISSING_FIELD = "missing_field",
        fr: "Le champ {field} est obligatoire.",
        es: "El campo {field} es obligatorio.",
        en: "The field {field} is required.";
    SECTION_TOO_LARGE = "section_too_large",
        fr: "Cette partie a plus de valeurs, ou de plus imbriquées, qu'aucun document n'en porte.",
        es: "Esta parte tiene más valores, o más anidados, de los que lleva documento alguno.",
        en: "This part has more values, or deeper ones, than any document bears.";
    MALFORMED_DECIMAL = "malformed_decimal",
        fr: "Ce n'est pas un décimal : chiffres, puis au besoin un point et des chiffres.",
        es: "No es un decimal: cifras y, si hace falta, un punto y cifras.",
        en: "Not a decimal: digits, then a point and digits if needed.";
    TOO_MANY_DECIMALS = "too_many_decimals",
        fr: "Au plus {maximum} décimales sont admises ici.",
        es: "Aquí se admiten como máximo {maximum} decimales.",
        en: "At most {maximum} decimals are allowed here.";
    NUMBER_TOO_LARGE = "number_too_large",
        fr: "Le nombre dépasse {maximum} chiffres avant la virgule.",
        es: "El número supera las {maximum} cifras antes del punto decimal.",
        en: "The number has more than {maximum} digits before the point.";
    EMPTY_TEXT = "empty_text",
        fr: "Le texte est vide. Omettez le champ s'il n'y a rien à dire.",
        es: "El texto está vacío. Omita el campo si no hay nada que decir.",
        en: "The text is empty. Leave the field out if there is nothing to say.";
    TEXT_TOO_LONG = "text_too_long",
        fr: "Le texte dépasse {maximum} caractères.",
        es: "El texto supera los {maximum} caracteres.",
        en: "The text has more than {maximum} characters.";
    FORBIDDEN_CHARACTER = "forbidden_character",
        fr: "Le caractère {character} ne peut pas figurer sur une facture.",
        es: "El carácter {character} no puede figurar en una factura.",
        en: "The character {character} cannot stand in an invoice.";
    MALFORMED_DATE = "malformed_date",
        fr: "Une date s'écrit AAAA-MM-JJ.",
        es: "Una fecha se escribe AAAA-MM-DD.",
        en: "A date is written YYYY-MM-DD.";
    UNKNOWN_KEY = "unknown_key",
        fr: "{value} n'est pas connu ici. Valeurs admises : {allowed}.",
        es: "{value} no se conoce aquí. Valores admitidos: {allowed}.",
        en: "{value} is not known here. Allowed: {allowed}.";
    EXACTLY_ONE_OF = "exactly_one_of",
        fr: "Donnez exactement un champ parmi : {fields}.",
        es: "Indique exactamente uno de los campos: {fields}.",
        en: "Give exactly one of the fields: {fields}.";
    NO_LINES = "no_lines",
        fr: "Une facture identifie au moins un article.",
        es: "Una factura identifica al menos un artículo.",
        en: "An invoice names at least one article.";
    TOO_MANY = "too_many",
        fr: "Au plus {maximum} éléments sont admis ici.",
        es: "Aquí se admiten como máximo {maximum} elementos.",
        en: "At most {maximum} items are allowed here.";
    NOT_POSITIVE = "not_positive",
        fr: "La valeur doit être supérieure à zéro.",
        es: "El valor debe ser mayor que cero.",
        en: "The value must be above zero.";
    ROUNDS_TO_ZERO = "rounds_to_zero",
        fr: "Le montant de la ligne s'arrondit à zéro ; aucune ligne ne peut être nulle.",
        es: "El importe de la línea se redondea a cero; ninguna línea puede ser nula.",
        en: "The line's amount rounds to zero, and no line may be nothing.";
    TOTAL_TOO_LARGE = "total_too_large",
        fr: "Un total dépasse {maximum} chiffres avant la virgule.",
        es: "Un total supera las {maximum} cifras antes del punto decimal.",
        en: "A total has more than {maximum} digits before the point.";
    WRONG_CURRENCY = "wrong_currency",
        fr: "La monnaie doit être {expected}.",
        es: "La moneda debe ser {expected}.",
        en: "The currency must be {expected}.";
    RATE_OUT_OF_RANGE = "exchange_rate_out_of_range",
        fr: "Le taux s'écarte de plus de {tolerance} % du taux de référence {reference}.",
        es: "La tasa se aparta más de {tolerance} % de la tasa de referencia {reference}.",
        en: "The rate lies more than {tolerance} % from the reference rate {reference}.";
    LINE_KIND_NOT_IN_GROUP = "line_kind_not_in_group",
        fr: "Un article {kind} ne peut pas figurer dans le groupe {group}.",
        es: "Un artículo {kind} no puede figurar en el grupo {group}.",
        en: "An article of kind {kind} cannot stand in group {group}.";
    GROUP_NOT_IN_FORCE = "tax_group_not_in_force",
        fr: "Le groupe {group} n'était pas en vigueur le {date}.",
        es: "El grupo {group} no estaba vigente el {date}.",
        en: "Group {group} was not in force on {date}.";
    GROUP_NOT_FOR_EXPORT = "tax_group_not_for_export",
        fr: "Le groupe {group} ne peut pas figurer sur une facture d'exportation.",
        es: "El grupo {group} no puede figurar en una factura de exportación.",
        en: "Group {group} cannot stand on an export invoice.";
    EXEMPTION_MISSING = "exemption_reference_missing",
        fr: "La référence du document d'exonération est obligatoire (champ exemption_reference).",
        es: "La referencia del documento de exención es obligatoria (campo exemption_reference).",
        en: "The reference of the exemption document is required (field exemption_reference).";
    CUSTOMER_NAME_MISSING = "customer_name_missing",
        fr: "Le nom est obligatoire pour un client {kind}.",
        es: "El nombre es obligatorio para un cliente {kind}.",
        en: "The name is required for a customer of kind {kind}.";
    CUSTOMER_TAX_ID_MISSING = "customer_tax_id_missing",
        fr: "Le numéro fiscal est obligatoire pour un client {kind}.",
        es: "El número fiscal es obligatorio para un cliente {kind}.",
        en: "The tax id is required for a customer of kind {kind}.";
    PAYMENTS_DIFFER = "payments_differ_from_total",
        fr: "Les paiements font {paid}, la facture {total}.",
        es: "Los pagos suman {paid}, la factura {total}.",
        en: "The payments sum to {paid}, the invoice to {total}.";
    DISCOUNT_NOT_LOWER = "discount_not_lower",
        fr: "Le prix d'origine doit dépasser le prix facturé.",
        es: "El precio original debe superar el precio facturado.",
        en: "The original price must be above the price charged.";
    CREDIT_MISSING = "credit_missing",
        fr: "Une facture d'avoir indique sa nature (champ credit).",
        es: "Una nota de crédito indica su naturaleza (campo credit).",
        en: "A credit note states its nature (field credit).";
    CREDIT_UNEXPECTED = "credit_unexpected",
        fr: "Seule une facture d'avoir porte le champ credit.",
        es: "Solo una nota de crédito lleva el campo credit.",
        en: "Only a credit note bears the field credit.";
    ORIGINAL_MISSING = "original_missing",
        fr: "Cet avoir doit désigner la facture d'origine.",
        es: "Esta nota de crédito debe indicar la factura original.",
        en: "This credit note must name the original invoice.";
    ORIGINAL_UNEXPECTED = "original_unexpected",
        fr: "Un avoir de cette nature ne désigne pas de facture d'origine.",
        es: "Una nota de crédito de esta naturaleza no indica factura original.",
        en: "A credit note of this nature names no original invoice.";
    DATE_NOT_TODAY = "date_not_today",
        fr: "La facture porte la date du jour au point de vente, {today}.",
        es: "La factura lleva la fecha del día en el punto de venta, {today}.",
        en: "The invoice bears today's date at the outlet, {today}.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_snake_case_and_told_in_three_languages() {
        let mut seen = std::collections::HashSet::new();
        for rule in RULES {
            assert!(seen.insert(rule.code), "{} stands twice", rule.code);
        }
        for rule in RULES.iter().chain([&UNKNOWN_FIELD_BESIDE_A_SECTION]) {
            assert!(
                rule.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{}",
                rule.code
            );
            for sentence in [rule.fr, rule.es, rule.en] {
                assert!(sentence.ends_with('.') && sentence.len() > 10, "{}", rule.code);
            }
            let names = |sentence: &str| {
                let mut names: Vec<String> = sentence
                    .split('{')
                    .skip(1)
                    .map(|rest| rest.split('}').next().unwrap().to_owned())
                    .collect();
                names.sort();
                names
            };
            assert_eq!(names(rule.fr), names(rule.en), "{}", rule.code);
            assert_eq!(names(rule.es), names(rule.en), "{}", rule.code);
        }
    }
}
