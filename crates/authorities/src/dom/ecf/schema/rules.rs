//! The rules of the formats as a client is told them.

use invoice::Rule;

use super::fault::Breach;

/// Every rule of this folder, for the test that walks them all.
pub const RULES: &[&Rule] = &[
    ROOT,
    NAMESPACE,
    UNKNOWN,
    ORDER,
    TOO_MANY,
    MISSING,
    STRAY_TEXT,
    NESTED,
    ATTRIBUTE,
    LENGTH,
    PATTERN,
    NUMBER,
    DIGITS,
    RANGE,
    CODE,
    REQUIRED,
    REQUIRED_BECAUSE,
    NOT_FOR_TYPE,
    EMPTY,
    BLANK,
    CALENDAR,
    MISMATCH,
    UNSIGNED,
];

pub(super) const fn of(breach: Breach) -> &'static Rule {
    match breach {
        Breach::Root => ROOT,
        Breach::Namespace => NAMESPACE,
        Breach::Unknown => UNKNOWN,
        Breach::Order => ORDER,
        Breach::TooMany => TOO_MANY,
        Breach::Missing => MISSING,
        Breach::StrayText => STRAY_TEXT,
        Breach::Nested => NESTED,
        Breach::Attribute => ATTRIBUTE,
        Breach::Length => LENGTH,
        Breach::Pattern => PATTERN,
        Breach::Number => NUMBER,
        Breach::Digits => DIGITS,
        Breach::Range => RANGE,
        Breach::Code => CODE,
        Breach::Required => REQUIRED,
        Breach::RequiredBecause => REQUIRED_BECAUSE,
        Breach::NotForType => NOT_FOR_TYPE,
        Breach::Empty => EMPTY,
        Breach::Blank => BLANK,
        Breach::Calendar => CALENDAR,
        Breach::Mismatch => MISMATCH,
        Breach::Unsigned => UNSIGNED,
    }
}

