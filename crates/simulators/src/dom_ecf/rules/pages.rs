//! The pages of a document (`Paginacion`): they are as many as the header says, hold every line once
//! and in order, and their sums are those of their lines and, together, the document's.
//!
//! How they are made up is structure, and rejected where it is wrong; what does not add up is a
//! condition. No code of either is known. A page's lines bear their share of the global adjustments,
//! since together the pages are the document.

use rust_decimal::Decimal;

use super::super::verdict::Findings;
use super::super::xml::Element;
use super::amounts::{agrees, amount, or_zero, percent, product, quotient, total, whole};
use super::codes::{GENERIC, mandatory};
use super::line::Line;
use super::totals::{RATES, Totals};

pub(super) fn check(totals: &Totals, returns_itbis: bool, findings: &mut Findings) {
    let pages: Vec<&Element> = totals.root.every("Paginacion/Pagina").collect();
    let said = number(totals.root, "Encabezado/IdDoc/TotalPaginas");
    match (said, pages.len()) {
        (None, 0) => return,
        (None, _) => findings.rejects(GENERIC, mandatory("TotalPaginas", "IdDoc", "Encabezado")),
        (Some(_), 0) => findings.rejects(GENERIC, mandatory("Pagina", "Paginacion", "Paginacion")),
        (Some(said), there) if said != there || there < 2 => {
            findings.rejects(GENERIC, invalid("PaginaNo", there));
        }
        (Some(_), _) => {}
    }
    let mut next = 1;
    for (at, element) in pages.iter().enumerate() {
        let page = Page { element, place: at + 1, totals, returns_itbis };
        next = page.check_range(next, findings);
        page.check_sums(findings);
    }
    if !pages.is_empty() && next <= totals.lines.len() {
        findings.rejects(GENERIC, invalid("NoLineaHasta", pages.len()));
    }
    check_together(&pages, totals, findings);
}

/// One of them.
#[derive(Clone, Copy, Debug)]
struct Page<'a> {
    element: &'a Element,
    /// From 1.
    place: usize,
    totals: &'a Totals<'a>,
    returns_itbis: bool,
}

impl Page<'_> {
    /// Number, first and last line follow the page before; tells the line after this page's last.
    fn check_range(&self, next: usize, findings: &mut Findings) -> usize {
        let last = number(self.element, "NoLineaHasta");
        let is_last = |last: usize| (next..=self.totals.lines.len()).contains(&last);
        for (field, is_right) in [
            ("PaginaNo", number(self.element, "PaginaNo") == Some(self.place)),
            ("NoLineaDesde", number(self.element, "NoLineaDesde") == Some(next)),
            ("NoLineaHasta", last.is_some_and(is_last)),
        ] {
            if !is_right {
                findings.rejects(GENERIC, invalid(field, self.place));
            }
        }
        last.map_or(next, |last| last.saturating_add(1))
    }

    fn lines(&self) -> &[Line<'_>] {
        let first = number(self.element, "NoLineaDesde").and_then(|first| first.checked_sub(1));
        let range = first.zip(number(self.element, "NoLineaHasta"));
        range.and_then(|(from, to)| self.totals.lines.get(from..to)).unwrap_or_default()
    }

    fn check_sums(&self, findings: &mut Findings) {
        let computed = [
            ("SubtotalMontoGravado1Pagina", self.net(1)),
            ("SubtotalMontoGravado2Pagina", self.net(2)),
            ("SubtotalMontoGravado3Pagina", self.net(3)),
            ("SubtotalExentoPagina", self.net(4)),
            ("SubtotalMontoNoFacturablePagina", self.net(0)),
            ("SubtotalMontoGravadoPagina", total((1..=3).map(|k| self.net(k)))),
            ("SubtotalItbis1Pagina", self.itbis(1)),
            ("SubtotalItbis2Pagina", self.itbis(2)),
            ("SubtotalItbis3Pagina", self.itbis(3)),
            ("SubtotalItbisPagina", total((1..=3).map(|k| self.itbis(k)))),
            ("MontoSubtotalPagina", Some(self.parts())),
        ];
        let tolerance = Decimal::from(self.lines().len().max(1));
        for (field, computed) in computed {
            let stated = amount(self.element, field);
            if stated.is_some_and(|stated| !agrees(stated, computed, tolerance)) {
                findings.conditions(GENERIC, invalid(field, self.place));
            }
        }
    }

    /// What the page's own total is the sum of, as the page states it.
    fn parts(&self) -> Decimal {
        PARTS.iter().map(|field| or_zero(self.element, field)).sum()
    }

    /// The page's lines of an indicator without tax, with their share of the global adjustments.
    fn net(&self, indicator: u32) -> Option<Decimal> {
        let own = self.lines().iter().filter(|line| line.indicator == indicator);
        let own = total(own.map(|line| self.totals.without_tax(line)))?;
        let whole = self.totals.net(indicator)?;
        let adjusted = whole + self.totals.adjustment(indicator);
        if whole.is_zero() { Some(own) } else { product(&[own, quotient(adjusted, whole)?]) }
    }

    /// The tax on the page's lines; that of 18 % on the page's selective taxes, too, which have one
    /// field for all of them.
    fn itbis(&self, indicator: u32) -> Option<Decimal> {
        if !self.returns_itbis {
            return Some(Decimal::ZERO);
        }
        let (_, rate, _) = RATES.iter().find(|(k, ..)| *k == indicator)?;
        let selective =
            if indicator == 1 { or_zero(self.element, SELECTIVE) } else { Decimal::ZERO };
        product(&[self.net(indicator)?.checked_add(selective)?, percent(*rate)])
    }
}

