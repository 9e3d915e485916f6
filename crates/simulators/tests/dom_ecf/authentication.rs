//! Seeds and tokens.

use serde_json::json;

use crate::documents::Sale;
use crate::signer::{Person, between};
use crate::wire::{CEDULA, Office, ask, calm_options, form};

const SEED: &str = "autenticacion/api/autenticacion/semilla";
const TOKEN: &str = "autenticacion/api/autenticacion/validarsemilla";

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_looks_like_one_of_dotnet() {
    let office = Office::calm().await;
    let seed = office.get(SEED);
    assert!(seed.media_type.starts_with("application/xml"));
    assert!(
        seed.text
            .starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<SemillaModel xmlns:xsi=")
    );
    assert!(seed.text.contains("\n  <valor>"), "it is indented");
    let date = between(&seed.text, "<fecha>", "</fecha>");
    assert_eq!(date, "2026-11-20T10:50:14.0000000-04:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_tells_its_hour() {
    let office = Office::calm().await;
    let signed = office.person.sign_seed(&office.get(SEED).text);
    let token = office.upload(TOKEN, signed.as_bytes()).json();
    assert_eq!(
        (&token["expedido"], &token["expira"]),
        (&json!("2026-11-20T14:50:14Z"), &json!("2026-11-20T15:50:14Z"))
    );
    assert_eq!(token["token"].as_str().unwrap().split('.').count(), 3);
    let (headers, body) =
        form("xml", "s.xml", office.person.sign_seed(&office.get(SEED).text).as_bytes());
    let mut headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    headers.push("Accept: application/xml");
    let xml = ask("POST", &office.url(TOKEN), &headers, &body).unwrap();
    assert!(xml.text.contains("<RespuestaAutenticacion "), "{}", xml.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_is_used_once_and_soon() {
    let office = Office::calm().await;
    let said = |signed: &str| {
        let reply = office.upload(TOKEN, signed.as_bytes());
        (reply.status, reply.text)
    };
    let signed = office.person.sign_seed(&office.get(SEED).text);
    assert_eq!(said(&signed).0, 200);
    assert!(said(&signed).1.contains("ya fue utilizada"));
    let late = office.person.sign_seed(&office.get(SEED).text);
    office.pass(300);
    assert!(said(&late).1.contains("ha expirado"));
    let fresh = office.get(SEED).text;
    let altered = office.person.sign_seed(&fresh).replacen("</valor>", "A</valor>", 1);
    assert!(said(&altered).1.contains("La firma del XML no es válida"));
    let foreign = office.person.sign_seed(&fresh.replacen("<valor>", "<valor>A", 1));
    assert!(said(&foreign).1.contains("no existe"), "it must be one of ours");
    assert_eq!(said("<SemillaModel>").0, 400);
    assert_eq!(said(&office.person.sign(&Sale::credit(1).xml())).0, 400);
    assert_eq!(said(&office.person.sign_seed(&fresh)).0, 200, "a wrong attempt does not spend it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_out_of_its_time_is_refused() {
    let mut office = Office::calm().await;
    for (from, until) in [("200101000000Z", "261119000000Z"), ("270101000000Z", "301231000000Z")] {
        office.person = Person::certified(CEDULA, from, until);
        let signed = office.person.sign_seed(&office.get(SEED).text);
        let reply = office.upload(TOKEN, signed.as_bytes());
        assert!(reply.status == 400 && reply.text.contains("no está vigente"), "{}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_delegated_is_told_so_without_a_shape() {
    let office = Office::calm().await;
    let invoice = office.person.sign(&Sale::credit(1).xml());
    let reception = "recepcion/api/facturaselectronicas";
    office.manage("/delegations", &json!({"rnc": "101000000", "person": "00199999999"}));
    let refused = office.upload(reception, invoice.as_bytes());
    assert_eq!(
        (refused.status, refused.text.as_str()),
        (400, "El RNC 00100000001 del certificado no está delegado para realizar transaciones.")
    );
    office.manage("/delegations", &json!({"rnc": "101000000", "person": CEDULA}));
    assert_eq!(office.upload(reception, invoice.as_bytes()).status, 200);
    office.manage("/delegations", &json!({"person": CEDULA, "delegated": false}));
    let signed = office.person.sign_seed(&office.get(SEED).text);
    let barred = office.upload(TOKEN, signed.as_bytes());
    assert_eq!(barred.status, 400);
    assert!(barred.text.starts_with("El RNC 00100000001"), "{}", barred.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_certificate_leaves_the_number_free() {
    let office = Office::calm().await;
    office.manage("/delegations", &json!({"rnc": "101000000", "person": CEDULA}));
    let stranger = Person::new("00200000002");
    let result = office.result(&office.send(&stranger.sign(&Sale::credit(1).xml())));
    assert_eq!((&result["codigo"], &result["secuenciaUtilizada"]), (&json!("2"), &json!(false)));
    assert!(result["mensajes"][0]["valor"].as_str().unwrap().contains("no está delegado"));
    assert_eq!(office.judge(&Sale::credit(1).xml())["codigo"], "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn strict_delegations_let_in_whom_they_know() {
    let mut options = calm_options();
    options.strict_delegations = true;
    let running = simulators::dom_ecf::start(options).await.unwrap();
    let person = Person::new(CEDULA);
    let mut office = Office { running, person, environment: "testecf", bearer: String::new() };
    let signed = office.person.sign_seed(&office.get(SEED).text);
    assert_eq!(office.upload(TOKEN, signed.as_bytes()).status, 400);
    office.manage("/delegations", &json!({"rnc": "101000000", "person": CEDULA}));
    office.sign_in();
    assert_eq!(office.judge(&Sale::credit(1).xml())["codigo"], "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_else_wants_a_token_for_an_hour() {
    let office = Office::calm().await;
    let gets = [
        "consultaresultado/api/consultas/estado?trackid=x",
        "consultaestado/api/consultas/estado",
        "consultatrackids/api/trackids/consulta",
        "consultarfce/api/consultas/consulta",
        "consultadirectorio/api/consultas/listado",
        "consultadirectorio/api/consultas/obtenerdirectorioporrnc?rnc=1",
        "emisorreceptor/api/emision/consultaacuserecibo?rnc=1&encf=2",
    ];
    let posts = [
        "recepcion/api/facturaselectronicas",
        "recepcionfc/api/recepcion/ecf",
        "aprobacioncomercial/api/aprobacioncomercial",
        "anulacionrangos/api/operaciones/anularrango",
        "emisorreceptor/fe/recepcion/api/ecf",
        "emisorreceptor/fe/aprobacioncomercial/api/ecf",
        "emisorreceptor/api/emision/emisioncomprobantes",
        "emisorreceptor/api/emision/envioaprobacioncomercial",
    ];
    for header in ["Authorization: Bearer a.b.c", "Authorization: Basic eDp5", "X: y"] {
        for path in gets {
            assert_eq!(
                ask("GET", &office.url(path), &[header], &[]).unwrap().status,
                401,
                "{path}"
            );
        }
        for path in posts {
            let reply =
                ask("POST", &office.url(path), &[header, "Content-Length: 0"], &[]).unwrap();
            assert_eq!(reply.status, 401, "{path}");
        }
    }
    assert_eq!(office.get(gets[0]).status, 200);
    let lower = office.bearer.replace("Bearer", "bearer");
    assert_eq!(ask("GET", &office.url(gets[0]), &[&lower], &[]).unwrap().status, 200);
    office.pass(3_600);
    assert_eq!(office.get(gets[0]).status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_has_one_good_form() {
    let office = Office::calm().await;
    let url = office.url(TOKEN);
    let signed = office.person.sign_seed(&office.get(SEED).text);
    let posted = |headers: &[String], body: &[u8]| {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        ask("POST", &url, &headers, body).unwrap()
    };
    let (headers, body) = form("archivo", "signed.xml", signed.as_bytes());
    let missing = posted(&headers, &body);
    assert_eq!(missing.status, 400);
    assert_eq!(missing.json()["errors"]["xml"], json!(["El campo xml es requerido."]));
    let (headers, body) = form("xml", "signed.xml", b"");
    let empty = posted(&headers, &body);
    assert!(empty.status == 400 && empty.text.contains("cannot be empty"), "{}", empty.text);
    let length = format!("Content-Length: {}", signed.len());
    let raw = posted(&["Content-Type: application/xml".into(), length], signed.as_bytes());
    assert_eq!(raw.status, 415);
    let (mut headers, body) = form("xml", "signed.xml", signed.as_bytes());
    headers[1] = "Transfer-Encoding: chunked".into();
    let chunked = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    assert_eq!(posted(&headers, &chunked).status, 200, "a seed may be of unknown length");
    headers.push(office.bearer.clone());
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let reception = office.url("recepcion/api/facturaselectronicas");
    let unknown_length = ask("POST", &reception, &headers, &chunked).unwrap();
    assert_eq!(unknown_length.status, 400);
    assert!(unknown_length.text.contains("cannot be empty"), "{}", unknown_length.text);
}