const ROOT: &Rule = &Rule {
    code: "do_xml_root",
    fr: "La racine du document est {found} au lieu de {expected}.",
    es: "La raíz del documento es {found} en lugar de {expected}.",
    en: "The root of the document is {found} instead of {expected}.",
};
const NAMESPACE: &Rule = &Rule {
    code: "do_xml_namespace",
    fr: "L'élément {element} est dans un espace de noms ; les formats de la DGII n'en ont pas.",
    es: "El elemento {element} está en un espacio de nombres; los formatos de la DGII no tienen.",
    en: "The element {element} is in a namespace, and the formats of the DGII have none.",
};
const UNKNOWN: &Rule = &Rule {
    code: "do_xml_unknown_element",
    fr: "L'élément {element} n'a pas sa place dans {path} pour ce type de document.",
    es: "El elemento {element} no tiene lugar en {path} en este tipo de comprobante.",
    en: "The element {element} has no place in {path} in this type of document.",
};
const ORDER: &Rule = &Rule {
    code: "do_xml_order",
    fr: "L'élément {element} de {path} vient trop tard ; ici peut venir : {expected}.",
    es: "El elemento {element} de {path} viene demasiado tarde; aquí puede venir: {expected}.",
    en: "The element {element} of {path} comes too late; here may come: {expected}.",
};
const TOO_MANY: &Rule = &Rule {
    code: "do_xml_too_many",
    fr: "L'élément {element} de {path} se répète plus de {expected} fois.",
    es: "El elemento {element} de {path} se repite más de {expected} veces.",
    en: "The element {element} of {path} stands more than {expected} times.",
};
const MISSING: &Rule = &Rule {
    code: "do_xml_missing_element",
    fr: "Il manque l'élément {element} dans {path}.",
    es: "Falta el elemento {element} en {path}.",
    en: "The element {element} is missing from {path}.",
};
const STRAY_TEXT: &Rule = &Rule {
    code: "do_xml_stray_text",
    fr: "Du texte se trouve entre les éléments de {path} : {found}.",
    es: "Hay texto entre los elementos de {path}: {found}.",
    en: "There is text between the elements of {path}: {found}.",
};
const NESTED: &Rule = &Rule {
    code: "do_xml_nested_element",
    fr: "L'élément {element} contient des éléments alors qu'il porte une valeur.",
    es: "El elemento {element} contiene elementos aunque lleva un valor.",
    en: "The element {element} holds elements, though it bears a value.",
};
const ATTRIBUTE: &Rule = &Rule {
    code: "do_xml_attribute",
    fr: "L'élément {element} porte l'attribut {found} ; les formats de la DGII n'en ont pas.",
    es: "El elemento {element} lleva el atributo {found}; los formatos de la DGII no tienen.",
    en: "The element {element} has the attribute {found}, and the formats of the DGII have none.",
};
const LENGTH: &Rule = &Rule {
    code: "do_xml_length",
    fr: "{element} doit avoir {expected} caractères.",
    es: "{element} debe tener {expected} caracteres.",
    en: "{element} must have {expected} characters.",
};
const PATTERN: &Rule = &Rule {
    code: "do_xml_pattern",
    fr: "{element} ne s'écrit pas « {found} » ; sa forme est {expected}.",
    es: "{element} no se escribe «{found}»; su forma es {expected}.",
    en: "{element} is not written \"{found}\"; its form is {expected}.",
};
const NUMBER: &Rule = &Rule {
    code: "do_xml_number",
    fr: "{element} n'est pas un nombre comme la DGII l'écrit : « {found} » ; permis : {expected}.",
    es: "{element} no es un número como lo escribe la DGII: «{found}»; permitido: {expected}.",
    en: "{element} is not a number as the DGII writes it: \"{found}\"; allowed: {expected}.",
};
const DIGITS: &Rule = &Rule {
    code: "do_xml_digits",
    fr: "{element} a trop de chiffres : {found} ; permis : {expected}.",
    es: "{element} tiene demasiadas cifras: {found}; permitido: {expected}.",
    en: "{element} has too many digits: {found}; allowed: {expected}.",
};
const RANGE: &Rule = &Rule {
    code: "do_xml_range",
    fr: "{element} est hors limites : {found} ; permis : {expected}.",
    es: "{element} está fuera de los límites: {found}; permitido: {expected}.",
    en: "{element} is out of bounds: {found}; allowed: {expected}.",
};
const CODE: &Rule = &Rule {
    code: "do_xml_code",
    fr: "{element} n'est pas un code de la table : « {found} » ; permis : {expected}.",
    es: "{element} no es un código de la tabla: «{found}»; permitido: {expected}.",
    en: "{element} is not a code of the table: \"{found}\"; allowed: {expected}.",
};
const REQUIRED: &Rule = &Rule {
    code: "do_format_required",
    fr: "Le format e-CF exige {element} dans {path} pour ce type de document.",
    es: "El formato e-CF exige {element} en {path} en este tipo de comprobante.",
    en: "The e-CF format requires {element} in {path} in this type of document.",
};
const REQUIRED_BECAUSE: &Rule = &Rule {
    code: "do_format_required_because",
    fr: "Le format e-CF exige {element} dans {path}, à cause de {expected}.",
    es: "El formato e-CF exige {element} en {path}, por {expected}.",
    en: "The e-CF format requires {element} in {path} because of {expected}.",
};
const NOT_FOR_TYPE: &Rule = &Rule {
    code: "do_format_not_for_type",
    fr: "{element} vaut « {found} », que ce type de document ne prend pas ; permis : {expected}.",
    es: "{element} vale «{found}», que este tipo de comprobante no admite; permitido: {expected}.",
    en: "{element} is \"{found}\", which this type of document does not take; allowed: {expected}.",
};
const EMPTY: &Rule = &Rule {
    code: "do_format_empty",
    fr: "L'élément {element} est vide ; un élément sans valeur s'omet.",
    es: "El elemento {element} está vacío; un elemento sin valor se omite.",
    en: "The element {element} is empty; an element without a value is left out.",
};
const BLANK: &Rule = &Rule {
    code: "do_format_blanks",
    fr: "{element} commence ou finit par des blancs.",
    es: "{element} empieza o termina con espacios en blanco.",
    en: "{element} begins or ends with blanks.",
};
const CALENDAR: &Rule = &Rule {
    code: "do_format_date",
    fr: "{element} n'est pas une date du calendrier écrite {expected} : « {found} ».",
    es: "{element} no es una fecha del calendario escrita {expected}: «{found}».",
    en: "{element} is no date of the calendar written {expected}: \"{found}\".",
};
const MISMATCH: &Rule = &Rule {
    code: "do_format_mismatch",
    fr: "{element} dit « {found} » là où le document dit « {expected} ».",
    es: "{element} dice «{found}» donde el documento dice «{expected}».",
    en: "{element} says \"{found}\" where the document says \"{expected}\".",
};
const UNSIGNED: &Rule = &Rule {
    code: "do_format_unsigned",
    fr: "Le document finit par {found} au lieu d'une signature XML.",
    es: "El documento termina con {found} en lugar de una firma XML.",
    en: "The document ends with {found} instead of an XML signature.",
};
