//! Made-up taxpayers with RSA keys, their documents, and an app that receives for one of them.

use authorities::dom::dsig::prepare;
use authorities::dom::xml::Document;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::body::Body;
use data_encoding::BASE64;
use invoice::{OutletId, TaxpayerId};
use ledger::{Environment, NumberTemplate, Outlet, Taxpayer};
use serde_json::Value;

use crate::testing::{Answer, TestApp};

/// The one that receives.
pub(crate) const BUYER: &str = "101000001";
/// One that sends.
pub(crate) const ISSUER: &str = "131000002";
const DOOR: &str = "/receive/test/101000001";

pub(crate) const SEED: &str = "/fe/autenticacion/api/semilla";
pub(crate) const TOKEN: &str = "/fe/autenticacion/api/validacioncertificado";
pub(crate) const DOCUMENTS: &str = "/fe/recepcion/api/ecf";
pub(crate) const APPROVALS: &str = "/fe/aprobacioncomercial/api/ecf";

/// A natural person with a certificate.
pub(crate) struct Person {
    key: RsaKeyPair,
    pub(crate) certificate: Vec<u8>,
}

impl Person {
    pub(crate) fn new(cedula: &str) -> Self {
        Self::until(cedula, "491231235959Z")
    }

    /// Certified by itself, from 2020 to this instant.
    pub(crate) fn until(cedula: &str, until: &str) -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let subject = name("PERSONA DE PRUEBA", &format!("IDCDO-{cedula}"));
        let certificate = certificate((&key, &subject), (&key, &subject), until, false);
        Self { key, certificate }
    }

    /// Certified by an authority, with a `serialNumber`.
    pub(crate) fn certified_by(authority: &Authority, serial_number: &str) -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let subject = name("PERSONA DE PRUEBA", serial_number);
        let issuer = (&authority.key, &authority.subject[..]);
        let certificate = certificate((&key, &subject), issuer, "491231235959Z", false);
        Self { key, certificate }
    }

    /// The document as this person signs it.
    pub(crate) fn sign(&self, xml: &str) -> Vec<u8> {
        let prepared = prepare(Document::parse(xml.as_bytes()).unwrap()).unwrap();
        let signature = sign(&self.key, prepared.bytes());
        prepared.finish(&signature, &self.certificate).unwrap().bytes
    }

    fn pem(&self) -> (String, String) {
        let key: Pkcs8V1Der<'_> = self.key.as_der().unwrap();
        (pem("PRIVATE KEY", key.as_ref()), pem("CERTIFICATE", &self.certificate))
    }
}

/// One that certifies others.
pub(crate) struct Authority {
    key: RsaKeyPair,
    subject: Vec<u8>,
    certificate: Vec<u8>,
}

