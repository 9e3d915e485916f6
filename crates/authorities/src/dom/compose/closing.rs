//! The sections behind the lines: `Subtotales`, `DescuentosORecargos`, `Paginacion` and
//! `InformacionReferencia`.

use invoice::Amount;

use super::totals::beside_total;
use super::{Composer, WithGroup as _, figures};
use crate::dom::ecf::codes::{TaxKind, additional_tax};
use crate::dom::ecf::document::write_date;
use crate::dom::regime::{Billing, modification};
use crate::dom::section::{Adjustment, AdjustmentKind, Sums};
use crate::dom::xml::Element;

impl Composer<'_> {
    pub(super) fn subtotals(&self) -> Element {
        let mut section = Element::new("Subtotales");
        let asked = self.written.document.subtotals.iter();
        for (place, (subtotal, sums)) in asked.zip(&self.written.priced.subtotals).enumerate() {
            let mut row = Element::new("Subtotal");
            row.push_leaf("NumeroSubTotal", (place + 1).to_string());
            row.push_optional("DescripcionSubtotal", subtotal.title.clone());
            row.push_optional("Orden", subtotal.position.map(|position| position.to_string()));
            subtotal_sums(&mut row, sums);
            let lines = subtotal.last_line.zip(subtotal.first_line);
            let lines = lines.map(|(last, first)| (last + 1 - first).to_string());
            row.push_optional("Lineas", lines);
            section.push(row);
        }
        section
    }

    pub(super) fn adjustments(&self) -> Element {
        let mut section = Element::new("DescuentosORecargos");
        let asked = self.written.document.adjustments.iter();
        for (place, (adjustment, priced)) in asked.zip(&self.written.priced.adjustments).enumerate()
        {
            section.push(self.adjustment(place + 1, adjustment, priced.amount));
        }
        section
    }

    fn adjustment(&self, number: usize, asked: &Adjustment, amount: Option<Amount>) -> Element {
        let group = asked.group.as_deref().and_then(Billing::parse);
        let exchange = self.invoice.exchange();
        let abroad = exchange.zip(amount).map(|(exchange, amount)| exchange.convert(amount));
        let mut row = Element::new("DescuentoORecargo");
        row.push_leaf("NumeroLinea", number.to_string());
        row.push_optional("TipoAjuste", asked.kind.map(AdjustmentKind::code));
        row.push_optional("IndicadorNorma1007", asked.norm_10_07.then_some("1"));
        row.push_optional("DescripcionDescuentooRecargo", asked.description.clone());
        row.push_leaf("TipoValor", if asked.percent.is_some() { "%" } else { "$" });
        row.push_optional("ValorDescuentooRecargo", figures::optional(asked.percent));
        row.push_optional("MontoDescuentooRecargo", figures::optional(amount));
        row.push_optional("MontoDescuentooRecargoOtraMoneda", figures::optional(abroad));
        row.push_optional("IndicadorFacturacionDescuentooRecargo", group.map(Billing::code));
        row
    }

    pub(super) fn pages(&self) -> Element {
        let mut section = Element::new("Paginacion");
        let each = self.written.document.lines_per_page.map_or(1, usize::from);
        let lines = self.invoice.lines().len();
        for (place, sums) in self.written.priced.pages.iter().enumerate() {
            let mut page = Element::new("Pagina");
            page.push_leaf("PaginaNo", (place + 1).to_string());
            page.push_leaf("NoLineaDesde", (place * each + 1).to_string());
            page.push_leaf("NoLineaHasta", lines.min((place + 1) * each).to_string());
            page_sums(&mut page, sums);
            section.push(page);
        }
        section
    }

    pub(super) fn reference(&self) -> Element {
        let mut area = Element::new("InformacionReferencia");
        let Some(credit) = self.invoice.credit() else { return area };
        let reference = self.written.document.reference.clone().unwrap_or_default();
        area.push_optional("NCFModificado", reference.number);
        area.push_optional("RNCOtroContribuyente", reference.other_tax_id);
        area.push_optional("FechaNCFModificado", reference.issued_on.map(write_date));
        area.push_optional("CodigoModificacion", modification(&credit.nature));
        area.push_optional("RazonModificacion", reference.reason);
        area
    }
}

fn subtotal_sums(row: &mut Element, sums: &Sums) {
    let named = [
        ("SubTotalMontoGravadoTotal", sums.taxed),
        ("SubTotalMontoGravadoI1", sums.taxed_18),
        ("SubTotalMontoGravadoI2", sums.taxed_16),
        ("SubTotalMontoGravadoI3", sums.taxed_0),
        ("SubTotaITBIS", sums.itbis),
        ("SubTotaITBIS1", sums.itbis_18),
        ("SubTotaITBIS2", sums.itbis_16),
        ("SubTotaITBIS3", sums.itbis_0),
        ("SubTotalImpuestoAdicional", beside_total(sums)),
        ("SubTotalExento", sums.exempt),
        ("MontoSubTotal", sums.total),
    ];
    push_amounts(row, &named);
}

fn page_sums(page: &mut Element, sums: &Sums) {
    let named = [
        ("SubtotalMontoGravadoPagina", sums.taxed),
        ("SubtotalMontoGravado1Pagina", sums.taxed_18),
        ("SubtotalMontoGravado2Pagina", sums.taxed_16),
        ("SubtotalMontoGravado3Pagina", sums.taxed_0),
        ("SubtotalExentoPagina", sums.exempt),
        ("SubtotalItbisPagina", sums.itbis),
        ("SubtotalItbis1Pagina", sums.itbis_18),
        ("SubtotalItbis2Pagina", sums.itbis_16),
        ("SubtotalItbis3Pagina", sums.itbis_0),
        ("SubtotalImpuestoAdicionalPagina", beside_total(sums)),
    ];
    push_amounts(page, &named);
    let mut taxes = Element::new("SubtotalImpuestoAdicional");
    let named = [
        ("SubtotalImpuestoSelectivoConsumoEspecificoPagina", of_page(sums, true)),
        ("SubtotalOtrosImpuesto", of_page(sums, false)),
    ];
    push_amounts(&mut taxes, &named);
    page.push_group(taxes);
    let named = [
        ("MontoSubtotalPagina", sums.total),
        ("SubtotalMontoNoFacturablePagina", sums.non_billable),
    ];
    push_amounts(page, &named);
}

/// Those that are there, under the format's names and in its order.
fn push_amounts(area: &mut Element, named: &[(&'static str, Option<Amount>)]) {
    for (name, amount) in named {
        area.push_optional(*name, figures::optional(*amount));
    }
}

/// The selective taxes of a page together, which the format's one element is for, or the others.
fn of_page(sums: &Sums, selective: bool) -> Option<Amount> {
    let is_of = |code: &str| {
        additional_tax(code)
            .map(|tax| tax.kind)
            .is_some_and(|kind: TaxKind| kind.is_in_itbis_base() == selective)
    };
    let taxes = sums.beside.iter().filter(|tax| tax.code.as_deref().is_some_and(is_of));
    let units = taxes.filter_map(|tax| tax.amount).map(Amount::units);
    units.reduce(|sum, one| sum + one).map(Amount::from_units)
}
