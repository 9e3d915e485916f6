//! A real certification set, row by row: its inputs as a draft, priced and composed, must give
//! every column again. Skipped where the reference folder is absent.

use std::collections::BTreeMap;

use invoice::{Hash, Invoice, InvoiceId, Original, OriginalInvoice, OutletId, PricingFacts};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::testing::{Verdict, facts, issue, leaves, priced, xmllint};
use super::{Issue, compose, summary};
use crate::dom::ecf::document::{DocumentType, Encf, read_date};
use crate::dom::ecf::schema::{Kind, check_obligatoriness, check_unsigned};
use crate::dom::regime::{Billing, document_kind};
use crate::dom::xml::Element;

type Row = BTreeMap<String, String>;

fn rows(sheet: &str) -> Option<Vec<Row>> {
    let path = crate::dom::ecf::testing::path("certification_set.json")?;
    let text = std::fs::read_to_string(path).expect("a readable set");
    let set: Value = serde_json::from_str(&text).expect("JSON");
    let rows = set[sheet].as_array().expect("rows");
    Some(rows.iter().map(|row| columns(row.as_object().expect("columns"))).collect())
}

/// Column names without the blanks that some have, values as texts.
fn columns(row: &Map<String, Value>) -> Row {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    row.iter().map(|(key, value)| (key.trim().to_owned(), text(value))).collect()
}

/// What a row says, as the caller of our API would.
struct Case<'a>(&'a Row);

