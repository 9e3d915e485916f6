//! The rules of the documents that this crate reads besides drafts. Codes are for ever.

use invoice::Rule;

pub(crate) const OUTLET_MISSING: &Rule = &Rule {
    code: "outlet_missing",
    fr: "Cette clé n'est pas celle d'un seul point de vente : nommez le vôtre (champ outlet).",
    es: "Esta clave no es de un solo punto de venta: indique el suyo (campo outlet).",
    en: "This key is not for one outlet alone: name yours (field outlet).",
};
pub(crate) const NOT_AN_ID: &Rule = &Rule {
    code: "not_an_id",
    fr: "Ce n'est pas un identifiant qui commence par {prefix}.",
    es: "No es un identificador que empiece por {prefix}.",
    en: "Not an identifier that begins with {prefix}.",
};
pub(crate) const FIELD_TYPE: &Rule = &Rule {
    code: "field_type",
    fr: "La valeur doit être {expected}.",
    es: "El valor debe ser {expected}.",
    en: "The value must be {expected}.",
};
pub(crate) const FIELD_MISSING: &Rule = &Rule {
    code: "field_missing",
    fr: "Le champ {field} est obligatoire ici.",
    es: "El campo {field} es obligatorio aquí.",
    en: "The field {field} is required here.",
};
pub(crate) const FIELD_UNKNOWN: &Rule = &Rule {
    code: "field_unknown",
    fr: "Il n'y a pas de champ {field} ici. Champs admis : {allowed}.",
    es: "No hay campo {field} aquí. Campos admitidos: {allowed}.",
    en: "There is no field {field} here. Allowed: {allowed}.",
};
pub(crate) const WORDS_MALFORMED: &Rule = &Rule {
    code: "words_malformed",
    fr: "Le texte doit avoir entre 1 et {maximum} octets, sans caractères de contrôle.",
    es: "El texto debe tener entre 1 y {maximum} bytes, sin caracteres de control.",
    en: "The text must have 1 to {maximum} bytes and no control characters.",
};
pub(crate) const VALUE_UNUSABLE: &Rule = &Rule {
    code: "value_unusable",
    fr: "Cette valeur ne convient pas : {reason}.",
    es: "Este valor no sirve: {reason}.",
    en: "This value does not serve: {reason}.",
};
pub(crate) const ONE_ANSWER: &Rule = &Rule {
    code: "one_answer",
    fr: "Donnez ou bien registered, ou bien not_registered avec la valeur true.",
    es: "Indique o bien registered, o bien not_registered con el valor true.",
    en: "Give either registered, or not_registered with the value true.",
};

/// Every rule of this crate, for the test that walks them all.
#[cfg(test)]
pub(crate) const RULES: &[&Rule] = &[
    OUTLET_MISSING,
    NOT_AN_ID,
    FIELD_TYPE,
    FIELD_MISSING,
    FIELD_UNKNOWN,
    WORDS_MALFORMED,
    VALUE_UNUSABLE,
    ONE_ANSWER,
];
