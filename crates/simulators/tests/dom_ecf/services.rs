//! Annulments, approvals, the directory, the status host and the pages of the QR codes.

use serde_json::{Value, json};

use crate::documents::Sale;
use crate::signer::security_code;
use crate::wire::{Office, ask};

/// An annulment of these lines: type, from, to, and how many it says there are.
fn annulment(lines: &[(u8, u64, u64, u64)]) -> String {
    let total: u64 = lines.iter().map(|line| line.3).sum();
    let line = |(place, (kind, from, to, count)): (usize, &(u8, u64, u64, u64))| {
        format!(
            "<Anulacion><NoLinea>{}</NoLinea><TipoeCF>{kind}</TipoeCF>\
             <TablaRangoSecuenciasAnuladaseNCF><Secuencias><SecuenciaeNCFDesde>E{kind}{from:010}\
             </SecuenciaeNCFDesde><SecuenciaeNCFHasta>E{kind}{to:010}</SecuenciaeNCFHasta>\
             </Secuencias></TablaRangoSecuenciasAnuladaseNCF><CantidadeNCFAnulados>{count}\
             </CantidadeNCFAnulados></Anulacion>",
            place + 1
        )
    };
    let lines: String = lines.iter().enumerate().map(line).collect();
    format!(
        "<ANECF><Encabezado><Version>1.0</Version><RncEmisor>101000000</RncEmisor>\
         <CantidadeNCFAnulados>{total}</CantidadeNCFAnulados><FechaHoraAnulacioneNCF>20-11-2026 \
         10:50:00</FechaHoraAnulacioneNCF></Encabezado><DetalleAnulacion>{lines}</DetalleAnulacion>\
         </ANECF>"
    )
}

