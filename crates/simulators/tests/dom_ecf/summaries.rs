//! Consumer invoices: below RD$ 250,000 as a summary, above it whole.

use serde_json::json;

use crate::documents::Sale;
use crate::signer::security_code;
use crate::wire::{Office, codes};

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_is_answered_at_once() {
    let office = Office::calm().await;
    let sale = Sale::consumer(1, 2);
    let code = security_code(&office.person.sign(&sale.xml()));
    assert_eq!(
        office.summarise(&sale.summary(&code)),
        json!({
            "codigo": 1, "estado": "Aceptado", "mensajes": [], "encf": "E320000000001",
            "secuenciaUtilizada": true,
        })
    );
    let again = office.summarise(&sale.summary(&code));
    assert_eq!((&again["codigo"], &again["secuenciaUtilizada"]), (&json!(2), &json!(false)));
    assert_eq!(again["mensajes"][0]["codigo"], "1209", "here the inner code is a string");
    let text = again["mensajes"][0]["valor"].as_str().unwrap();
    assert!(text.starts_with("La combinación e-NCF y código de seguridad"), "{text}");
    let registered = office.look("/registered");
    assert_eq!(
        (registered.as_array().unwrap().len(), &registered[0]["channel"]),
        (1, &json!("summary"))
    );
    assert_eq!(registered[0]["security_code"], code.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_is_asked_for_with_its_security_code() {
    let office = Office::calm().await;
    office.summarise(&Sale::consumer(1, 2).summary("ab+/9="));
    let asked = |code: &str| {
        let path = format!(
            "consultarfce/api/consultas/consulta?RNC_Emisor=101000000&ENCF=E320000000001\
             &Cod_Seguridad_eCF={code}"
        );
        office.get(&path).json()
    };
    assert_eq!(
        asked("ab%2B%2F9%3D"),
        json!({
            "rnc": "101000000", "encf": "E320000000001", "secuenciaUtilizada": true, "codigo": 1,
            "estado": "Aceptado", "mensajes": [],
        })
    );
    assert_eq!(asked("ab+/9=")["codigo"], 0, "a plus that is not escaped is a space");
    assert_eq!(asked("AAAAAA")["estado"], "No encontrado");
    assert_eq!(office.get("consultarfce/api/consultas/consulta?encf=E320000000001").status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_threshold_parts_the_channels() {
    let office = Office::calm().await;
    // 2119 × 118 = 250042, 2118 × 118 = 249924.
    let (large, small) = (Sale::consumer(1, 2_119), Sale::consumer(2, 2_118));
    assert_eq!(office.judge(&large.xml())["estado"], "Aceptado");
    let refused = office.summarise(&Sale::consumer(3, 2_119).summary("ABCDEF"));
    assert_eq!(refused["codigo"], 2);
    let whole = office.judge(&small.xml());
    assert_eq!((whole["estado"].as_str(), codes(&whole)), (Some("Rechazado"), vec![0]));
    assert!(whole["mensajes"][0]["valor"].as_str().unwrap().contains("RFCE"));
    let nameless = Sale::consumer(4, 2_119).xml();
    let start = nameless.find("<Comprador>").unwrap();
    let end = nameless.find("<Totales>").unwrap();
    let without_buyer = format!("{}<Comprador/>{}", &nameless[..start], &nameless[end..]);
    let without_buyer = without_buyer.replace("<Comprador/>", "<Comprador></Comprador>");
    assert_eq!(codes(&office.judge(&without_buyer)), [1_381, 1_406]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_invoice_may_follow_its_summary_but_no_other() {
    let office = Office::calm().await;
    let sale = Sale::consumer(1, 2);
    let signed = office.person.sign(&sale.xml());
    let other = office.person.sign(&Sale { issued: "19-11-2026".into(), ..sale.clone() }.xml());
    office.summarise(&sale.summary(&security_code(&signed)));
    let result = office.result(&office.send(&other));
    assert_eq!((result["estado"].as_str(), codes(&result)), (Some("Rechazado"), vec![1_209]));
    assert_eq!(office.result(&office.send(&signed))["estado"], "Aceptado");
    assert_eq!(codes(&office.result(&office.send(&signed))), [1_209]);
    let registered = office.look("/registered");
    assert_eq!(registered.as_array().unwrap().len(), 1);
    assert!(registered[0]["support"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unauthorised_summary_is_accepted_under_a_condition() {
    let office = Office::calm().await;
    let answer = office.summarise(&Sale::consumer(50_000_001, 2).summary("ABCDEF"));
    assert_eq!((&answer["codigo"], codes(&answer)), (&json!(4), vec![75]));
    let wrong = Sale::consumer(1, 2).summary("ABCDEF").replacen(
        "<MontoTotal>236.00",
        "<MontoTotal>240.00",
        1,
    );
    let answer = office.summarise(&wrong);
    assert_eq!(
        (answer["estado"].as_str(), codes(&answer)),
        (Some("Aceptado Condicional"), vec![3_205])
    );
    let broken = Sale::consumer(2, 2).summary("ABCDE");
    let answer = office.summarise(&broken);
    assert_eq!((codes(&answer), &answer["secuenciaUtilizada"]), (vec![3], &json!(false)));
}
