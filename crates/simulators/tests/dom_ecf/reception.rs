//! What is wrong with a document, one thing at a time, and what becomes of its number.

use serde_json::{Value, json};

use crate::documents::Sale;
use crate::wire::{Office, codes};

/// The estado, the codes, and whether the number is burnt.
fn outcome(result: &Value) -> (String, Vec<u64>, bool) {
    let standing = result["estado"].as_str().unwrap().to_owned();
    (standing, codes(result), result["secuenciaUtilizada"].as_bool().unwrap())
}

fn rejected(codes: &[u64], is_burnt: bool) -> (String, Vec<u64>, bool) {
    ("Rechazado".to_owned(), codes.to_vec(), is_burnt)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ecf_is_refused_at_once() {
    let office = Office::calm().await;
    let path = "recepcion/api/facturaselectronicas";
    for file in ["x", "<ECF>", "<!DOCTYPE ECF><ECF/>", "<RFCE/>", "<SemillaModel/>"] {
        let reply = office.upload(path, file.as_bytes());
        assert_eq!(reply.status, 400, "{file}");
        assert!(reply.json()["trackId"].is_null(), "{file}");
    }
    assert_eq!(office.count("/arrivals"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn signature_and_structure_leave_the_number_free() {
    let office = Office::calm().await;
    let xml = Sale::credit(1).xml();
    let signed = office.person.sign(&xml);
    let altered = signed.replacen("COMPRADOR Ñ", "COMPRADOR N", 1);
    let result = office.result(&office.send(&altered));
    assert_eq!(outcome(&result), rejected(&[0], false));
    assert!(
        result["mensajes"][0]["valor"]
            .as_str()
            .unwrap()
            .starts_with("La firma del XML no es válida")
    );
    assert_eq!(outcome(&office.result(&office.send(&xml))), rejected(&[0], false), "unsigned");
    let empty = xml.replacen("CALLE 1", "", 1);
    let result = office.judge(&empty);
    assert_eq!(outcome(&result), rejected(&[3], false));
    assert!(
        result["mensajes"][0]["valor"].as_str().unwrap().contains("DireccionEmisor"),
        "{result}"
    );
    let doubled =
        xml.replacen("<Version>1.0</Version>", "<Version>1.0</Version><Version>1.0</Version>", 1);
    assert_eq!(outcome(&office.judge(&doubled)), rejected(&[3], false));
    let indented = signed.replace("><IdDoc>", ">\r\n  <IdDoc>");
    assert_eq!(office.result(&office.send(&indented))["estado"], "Aceptado", "as .NET reads it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_fault_burns_the_number() {
    let office = Office::calm().await;
    let wrong =
        Sale::credit(1).xml().replacen("<IndicadorMontoGravado>0</IndicadorMontoGravado>", "", 1);
    assert_eq!(outcome(&office.judge(&wrong)), rejected(&[176], true));
    assert_eq!(outcome(&office.judge(&Sale::credit(1).xml())), rejected(&[1_209], false));
    assert_eq!(office.count("/registered"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tolerance_is_one_peso_a_line() {
    let office = Office::calm().await;
    let with_total = |sequence: u64, total: &str| {
        let from = "<MontoTotal>118.00<";
        office.judge(&Sale::credit(sequence).xml().replacen(
            from,
            &format!("<MontoTotal>{total}<"),
            1,
        ))
    };
    assert_eq!(with_total(1, "119.00")["estado"], "Aceptado");
    let over = with_total(2, "119.01");
    assert_eq!(outcome(&over), ("Aceptado Condicional".to_owned(), vec![11_105], true));
    assert_eq!(over["codigo"], "4");
    assert_eq!(office.count("/registered"), 2, "a condition is an acceptance");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_amounts_there_are_are_judged() {
    let office = Office::calm().await;
    let most = "9999999999999999.99";
    let huge = Sale::credit(1)
        .xml()
        .replace("<CantidadItem>1.00<", &format!("<CantidadItem>{most}<"))
        .replace("<PrecioUnitarioItem>100.0000<", "<PrecioUnitarioItem>9999999999999999.9999<")
        .replace(">100.00<", &format!(">{most}<"));
    assert_eq!(office.judge(&huge)["estado"], "Aceptado Condicional");
    assert_eq!(office.judge(&Sale::credit(2).xml())["estado"], "Aceptado", "it goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_issued_or_signed_in_the_future() {
    let office = Office::calm().await;
    let tomorrow = Sale { issued: "21-11-2026".into(), ..Sale::credit(1) };
    assert_eq!(outcome(&office.judge(&tomorrow.xml())), rejected(&[0], true));
    let later = Sale::credit(2).xml().replacen("20-11-2026 10:50:00", "20-11-2026 14:50:00", 1);
    assert_eq!(outcome(&office.judge(&later)), rejected(&[0], true), "UTC is not GMT-4");
    let years_ago = Sale { issued: "01-12-2018".into(), ..Sale::credit(3) };
    assert_eq!(office.judge(&years_ago.xml())["estado"], "Aceptado");
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_authorised_by_range_and_for_a_time() {
    let office = Office::calm().await;
    assert_eq!(outcome(&office.judge(&Sale::credit(10_000_001).xml())), rejected(&[135], false));
    let range = json!({
        "environment": "testecf", "rnc": "101000000", "type": 31, "first": 5, "last": 6,
        "expires": "31-12-2027",
    });
    office.manage("/ranges", &range);
    assert_eq!(outcome(&office.judge(&Sale::credit(4).xml())), rejected(&[135], false));
    assert_eq!(outcome(&office.judge(&Sale::credit(5).xml())), rejected(&[145], true));
    let dated = Sale::credit(6).xml().replacen("31-12-2028", "31-12-2027", 1);
    assert_eq!(office.judge(&dated)["estado"], "Aceptado");
    assert_eq!(office.look("/ranges")[0]["last"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_number_may_come_again_as_another() {
    let mut office = Office::calm().await;
    office.manage("/clock", &json!({"advance_seconds": 3 * 366 * 86_400}));
    office.bearer.clear();
    office.sign_in();
    assert_eq!(outcome(&office.judge(&Sale::credit(1).xml())), rejected(&[145], false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_who_is_none_leaves_the_number_free() {
    let office = Office::calm().await;
    for standing in ["not_electronic", "unknown", "inactive"] {
        office.manage("/issuers", &json!({"rnc": "101000000", "standing": standing}));
        assert_eq!(outcome(&office.judge(&Sale::credit(1).xml())), rejected(&[0], false));
    }
    office.manage("/issuers", &json!({"rnc": "101000000", "standing": "authorised"}));
    office.manage("/issuers", &json!({"rnc": "102000000", "standing": "unknown"}));
    let conditional = office.judge(&Sale::credit(1).xml());
    assert_eq!(outcome(&conditional), ("Aceptado Condicional".to_owned(), vec![1_385], true));
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_are_ordered() {
    let office = Office::calm().await;
    let order = |sequence: u64, verdict: &str, more: Value| {
        let mut order = json!({
            "environment": "testecf", "encf": Sale::credit(sequence).encf(), "verdict": verdict,
        });
        for (key, value) in more.as_object().unwrap() {
            order[key] = value.clone();
        }
        office.manage("/verdicts", &order);
    };
    order(1, "rejected", json!({"code": 1_930, "text": "por orden"}));
    assert_eq!(outcome(&office.judge(&Sale::credit(1).xml())), rejected(&[1_930], true));
    order(2, "rejected", json!({"reusable": true}));
    assert_eq!(outcome(&office.judge(&Sale::credit(2).xml())), rejected(&[0], false));
    assert_eq!(office.judge(&Sale::credit(2).xml())["estado"], "Aceptado", "once");
    order(3, "conditional", json!({"code": 11_105}));
    assert_eq!(office.judge(&Sale::credit(3).xml())["codigo"], "4");
    order(4, "stuck", json!({}));
    let track_id = office.send(&office.person.sign(&Sale::credit(4).xml()));
    let path = format!("consultaresultado/api/consultas/estado?trackid={track_id}");
    office.pass(3_000);
    for _ in 0..5 {
        assert_eq!(office.get(&path).json()["codigo"], "3");
    }
    assert_eq!(office.look("/arrivals?encf=E310000000004")[0]["stuck"], true);
    order(4, "released", json!({}));
    assert_eq!(office.get(&path).json()["codigo"], "1");
    let wrong = Sale::credit(5).xml().replacen("<TipoPago>1<", "<TipoPago>2<", 1);
    order(5, "accepted", json!({}));
    assert_eq!(office.judge(&wrong)["codigo"], "1");
}
