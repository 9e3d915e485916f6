//! Areas `Totales` and `OtraMoneda`.

use invoice::{Amount, Exchange};

use super::{Composer, WithGroup as _, figures};
use crate::dom::ecf::codes::additional_tax;
use crate::dom::regime::Billing;
use crate::dom::section::{Beside, Sums};
use crate::dom::xml::Element;

impl Composer<'_> {
    pub(super) fn totals(&self) -> Element {
        let priced = &self.written.priced;
        let none = Sums::default();
        let sums = priced.sums.as_ref().unwrap_or(&none);
        let balance = self.written.document.balance.as_ref();
        let mut area = Element::new("Totales");
        area.push_optional("MontoGravadoTotal", figures::optional(sums.taxed));
        area.push_optional("MontoGravadoI1", figures::optional(sums.taxed_18));
        area.push_optional("MontoGravadoI2", figures::optional(sums.taxed_16));
        area.push_optional("MontoGravadoI3", figures::optional(sums.taxed_0));
        area.push_optional("MontoExento", figures::optional(sums.exempt));
        area.push_optional("ITBIS1", rate(Billing::Itbis18, sums.taxed_18));
        area.push_optional("ITBIS2", rate(Billing::Itbis16, sums.taxed_16));
        area.push_optional("ITBIS3", rate(Billing::Itbis0, sums.taxed_0));
        area.push_optional("TotalITBIS", figures::optional(sums.itbis));
        area.push_optional("TotalITBIS1", figures::optional(sums.itbis_18));
        area.push_optional("TotalITBIS2", figures::optional(sums.itbis_16));
        area.push_optional("TotalITBIS3", figures::optional(sums.itbis_0));
        area.push_optional("MontoImpuestoAdicional", figures::optional(beside_total(sums)));
        area.push_group(taxes_beside(&sums.beside));
        area.push_leaf("MontoTotal", self.invoice.totals().total.to_text());
        area.push_optional("MontoNoFacturable", figures::optional(sums.non_billable));
        area.push_optional("MontoPeriodo", figures::optional(priced.period));
        area.push_optional(
            "SaldoAnterior",
            figures::optional(balance.and_then(|balance| balance.previous)),
        );
        area.push_optional(
            "MontoAvancePago",
            figures::optional(balance.and_then(|balance| balance.advance)),
        );
        area.push_optional("ValorPagar", figures::optional(priced.payable));
        area.push_optional("TotalITBISRetenido", figures::optional(priced.withheld_itbis));
        area.push_optional("TotalISRRetencion", figures::optional(priced.withheld_income_tax));
        area.push_optional("TotalITBISPercepcion", figures::optional(priced.perceived_itbis));
        area.push_optional("TotalISRPercepcion", figures::optional(priced.perceived_income_tax));
        area
    }

    /// Every amount of the totals, divided by the rate of exchange.
    pub(super) fn other_currency(&self) -> Element {
        let mut area = Element::new("OtraMoneda");
        let Some(exchange) = self.invoice.exchange() else { return area };
        let sums = self.written.priced.sums.clone().unwrap_or_default();
        let worth =
            |amount: Option<Amount>| amount.map(|amount| exchange.convert(amount).to_text());
        area.push_leaf("TipoMoneda", exchange.currency.clone());
        area.push_leaf("TipoCambio", exchange.rate.to_text());
        area.push_optional("MontoGravadoTotalOtraMoneda", worth(sums.taxed));
        area.push_optional("MontoGravado1OtraMoneda", worth(sums.taxed_18));
        area.push_optional("MontoGravado2OtraMoneda", worth(sums.taxed_16));
        area.push_optional("MontoGravado3OtraMoneda", worth(sums.taxed_0));
        area.push_optional("MontoExentoOtraMoneda", worth(sums.exempt));
        area.push_optional("TotalITBISOtraMoneda", worth(sums.itbis));
        area.push_optional("TotalITBIS1OtraMoneda", worth(sums.itbis_18));
        area.push_optional("TotalITBIS2OtraMoneda", worth(sums.itbis_16));
        area.push_optional("TotalITBIS3OtraMoneda", worth(sums.itbis_0));
        let beside = beside_total(&sums).map(|amount| exchange.convert(amount));
        let beside = beside.filter(|amount| amount.is_positive());
        area.push_optional("MontoImpuestoAdicionalOtraMoneda", figures::optional(beside));
        area.push_group(taxes_in_other_currency(&sums.beside, exchange));
        area.push_optional("MontoTotalOtraMoneda", worth(Some(self.invoice.totals().total)));
        area
    }
}

/// The sum of the taxes besides the ITBIS. The format has no place for a sum of nothing.
pub(super) fn beside_total(sums: &Sums) -> Option<Amount> {
    sums.beside_total.filter(|sum| sum.is_positive())
}

fn rate(billing: Billing, taxed: Option<Amount>) -> Option<String> {
    taxed.map(|_| figures::whole_percent(billing.rate()))
}

fn taxes_beside(taxes: &[Beside]) -> Element {
    let mut table = Element::new("ImpuestosAdicionales");
    for tax in taxes {
        let mut row = Element::new("ImpuestoAdicional");
        row.push_optional("TipoImpuesto", tax.code.clone());
        row.push_optional("TasaImpuestoAdicional", figures::optional(tax.rate));
        let element = tax.code.as_deref().and_then(additional_tax);
        if let Some(tax_data) = element {
            row.push_optional(tax_data.kind.amount_element(), figures::optional(tax.amount));
        }
        table.push(row);
    }
    table
}

fn taxes_in_other_currency(taxes: &[Beside], exchange: &Exchange) -> Element {
    let mut table = Element::new("ImpuestosAdicionalesOtraMoneda");
    for tax in taxes {
        let mut row = Element::new("ImpuestoAdicionalOtraMoneda");
        row.push_optional("TipoImpuestoOtraMoneda", tax.code.clone());
        row.push_optional("TasaImpuestoAdicionalOtraMoneda", figures::optional(tax.rate));
        let amount = tax.amount.map(|amount| exchange.convert(amount));
        let amount = amount.filter(|amount| amount.is_positive());
        if let Some(data) = tax.code.as_deref().and_then(additional_tax) {
            let element = format!("{}OtraMoneda", data.kind.amount_element());
            row.push_optional(element, figures::optional(amount));
        }
        table.push(row);
    }
    table
}
