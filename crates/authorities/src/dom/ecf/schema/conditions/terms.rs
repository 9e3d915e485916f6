//! What the header and the lines of an e-CF ask of each other: payment, buyer, kinds of line.

use invoice::Amount;

use super::{BUYER, Breach, Findings, ID, TOTALS};
use crate::dom::ecf::document::{DocumentType, SUMMARISED_BELOW};
use crate::dom::ecf::schema::Duty;

impl Findings<'_> {
    pub(super) fn terms(&mut self, document_type: DocumentType) {
        self.credit();
        self.payments(document_type);
        self.buyer(document_type);
        self.lines(document_type);
        self.reference(document_type);
    }

    /// 1100: what is sold on credit is paid by a day.
    fn credit(&mut self) {
        let place = self.place("Encabezado/IdDoc/FechaLimitePago");
        let is_asked = place.is_some_and(|place| place.duty == Duty::Conditional);
        if is_asked && self.value(ID, "TipoPago") == Some("2") {
            self.want(ID, "FechaLimitePago", "TipoPago=2");
        }
    }

    /// Gift cards are taken for consumer invoices only (Informe Técnico of March 2026).
    fn payments(&mut self, document_type: DocumentType) {
        let area = "Encabezado/IdDoc/TablaFormasPago";
        let Some(table) = self.root.at(area) else { return };
        if document_type == DocumentType::Consumer {
            return;
        }
        for (index, form) in table.children_named("FormaDePago").enumerate() {
            if form.value_of("FormaPago") == Some("5") {
                let place = format!("{area}/FormaDePago[{}]", index + 1);
                self.not_for_type(&place, "FormaPago", "5", "1, 2, 3, 4, 6, 7, 8");
            }
        }
    }

    /// 1381 and 1406: who buys in a special regime is known, and so is the consumer of a large
    /// invoice; who imports without an RNC has a country.
    fn buyer(&mut self, document_type: DocumentType) {
        // DGII's own set has exports to an RNC without a country, and none without either.
        if document_type == DocumentType::Export && self.value(BUYER, "RNCComprador").is_none() {
            self.want(BUYER, "PaisComprador", "TipoeCF=46");
        }
        let because = match document_type {
            DocumentType::SpecialRegime => "TipoeCF=44",
            DocumentType::Consumer if self.is_large() => "MontoTotal>=250000.00",
            _ => return,
        };
        let known = self.value(BUYER, "IdentificadorExtranjero").is_some();
        if !known {
            self.want(BUYER, "RNCComprador", because);
        }
        self.want(BUYER, "RazonSocialComprador", because);
    }

    fn is_large(&self) -> bool {
        let total = self.value(TOTALS, "MontoTotal").and_then(|text| Amount::parse(text).ok());
        total.is_some_and(|total| total >= SUMMARISED_BELOW)
    }

    /// 244 and 294: how a line may be taxed, and what it may be.
    fn lines(&mut self, document_type: DocumentType) {
        let billing = match document_type {
            DocumentType::PettyExpense | DocumentType::ForeignPayment => "4",
            DocumentType::SpecialRegime => "0, 4",
            DocumentType::Export => "0, 3",
            _ => "0, 1, 2, 3, 4",
        };
        for (index, line) in self.items().enumerate() {
            let place = || format!("DetallesItems/Item[{}]", index + 1);
            let found = line.value_of("IndicadorFacturacion").unwrap_or_default();
            if found.len() == 1 && !billing.contains(found) {
                self.not_for_type(&place(), "IndicadorFacturacion", found, billing);
            }
            let goods = line.value_of("IndicadorBienoServicio") == Some("1");
            if goods && document_type == DocumentType::ForeignPayment {
                self.not_for_type(&place(), "IndicadorBienoServicio", "1", "2");
            }
        }
    }

    fn reference(&mut self, document_type: DocumentType) {
        let area = "InformacionReferencia";
        if let Some(found) = self.value(area, "NCFModificado") {
            // Of series B, of series E, of series A.
            if !matches!(found.len(), 11 | 13 | 19) {
                let fault = self.fault(area, "NCFModificado", Breach::Length);
                self.faults.push(fault.found(found).expected("11 | 13 | 19"));
            }
        }
        let refers = self.value(area, "CodigoModificacion") == Some("5");
        if refers && document_type != DocumentType::FiscalCredit {
            self.not_for_type(area, "CodigoModificacion", "5", "1, 2, 3, 4");
        }
    }
}
