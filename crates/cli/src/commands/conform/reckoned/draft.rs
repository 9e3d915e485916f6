//! What a document of the authority's form says of its lines, as a draft of ours: all that a price is
//! reckoned from, and none of the sums.

use authorities::dom::ecf::document::{DocumentType, read_date};
use authorities::dom::regime::{Billing, document_kind};
use authorities::dom::xml::Element;
use serde_json::{Value, json};

pub(super) fn of(document_type: DocumentType, document: &Element) -> Value {
    let said = |path: &str| document.value_at(path);
    let is_included = said("Encabezado/IdDoc/IndicadorMontoGravado") == Some("1");
    let items = rows(document, "DetallesItems", "Item");
    let mut draft = json!({
        "kind": document_kind(document_type),
        "prices": if is_included { "tax_included" } else { "tax_excluded" },
        "operator": {"name": "Caja 1"},
        "customer": customer(document_type, document),
        "lines": items.map(|item| line(item, document)).collect::<Vec<_>>(),
        "do": {
            "adjustments": rows(document, "DescuentosORecargos", "DescuentoORecargo")
                .map(adjustment).collect::<Vec<_>>(),
            "balance": {
                "previous": said("Encabezado/Totales/SaldoAnterior"),
                "advance": said("Encabezado/Totales/MontoAvancePago"),
                "show_period": said("Encabezado/Totales/MontoPeriodo").is_some(),
                "show_payable": said("Encabezado/Totales/ValorPagar").is_some(),
            },
        },
    });
    if let (Some(currency), Some(rate)) =
        (said("Encabezado/OtraMoneda/TipoMoneda"), said("Encabezado/OtraMoneda/TipoCambio"))
    {
        draft["exchange"] = json!({"currency": currency, "rate": rate});
    }
    refer(document, &mut draft);
    draft
}

/// What a note corrects, by its number and its date.
fn refer(document: &Element, draft: &mut Value) {
    let said = |name: &str| document.value_at(&format!("InformacionReferencia/{name}"));
    let nature = said("CodigoModificacion").and_then(|code| code.parse::<usize>().ok());
    let nature = nature.and_then(|code| NATURES.get(code.checked_sub(1)?));
    let Some(nature) = nature else { return };
    draft["credit"] = json!({"nature": nature});
    draft["do"]["reference"] = json!({
        "number": said("NCFModificado"),
        "issued_on": said("FechaNCFModificado").and_then(read_date)
            .map(|date| date.to_string()),
        "other_tax_id": said("RNCOtroContribuyente"),
        "reason": said("RazonModificacion"),
    });
}

fn customer(document_type: DocumentType, document: &Element) -> Value {
    let said = |name: &str| document.value_at(&format!("Encabezado/Comprador/{name}"));
    let foreign = said("IdentificadorExtranjero");
    let number = foreign.or(said("RNCComprador"));
    let is_abroad = foreign.is_some() || document_type.code() == "47";
    let kind = match number {
        _ if is_abroad => "foreigner",
        Some(_) => "company",
        None => "consumer",
    };
    let mut customer =
        json!({"kind": kind, "name": said("RazonSocialComprador"), "tax_id": number});
    if let Some(country) = said("PaisComprador") {
        customer["do"] = json!({ "country": country });
    }
    customer
}

fn line(item: &Element, document: &Element) -> Value {
    let said = |name: &str| item.value_of(name);
    let is_service = said("IndicadorBienoServicio") == Some("2");
    let subquantities = rows(item, "TablaSubcantidad", "SubcantidadItem").map(|row| {
        json!({"quantity": row.value_of("Subcantidad"), "unit": row.value_of("CodigoSubcantidad")})
    });
    let taxes = rows(item, "TablaImpuestoAdicional", "ImpuestoAdicional");
    let taxes = taxes.filter_map(|row| row.value_of("TipoImpuesto"));
    json!({
        "kind": if is_service { "service" } else { "goods" },
        "name": said("NombreItem"),
        "unit": said("UnidadMedida"),
        "quantity": said("CantidadItem"),
        "unit_price": said("PrecioUnitarioItem"),
        "tax_group": group(said("IndicadorFacturacion")),
        "do": {
            "reference_quantity": said("CantidadReferencia"),
            "reference_unit": said("UnidadReferencia"),
            "subquantities": subquantities.collect::<Vec<_>>(),
            "alcohol_degrees": said("GradosAlcohol"),
            "reference_price": said("PrecioUnitarioReferencia"),
            "discounts": changes(item, ["TablaSubDescuento", "SubDescuento"]),
            "surcharges": changes(item, ["TablaSubRecargo", "SubRecargo"]),
            "taxes": taxes.map(|code| tax(code, document)).collect::<Vec<_>>(),
            "withholding": withholding(item),
        },
    })
}

/// A specific tax with the amount that the document was reckoned with: there is one a quarter.
fn tax(code: &str, document: &Element) -> Value {
    let totals = document.at("Encabezado/Totales");
    let of_code = |row: &&Element| row.value_of("TipoImpuesto") == Some(code);
    let row = totals
        .and_then(|totals| rows(totals, "ImpuestosAdicionales", "ImpuestoAdicional").find(of_code));
    let rate = row.and_then(|row| row.value_of("TasaImpuestoAdicional"));
    json!({"code": code, "rate": rate.filter(|_| ("006"..="022").contains(&code))})
}

fn changes(item: &Element, [table, row]: [&str; 2]) -> Vec<Value> {
    let change = |change: &Element| match change.value_of(&format!("Tipo{row}")) {
        Some("%") => json!({"percent": change.value_of(&format!("{row}Porcentaje"))}),
        _ => json!({"amount": change.value_of(&format!("Monto{row}"))}),
    };
    rows(item, table, row).map(change).collect()
}

fn adjustment(row: &Element) -> Value {
    let said = |name: &str| row.value_of(name);
    let mut adjustment = json!({
        "kind": if said("TipoAjuste") == Some("D") { "discount" } else { "surcharge" },
        "group": group(said("IndicadorFacturacionDescuentooRecargo")),
        "norm_10_07": said("IndicadorNorma1007") == Some("1"),
    });
    match said("TipoValor") {
        Some("%") => adjustment["percent"] = json!(said("ValorDescuentooRecargo")),
        _ => adjustment["amount"] = json!(said("MontoDescuentooRecargo")),
    }
    adjustment
}

fn withholding(item: &Element) -> Value {
    let Some(area) = item.child("Retencion") else { return Value::Null };
    let kind = match area.value_of("IndicadorAgenteRetencionoPercepcion") {
        Some("2") => "perception",
        _ => "withholding",
    };
    json!({"kind": kind, "itbis": area.value_of("MontoITBISRetenido"),
        "income_tax": area.value_of("MontoISRRetenido")})
}

fn group(code: Option<&str>) -> Option<&'static str> {
    let billing = Billing::ALL.into_iter().find(|billing| Some(billing.code()) == code);
    billing.map(Billing::group)
}

fn rows<'a>(area: &'a Element, table: &str, row: &'a str) -> impl Iterator<Item = &'a Element> {
    let table = area.child(table).into_iter();
    table.flat_map(move |table| table.children_named(row))
}

/// By `CodigoModificacion`, from 1.
const NATURES: [&str; 5] = [
    "cancellation",
    "text_correction",
    "amount_correction",
    "contingency_replacement",
    "consumer_invoice_reference",
];
