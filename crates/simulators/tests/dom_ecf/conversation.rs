//! The services of an invoice's life, in the forms that clients use.

use data_encoding::BASE64;
use serde_json::json;

use crate::documents::Sale;
use crate::signer::security_code;
use crate::wire::{Office, ask, codes};

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_from_seed_to_result() {
    let office = Office::calm().await;
    let signed = office.person.sign(&Sale::credit(1).xml());
    let track_id = office.send(&signed);
    assert_eq!((track_id.len(), track_id.to_lowercase()), (36, track_id.clone()));
    let path = format!("consultaresultado/api/consultas/estado?TrackId={track_id}");
    let first = office.get(&path).json();
    assert_eq!((&first["codigo"], &first["estado"]), (&json!("3"), &json!("En Proceso")));
    assert_eq!((&first["secuenciaUtilizada"], &first["mensajes"]), (&json!(false), &json!([])));
    assert_eq!(
        office.get(&path).json(),
        json!({
            "trackId": track_id, "codigo": "1", "estado": "Aceptado", "rnc": "101000000",
            "encf": "E310000000001", "secuenciaUtilizada": true,
            "fechaRecepcion": "11/20/2026 10:50:14 AM", "mensajes": [{"valor": "", "codigo": 0}],
        })
    );
    let registered = office.look("/registered");
    assert_eq!(registered.as_array().unwrap().len(), 1);
    assert_eq!(registered[0]["security_code"], security_code(&signed).as_str());
    let bytes = registered[0]["bytes"].as_str().unwrap();
    assert_eq!(BASE64.decode(bytes.as_bytes()).unwrap(), signed.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_comes_by_itself_after_a_while() {
    let office = Office::calm().await;
    office.send(&office.person.sign(&Sale::credit(1).xml()));
    let list = "consultatrackids/api/trackids/consulta?RncEmisor=101000000&eNCF=E310000000001";
    assert_eq!(office.get(list).json()[0]["estado"], "En Proceso");
    office.pass(2);
    assert_eq!(office.get(list).json()[0]["estado"], "Aceptado");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_time_is_a_duplicate_and_both_track_ids_are_listed() {
    let office = Office::calm().await;
    let signed = office.person.sign(&Sale::credit(1).xml());
    let (first, second) = (office.send(&signed), office.send(&signed));
    assert_eq!(office.result(&first)["codigo"], "1");
    let duplicate = office.result(&second);
    assert_eq!((&duplicate["codigo"], codes(&duplicate)), (&json!("2"), vec![1_209]));
    assert_eq!(duplicate["secuenciaUtilizada"], false);
    let path = "consultatrackids/api/trackids/consulta?rncemisor=101000000&encf=E310000000001";
    let list = office.get(path).json();
    let ids: Vec<&str> =
        list.as_array().unwrap().iter().map(|each| each["trackId"].as_str().unwrap()).collect();
    assert_eq!(ids, [first.as_str(), second.as_str()]);
    assert_eq!((&list[0]["estado"], &list[1]["estado"]), (&json!("Aceptado"), &json!("Rechazado")));
    assert_eq!(office.count("/registered"), 1);
    assert_eq!(office.count("/arrivals"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standing_of_a_number_is_for_whoever_knows_the_document() {
    let office = Office::calm().await;
    let signed = office.person.sign(&Sale::credit(1).xml());
    let code = security_code(&signed).replace('+', "%2B").replace('/', "%2F");
    let path = |number: &str, buyer: &str, code: &str| {
        format!(
            "consultaestado/api/consultas/estado?RncEmisor=101000000&NcfElectronico={number}\
             &RncComprador={buyer}&CodigoSeguridad={code}"
        )
    };
    let standing = |path: &str| office.get(path).json()["estado"].as_str().unwrap().to_owned();
    let right = path("E310000000001", "102000000", &code);
    assert_eq!(standing(&right), "No encontrado");
    let track_id = office.send(&signed);
    assert_eq!(standing(&right), "No encontrado", "it is in process");
    office.result(&track_id);
    assert_eq!(
        office.get(&right).json(),
        json!({
            "codigo": 1, "estado": "Aceptado", "rncEmisor": "101000000",
            "ncfElectronico": "E310000000001", "montoTotal": 118.00, "totalITBIS": 18.00,
            "fechaEmision": "20-11-2026", "fechaFirma": "20-11-2026 10:50:00",
            "rncComprador": "102000000", "codigoSeguridad": security_code(&signed),
            "idExtranjero": "",
        })
    );
    assert_eq!(standing(&path("E310000000001", "102000001", &code)), "No encontrado");
    assert_eq!(standing(&path("E310000000001", "102000000", "AAAAAA")), "No encontrado");
    assert_eq!(standing(&path("E310000000002", "102000000", &code)), "No encontrado");
    assert_eq!(
        office.get("consultaestado/api/consultas/estado?NcfElectronico=E310000000001").status,
        400
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn track_ids_are_asked_for_with_everything() {
    let office = Office::calm().await;
    let said = |query: &str| {
        let reply = office.get(&format!("consultatrackids/api/trackids/consulta?{query}"));
        (reply.status, reply.text)
    };
    for (query, text) in [
        ("encf=E310000000001", "El campo RNC Emisor es requerido."),
        ("rncemisor=101000000", "El campo ENCF es requerido."),
        ("rncemisor=1010000&encf=E310000000001", "La longitud del RNC Emisor no es válida."),
        ("rncemisor=101000000&encf=E31000000001", "La longitud del ENCF no es válida."),
        ("rncemisor=101000000&encf=E990000000001", "El ENCF no es válido."),
    ] {
        let (status, said) = said(query);
        assert_eq!(status, 400, "{query}");
        assert!(said.contains(text), "{query}: {said}");
    }
    assert_eq!(said("rncemisor=101000000&encf=E310000000001"), (200, "[]".to_owned()));
    office.manage("/delegations", &json!({"rnc": "101000000", "person": "00199999999"}));
    assert!(said("rncemisor=101000000&encf=E310000000001").1.contains("no está autorizado"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_track_id_is_not_found() {
    let office = Office::calm().await;
    let path =
        "consultaresultado/api/consultas/estado?trackid=00000000-0000-4000-8000-000000000000";
    let reply = office.get(path);
    assert_eq!((reply.status, &reply.json()["codigo"]), (200, &json!("0")));
    assert_eq!(reply.json()["estado"], "No encontrado");
    assert_eq!(office.get("consultaresultado/api/consultas/estado").status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_fold_and_xml_comes_to_whoever_accepts_it() {
    let office = Office::calm().await;
    let track_id = office.send(&office.person.sign(&Sale::credit(1).xml()));
    office.result(&track_id);
    let url = |path: &str| format!("{}/{path}", office.running.url);
    let xml = |path: &str| {
        let headers = [office.bearer.as_str(), "Accept: application/xml"];
        ask("GET", &url(path), &headers, &[]).unwrap()
    };
    let result = xml(&format!("TesteCF/ConsultaResultado/api/Consultas/Estado?TRACKID={track_id}"));
    assert!(result.media_type.starts_with("application/xml"), "{}", result.media_type);
    assert!(result.text.contains("<RespuestaConsultaTrackId "), "{}", result.text);
    assert!(result.text.contains("<estado>Aceptado</estado>"));
    assert!(result.text.contains("<secuenciaUtilizada>true</secuenciaUtilizada>"));
    let list = xml(
        "TESTECF/consultatrackids/api/trackids/consulta?rncEmisor=101000000&encf=E310000000001",
    );
    assert!(list.text.contains(&format!("<TrackingDetalle><trackId>{track_id}</trackId>")));
    let code = office.look("/registered")[0]["security_code"].as_str().unwrap().replace('+', "%2B");
    let standing = xml(&format!(
        "testecf/consultaestado/api/consultas/estado?rncemisor=101000000&ncfelectronico=E310000000001\
         &rnccomprador=102000000&codigoseguridad={code}"
    ));
    assert!(standing.text.contains("<RespuestaConsultaEstado "), "{}", standing.text);
    assert_eq!(ask("GET", &url("testecf/nada"), &[], &[]).unwrap().status, 404);
    assert_eq!(
        ask(
            "POST",
            &url("testecf/autenticacion/api/autenticacion/semilla"),
            &["Content-Length: 0"],
            &[]
        )
        .unwrap()
        .status,
        405
    );
    assert_eq!(
        ask("GET", &url("testecf/recepcion/help/index.html"), &[], &[]).unwrap().status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn environments_share_nothing() {
    let mut office = Office::calm().await;
    office.result(&office.send(&office.person.sign(&Sale::credit(1).xml())));
    office.environment = "certecf";
    let reply = office.upload("recepcion/api/facturaselectronicas", b"<ECF/>");
    assert_eq!(reply.status, 401, "a token is of one environment");
    office.bearer.clear();
    office.sign_in();
    assert_eq!(office.judge(&Sale::credit(1).xml())["codigo"], "1");
    for path in [
        "consultatrackids/api/trackids/consulta?rncemisor=101000000&encf=E310000000001",
        "consultadirectorio/api/consultas/listado",
    ] {
        assert_eq!(office.get(path).status, 404, "certification has no {path}");
    }
    office.environment = "ecf";
    office.bearer.clear();
    office.sign_in();
    let unauthorised = office.judge(&Sale::credit(1).xml());
    assert_eq!(
        (codes(&unauthorised), &unauthorised["secuenciaUtilizada"]),
        (vec![135], &json!(false))
    );
}