impl Case<'_> {
    fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    fn document_type(&self) -> DocumentType {
        DocumentType::parse(self.get("TipoeCF").expect("a type")).expect("a known type")
    }

    fn encf(&self) -> Encf {
        Encf::parse(self.get("ENCF").expect("a number")).expect("an e-NCF")
    }

    fn date(&self, column: &str) -> Option<Date> {
        self.get(column).map(|text| read_date(text).expect("a date"))
    }

    fn iso(&self, column: &str) -> Option<String> {
        self.date(column).map(|date| date.to_string())
    }

    /// The members that the row has columns for.
    fn object(&self, members: &[(&str, &str)]) -> Map<String, Value> {
        let present = members.iter().filter_map(|(key, column)| {
            let value = if column.starts_with("Fecha") {
                self.iso(column)
            } else {
                self.get(column).map(str::to_owned)
            };
            Some(((*key).to_owned(), json!(value?)))
        });
        present.collect()
    }

    fn draft(&self) -> Value {
        let included = self.get("IndicadorMontoGravado") == Some("1");
        let mut draft = json!({
            "kind": document_kind(self.document_type()),
            "issued_on": self.iso("FechaEmision"),
            "prices": if included { "tax_included" } else { "tax_excluded" },
            "operator": {"name": "Caja 1"},
            "customer": self.customer(),
            "lines": self.lines(),
            "payments": self.payments(),
            "do": self.section(),
        });
        if let Some(currency) = self.get("TipoMoneda") {
            draft["exchange"] = json!({"currency": currency, "rate": self.get("TipoCambio")});
        }
        if let Some(code) = self.get("CodigoModificacion") {
            let natures = ["cancellation", "text_correction", "amount_correction"];
            let nature = natures[code.parse::<usize>().expect("a digit") - 1];
            draft["credit"] =
                json!({"nature": nature, "original": {"number": self.get("NCFModificado")}});
        }
        draft
    }

    fn customer(&self) -> Value {
        let foreign = self.get("IdentificadorExtranjero");
        let number = foreign.or(self.get("RNCComprador"));
        let kind = match (foreign, number) {
            (Some(_), _) => "foreigner",
            (None, Some(_)) => "company",
            (None, None) => "consumer",
        };
        let mut customer = self.object(&[
            ("name", "RazonSocialComprador"),
            ("email", "CorreoComprador"),
            ("address", "DireccionComprador"),
        ]);
        customer.insert("kind".to_owned(), json!(kind));
        customer.insert("tax_id".to_owned(), json!(number));
        let mut more = self.object(&[
            ("contact", "ContactoComprador"),
            ("municipality", "MunicipioComprador"),
            ("province", "ProvinciaComprador"),
            ("internal_code", "CodigoInternoComprador"),
        ]);
        let delivery = self.object(&[("on", "FechaEntrega"), ("phone", "TelefonoAdicional")]);
        let order = self.object(&[("on", "FechaOrdenCompra"), ("number", "NumeroOrdenCompra")]);
        for (key, group) in [("delivery", delivery), ("purchase_order", order)] {
            if !group.is_empty() {
                more.insert(key.to_owned(), Value::Object(group));
            }
        }
        if !more.is_empty() {
            customer.insert("do".to_owned(), Value::Object(more));
        }
        Value::Object(customer)
    }

    fn payments(&self) -> Value {
        let methods = ["cash", "transfer", "card", "credit", "gift_certificate"];
        let payment = |n: usize| {
            let form: usize = self.get(&format!("FormaPago[{n}]"))?.parse().expect("a digit");
            Some(
                json!({"method": methods[form - 1], "amount": self.get(&format!("MontoPago[{n}]"))}),
            )
        };
        (1..=7).map_while(payment).collect()
    }

    fn section(&self) -> Value {
        let mut seller = self.object(&[
            ("trade_name", "NombreComercial"),
            ("municipality", "Municipio"),
            ("province", "Provincia"),
            ("website", "WebSite"),
            ("salesperson", "CodigoVendedor"),
            ("invoice_number", "NumeroFacturaInterna"),
            ("order_number", "NumeroPedidoInterno"),
            ("sales_zone", "ZonaVenta"),
        ]);
        let phones: Vec<_> =
            (1..=3).map_while(|n| self.get(&format!("TelefonoEmisor[{n}]"))).collect();
        seller.insert("phones".to_owned(), json!(phones));
        let account = self.object(&[("number", "NumeroCuentaPago"), ("bank", "BancoPago")]);
        let mut section = json!({
            "seller": seller,
            "payment_terms": {"account": account, "kind": self.get("TipoPago").map(|code| match code {
                "1" => "cash",
                "2" => "credit",
                _ => "free",
            })},
            "income_type": self.get("TipoIngresos").map(|_| "operations"),
            "shipment": self.object(&[
                ("shipped_on", "FechaEmbarque"),
                ("number", "NumeroEmbarque"),
                ("container", "NumeroContenedor"),
                ("reference", "NumeroReferencia"),
                ("gross_weight", "PesoBruto"),
                ("gross_weight_unit", "UnidadPesoBruto"),
                ("net_weight", "PesoNeto"),
                ("net_weight_unit", "UnidadPesoNeto"),
                ("packages", "CantidadBulto"),
                ("packages_unit", "UnidadBulto"),
                ("volume", "VolumenBulto"),
                ("volume_unit", "UnidadVolumen"),
            ]),
            "transport": self.object(&[
                ("driver", "Conductor"),
                ("document", "DocumentoTransporte"),
                ("vehicle", "Ficha"),
                ("plate", "Placa"),
                ("route", "RutaTransporte"),
                ("zone", "ZonaTransporte"),
                ("delivery_note", "NumeroAlbaran"),
            ]),
            "adjustments": self.adjustments(),
            "balance": {
                "show_period": self.get("MontoPeriodo").is_some(),
                "show_payable": self.get("ValorPagar").is_some(),
            },
        });
        if let Some(reason) = self.get("RazonModificacion") {
            section["reference"] = json!({"reason": reason});
        }
        section
    }

    fn adjustments(&self) -> Value {
        let adjustment = |n: usize| {
            let kind = self.get(&format!("TipoAjuste[{n}]"))?;
            let code = self.get(&format!("IndicadorFacturacionDescuentooRecargo[{n}]"));
            assert_eq!(self.get(&format!("TipoValor[{n}]")), Some("$"));
            Some(json!({
                "kind": if kind == "D" { "discount" } else { "surcharge" },
                "group": group(code.expect("a group")),
                "amount": self.get(&format!("MontoDescuentooRecargo[{n}]")),
                "description": self.get(&format!("DescripcionDescuentooRecargo[{n}]")),
            }))
        };
        (1..=20).map_while(adjustment).collect()
    }

    fn lines(&self) -> Value {
        let count =
            (1..=1_000).take_while(|n| self.get(&format!("NombreItem[{n}]")).is_some()).count();
        (1..=count).map(|n| self.line(n)).collect()
    }

    fn line(&self, n: usize) -> Value {
        let at = |column: &str| self.get(&format!("{column}[{n}]"));
        let date = |column: &str| self.iso(&format!("{column}[{n}]"));
        json!({
            "code": at("CodigoItem").or(self.get(&format!("CodigoItem[{n}][1]"))),
            "kind": if at("IndicadorBienoServicio") == Some("2") { "service" } else { "goods" },
            "name": at("NombreItem"),
            "unit": at("UnidadMedida"),
            "quantity": at("CantidadItem"),
            "unit_price": at("PrecioUnitarioItem"),
            "tax_group": group(at("IndicadorFacturacion").expect("a group")),
            "do": {
                "description": at("DescripcionItem"),
                "reference_quantity": at("CantidadReferencia"),
                "reference_unit": at("UnidadReferencia"),
                "subquantities": listed(|m| Some(json!({
                    "quantity": self.get(&format!("Subcantidad[{n}][{m}]"))?,
                    "unit": self.get(&format!("CodigoSubcantidad[{n}][{m}]")),
                }))),
                "alcohol_degrees": at("GradosAlcohol"),
                "reference_price": at("PrecioUnitarioReferencia"),
                "made_on": date("FechaElaboracion"),
                "expires_on": date("FechaVencimientoItem"),
                "discounts": self.changes(n, ["TipoSubDescuento", "SubDescuentoPorcentaje", "MontoSubDescuento"]),
                "surcharges": self.changes(n, ["TipoSubRecargo", "SubRecargoPorcentaje", "MontosubRecargo"]),
                "taxes": listed(|m| {
                    Some(json!({"code": self.get(&format!("TipoImpuesto[{n}][{m}]"))?}))
                }),
                "withholding": self.withholding(n),
                "foreign_price": at("PrecioOtraMoneda"),
            },
        })
    }

    fn changes(&self, n: usize, [kind, percent, amount]: [&str; 3]) -> Value {
        listed(|m| {
            let at = |column: &str| self.get(&format!("{column}[{n}][{m}]"));
            Some(match at(kind)? {
                "%" => json!({"percent": at(percent)}),
                _ => json!({"amount": at(amount)}),
            })
        })
    }

    /// Of a purchase the ITBIS kept back is the taxpayer's own decision; income tax is a tenth. Of
    /// a payment abroad nothing has to be said.
    fn withholding(&self, n: usize) -> Value {
        if self.document_type() != DocumentType::Purchase {
            return Value::Null;
        }
        let itbis = self.get(&format!("MontoITBISRetenido[{n}]")).expect("an amount");
        let itbis = TO_THE_TENTH_OF_A_CENT.iter().find(|(rounded, _)| *rounded == itbis);
        let stated = self.get(&format!("MontoITBISRetenido[{n}]"));
        let itbis = itbis.map(|(_, exact)| *exact).or(stated);
        json!({"kind": "withholding", "itbis": itbis, "income_tax_percent": "10"})
    }

    fn facts(&self, originals: &BTreeMap<String, Invoice>) -> PricingFacts {
        let mut facts = facts();
        let text = |column: &str| self.get(column).map(str::to_owned);
        facts.seller.name = text("RazonSocialEmisor").expect("a seller");
        facts.seller.tax_id = text("RNCEmisor").expect("a number");
        facts.seller.address = text("DireccionEmisor").unwrap_or_default();
        facts.seller.email = text("CorreoEmisor");
        facts.seller.phone = None;
        let number = self.get("NCFModificado");
        facts.original = number.map(|number| OriginalInvoice {
            names: Original {
                id: InvoiceId::of(&OutletId::from_random([1; 10]), [2; 15]),
                number: number.to_owned(),
                entry_hash: Hash::of_note(b"any"),
                code: None,
            },
            invoice: originals.get(number).expect("notes come behind their originals").clone(),
        });
        facts
    }
}

