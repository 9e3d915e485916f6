//! What DGII's services refuse though schema and table allow it: what one element asks of another,
//! and the codes that a type of document takes.
//!
//! Informe Técnico e-CF and Formato e-CF, conditions of the fields; numbers in the comments are the
//! codes with which the services answer.

mod terms;
mod totals;

use super::fault::{Breach, SchemaFault};
use super::tree::{Place, Schema};
use super::{Kind, ends_unsigned};
use crate::dom::ecf::document::{DocumentType, Encf};
use crate::dom::xml::{Element, Scope};

pub(super) fn check(kind: Kind, root: &Element) -> Vec<SchemaFault> {
    let areas = [ID, BUYER, TOTALS].map(|area| root.at(area));
    let mut findings = Findings { kind, root, areas, faults: Vec::new() };
    match kind {
        Kind::Ecf(document_type) => {
            findings.type_of(document_type);
            findings.number(document_type);
            findings.terms(document_type);
            findings.totals(document_type);
        }
        Kind::Rfce => findings.number(DocumentType::Consumer),
        Kind::Acecf => {
            findings.reason("DetalleAprobacionComercial", "2", "DetalleMotivoRechazo");
        }
        Kind::Arecf => {
            findings.reason("DetalleAcusedeRecibo", "1", "CodigoMotivoNoRecibido");
        }
        Kind::Anecf | Kind::Seed => {}
    }
    findings.signature();
    findings.faults
}

struct Findings<'a> {
    kind: Kind,
    root: &'a Element,
    /// The three areas that nearly all conditions are about, looked for once.
    areas: [Option<&'a Element>; 3],
    faults: Vec<SchemaFault>,
}

const ID: &str = "Encabezado/IdDoc";
const BUYER: &str = "Encabezado/Comprador";
const TOTALS: &str = "Encabezado/Totales";

impl<'a> Findings<'a> {
    fn type_of(&mut self, document_type: DocumentType) {
        let found = self.value(ID, "TipoeCF");
        if let Some(found) = found.filter(|found| *found != document_type.code()) {
            let fault = self.fault(ID, "TipoeCF", Breach::Mismatch);
            self.faults.push(fault.found(found).expected(document_type.code()));
        }
    }

    /// The number is of the series E and of this type.
    fn number(&mut self, document_type: DocumentType) {
        let Some(found) = self.value(ID, "eNCF") else { return };
        if Encf::parse(found).is_ok_and(|encf| encf.document_type() == document_type) {
            return;
        }
        let fault = self.fault(ID, "eNCF", Breach::Mismatch);
        let expected = format!("E{}0000000001..", document_type.code());
        self.faults.push(fault.found(found).expected(expected));
    }

    /// What an acknowledgement or an approval says no for.
    fn reason(&mut self, area: &str, no: &str, reason: &str) {
        if self.value(area, "Estado") == Some(no) {
            self.want(area, reason, &format!("Estado={no}"));
        }
    }

    /// The schemas let any element end a document; only a signature may.
    fn signature(&mut self) {
        let Some(last) = self.root.elements().next_back() else { return };
        let name = last.name().qualified();
        if !ends_unsigned(self.kind, self.root) && !is_signature(last, self.root) {
            let path = format!("/{}", self.kind.root());
            let fault = SchemaFault::new(path, "Signature", Breach::Unsigned);
            self.faults.push(fault.found(name));
        }
    }

    fn items(&self) -> impl Iterator<Item = &'a Element> + use<'a> {
        let lines = self.root.child("DetallesItems");
        lines.into_iter().flat_map(|lines| lines.children_named("Item"))
    }

    fn value(&self, area: &str, name: &str) -> Option<&'a str> {
        self.area(area)?.value_of(name)
    }

    fn area(&self, area: &str) -> Option<&'a Element> {
        let [id, buyer, totals] = self.areas;
        match area {
            ID => id,
            BUYER => buyer,
            TOTALS => totals,
            _ => self.root.at(area),
        }
    }

    /// Reports an element that is absent, where this type has a place for it and the schema does
    /// not ask for it anyway.
    fn want(&mut self, area: &str, name: &str, because: &str) {
        let stands = self.area(area).is_some_and(|area| area.child(name).is_some());
        if stands {
            return;
        }
        let place = self.place(&format!("{area}/{name}"));
        if place.is_some_and(|place| place.least == 0) {
            self.because(area, name, because);
        }
    }

    /// Reports an element that is absent, once, whatever else asks for it too.
    fn because(&mut self, area: &str, name: &str, because: &str) {
        let fault = self.fault(area, name, Breach::RequiredBecause);
        let is_told = |told: &SchemaFault| told.path == fault.path && told.element == fault.element;
        if !self.faults.iter().any(is_told) {
            self.faults.push(fault.expected(because));
        }
    }

    fn not_for_type(&mut self, area: &str, name: &str, found: &str, expected: &str) {
        let fault = self.fault(&format!("{area}/{name}"), name, Breach::NotForType);
        self.faults.push(fault.found(found).expected(expected));
    }

    fn fault(&self, area: &str, name: &str, breach: Breach) -> SchemaFault {
        SchemaFault::new(format!("/{}/{area}", self.kind.root()), name, breach)
    }

    fn place(&self, path: &str) -> Option<&'static Place> {
        Schema::of(self.kind).at(path)
    }
}

/// Whether the last element of a root is the `Signature` of XML-DSig, by its name and not by its
/// prefix.
fn is_signature<'a>(last: &'a Element, root: &'a Element) -> bool {
    const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
    let mut scope = Scope::default();
    scope.enter(root);
    scope.enter(last);
    last.name().local() == "Signature" && scope.of_element(last.name()) == Some(DSIG)
}