fn annul(office: &Office, root: &str) -> (u16, String) {
    let signed = office.person.sign(root);
    let reply = office.upload("anulacionrangos/api/operaciones/anularrango", signed.as_bytes());
    (reply.status, reply.json()["mensajes"][0].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_nobody_used_are_annulled() {
    let office = Office::calm().await;
    office.judge(&Sale::credit(2).xml());
    office.summarise(&Sale::consumer(1, 1).summary("ABCDEF"));
    assert_eq!(
        annul(&office, &annulment(&[(31, 1, 3, 3)])),
        (200, "Las secuencias fueron anuladas correctamente. Excepto: E310000000002".to_owned())
    );
    assert_eq!(annul(&office, &annulment(&[(33, 1, 1_000_000, 1_000_000)])).0, 200);
    let used = (400, "Las secuencias ya han sido utilizadas.".to_owned());
    assert_eq!(annul(&office, &annulment(&[(31, 2, 2, 1)])), used);
    assert_eq!(annul(&office, &annulment(&[(31, 1, 3, 3)])), used, "annulled once");
    assert_eq!(annul(&office, &annulment(&[(32, 1, 1, 1)])), used, "used as a summary");
    let result = office.judge(&Sale::credit(1).xml());
    assert_eq!(result["mensajes"][0]["codigo"], 1_209);
    assert_eq!(office.look("/registered").as_array().unwrap().len(), 2);
    assert_eq!(office.look("/annulled")[0]["last"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annulment_that_is_wrong_says_what() {
    let office = Office::calm().await;
    let said = |root: &str| annul(&office, root);
    assert!(said(&annulment(&[(31, 5, 4, 1)])).1.contains("Desde es mayor"));
    assert!(said(&annulment(&[(31, 4, 5, 3)])).1.contains("cantidad"));
    let swapped = annulment(&[(31, 4, 5, 2)]).replacen("<NoLinea>1<", "<NoLinea>2<", 1);
    assert!(said(&swapped).1.contains("NoLinea"));
    let other_type = annulment(&[(31, 4, 5, 2)]).replacen("<TipoeCF>31<", "<TipoeCF>33<", 1);
    assert!(said(&other_type).1.contains("tipo"));
    assert!(said(&annulment(&[(31, 10_000_001, 10_000_002, 2)])).1.contains("no está autorizada"));
    assert!(said("<ANECF></ANECF>").1.contains("XSD"));
    let signed = office.person.sign(&annulment(&[(31, 4, 5, 2)])).replacen(
        "E310000000005",
        "E310000000006",
        1,
    );
    let reply = office.upload("anulacionrangos/api/operaciones/anularrango", signed.as_bytes());
    assert!(reply.text.contains("La firma del documento no es válida"), "{}", reply.text);
    office.manage("/delegations", &json!({"rnc": "101000000", "person": "00199999999"}));
    assert!(said(&annulment(&[(31, 4, 5, 2)])).1.contains("no está delegado"));
    assert_eq!(office.count("/annulled"), 0);
}

/// The approval of a document of `Sale::credit`.
fn approval(encf: &str, standing: u8) -> String {
    format!(
        "<ACECF><DetalleAprobacionComercial><Version>1.0</Version><RNCEmisor>101000000</RNCEmisor>\
         <eNCF>{encf}</eNCF><FechaEmision>20-11-2026</FechaEmision><MontoTotal>118.00</MontoTotal>\
         <RNCComprador>102000000</RNCComprador><Estado>{standing}</Estado>\
         <FechaHoraAprobacionComercial>20-11-2026 10:50:00</FechaHoraAprobacionComercial>\
         </DetalleAprobacionComercial></ACECF>"
    )
}

fn approve(office: &Office, root: &str) -> (u16, Value) {
    let signed = office.person.sign(root);
    let reply = office.upload("aprobacioncomercial/api/aprobacioncomercial", signed.as_bytes());
    (reply.status, reply.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_approves_what_was_accepted() {
    let office = Office::calm().await;
    office.judge(&Sale::credit(1).xml());
    let (status, answer) = approve(&office, &approval("E310000000001", 1));
    assert_eq!(
        (status, answer),
        (
            200,
            json!({
                "mensaje": ["Aprobación comercial recibida correctamente."],
                "estado": "Aprobacion Comercial Aceptada", "codigo": "01",
            })
        )
    );
    assert_eq!(approve(&office, &approval("E310000000001", 1)).0, 200, "the same again");
    assert_eq!(approve(&office, &approval("E310000000001", 2)).0, 400, "not the contrary");
    assert_eq!(office.look("/approvals")[0]["count"], 2);
    assert_eq!(office.look("/registered")[0]["approved"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_is_wrong_says_what() {
    let office = Office::calm().await;
    office.judge(&Sale::credit(1).xml());
    let said = |root: &str| {
        let (status, answer) = approve(&office, root);
        assert_eq!((status, &answer["codigo"]), (400, &json!("02")));
        assert_eq!(answer["estado"], "Aprobacion Comercial Rechazada");
        answer["mensaje"][0].as_str().unwrap().to_owned()
    };
    assert!(said(&approval("E310000000002", 1)).contains("No fue encontrado"));
    assert!(said(&approval("E320000000001", 1)).contains("no es requerida"));
    assert!(
        said(&approval("E310000000001", 1).replacen("118.00", "119.00", 1))
            .contains("No existe un e-CF")
    );
    assert!(
        said(&approval("E310000000001", 1).replacen("20-11-2026<", "19-11-2026<", 1))
            .contains("No existe un e-CF")
    );
    assert!(said(&approval("E310000000001", 3)).contains("XSD"));
    assert!(said("<ECF></ECF>").contains("no es válido"));
    office.manage("/delegations", &json!({"rnc": "102000000", "person": "00199999999"}));
    assert!(said(&approval("E310000000001", 1)).contains("no está delegado para el RNC 102000000"));
    let unsigned = approval("E310000000001", 1);
    let reply = office.upload("aprobacioncomercial/api/aprobacioncomercial", unsigned.as_bytes());
    assert!(reply.text.contains("La firma"), "its schema allows it, the DGII does not");
    assert_eq!(office.count("/approvals"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn certification_has_a_stage_for_approvals() {
    let mut office = Office::calm().await;
    office.environment = "certecf";
    office.bearer.clear();
    office.sign_in();
    assert_eq!(approve(&office, &approval("E310000000001", 1)).0, 200, "nobody issued it");
    office.manage("/stages", &json!({"rnc": "102000000", "approvals": false}));
    let (status, answer) = approve(&office, &approval("E310000000002", 1));
    assert_eq!((status, &answer["codigo"]), (400, &json!("02")));
    assert!(answer["mensaje"][0].as_str().unwrap().contains("etapa de pruebas"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_of_test_is_the_counterpart_until_a_receiver_registers() {
    let mut office = Office::calm().await;
    let by_rnc = "consultadirectorio/api/consultas/obtenerdirectorioporrnc?RNC=102000000";
    let entry = office.get(by_rnc).json();
    let host = format!("{}/testecf/emisorreceptor", office.running.url);
    assert_eq!((&entry[0]["rnc"], &entry[0]["urlRecepcion"]), (&json!("102000000"), &json!(host)));
    office.manage(
        "/receivers",
        &json!({
            "rnc": "102000000", "nombre": "RECEPTOR", "urlRecepcion": "https://r.do/102000000/",
            "urlAceptacion": "https://r.do/102000000",
        }),
    );
    assert_eq!(
        office.get(by_rnc).json(),
        json!([{
            "nombre": "RECEPTOR", "rnc": "102000000", "urlRecepcion": "https://r.do/102000000/",
            "urlAceptacion": "https://r.do/102000000", "urlOpcional": "",
        }])
    );
    let list = office.get("consultadirectorio/api/consultas/listado").json();
    assert_eq!(list.as_array().unwrap().len(), 2);
    office.environment = "ecf";
    office.bearer.clear();
    office.sign_in();
    assert_eq!(office.get(by_rnc).json(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_host_has_a_key_of_its_own() {
    let office = Office::calm().await;
    let asked = |path: &str, header: &str| {
        ask("GET", &format!("{}/api/EstatusServicios/{path}", office.running.url), &[header], &[])
            .unwrap()
    };
    let key = "Authorization: Apikey clave-de-prueba";
    assert_eq!(asked("ObtenerEstatus", "X: y").status, 401);
    assert_eq!(asked("ObtenerEstatus", "Authorization: Apikey otra").status, 401);
    let services = asked("ObtenerEstatus", key).json();
    assert_eq!(services[0]["estatus"], "Disponible");
    office.manage("/availability", &json!({"environment": "certecf", "available": false}));
    let standing = |number: u8| {
        asked(&format!("verificarestado?ambiente={number}"), key).json()["estado"].clone()
    };
    assert_eq!(
        [standing(1), standing(2), standing(3)],
        ["Disponible", "Disponible", "No Disponible"]
    );
    assert_eq!(asked("verificarestado?ambiente=4", key).status, 400);
    let url = format!("{}/certecf/autenticacion/api/autenticacion/semilla", office.running.url);
    let down = ask("GET", &url, &[], &[]).unwrap();
    assert!(down.status == 503 && down.text.contains("<html>"));
    let window = json!([{"environment": "ecf", "from": "22:00:00", "to": "23:30:00", "days": ["01-12-2026"]}]);
    office.manage("/windows", &window);
    assert_eq!(
        asked("obtenerventanasmantenimiento", key).json(),
        json!({"ventanaMantenimientos": [{
            "ambiente": "Produccion", "horaInicio": "22:00:00", "horaFin": "23:30:00",
            "dias": ["01-12-2026"],
        }]})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_qr_code_compares_literally() {
    let office = Office::calm().await;
    let signed = office.person.sign(&Sale::credit(1).xml());
    office.result(&office.send(&signed));
    let code = security_code(&signed).replace('+', "%2B").replace('/', "%2F");
    let right = format!(
        "ConsultaTimbre?RncEmisor=101000000&RncComprador=102000000&ENCF=E310000000001&FechaEmision=\
         20-11-2026&MontoTotal=118.00&FechaFirma=20-11-2026%2010:50:00&CodigoSeguridad={code}"
    );
    let page = |path: &str| ask("GET", &office.url(path), &[], &[]).unwrap().text;
    let found = page(&right);
    for value in [
        "101000000",
        "EMISOR &#38; PRUEBA",
        "102000000",
        "E310000000001",
        "20-11-2026",
        "18.00",
        "118.00",
        "Aceptado",
    ] {
        assert!(found.contains(&format!("<td>{value}</td>")), "{value} is not in {found}");
    }
    for (from, to) in [
        ("118.00", "118"),
        ("20-11-2026&M", "2026-11-20&M"),
        ("%2010:50", "%2010:51"),
        ("&RncComprador=102000000", ""),
        ("E310000000001", "E310000000002"),
        (code.as_str(), "AAAAAA"),
    ] {
        let wrong = right.replacen(from, to, 1);
        assert!(page(&wrong).contains("No fue encontrada la factura"), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_small_consumer_invoice_is_another() {
    let office = Office::calm().await;
    office.summarise(&Sale::consumer(1, 2).summary("a+b/c="));
    let page = |path: &str| ask("GET", &office.url(path), &[], &[]).unwrap().text;
    let right = "consultatimbrefc?rncemisor=101000000&encf=E320000000001&montototal=236.00\
                 &codigoseguridad=a%2Bb%2Fc%3D";
    assert!(page(right).contains("<td>Aceptado</td>"));
    assert!(page(&right.replace("%2B", "+")).contains("No fue encontrada la factura"));
    let general = "consultatimbre?rncemisor=101000000&encf=E320000000001&montototal=236.00\
                   &codigoseguridad=a%2Bb%2Fc%3D";
    assert!(page(general).contains("No fue encontrada la factura"));
}