/// What one row keeps back of the ITBIS before it is rounded: 18 % of fifty pesos less than the line.
/// Its total, of the unrounded amounts, is a cent below the sum of the lines as they are written.
const TO_THE_TENTH_OF_A_CENT: [(&str, &str); 3] =
    [("1040.90", "1040.895"), ("764.56", "764.559"), ("150.08", "150.075")];

/// The rows of a table, as far as it has any.
fn listed(item: impl Fn(usize) -> Option<Value>) -> Value {
    (1..=12).map_while(item).collect()
}

fn group(code: &str) -> &'static str {
    let billing = Billing::ALL.into_iter().find(|billing| billing.code() == code);
    billing.expect("one of five").group()
}

/// The set's column of each leaf of ours.
fn as_columns(root: &Element) -> Row {
    leaves(root).into_iter().map(|(place, value)| (column(&place), value)).collect()
}

fn column(place: &str) -> String {
    let name = place.rsplit('/').next().expect("a name").split('[').next().expect("a name");
    let counts: Vec<&str> =
        place.split('[').skip(1).map(|rest| rest.split(']').next().expect("a count")).collect();
    let name = match (name, place.contains("DescuentoORecargo")) {
        ("eNCF", _) => "ENCF",
        ("MontoSubRecargo", _) => "MontosubRecargo",
        ("NumeroLinea", true) => "NumeroLineaDoR",
        (name, _) => name,
    };
    counts.iter().fold(name.to_owned(), |column, count| format!("{column}[{count}]"))
}