impl Authority {
    pub(crate) fn new(common_name: &str) -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let subject = name(common_name, "1");
        let certificate = certificate((&key, &subject), (&key, &subject), "491231235959Z", true);
        Self { key, subject, certificate }
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let lines: Vec<String> = BASE64
        .encode(der)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// An app with an outlet that receives for [`BUYER`].
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) outlet: OutletId,
    taxpayer: TaxpayerId,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new(tokens: &str) -> Self {
        Self::trusting(tokens, &[]).await
    }

    /// One whose settings name these as the roots of certificates, if there are any.
    pub(crate) async fn trusting(tokens: &str, authorities: &[&Authority]) -> Self {
        let app = TestApp::direct().await;
        let folder = tempfile::tempdir().unwrap();
        let (key, certificate) = Person::new("00100000001").pem();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("key.pem"), key).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let own = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(path("key.pem"), own).unwrap();
        }
        std::fs::write(path("certificate.pem"), certificate).unwrap();
        let mut receiving = serde_json::json!({"tokens": tokens});
        if !authorities.is_empty() {
            let roots = authorities.iter().map(|one| pem("CERTIFICATE", &one.certificate));
            std::fs::write(path("roots.pem"), roots.collect::<String>()).unwrap();
            receiving["trusted_roots"] = path("roots.pem").into();
        }
        let taxpayer = TaxpayerId::from_random([9; 10]);
        app.ledger()
            .create_taxpayer(Taxpayer {
                tenant: app.tenant.clone(),
                id: taxpayer.clone(),
                tax_id: BUYER.to_owned(),
                name: "Compradora SRL".to_owned(),
                register: None,
                regime_label: None,
                address: Some("Calle 1".to_owned()),
                phone: None,
                email: None,
                created_at: app.clock.now(),
            })
            .await
            .unwrap();
        let settings = serde_json::json!({
            "receiving": receiving,
            "taxpayer_key": format!("file:{}", path("key.pem")),
            "taxpayer_certificate": path("certificate.pem"),
        });
        let mut world =
            Self { app, outlet: OutletId::from_random([8; 10]), taxpayer, _folder: folder };
        world.outlet = world.add_outlet("SDQ01", "dom/ecf", &settings).await;
        world
    }

    pub(crate) async fn add_outlet(
        &self,
        code: &str,
        authority: &str,
        settings: &Value,
    ) -> OutletId {
        let id = OutletId::from_random(self.app.chance.bytes());
        let signer = self.app.ledger().outlet(&self.app.tenant, &self.app.outlet).await;
        let outlet = Outlet {
            tenant: self.app.tenant.clone(),
            taxpayer: self.taxpayer.clone(),
            id: id.clone(),
            code: code.to_owned(),
            name: "Principal".to_owned(),
            address: None,
            city: None,
            phone: None,
            email: None,
            zone: "America/Santo_Domingo".to_owned(),
            number_template: NumberTemplate::parse("{outlet}-{year}-{seq:6}").unwrap(),
            authority: authority.to_owned(),
            environment: Environment::Test,
            key_uri: signer.unwrap().unwrap().key_uri,
            settings: settings.to_string(),
            created_at: self.app.clock.now(),
        };
        self.app.ledger().create_outlet(outlet).await.unwrap();
        id
    }

    /// A hundred numbers, all of them the outlet's.
    pub(crate) async fn lend_numbers(&self, outlet: &OutletId) {
        let sequence = serde_json::json!({
            "outlet": outlet.as_str(), "kind": "31", "first": "E310000000001",
            "last": "E310000000100", "expires_on": "2027-12-31",
        });
        self.app.post("/v1/sequences", &sequence).await.assert_status(201);
    }

    /// Posts a file as most clients do.
    pub(crate) async fn post(
        &self,
        service: &str,
        file: &[u8],
        headers: &[(&str, &str)],
    ) -> Answer {
        let head = "--b\r\nContent-Disposition: form-data; name=\"xml\"; filename=\"signed.xml\"\r\n\
                    Content-Type: application/xml\r\n\r\n";
        let body = [head.as_bytes(), file, b"\r\n--b--\r\n"].concat();
        let content_type = "multipart/form-data; boundary=b";
        self.post_body(service, (content_type, body), headers).await
    }

    pub(crate) async fn post_body(
        &self,
        service: &str,
        (content_type, body): (&str, Vec<u8>),
        headers: &[(&str, &str)],
    ) -> Answer {
        let path = format!("{DOOR}{service}");
        let request = self.app.request("POST", &path, "", headers);
        let request = request.header("content-type", content_type);
        self.app.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn seed(&self) -> String {
        let answer = self.app.get_as("", &format!("{DOOR}{SEED}")).await;
        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), Some("application/xml"));
        String::from_utf8(answer.body).unwrap()
    }

    /// A header with a token of this person's.
    pub(crate) async fn bearer(&self, person: &Person) -> String {
        let signed = person.sign(&self.seed().await);
        let answer = self.post(TOKEN, &signed, &[]).await;
        answer.assert_status(200);
        format!("Bearer {}", answer.text("/token"))
    }
}

/// A document of a type and a number, from one to another.
pub(crate) fn ecf(kind: &str, number: u32, (issuer, buyer): (&str, &str)) -> String {
    format!(
        "<ECF><Encabezado><Version>1.0</Version><IdDoc><TipoeCF>{kind}</TipoeCF>\
         <eNCF>E{kind}{number:010}</eNCF>\
         <FechaVencimientoSecuencia>31-12-2027</FechaVencimientoSecuencia>\
         <IndicadorMontoGravado>0</IndicadorMontoGravado><TipoIngresos>01</TipoIngresos>\
         <TipoPago>1</TipoPago></IdDoc><Emisor><RNCEmisor>{issuer}</RNCEmisor>\
         <RazonSocialEmisor>Proveedora &amp; Compañía SRL</RazonSocialEmisor>\
         <DireccionEmisor>Calle 2</DireccionEmisor><FechaEmision>20-11-2026</FechaEmision></Emisor>\
         <Comprador><RNCComprador>{buyer}</RNCComprador>\
         <RazonSocialComprador>Compradora SRL</RazonSocialComprador></Comprador><Totales>\
         <MontoGravadoTotal>1000.00</MontoGravadoTotal><MontoGravadoI1>1000.00</MontoGravadoI1>\
         <ITBIS1>18</ITBIS1><TotalITBIS>180.00</TotalITBIS><TotalITBIS1>180.00</TotalITBIS1>\
         <MontoTotal>1180.00</MontoTotal></Totales></Encabezado><DetallesItems><Item>\
         <NumeroLinea>1</NumeroLinea><IndicadorFacturacion>1</IndicadorFacturacion>\
         <NombreItem>Arroz</NombreItem><IndicadorBienoServicio>1</IndicadorBienoServicio>\
         <CantidadItem>1</CantidadItem><PrecioUnitarioItem>1000.00</PrecioUnitarioItem>\
         <MontoItem>1000.00</MontoItem></Item></DetallesItems>\
         <FechaHoraFirma>20-11-2026 05:00:00</FechaHoraFirma></ECF>"
    )
}

