//! The tables say what the facts say: every element of every schema with its bounds and facets,
//! every code of obligation and of printing.

use crate::dom::ecf::document::DocumentType;
use crate::dom::ecf::schema::form::{Form, Listed};
use crate::dom::ecf::schema::number::{Decimal, Point};
use crate::dom::ecf::schema::tree::{Holds, Place, Schema};
use crate::dom::ecf::schema::{Duty, Kind, Print, duty, print};
use crate::dom::ecf::testing;

#[test]
fn every_element_of_every_schema_is_in_its_place() {
    let Some(rows) = testing::rows("fields.tsv") else { return };
    assert_eq!(rows.len(), 1_996);
    let mut seen = 0;
    for row in &rows {
        let kind = kind(&row[0]);
        let path = row[2].trim_start_matches('/');
        let Some((_, below)) = path.split_once('/') else {
            assert_eq!(path, kind.root());
            seen += 1;
            continue;
        };
        let bounds = (row[3].parse().unwrap(), row[4].parse().unwrap());
        if below == "*any*" {
            assert_eq!((usize::from(Schema::of(kind).signature_required), 1), bounds, "{row:?}");
        } else {
            let place = Schema::of(kind).at(below).unwrap_or_else(|| panic!("{row:?}"));
            assert_eq!((place.least, place.most), bounds, "{row:?}");
            assert_eq!(described(place), facets(row), "{row:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, 1_996);
}

#[test]
fn the_schemas_have_no_other_elements_and_no_other_order() {
    let Some(rows) = testing::rows("fields.tsv") else { return };
    for kind in kinds() {
        let wanted: Vec<&str> = rows
            .iter()
            .filter(|row| self::kind(&row[0]) == kind && !row[2].ends_with("*any*"))
            .map(|row| row[2].as_str())
            .collect();
        let root = format!("/{}", kind.root());
        let mut ours = vec![root.clone()];
        for place in &Schema::of(kind).places {
            paths(place, &root, &mut ours);
        }
        assert_eq!(ours, wanted, "{kind:?}");
    }
}

#[test]
fn every_code_of_obligation_and_printing_is_the_formats_own() {
    let Some(rows) = testing::rows("obligatoriedad.tsv") else { return };
    assert_eq!(rows.len(), 253);
    for row in &rows {
        let path = row[0].trim_start_matches("/ECF/");
        for (column, document_type) in DocumentType::ALL.into_iter().enumerate() {
            let kind = Kind::Ecf(document_type);
            let wanted = match row[column + 2].as_str() {
                "0" => Duty::Forbidden,
                "1" => Duty::Mandatory,
                "2" => Duty::Conditional,
                "3" => Duty::Optional,
                other => panic!("{other}"),
            };
            assert_eq!(duty(kind, path), wanted, "{path} in {document_type:?}");
            let wanted = match row[1].as_str() {
                "I" => Print::AsIs,
                "P" => Print::InWords,
                _ => Print::Free,
            };
            let has_place = Schema::of(kind).at(path).is_some();
            assert!(!has_place || print(kind, path) == wanted, "{path} in {document_type:?}");
        }
    }
}

#[test]
fn the_format_and_the_schemas_disagree_where_it_is_known_and_nowhere_else() {
    let mut asked = Vec::new();
    let mut forbidden = Vec::new();
    for document_type in DocumentType::ALL {
        let mut all = Vec::new();
        for place in &Schema::of(Kind::Ecf(document_type)).places {
            places(place, "", &mut all);
        }
        for (path, place) in all {
            let cell = (document_type.code(), path);
            if place.least == 0 && place.duty == Duty::Mandatory {
                asked.push(cell);
            } else if place.duty == Duty::Forbidden {
                forbidden.push(cell);
            }
        }
    }
    let asked: Vec<_> = asked.iter().map(|(code, path)| (*code, path.as_str())).collect();
    let incomes = "Encabezado/IdDoc/TipoIngresos";
    let wanted = [("33", incomes), ("34", incomes), ("41", "Encabezado/IdDoc/TipoPago")];
    assert_eq!(asked, wanted);
    assert_eq!(forbidden, [("47", "Encabezado/Transporte".to_owned())]);
}

pub(super) fn kinds() -> impl Iterator<Item = Kind> {
    let side = [Kind::Rfce, Kind::Acecf, Kind::Arecf, Kind::Anecf, Kind::Seed];
    DocumentType::ALL.into_iter().map(Kind::Ecf).chain(side)
}

fn kind(name: &str) -> Kind {
    match name {
        "RFCE" => Kind::Rfce,
        "ACECF" => Kind::Acecf,
        "ARECF" => Kind::Arecf,
        "ANECF" => Kind::Anecf,
        "Semilla" => Kind::Seed,
        code => Kind::Ecf(DocumentType::parse(code).unwrap()),
    }
}

fn paths(place: &Place, above: &str, into: &mut Vec<String>) {
    let path = format!("{above}/{}", place.name);
    into.push(path.clone());
    for inner in place.places() {
        paths(inner, &path, into);
    }
}

fn places<'a>(place: &'a Place, above: &str, into: &mut Vec<(String, &'a Place)>) {
    let path = format!("{above}/{}", place.name).trim_start_matches('/').to_owned();
    into.push((path.clone(), place));
    for inner in place.places() {
        places(inner, &path, into);
    }
}

/// The facets of a row in one spelling: sorted, and with the schemas' synonyms made one.
fn facets(row: &[String]) -> String {
    if row[5] == "complex" {
        return "complex".to_owned();
    }
    let (base, written) = (row[6].as_str(), row[7].as_str());
    let number = base == "xs:decimal" || base == "xs:integer";
    let mut facets: Vec<String> = written.split("; ").map(|facet| same(facet, number)).collect();
    // The length of an e-NCF follows from its pattern, a code from its list.
    let counted = facets.iter().any(|facet| facet.contains("[a-z0-9A-Z]{"));
    let listed = facets.iter().any(|facet| facet.starts_with("enum="));
    facets.retain(|facet| {
        !(facet.is_empty()
            || counted && facet.contains("Length")
            || listed && !facet.starts_with("enum=")
            || number && facet.starts_with("fractionDigits")
            || base == "xs:integer" && facet.starts_with("totalDigits"))
    });
    facets.sort();
    format!("{base} {}", facets.join("; "))
}

fn same(facet: &str, number: bool) -> String {
    let facet = facet.replace("(?:", "(");
    if number {
        let facet = facet.replace("\\d", "[0-9]").replace("{0,", "{1,").replace("{1,1}", "");
        let facet = facet.replace("([0-9]{1,16})(", "[0-9]{1,16}(");
        return match facet.as_str() {
            "minInclusive=0.01" => "minExclusive=0".to_owned(),
            "minExclusive=1" => "minInclusive=2".to_owned(),
            "pattern=([0-9]{11,11})|([0-9]{9,9})" => "pattern=[0-9]{11}|[0-9]{9}".to_owned(),
            "pattern=([0-9]{1,10})" => "pattern=[0-9]{1,10}".to_owned(),
            _ => facet,
        };
    }
    match facet.as_str() {
        "pattern=([a-z0-9A-Z]{13})" | "pattern=([a-z0-9A-Z]{13,13})*" => {
            "pattern=[a-z0-9A-Z]{13}".to_owned()
        }
        // What sets the dates of the RFCE and the ACECF apart is tried on values.
        other if other.contains("[12][$0-9]") || other.contains("(20|20)") => {
            let plain = other.replace("\\s*", "").replace('$', "");
            plain.replace("(20|20)", "(19|20)")
        }
        other => other.replace("{9,9})*", "{9,9})").replace("=^", "=").replace("*$", "*"),
    }
}

/// The facets of a place of ours, in that spelling.
fn described(place: &Place) -> String {
    let Holds::Text(form) = &place.holds else { return "complex".to_owned() };
    match form {
        Form::Text(least, most) => described_text(*least, *most),
        Form::Shaped(shape) => described_shape(place.name, shape.told, shape.longest),
        Form::Blanked(_) => "xs:integer pattern=[0-9]{11}|[0-9]{9}".to_owned(),
        Form::Decimal(decimal) => described_decimal(decimal),
        Form::Integer(integer) => {
            let pattern = format!("pattern=[0-9]{{1,{}}}", integer.digits);
            let least = format!("minInclusive={}", integer.least);
            let most = integer.most.map(|most| format!("maxInclusive={most}"));
            let least = (integer.least > 0).then_some(least);
            let facets = [most, least, Some(pattern)].into_iter().flatten().collect::<Vec<_>>();
            format!("xs:integer {}", facets.join("; "))
        }
        Form::Listed(Listed::Places) => "xs:string enum=(582 values)".to_owned(),
        Form::Listed(list) => format!("xs:string enum={}", enumerated(*list)),
        Form::Number([0, 1]) if place.name == "IndicadorNotaCredito" => {
            "xs:integer maxInclusive=1; minInclusive=0".to_owned()
        }
        Form::Number(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(u8::to_string).collect();
            format!("xs:integer enum={}", numbers.join(","))
        }
        Form::UnitNumber => format!("xs:integer enum={}", enumerated(Listed::Units)),
        Form::BlankedCode(texts) => format!("xs:integer enum={}", texts.join(",")),
        Form::VersionNumber | Form::VersionText => "xs:decimal enum=1.0".to_owned(),
        Form::Instant => "xs:dateTime ".to_owned(),
    }
}

fn described_text(least: usize, most: usize) -> String {
    let least = (least > 0).then(|| format!("minLength={least}"));
    let most = (most < usize::MAX).then(|| format!("maxLength={most}"));
    let facets = [most, least].into_iter().flatten().collect::<Vec<_>>();
    format!("xs:string {}", facets.join("; "))
}

fn described_decimal(decimal: &Decimal) -> String {
    let sign = if decimal.signed { "[+-]?" } else { "" };
    let whole = match decimal.whole {
        usize::MAX => "[0-9]+".to_owned(),
        whole => format!("[0-9]{{1,{whole}}}"),
    };
    let (least, most) = decimal.fraction;
    let point = if decimal.point == Point::Forgotten { "." } else { "\\." };
    let digits = if least == most { format!("{most}") } else { format!("{least},{most}") };
    let may = if decimal.point == Point::Required { "" } else { "?" };
    let pattern = format!("pattern={sign}{whole}({point}[0-9]{{{digits}}}){may}");
    let above = if decimal.above_zero { "minExclusive=0; " } else { "" };
    format!("xs:decimal {above}{pattern}; totalDigits={}", decimal.total)
}

fn described_shape(name: &str, told: &str, longest: usize) -> String {
    const LETTERS: &str = "[a-zA-ZñÑáéíóúÁÉÍÓÚ,\\s]*";
    const LETTER: &str = "[a-zA-ZñÑáéíóúÁÉÍÓÚ]";
    const DAY: &str = "(3[01]|[12][0-9]|0?[1-9])\\-(1[012]|0?[1-9])\\-";
    const MOMENT: &str = "(3[01]|[12][0-9]|0[1-9])-(1[0-2]|0[1-9])-";
    const CLOCK: &str = "(2[0-3]|[01]?[0-9]):([0-5]?[0-9]):([0-5]?[0-9])";
    let pattern = match told {
        "dd-MM-yyyy HH:mm:ss" if name == "FechaHoraFirma" => {
            format!("{MOMENT}((19|20)\\d{{2}}) {CLOCK}")
        }
        "dd-MM-yyyy HH:mm:ss" => format!("{MOMENT}[0-9]{{4}} {CLOCK}"),
        "dd-MM-yyyy" => format!("{DAY}((19|20)\\d{{2}})"),
        "000000000 | 00000000000" => "[0-9]{11}|[0-9]{9}".to_owned(),
        "[A-Za-z0-9]{13}" => return "xs:string pattern=[a-z0-9A-Z]{13}".to_owned(),
        "[A-Za-z0-9]{9|11|13}" => {
            let of = |count| format!("([a-z0-9A-Z]{{{count},{count}}})");
            return format!("xs:string pattern={}|{}|{}", of(13), of(11), of(9));
        }
        "000-000-0000" => "\\d{3}-\\d{3}-\\d{4}".to_owned(),
        "x@x.x" => "\\w+([-+.]\\w+)*@\\w+([-.]\\w+)*\\.\\w+([-.]\\w+)*".to_owned(),
        "[A-Za-z0-9 ]{1,15}" => "[\\s\\d\\w]{1,15}".to_owned(),
        ".{6}" => ".{6}".to_owned(),
        "[A-Za-zÑñ, ]" => LETTERS.to_owned(),
        "[^0-9]{2,}[A-Za-zÑñ]" if name == "CondicionesEntrega" => format!("\\D[^0-9]+{LETTER}"),
        "[^0-9]{2,}[A-Za-zÑñ]" => format!("(\\D[^0-9]+{LETTER})"),
        other => panic!("{name}: {other}"),
    };
    let most = (longest < usize::MAX).then(|| format!("maxLength={longest}; "));
    format!("xs:string {}pattern={pattern}", most.unwrap_or_default())
}

fn enumerated(list: Listed) -> String {
    match list {
        Listed::Texts(texts) => texts.join(","),
        Listed::Codes(codes) => codes.iter().map(|code| code.code).collect::<Vec<_>>().join(","),
        Listed::Units => (1..=62).map(|unit| unit.to_string()).collect::<Vec<_>>().join(","),
        Listed::Taxes => (1..=39).map(|tax| format!("{tax:03}")).collect::<Vec<_>>().join(","),
        Listed::Places => unreachable!("told apart above"),
    }
}
