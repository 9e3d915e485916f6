//! The certification set in the order of the certification, and altered.

use serde_json::{Value, json};
use simulators::Clock;
use simulators::dom_ecf::Options;

use crate::reference::Set;
use crate::signer::security_code;
use crate::wire::{NOON, Office, codes};

/// A certification office.
async fn office() -> Office {
    Office::open(Options::new(Clock::standing_at(NOON), 1).calm(), "certecf").await
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

fn is_small(row: &Value) -> bool {
    let total = text(row, "MontoTotal").split('.').next().unwrap().parse::<u64>().unwrap();
    text(row, "TipoeCF") == "32" && total < 250_000
}

/// A row as a whole e-CF, with the date of its signature.
fn whole(set: &Set, row: &Value) -> String {
    let mut row = row.clone();
    row["FechaHoraFirma"] = json!("20-11-2026 10:50:00");
    set.xml(text(&row, "TipoeCF"), &row)
}

/// First everything that stands alone, then the notes.
fn in_order(set: &Set) -> Vec<&Value> {
    let rows = set.rows("ECF");
    let is_note = |row: &&Value| matches!(text(row, "TipoeCF"), "33" | "34");
    let alone = rows.iter().filter(|row| !is_note(row) && !is_small(row));
    alone.chain(rows.iter().filter(is_note)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_set_is_accepted_in_its_order() {
    let Some(set) = Set::read() else { return };
    let office = office().await;
    for row in in_order(&set) {
        let result = office.judge(&whole(&set, row));
        assert_eq!(result["estado"], "Aceptado", "{} {result}", row["ENCF"]);
        assert_eq!(codes(&result), [0], "{}", row["ENCF"]);
    }
    let mut supports = Vec::new();
    for row in set.rows("RFCE") {
        let small = set.rows("ECF").iter().find(|each| each["ENCF"] == row["ENCF"]).unwrap();
        let signed = office.person.sign(&whole(&set, small));
        let mut row = row.clone();
        row["CodigoSeguridadeCF"] = json!(security_code(&signed));
        let answer = office.summarise(&set.xml("RFCE", &row));
        assert_eq!(answer["codigo"], 1, "{} {answer}", row["ENCF"]);
        assert_eq!(answer["mensajes"], json!([]));
        supports.push(signed);
    }
    for signed in &supports {
        let result = office.result(&office.send(signed));
        assert_eq!(result["estado"], "Aceptado", "{result}");
    }
    let registered = office.look("/registered?environment=certecf");
    let registered = registered.as_array().unwrap();
    assert_eq!(registered.len(), 25, "21 whole and 4 summaries");
    assert_eq!(registered.iter().filter(|each| each["support"].is_string()).count(), 4);
    assert_eq!(office.count("/arrivals?environment=certecf"), 29);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_approvals_of_the_set_are_accepted() {
    let Some(set) = Set::read() else { return };
    let office = office().await;
    for row in set.rows("ACECF") {
        let signed = office.person.sign(&set.xml("ACECF", row));
        let path = "aprobacioncomercial/api/aprobacioncomercial";
        let reply = office.upload(path, signed.as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.json()["codigo"], "01");
    }
    assert_eq!(office.count("/approvals?environment=certecf"), 11);
}

/// What a change of one value of a row must lead to: number, column, new value (none: left out),
/// the code, and whether it is a rejection.
const ALTERED: &[(&str, &str, Option<&str>, u64, bool)] = &[
    ("E310000000002", "TotalITBIS1", Some("720.00"), 11_014, false),
    ("E310000000002", "MontoTotal", Some("4680.00"), 11_105, false),
    ("E310000000002", "MontoImpuestoSelectivoConsumoEspecifico[1]", Some("542.00"), 0, false),
    ("E310000000002", "IndicadorMontoGravado", None, 176, true),
    ("E310000000002", "TotalITBIS1", None, 1_930, true),
    ("E310000000002", "FechaVencimientoSecuencia", Some("31-12-2027"), 145, true),
    ("E310000000002", "TipoPago", Some("2"), 1_100, true),
    ("E310000000002", "MontoGravadoI1", Some("3240.00"), 1_934, false),
    ("E310000000002", "TipoImpuesto[2]", Some("024"), 0, true),
    ("E310000000002", "MontoItem[1]", Some("3235.00"), 0, false),
    ("E310000000002", "NumeroLinea[1]", Some("2"), 0, true),
    ("E310000000003", "OtrosImpuestosAdicionales[1]", Some("2300.00"), 0, false),
    ("E310000000004", "MontoGravadoI1", Some("12394.07"), 1_934, false),
    ("E310000000009", "MontoExento", None, 1_960, true),
    ("E320000000005", "RNCComprador", None, 1_381, true),
    ("E320000000005", "RazonSocialComprador", None, 1_406, true),
    ("E320000000005", "MontoPeriodo", Some("2282795.36"), 11_123, false),
    ("E320000000005", "TotalITBIS3", Some("10.00"), 11_034, false),
    ("E410000000007", "RecargoMonto[1]", Some("60.00"), 2_030, true),
    ("E410000000007", "TotalISRRetencion", Some("1700.00"), 0, false),
    ("E430000000012", "IndicadorFacturacion[1]", Some("1"), 244, true),
    ("E440000000011", "DescuentoMonto[1]", Some("390.00"), 2_020, true),
    ("E440000000011", "RNCComprador", None, 1_381, true),
    ("E450000000010", "MontoTotalOtraMoneda", Some("16700.00"), 0, false),
    ("E470000000009", "TotalISRRetencion", None, 11_170, true),
    ("E470000000009", "IndicadorBienoServicio[1]", Some("1"), 294, true),
    ("E310000000002", "RNCEmisor", Some("12"), 3, true),
    ("E310000000002", "RazonSocialComprador", None, 3, true),
    ("E310000000002", "FechaEmision", Some("2020-04-01"), 3, true),
    ("E310000000002", "MontoTotal", Some("4,674.35"), 3, true),
];

#[tokio::test(flavor = "multi_thread")]
async fn altered_documents_get_the_code_of_what_is_wrong() {
    let Some(set) = Set::read() else { return };
    let office = office().await;
    for (place, (number, column, value, code, rejects)) in ALTERED.iter().enumerate() {
        let mut row =
            set.rows("ECF").iter().find(|row| text(row, "ENCF") == *number).unwrap().clone();
        row["ENCF"] = json!(format!("{}{:010}", &number[..3], 1_000 + place));
        let fields = row.as_object_mut().unwrap();
        assert!(value.is_some() || fields.contains_key(*column), "{number} {column}");
        match value {
            Some(value) => fields.insert((*column).to_owned(), json!(value)),
            None => fields.remove(*column),
        };
        let result = office.judge(&whole(&set, &row));
        let expected = if *rejects { "Rechazado" } else { "Aceptado Condicional" };
        assert_eq!(result["estado"], expected, "{number} {column}: {result}");
        assert!(codes(&result).contains(code), "{number} {column}: {result}");
        assert_eq!(result["secuenciaUtilizada"], *code != 3, "{number} {column}: {result}");
    }
}