/// One of a type that goes to receivers, as its own schema wants it.
pub(crate) fn ecf_of(kind: &str, number: u32, parties: (&str, &str)) -> String {
    let document = ecf(kind, number, parties);
    let refers = |document: String| {
        let reference = "<InformacionReferencia><NCFModificado>E310000000001</NCFModificado>\
                         <FechaNCFModificado>20-11-2026</FechaNCFModificado>\
                         <CodigoModificacion>3</CodigoModificacion></InformacionReferencia>\
                         <FechaHoraFirma>";
        document.replace("<FechaHoraFirma>", reference)
    };
    match kind {
        "33" => refers(document),
        "34" => refers(document.replace(
            "<FechaVencimientoSecuencia>31-12-2027</FechaVencimientoSecuencia>",
            "<IndicadorNotaCredito>0</IndicadorNotaCredito>",
        )),
        "44" => document
            .replace("<IndicadorMontoGravado>0</IndicadorMontoGravado>", "")
            .replace("<IndicadorFacturacion>1<", "<IndicadorFacturacion>4<")
            .replace(
                "<MontoGravadoTotal>1000.00</MontoGravadoTotal><MontoGravadoI1>1000.00\
                 </MontoGravadoI1><ITBIS1>18</ITBIS1><TotalITBIS>180.00</TotalITBIS>\
                 <TotalITBIS1>180.00</TotalITBIS1><MontoTotal>1180.00</MontoTotal>",
                "<MontoExento>1000.00</MontoExento><MontoTotal>1000.00</MontoTotal>",
            ),
        _ => document,
    }
}

/// What an element says.
pub(crate) fn text_of<'a>(xml: &'a str, element: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{element}>"))?;
    Some(rest.split_once(&format!("</{element}>"))?.0)
}

fn sign(key: &RsaKeyPair, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
    signature
}

/// X.509 by hand: what reads it is not what wrote it. From 2020 on.
fn certificate(
    (key, subject): (&RsaKeyPair, &[u8]),
    (issuer_key, issuer): (&RsaKeyPair, &[u8]),
    until: &str,
    is_authority: bool,
) -> Vec<u8> {
    let algorithm = |last: u8| {
        let name = tlv(6, &[42, 134, 72, 134, 247, 13, 1, 1, last]);
        sequence(&[name, tlv(5, &[])])
    };
    let bits = |bytes: &[u8]| tlv(3, &[&[0], bytes].concat());
    let mut parts = vec![
        tlv(0xA0, &tlv(2, &[2])),
        tlv(2, &[1]),
        algorithm(11),
        issuer.to_vec(),
        sequence(&[tlv(23, b"200101000000Z"), tlv(23, until.as_bytes())]),
        subject.to_vec(),
        sequence(&[algorithm(1), bits(key.public_key().as_ref())]),
    ];
    if is_authority {
        let constraints = tlv(4, &sequence(&[tlv(1, &[0xFF])]));
        let extension = sequence(&[tlv(6, &[85, 29, 19]), tlv(1, &[0xFF]), constraints]);
        parts.push(tlv(0xA3, &sequence(&[extension])));
    }
    let body = sequence(&parts);
    let signature = bits(&sign(issuer_key, &body));
    sequence(&[body, algorithm(11), signature])
}

/// A common name and a `serialNumber`.
fn name(common_name: &str, serial_number: &str) -> Vec<u8> {
    let part = |place: u8, tag: u8, text: &str| {
        tlv(0x31, &sequence(&[tlv(6, &[85, 4, place]), tlv(tag, text.as_bytes())]))
    };
    sequence(&[part(3, 12, common_name), part(5, 19, serial_number)])
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let head = match length {
        0..=0x7F => vec![tag, low],
        0x80..=0xFF => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, content.to_vec()].concat()
}
