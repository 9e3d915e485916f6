//! DGII's counterpart: it receives as a taxpayer does, and sends on request.

use serde_json::{Value, json};

use crate::documents::Sale;
use crate::signer::between;
use crate::taxpayer::{Receipt, Taxpayer};
use crate::wire::{Answer, Office, ask, calm_options, form};

const HOST: &str = "emisorreceptor";

/// An office with a second token, the counterpart's.
async fn office() -> (Office, String) {
    let office = Office::calm().await;
    let seed = office.get(&format!("{HOST}/fe/autenticacion/api/semilla")).text;
    let signed = office.person.sign_seed(&seed);
    let path = format!("{HOST}/fe/autenticacion/api/validacioncertificado");
    let token = office.upload(&path, signed.as_bytes()).json();
    let bearer = format!("Authorization: Bearer {}", token["token"].as_str().unwrap());
    (office, bearer)
}

fn deliver(office: &Office, bearer: &str, file: &str) -> Answer {
    let (headers, body) = form("xml", "f.xml", file.as_bytes());
    let mut headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    headers.push(bearer);
    ask("POST", &office.url(&format!("{HOST}/fe/recepcion/api/ecf")), &headers, &body).unwrap()
}

fn order(office: &Office, bearer: &str, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let length = format!("Content-Length: {}", body.len());
    let headers = ["Content-Type: application/json", &length, bearer];
    ask("POST", &office.url(&format!("{HOST}/api/emision/{path}")), &headers, body.as_bytes())
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_acknowledges_what_it_receives_with_the_four_motives() {
    let (office, bearer) = office().await;
    let motive = |file: &str| {
        let reply = deliver(&office, &bearer, file);
        assert_eq!(reply.status, 200);
        assert!(reply.media_type.starts_with("application/xml"));
        assert!(reply.text.contains("<SignatureValue>"), "it is signed: {}", reply.text);
        let estado = between(&reply.text, "<Estado>", "</Estado>").to_owned();
        let has_motive = reply.text.contains("<CodigoMotivoNoRecibido>");
        let motive = has_motive.then(|| {
            between(&reply.text, "<CodigoMotivoNoRecibido>", "</CodigoMotivoNoRecibido>").to_owned()
        });
        (estado, motive.unwrap_or_default())
    };
    let received = ("0".to_owned(), String::new());
    let refused = |motive: &str| ("1".to_owned(), motive.to_owned());
    let signed = office.person.sign(&Sale::credit(1).xml());
    assert_eq!(motive(&signed), received);
    assert_eq!(motive(&signed), refused("3"));
    let altered = office.person.sign(&Sale::credit(2).xml()).replacen("PRODUCTO", "OTRO", 1);
    assert_eq!(motive(&altered), refused("2"));
    assert_eq!(motive(&office.person.sign(&Sale::consumer(3, 1).xml())), refused("1"));
    let broken = Sale::credit(4).xml().replacen("<TipoPago>1<", "<TipoPago>9<", 1);
    assert_eq!(motive(&office.person.sign(&broken)), refused("1"));
    office.manage(
        "/receivers",
        &json!({"rnc": "102000000", "nombre": "R", "urlRecepcion": "u", "urlAceptacion": "u"}),
    );
    assert_eq!(motive(&office.person.sign(&Sale::credit(5).xml())), refused("4"));
    assert_eq!(deliver(&office, &bearer, "no es XML").status, 400);
    assert_eq!(deliver(&office, &office.bearer, &signed).status, 401, "another audience's token");
    assert_eq!(office.look("/counterpart")["received"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_a_raw_body_and_an_accented_path() {
    let (office, bearer) = office().await;
    let signed = format!("\u{FEFF}{}", office.person.sign(&Sale::credit(1).xml()));
    let url = office.url(&format!("{HOST}/fe/Recepci%C3%B3n/api/ecf"));
    let length = format!("Content-Length: {}", signed.len());
    let headers = ["Content-Type: text/xml", &length, &bearer];
    let reply = ask("POST", &url, &headers, signed.as_bytes()).unwrap();
    assert!(reply.text.contains("<Estado>0</Estado>"), "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_sends_a_document_and_tells_its_acknowledgement() {
    let (office, bearer) = office().await;
    let taxpayer = Taxpayer::listening(Receipt::Signed);
    let asked = json!({
        "rnc": "131000009", "tipoEncf": "31", "urlRecepcion": format!("{}/131000009/", taxpayer.url),
        "urlAutenticacion": taxpayer.url,
    });
    let sent = order(&office, &bearer, "emisioncomprobantes", &asked).json();
    assert_eq!(
        (&sent["encf"], &sent["estado"]),
        (&json!("E310000000001"), &json!("e-CF Recibido")),
        "{sent}"
    );
    let requests = taxpayer.requests();
    let lines: Vec<&str> = requests.iter().map(|came| came.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "GET /fe/autenticacion/api/semilla HTTP/1.1",
            "POST /fe/autenticacion/api/validacioncertificado HTTP/1.1",
            "POST /131000009/fe/recepcion/api/ecf HTTP/1.1",
        ]
    );
    assert!(requests[2].headers.to_lowercase().contains("authorization: bearer ficha"));
    assert!(requests[2].body.contains("filename=\"401506254E310000000001.xml\""));
    let path = format!("{HOST}/api/emision/consultaacuserecibo?rnc=131000009&ENCF=E310000000001");
    let acknowledged = ask("GET", &office.url(&path), &[&bearer], &[]).unwrap().json();
    assert_eq!(
        acknowledged,
        json!({"rnc": "131000009", "encf": "E310000000001", "estado": "e-CF Recibido", "mensajes": []})
    );
    let registered = office.look("/registered");
    assert_eq!(
        (&registered[0]["rnc"], &registered[0]["standing"]),
        (&json!("401506254"), &json!("accepted"))
    );
    for (kind, encf) in [(33, "E330000000002"), (34, "E340000000003"), (44, "E440000000004")] {
        let asked = json!({"rnc": "131000009", "tipoEncf": kind, "urlRecepcion": taxpayer.url});
        let sent = order(&office, &bearer, "emisioncomprobantes", &asked).json();
        assert_eq!((&sent["encf"], &sent["estado"]), (&json!(encf), &json!("e-CF Recibido")));
    }
    assert_eq!(office.count("/registered"), 4, "each is a good e-CF");
    let small = json!({"rnc": "131000009", "tipoEncf": 32, "urlRecepcion": taxpayer.url});
    assert_eq!(order(&office, &bearer, "emisioncomprobantes", &small).status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_must_be_signed_and_its_own() {
    let (office, bearer) = office().await;
    for (receipt, standing, says) in [
        (Receipt::Unsigned, "Sin acuse de recibo", "La firma del acuse no es válida"),
        (Receipt::Nonsense, "Sin acuse de recibo", "no es un acuse"),
        (Receipt::Refused(4), "e-CF No Recibido", "Motivo 4"),
    ] {
        let taxpayer = Taxpayer::listening(receipt);
        let asked = json!({"rnc": "131000009", "tipoEncf": "31", "urlRecepcion": taxpayer.url});
        let sent = order(&office, &bearer, "emisioncomprobantes", &asked).json();
        assert_eq!(sent["estado"], standing, "{sent}");
        assert!(sent["mensajes"][0].as_str().unwrap().contains(says), "{sent}");
    }
    for url in ["http://127.0.0.1:1", "https://127.0.0.1:1", "http://192.0.2.1", "x"] {
        let asked = json!({"rnc": "131000009", "tipoEncf": "31", "urlRecepcion": url});
        let sent = order(&office, &bearer, "emisioncomprobantes", &asked).json();
        assert_eq!(sent["estado"], "Sin acuse de recibo", "{url}");
    }
    let asked = json!({"rnc": "131000010", "tipoEncf": "34", "urlRecepcion": "http://127.0.0.1:1"});
    assert_eq!(
        order(&office, &bearer, "emisioncomprobantes", &asked).status,
        400,
        "a note on nothing"
    );
    assert_eq!(order(&office, &bearer, "emisioncomprobantes", &json!({})).status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn flaws_are_ordered_one_by_one() {
    let (office, bearer) = office().await;
    let taxpayer = Taxpayer::listening(Receipt::Signed);
    let asked = json!({"rnc": "131000009", "tipoEncf": "31", "urlRecepcion": taxpayer.url});
    let mut bodies = Vec::new();
    for flaw in ["none", "specification", "signature", "duplicate", "buyer", "unsigned"] {
        if flaw != "none" {
            office.manage("/flaws", &json!({ "flaw": flaw }));
        }
        order(&office, &bearer, "emisioncomprobantes", &asked);
        bodies.push(taxpayer.requests().last().unwrap().body.clone());
    }
    let number = |body: &str| between(body, "<eNCF>", "</eNCF>").to_owned();
    assert!(bodies[1].contains("<Ajeno>"));
    assert!(bodies[2].contains("SERVICIO ALTERADO"));
    assert_eq!(number(&bodies[3]), number(&bodies[2]));
    assert!(bodies[4].contains("<RNCComprador>131000000</RNCComprador>"));
    assert!(!bodies[5].contains("<Signature "));
    assert_eq!(office.count("/registered"), 1, "the DGII knows only what is right");
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_go_both_ways() {
    let (office, bearer) = office().await;
    let taxpayer = Taxpayer::listening(Receipt::Signed);
    deliver(&office, &bearer, &office.person.sign(&Sale::credit(1).xml()));
    let asked = |standing: Value, encf: &str| {
        json!({
            "rnc": "101000000", "encf": encf, "estadoAprobacion": standing,
            "urlAprobacionComercial": taxpayer.url, "urlAutenticacion": "",
        })
    };
    let path = "envioaprobacioncomercial";
    assert_eq!(order(&office, &bearer, path, &asked(json!("1"), "E310000000001")).status, 200);
    assert_eq!(order(&office, &bearer, path, &asked(json!(2), "E310000000001")).status, 200);
    assert_eq!(order(&office, &bearer, path, &asked(json!(1), "E310000000009")).status, 400);
    let requests = taxpayer.requests();
    assert_eq!(requests[0].line, "POST /fe/aprobacioncomercial/api/ecf HTTP/1.1");
    assert!(requests[0].body.contains("<Estado>1</Estado><FechaHora"));
    assert!(requests[1].body.contains("<Estado>2</Estado><DetalleMotivoRechazo>"));
    assert!(requests[0].body.contains("<MontoTotal>118.00</MontoTotal>"));

    let sending = json!({"rnc": "131000009", "tipoEncf": "31", "urlRecepcion": taxpayer.url});
    order(&office, &bearer, "emisioncomprobantes", &sending);
    let approval = |buyer: &str| {
        let root = format!(
            "<ACECF><DetalleAprobacionComercial><Version>1.0</Version><RNCEmisor>401506254</RNCEmisor>\
             <eNCF>E310000000001</eNCF><FechaEmision>20-11-2026</FechaEmision><MontoTotal>1180.00\
             </MontoTotal><RNCComprador>{buyer}</RNCComprador><Estado>1</Estado>\
             <FechaHoraAprobacionComercial>20-11-2026 10:50:00</FechaHoraAprobacionComercial>\
             </DetalleAprobacionComercial></ACECF>"
        );
        let (headers, body) = form("xml", "a.xml", office.person.sign(&root).as_bytes());
        let mut headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        headers.push(&bearer);
        let url = office.url(&format!("{HOST}/fe/aprobacioncomercial/api/ecf"));
        ask("POST", &url, &headers, &body).unwrap().status
    };
    assert_eq!((approval("131000009"), approval("131000010")), (200, 400));
    assert_eq!(office.look("/counterpart")["approvals"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_awkward_counterpart_sends_in_every_shape() {
    let mut options = calm_options();
    options.awkward.sender_shapes = true;
    let office = Office::open(options, "testecf").await;
    let seed = office.get(&format!("{HOST}/fe/autenticacion/api/semilla")).text;
    let path = format!("{HOST}/fe/autenticacion/api/validacioncertificado");
    let token = office.upload(&path, office.person.sign_seed(&seed).as_bytes()).json();
    let bearer = format!("Authorization: Bearer {}", token["token"].as_str().unwrap());
    let taxpayer = Taxpayer::listening(Receipt::Signed);
    let asked = json!({"rnc": "131000009", "tipoEncf": "31", "urlRecepcion": taxpayer.url});
    for _ in 0..40 {
        let sent = order(&office, &bearer, "emisioncomprobantes", &asked).json();
        assert_eq!(sent["estado"], "e-CF Recibido", "{sent}");
    }
    let requests = taxpayer.requests();
    let any = |is: &dyn Fn(&crate::taxpayer::Came) -> bool| requests.iter().any(is);
    assert!(any(&|came| came.line.contains("recepci%C3%B3n")));
    assert!(any(&|came| came.body.starts_with("<?xml")));
    assert!(any(&|came| came.body.contains("\u{FEFF}<?xml")));
    assert!(any(&|came| !came.body.contains("<?xml")));
    assert!(any(&|came| came.body.contains(">\r\n  <Encabezado>")));
}
