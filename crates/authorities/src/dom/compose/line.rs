//! Area `Item`: one line.

use invoice::{Amount, Exchange, Line};

use super::travel::unit_or_as_written;
use super::{WithGroup as _, figures};
use crate::dom::ecf::document::write_date;
use crate::dom::regime::Billing;
use crate::dom::section::{
    Adjusted, Affiliation, Change, Settlement, WithholdingKind, WrittenLine,
};
use crate::dom::xml::Element;

/// What an item is made of.
pub(super) struct ItemComposer<'a> {
    /// From 1.
    pub number: usize,
    pub line: &'a Line,
    pub written: &'a WrittenLine,
    pub exchange: Option<&'a Exchange>,
}

/// The kind of the seller's own code.
const OWN_CODE: &str = "Interno";

impl ItemComposer<'_> {
    pub(super) fn item(&self) -> Element {
        let Self { line, .. } = self;
        let WrittenLine { line: more, priced } = self.written;
        let billing = Billing::parse(&line.tax_group);
        let mut item = Element::new("Item");
        item.push_leaf("NumeroLinea", self.number.to_string());
        item.push_group(self.codes());
        item.push_optional("IndicadorFacturacion", billing.map(Billing::code));
        item.push_group(self.withholding());
        item.push_leaf("NombreItem", line.name.clone());
        item.push_leaf("IndicadorBienoServicio", if line.kind == "service" { "2" } else { "1" });
        item.push_optional("DescripcionItem", more.description.clone());
        item.push_leaf("CantidadItem", figures::quantity(line.quantity));
        item.push_optional("UnidadMedida", line.unit.clone().map(unit_or_as_written));
        self.reference(&mut item);
        item.push_optional("FechaElaboracion", more.made_on.map(write_date));
        item.push_optional("FechaVencimientoItem", more.expires_on.map(write_date));
        item.push_group(self.mining());
        item.push_leaf("PrecioUnitarioItem", self.price().to_text());
        item.push_optional("DescuentoMonto", figures::optional(priced.discount));
        item.push_group(self.discounts());
        item.push_optional("RecargoMonto", figures::optional(priced.surcharge));
        item.push_group(self.surcharges());
        item.push_group(self.taxes());
        item.push_group(self.other_currency());
        item.push_leaf("MontoItem", line.amount.to_text());
        item
    }

    /// What a unit is said to cost: before it was lowered, where it was.
    fn price(&self) -> invoice::Price {
        let discount = self.line.discount.as_ref();
        discount.map_or(self.line.unit_price, |discount| discount.original_price)
    }

    fn codes(&self) -> Element {
        let mut table = Element::new("TablaCodigosItem");
        let own = self.line.code.clone().map(|code| (Some(OWN_CODE.to_owned()), Some(code)));
        let others = self.written.line.codes.iter().cloned();
        let others = others.map(|other| (other.kind, other.code));
        for (kind, code) in own.into_iter().chain(others) {
            let mut row = Element::new("CodigosItem");
            row.push_optional("TipoCodigo", kind);
            row.push_optional("CodigoItem", code);
            table.push(row);
        }
        table
    }

    fn withholding(&self) -> Element {
        let priced = &self.written.priced;
        let mut area = Element::new("Retencion");
        area.push_optional(
            "IndicadorAgenteRetencionoPercepcion",
            priced.withholding_kind.map(WithholdingKind::code),
        );
        area.push_optional("MontoITBISRetenido", figures::optional(priced.withheld_itbis));
        area.push_optional("MontoISRRetenido", figures::optional(priced.withheld_income_tax));
        area
    }

    fn reference(&self, item: &mut Element) {
        let more = &self.written.line;
        item.push_optional("CantidadReferencia", figures::optional(more.reference_quantity));
        let unit = more.reference_unit.clone().map(unit_or_as_written);
        item.push_optional("UnidadReferencia", unit);
        let mut table = Element::new("TablaSubcantidad");
        for held in &more.subquantities {
            let mut row = Element::new("SubcantidadItem");
            row.push_optional("Subcantidad", figures::optional(held.quantity));
            row.push_optional("CodigoSubcantidad", held.unit.clone().map(unit_or_as_written));
            table.push(row);
        }
        item.push_group(table);
        item.push_optional("GradosAlcohol", figures::optional(more.alcohol_degrees));
        item.push_optional("PrecioUnitarioReferencia", figures::optional(more.reference_price));
    }

    fn mining(&self) -> Element {
        let mut area = Element::new("Mineria");
        let Some(mining) = &self.written.line.mining else { return area };
        area.push_optional("PesoNetoKilogramo", figures::optional(mining.net_weight_kilograms));
        area.push_optional("PesoNetoMineria", figures::optional(mining.net_weight));
        area.push_optional("TipoAfiliacion", mining.affiliation.map(Affiliation::code));
        area.push_optional("Liquidacion", mining.settlement.map(Settlement::code));
        area
    }

    fn discounts(&self) -> Element {
        let names =
            ["SubDescuento", "TipoSubDescuento", "SubDescuentoPorcentaje", "MontoSubDescuento"];
        let WrittenLine { line, priced } = self.written;
        changes(Element::new("TablaSubDescuento"), names, &line.discounts, &priced.discounts)
    }

    fn surcharges(&self) -> Element {
        let names = ["SubRecargo", "TipoSubRecargo", "SubRecargoPorcentaje", "MontoSubRecargo"];
        let WrittenLine { line, priced } = self.written;
        changes(Element::new("TablaSubRecargo"), names, &line.surcharges, &priced.surcharges)
    }

    fn taxes(&self) -> Element {
        let mut table = Element::new("TablaImpuestoAdicional");
        for tax in &self.written.line.taxes {
            let mut row = Element::new("ImpuestoAdicional");
            row.push_optional("TipoImpuesto", tax.code.clone());
            table.push(row);
        }
        table
    }

    fn other_currency(&self) -> Element {
        let mut area = Element::new("OtraMonedaDetalle");
        let Some(exchange) = self.exchange else { return area };
        let priced = &self.written.priced;
        let worth = |amount: Amount| exchange.convert(amount).to_text();
        let stated = self.written.line.foreign_price;
        let price = stated.unwrap_or_else(|| figures::foreign_price(self.price(), exchange));
        area.push_leaf("PrecioOtraMoneda", price.to_text());
        area.push_optional("DescuentoOtraMoneda", priced.discount.map(worth));
        area.push_optional("RecargoOtraMoneda", priced.surcharge.map(worth));
        area.push_leaf("MontoItemOtraMoneda", worth(self.line.amount));
        area
    }
}

/// The rows of a table of discounts or surcharges. Where the price was lowered, the first amount is
/// that, and no change that the draft lists.
fn changes(
    mut table: Element,
    [row_name, kind, percent, amount]: [&'static str; 4],
    asked: &[Change],
    amounts: &[Adjusted],
) -> Element {
    let lowered = amounts.len().saturating_sub(asked.len());
    for (place, priced) in amounts.iter().enumerate() {
        let change = place.checked_sub(lowered).and_then(|place| asked.get(place));
        let percentage = change.and_then(|change| change.percent);
        let mut row = Element::new(row_name);
        row.push_leaf(kind, if percentage.is_some() { "%" } else { "$" });
        row.push_optional(percent, figures::optional(percentage));
        row.push_optional(amount, figures::optional(priced.amount));
        table.push(row);
    }
    table
}
