//! The code tables against the facts.

use super::*;
use crate::dom::ecf::testing;

/// The codes of a table of the reference, and their labels where it has them.
fn facts(name: &str) -> Option<Vec<Vec<String>>> {
    testing::rows(&format!("enums/{name}.tsv"))
}

#[test]
fn the_short_tables_have_the_codes_of_the_schemas() {
    for (name, table) in [
        ("TipoMonedaType", CURRENCIES),
        ("TipoIngresosValidationType", INCOMES),
        ("TipoPagoType", PAYMENT_TERMS),
        ("FormaPagoType", PAYMENT_FORMS),
        ("TipoCuentaPagoType", ACCOUNTS),
        ("IndicadorFacturacionType", BILLING),
        ("IndicadorBienoServicioType", GOODS_OR_SERVICE),
        ("IndicadorAgenteRetencionoPercepcionType", WITHHOLDING),
        ("CodigoModificacionType", MODIFICATIONS),
        ("TipoAjusteType", ADJUSTMENTS),
        ("ViaTransporteType", ROUTES),
        ("TipoAfiliacionType", AFFILIATIONS),
        ("LiquidacionType", SETTLEMENTS),
    ] {
        let Some(rows) = facts(name) else { return };
        let wanted: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        let ours: Vec<&str> = table.iter().map(|row| row.code).collect();
        assert_eq!(ours, wanted, "{name}");
        assert!(table.iter().all(|row| label(table, row.code) == Some(row.label)));
    }
    assert_eq!(label(PAYMENT_FORMS, "9"), None);
}

#[test]
fn every_place_is_found_and_has_a_plain_name() {
    assert_eq!(places().len(), 582);
    assert!(places().is_sorted_by(|one, next| one.code < next.code));
    for found in places() {
        assert_eq!(place(found.code), Some(found));
        assert!(!found.plain_name().is_empty() && !found.plain_name().contains('('));
    }
    assert_eq!(place("320100").unwrap().plain_name(), "SANTO DOMINGO ESTE");
    assert_eq!(place("320100").unwrap().kind(), PlaceKind::Municipality);
    assert_eq!(place("010000").unwrap().kind(), PlaceKind::Province);
    assert_eq!(place("020104").unwrap().plain_name(), "LOS JOVILLOS");
    for other in ["", "01000", "0100000", "999999", "010000 "] {
        assert_eq!(place(other), None, "{other}");
    }
    let Some(rows) = facts("ProvinciaMunicipioType") else { return };
    let ours = places().iter().map(|place| vec![place.code.to_owned(), place.name.to_owned()]);
    assert_eq!(ours.collect::<Vec<_>>(), rows);
}

#[test]
fn units_and_taxes_stand_at_their_numbers() {
    for (index, entry) in UNITS.iter().enumerate() {
        assert_eq!(entry.code, (index + 1).to_string());
        assert_eq!(unit(entry.code), Some(entry));
    }
    for (index, entry) in ADDITIONAL_TAXES.iter().enumerate() {
        assert_eq!(entry.code, format!("{:03}", index + 1));
        assert_eq!(additional_tax(entry.code).map(|found| found.name), Some(entry.name));
    }
    for other in ["", "0", "01", "+1", "63", "1 ", "x"] {
        assert!(unit(other).is_none() && additional_tax(other).is_none(), "{other}");
    }
    assert_eq!(unit(BULK).unwrap().name, "Granel");
    assert!(is_unit(62) && !is_unit(63) && !is_unit(0));
}

#[test]
fn units_and_taxes_are_named_as_the_format_names_them() {
    let squeezed = |cells: &[String]| cells.concat().split_whitespace().collect::<String>();
    let Some(rows) = facts("UnidadMedidaType") else { return };
    for (ours, row) in UNITS.iter().zip(&rows) {
        let ours: String = [ours.abbreviation, ours.name].concat().split_whitespace().collect();
        assert_eq!(ours, squeezed(&row[1..]));
    }
    assert_eq!(rows.len(), UNITS.len());
    let Some(rows) = facts("CodificacionTipoImpuestosType") else { return };
    for (ours, row) in ADDITIONAL_TAXES.iter().zip(&rows) {
        assert_eq!(ours.name, row[1].trim());
    }
    assert_eq!(rows.len(), ADDITIONAL_TAXES.len());
}

#[test]
fn a_figure_is_the_one_in_force_on_the_day() {
    let tip = additional_tax("001").unwrap();
    let on = |year, month, day| {
        tip.figure_on(jiff::civil::date(year, month, day)).map(|figure| figure.to_string())
    };
    assert_eq!(on(2018, 1, 1).as_deref(), Some("10.00"));
    assert_eq!(on(2017, 12, 31), None);
    for tax in ADDITIONAL_TAXES {
        let is_quarterly =
            matches!(tax.kind, TaxKind::SpecificAlcohol | TaxKind::SpecificCigarettes);
        assert_eq!(tax.figures.is_empty(), is_quarterly, "{}: no amount holds for ever", tax.code);
        assert!(tax.figures.is_sorted_by(|one, next| one.since < next.since), "{}", tax.code);
    }
}

#[test]
fn each_kind_of_tax_has_its_element() {
    let kind = |code: &str| additional_tax(code).unwrap().kind;
    for (first, last, amount, taxed) in [
        (1, 5, "OtrosImpuestosAdicionales", false),
        (6, 22, "MontoImpuestoSelectivoConsumoEspecifico", true),
        (23, 39, "MontoImpuestoSelectivoConsumoAdvalorem", true),
    ] {
        for number in first..=last {
            let kind = kind(&format!("{number:03}"));
            assert_eq!((kind.amount_element(), kind.is_in_itbis_base()), (amount, taxed));
        }
    }
}
