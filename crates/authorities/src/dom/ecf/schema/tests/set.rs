//! The cases of a certification set as documents: right by their schemas, by xmllint, and by what
//! the DGII wants beyond.

use super::generate::{Piece, Sketch};
use super::judge::Court;
use crate::dom::ecf::document::DocumentType;
use crate::dom::ecf::schema::tree::{Holds, Place, Schema};
use crate::dom::ecf::schema::{Kind, check, check_obligatoriness, check_unsigned};
use crate::dom::ecf::testing::{Case, CertificationSet};
use crate::dom::xml::Document;

#[test]
fn the_cases_of_a_certification_set_are_right() {
    let Some(set) = CertificationSet::open() else { return };
    let mut seen = 0;
    for case in set.cases("ECF") {
        let code = case.text("TipoeCF", &[]).unwrap();
        judged(Kind::Ecf(DocumentType::parse(&code).unwrap()), &case);
        seen += 1;
    }
    for case in set.cases("RFCE") {
        judged(Kind::Rfce, &case);
        seen += 1;
    }
    assert_eq!(seen, 25 + 4);
}

fn judged(kind: Kind, case: &Case) {
    let mut sketch = sketch(kind, case);
    let text = sketch.to_xml();
    let document = Document::parse(text.as_bytes()).unwrap();
    assert_eq!(check_unsigned(kind, document.root()), [], "{text}");
    assert_eq!(check_obligatoriness(kind, document.root()), [], "{text}");
    let mut signature = Sketch::new("Signature");
    signature.attributes = " xmlns=\"http://www.w3.org/2000/09/xmldsig#\"".to_owned();
    sketch.pieces.push(Piece::Element(signature));
    let text = sketch.to_xml();
    let document = Document::parse(text.as_bytes()).unwrap();
    assert_eq!(check(kind, document.root()), [], "{text}");
    assert_eq!(check_obligatoriness(kind, document.root()), [], "{text}");
    if let Some(court) = Court::open(kind) {
        let (valid, reason) = court.judge(std::slice::from_ref(&text)).remove(0);
        assert!(valid, "{reason}\n{text}");
    }
}

/// The document of a case, without a signature.
pub(in crate::dom::ecf) fn sketch(kind: Kind, case: &Case) -> Sketch {
    let schema = Schema::of(kind);
    let mut root = Sketch::new(schema.root);
    fill(&mut root, &schema.places, case, &[]);
    root
}

fn fill(into: &mut Sketch, places: &[Place], case: &Case, indices: &[usize]) {
    for place in places {
        if place.most == 1 {
            into.pieces.extend(element(place, case, indices).map(Piece::Element));
            continue;
        }
        for index in 1..=place.most {
            let inner = [indices, &[index]].concat();
            let Some(element) = element(place, case, &inner) else { break };
            into.pieces.push(Piece::Element(element));
        }
    }
}

fn element(place: &Place, case: &Case, indices: &[usize]) -> Option<Sketch> {
    let Holds::Elements(inner) = &place.holds else {
        return text(place.name, case, indices).map(|text| Sketch::leaf(place.name, text));
    };
    let mut element = Sketch::new(place.name);
    fill(&mut element, inner, case, indices);
    // The columns of the adjustments share a heading with those of the lines.
    if place.name == "DescuentoORecargo" {
        if let Some(line) = case.text("NumeroLineaDoR", indices) {
            element.pieces.remove(0);
            element.pieces.insert(0, Piece::Element(Sketch::leaf("NumeroLinea", line)));
        } else {
            element.pieces.clear();
        }
    }
    (!element.pieces.is_empty() || place.name == "Comprador" && place.least > 0).then_some(element)
}

/// What a set leaves to whoever signs.
fn text(name: &str, case: &Case, indices: &[usize]) -> Option<String> {
    case.text(name, indices).or_else(|| match name {
        "FechaHoraFirma" => Some("20-11-2026 10:00:00".to_owned()),
        "CodigoSeguridadeCF" => Some("AbC+/9".to_owned()),
        _ => None,
    })
}
