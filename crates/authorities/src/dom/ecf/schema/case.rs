//! A row of the spreadsheets of the certification as a document: its columns bear the names of the
//! elements, and the schema says in what order and how deep they stand (Proceso de Certificación,
//! pruebas de datos e-CF).

use invoice::Amount;
use serde_json::{Map, Value};

use super::Kind;
use super::tree::{Holds, Place, Schema};
use crate::dom::xml::Element;

/// One case that the DGII gives a taxpayer: columns such as `MontoItem[3]`, each with a text or a
/// number.
#[derive(Clone, Debug, PartialEq)]
pub struct Case(Map<String, Value>);

/// What a cell holds whose element is to be left out.
const LEFT_OUT: &str = "#e";

impl Case {
    /// A row, as it was read.
    pub fn new(columns: Map<String, Value>) -> Self {
        Self(columns)
    }

    /// The same with one more column, in place of what stood in it: what a set leaves to whoever
    /// signs, as `FechaHoraFirma`.
    #[must_use]
    pub fn with(mut self, column: &str, text: &str) -> Self {
        self.0.insert(column.to_owned(), Value::String(text.to_owned()));
        self
    }

    /// The text of an element that does not repeat. None where its cell says so, or is empty.
    pub fn text(&self, element: &str) -> Option<String> {
        self.cell(element, &[])
    }

    /// The document, without its signature. A column that its format has no place for is passed
    /// over: DGII's spreadsheets have one heading for all types.
    pub fn to_element(&self, kind: Kind) -> Element {
        let schema = Schema::of(kind);
        let mut root = Element::new(schema.root);
        self.fill(&mut root, &schema.places, &[]);
        root
    }

    fn fill(&self, into: &mut Element, places: &[Place], indices: &[usize]) {
        for place in places {
            let within = into.name().local().to_owned();
            if place.most == 1 {
                self.element(place, &within, indices).into_iter().for_each(|one| into.push(one));
                continue;
            }
            let each = |index| self.element(place, &within, &[indices, &[index]].concat());
            (1..=place.most).map_while(each).for_each(|one| into.push(one));
        }
    }

    fn element(&self, place: &Place, within: &str, indices: &[usize]) -> Option<Element> {
        let Holds::Elements(inner) = &place.holds else {
            let text = self.cell(column(place.name, within), indices)?;
            return Some(Element::leaf(place.name, text));
        };
        let mut element = Element::new(place.name);
        self.fill(&mut element, inner, indices);
        // A summary's buyer stands even where nobody is named.
        let stands_empty = place.name == "Comprador" && place.least > 0;
        (!element.is_empty() || stands_empty).then_some(element)
    }

    fn cell(&self, column: &str, indices: &[usize]) -> Option<String> {
        let suffixes: Vec<String> = indices.iter().map(|index| format!("[{index}]")).collect();
        let suffix = suffixes.concat();
        let named = |name: &str| self.0.get(&format!("{name}{suffix}"));
        let value = misspelt(column).and_then(named).or_else(|| named(column))?;
        text(column, value).filter(|text| !text.is_empty() && text != LEFT_OUT)
    }
}

/// The adjustments of a document share a heading with its lines, and so got one of their own.
fn column(name: &'static str, within: &str) -> &'static str {
    if name == "NumeroLinea" && within == "DescuentoORecargo" { "NumeroLineaDoR" } else { name }
}

/// The headings that DGII's spreadsheets write in another way than its schemas.
fn misspelt(column: &str) -> Option<&'static str> {
    match column {
        "eNCF" => Some("ENCF"),
        "MontoSubRecargo" => Some("MontosubRecargo"),
        "NumeroContenedor" => Some("NumeroContenedor "),
        _ => None,
    }
}

/// A spreadsheet that was read by a program may have lost the cents of an amount that is whole.
fn text(column: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => {
            let written = number.to_string();
            let amount = Amount::parse(&written).ok().filter(|_| column.starts_with("Monto"));
            Some(amount.map_or(written, |amount| amount.to_string()))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dom::ecf::document::DocumentType;
    use crate::dom::ecf::schema::tests::set::sketch;
    use crate::dom::ecf::testing::{CertificationSet, path};
    use crate::dom::xml::Document;

    fn case(columns: &Value) -> Case {
        Case::new(columns.as_object().unwrap().clone())
    }

    #[test]
    fn columns_become_elements_in_the_order_of_the_schema() {
        let made = case(&json!({
            "MontoTotal": 5, "eNCF": "E310000000001", "Version": "1.0", "Estado": 1,
            "RNCComprador": "", "DetalleMotivoRechazo": "#e", "Otra": "x", "RNCEmisor": null,
        }));
        let xml = Document::new(made.to_element(Kind::Acecf)).to_xml().unwrap();
        let xml = String::from_utf8(xml).unwrap();
        let inside = "<ACECF><DetalleAprobacionComercial><Version>1.0</Version>\
            <eNCF>E310000000001</eNCF><MontoTotal>5.00</MontoTotal><Estado>1</Estado>\
            </DetalleAprobacionComercial></ACECF>";
        assert!(xml.ends_with(inside), "{xml}");
    }

    #[test]
    fn lines_and_adjustments_are_told_apart() {
        let kind = Kind::Ecf(DocumentType::FiscalCredit);
        let made = case(&json!({
            "ENCF": "E310000000001", "NumeroLinea[1]": "1", "NumeroLinea[2]": "2",
            "NumeroLinea[4]": "4", "NumeroLineaDoR[1]": "1", "TipoAjuste[1]": "D",
            "TipoCodigo[2][1]": "Interno",
        }))
        .to_element(kind);
        assert_eq!(made.value_at("Encabezado/IdDoc/eNCF"), Some("E310000000001"));
        let items: Vec<_> = made.at("DetallesItems").unwrap().elements().collect();
        assert_eq!(items.len(), 2, "a line that lacks ends the lines");
        assert_eq!(items[1].value_at("TablaCodigosItem/CodigosItem/TipoCodigo"), Some("Interno"));
        let adjustments = made.at("DescuentosORecargos").unwrap();
        assert_eq!(adjustments.elements().count(), 1);
        assert_eq!(adjustments.value_at("DescuentoORecargo/NumeroLinea"), Some("1"));
    }

    #[test]
    fn the_cases_of_a_certification_set_are_the_documents_that_others_make() {
        let (Some(set), Some(file)) = (CertificationSet::open(), path("certification_set.json"))
        else {
            return;
        };
        let rows: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        for (row, judged) in rows["ECF"].as_array().unwrap().iter().zip(set.cases("ECF")) {
            let code = row["TipoeCF"].as_str().unwrap();
            let kind = Kind::Ecf(DocumentType::parse(code).unwrap());
            let ours = case(row).with("FechaHoraFirma", "20-11-2026 10:00:00").to_element(kind);
            let theirs = sketch(kind, &judged).to_xml();
            assert_eq!(&ours, Document::parse(theirs.as_bytes()).unwrap().root());
        }
    }
}