/// All pages together are the document, in each field that any page states.
fn check_together(pages: &[&Element], totals: &Totals, findings: &mut Findings) {
    for (field, of_document) in FIELDS {
        let stated: Vec<_> = pages.iter().filter_map(|page| amount(page, field)).collect();
        let sum = total(stated.iter().copied().map(Some));
        let whole = or_zero(totals.stated, of_document).abs();
        if !stated.is_empty() && !agrees(whole, sum, totals.tolerance) {
            let text = format!(
                "La suma de {field} de la sección Paginacion no coincide con el campo {of_document}."
            );
            findings.conditions(GENERIC, text);
        }
    }
}

fn number(element: &Element, path: &str) -> Option<usize> {
    whole(element, path).and_then(|number| usize::try_from(number).ok())
}

fn invalid(field: &str, page: usize) -> String {
    format!("El campo {field} de la página {page} de la sección Paginacion no es válido.")
}

/// The selective taxes of a page, in the one field that there is for them.
const SELECTIVE: &str =
    "SubtotalImpuestoAdicional/SubtotalImpuestoSelectivoConsumoEspecificoPagina";

const PARTS: [&str; 4] = [
    "SubtotalMontoGravadoPagina",
    "SubtotalExentoPagina",
    "SubtotalItbisPagina",
    "SubtotalImpuestoAdicionalPagina",
];

/// The fields of a page, and the document's.
const FIELDS: [(&str, &str); 12] = [
    ("SubtotalMontoGravadoPagina", "MontoGravadoTotal"),
    ("SubtotalMontoGravado1Pagina", "MontoGravadoI1"),
    ("SubtotalMontoGravado2Pagina", "MontoGravadoI2"),
    ("SubtotalMontoGravado3Pagina", "MontoGravadoI3"),
    ("SubtotalExentoPagina", "MontoExento"),
    ("SubtotalItbisPagina", "TotalITBIS"),
    ("SubtotalItbis1Pagina", "TotalITBIS1"),
    ("SubtotalItbis2Pagina", "TotalITBIS2"),
    ("SubtotalItbis3Pagina", "TotalITBIS3"),
    ("SubtotalImpuestoAdicionalPagina", "MontoImpuestoAdicional"),
    ("MontoSubtotalPagina", "MontoTotal"),
    ("SubtotalMontoNoFacturablePagina", "MontoNoFacturable"),
];