/// Numbers by their value, other texts by their characters.
fn equal(ours: &str, theirs: &str) -> bool {
    let number = |text: &str| invoice::Price::parse(text).ok();
    match (number(ours), number(theirs)) {
        (Some(ours), Some(theirs)) if !theirs.is_zero() || ours.is_zero() => ours == theirs,
        _ => ours == theirs.trim(),
    }
}

/// What the two differ in: nothing, where they say the same.
fn differences(ours: &Row, theirs: &Row) -> Vec<String> {
    let mut differences = Vec::new();
    for (column, theirs) in theirs.iter().filter(|(column, _)| *column != "CasoPrueba") {
        match ours.get(column) {
            Some(ours) if equal(ours, theirs) => {}
            ours => differences.push(format!("{column}: theirs {theirs}, ours {ours:?}")),
        }
    }
    let surplus = ours.iter().filter(|(column, _)| !theirs.contains_key(*column));
    differences.extend(surplus.map(|(column, ours)| format!("{column}: only ours, {ours}")));
    differences
}

/// Documents before the notes that modify them, as the DGII wants them sent.
fn in_order(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|row| Case(row).document_type().is_note());
    rows
}

/// The whole set, priced: each row with its invoice and its document.
fn documents() -> Option<Vec<(Row, Element)>> {
    let mut originals = BTreeMap::new();
    let mut documents = Vec::new();
    for row in in_order(rows("ECF")?) {
        let case = Case(&row);
        let facts = case.facts(&originals);
        let invoice = priced(&case.draft(), &facts)
            .unwrap_or_else(|faults| panic!("{}: {faults:?}", case.encf()));
        let issue = Issue {
            encf: case.encf(),
            sequence_expires: case.date("FechaVencimientoSecuencia"),
            ..issue(case.document_type())
        };
        let document = compose(&invoice, &issue).expect("priced here");
        originals.insert(case.encf().to_string(), invoice);
        documents.push((row, document));
    }
    assert_eq!(documents.len(), 25, "the set has twenty-five documents");
    Some(documents)
}

#[test]
fn every_column_of_every_document_is_reproduced() {
    let Some(documents) = documents() else { return };
    let mut wrong = Vec::new();
    for (row, document) in &documents {
        let mut ours = as_columns(document);
        assert!(ours.remove("FechaHoraFirma").is_some(), "the set is not signed, and we are");
        for difference in differences(&ours, row) {
            wrong.push(format!("{}: {difference}", Case(row).encf()));
        }
    }
    assert_eq!(wrong, [""; 0], "{} differences", wrong.len());
}

#[test]
fn every_document_is_valid_under_its_official_schema_and_our_own_check() {
    let Some(documents) = documents() else { return };
    for (row, document) in &documents {
        let document_type = Case(row).document_type();
        let kind = Kind::Ecf(document_type);
        assert_eq!(check_unsigned(kind, document), [], "{}", Case(row).encf());
        assert_eq!(check_obligatoriness(kind, document), [], "{}", Case(row).encf());
        let schema = format!("e-CF {} v.1.0.xsd", document_type.code());
        let verdict = xmllint(&schema, document);
        assert!(matches!(verdict, Verdict::Valid | Verdict::Skipped), "{verdict:?}");
    }
}

#[test]
fn every_summary_is_reproduced_and_valid() {
    let (Some(documents), Some(summaries)) = (documents(), rows("RFCE")) else { return };
    assert_eq!(summaries.len(), 4, "the set has four summaries");
    for row in &summaries {
        let encf = Case(row).encf();
        let of_number = |(whole, _): &&(Row, Element)| Case(whole).encf() == encf;
        let (_, document) = documents.iter().find(of_number).expect("its document");
        let summary = summary(document, "aB+/9z");
        let mut ours = as_columns(&summary);
        assert_eq!(ours.remove("CodigoSeguridadeCF").as_deref(), Some("aB+/9z"));
        assert_eq!(differences(&ours, row), [""; 0], "{encf}");
        assert_eq!(check_unsigned(Kind::Rfce, &summary), [], "{encf}");
        let verdict = xmllint("RFCE 32 v.1.0.xsd", &summary);
        assert!(matches!(verdict, Verdict::Valid | Verdict::Skipped), "{verdict:?}");
    }
}
