//! What the totals of an e-CF owe to its lines: rates, exempt amounts, additional taxes, retentions.

use super::{Breach, Findings, ID, TOTALS};
use crate::dom::ecf::codes::{self, TaxKind};
use crate::dom::ecf::document::DocumentType;

impl Findings<'_> {
    pub(super) fn totals(&mut self, document_type: DocumentType) {
        self.breakdown(document_type);
        self.additional_taxes(document_type);
        if document_type == DocumentType::ForeignPayment {
            // 11170
            self.want(TOTALS, "TotalISRRetencion", "TipoeCF=47");
        }
    }

    /// 176, 1930 and 1960: whoever taxes lines says whether prices hold the tax, and breaks the
    /// totals down by the rates in use.
    fn breakdown(&mut self, document_type: DocumentType) {
        let mut used = [false; 4];
        for line in self.items() {
            let billing = line.value_of("IndicadorFacturacion");
            let place = ["1", "2", "3", "4"].iter().position(|one| Some(*one) == billing);
            if let Some(place) = place {
                used[place] = true;
            }
        }
        let [first, second, third, exempt] = used;
        // DGII does not ask it of a debit note.
        if (first || second) && document_type != DocumentType::DebitNote {
            self.want(ID, "IndicadorMontoGravado", "IndicadorFacturacion=1|2");
        }
        // No tax is given back more than thirty days after the sale (code 156).
        let untaxed = self.value(ID, "IndicadorNotaCredito") == Some("1");
        if untaxed {
            self.no_itbis();
        }
        for (rate, _) in [first, second, third].into_iter().enumerate().filter(|(_, used)| *used) {
            self.rate(rate, untaxed);
        }
        if exempt {
            self.want(TOTALS, "MontoExento", "IndicadorFacturacion=4");
        }
    }

    /// 156: a late credit note states no ITBIS, or none but 0.00.
    fn no_itbis(&mut self) {
        for name in ["TotalITBIS", "TotalITBIS1", "TotalITBIS2", "TotalITBIS3"] {
            let found = self.value(TOTALS, name);
            let is_some = |found: &str| found.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
            if let Some(found) = found.filter(|found| is_some(found)) {
                let fault = self.fault(TOTALS, name, Breach::Mismatch);
                self.faults.push(fault.found(found).expected("0.00"));
            }
        }
    }

    fn rate(&mut self, rate: usize, untaxed: bool) {
        let because =
            ["IndicadorFacturacion=1", "IndicadorFacturacion=2", "IndicadorFacturacion=3"][rate];
        self.want(TOTALS, "MontoGravadoTotal", because);
        self.want(TOTALS, ["MontoGravadoI1", "MontoGravadoI2", "MontoGravadoI3"][rate], because);
        if !untaxed {
            self.want(TOTALS, ["ITBIS1", "ITBIS2", "ITBIS3"][rate], because);
            self.want(TOTALS, "TotalITBIS", because);
            self.want(TOTALS, ["TotalITBIS1", "TotalITBIS2", "TotalITBIS3"][rate], because);
        }
    }

    /// Each additional tax has its amount, in the element of its kind; a special regime takes the
    /// first five only.
    fn additional_taxes(&mut self, document_type: DocumentType) {
        let area = "Encabezado/Totales/ImpuestosAdicionales";
        let Some(table) = self.root.at(area) else { return };
        for (index, entry) in table.children_named("ImpuestoAdicional").enumerate() {
            let code = entry.value_of("TipoImpuesto").unwrap_or_default();
            let Some(tax) = codes::additional_tax(code) else { continue };
            let place = format!("{area}/ImpuestoAdicional[{}]", index + 1);
            let is_selective = !matches!(tax.kind, TaxKind::OfAmount | TaxKind::FirstPlate);
            if document_type == DocumentType::SpecialRegime && is_selective {
                self.not_for_type(&place, "TipoImpuesto", code, "001..005");
            } else if entry.child(tax.kind.amount_element()).is_none() && !self.is_bulk(code) {
                let because = format!("TipoImpuesto={code}");
                self.because(&place, tax.kind.amount_element(), &because);
            }
        }
    }

    /// Whether an article that bears this tax is sold without a package, on which the specific tax
    /// is not owed.
    fn is_bulk(&self, code: &str) -> bool {
        self.items().any(|line| {
            let taxes = line.child("TablaImpuestoAdicional");
            let bears = taxes.is_some_and(|taxes| {
                let mut taxes = taxes.children_named("ImpuestoAdicional");
                taxes.any(|tax| tax.value_of("TipoImpuesto") == Some(code))
            });
            bears && line.value_of("UnidadMedida") == Some(codes::BULK)
        })
    }
}
