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
pub(super) const BUYER: &str = "101000001";
/// One that sends.
pub(super) const ISSUER: &str = "131000002";
const DOOR: &str = "/receive/test/101000001";

pub(super) const SEED: &str = "/fe/autenticacion/api/semilla";
pub(super) const TOKEN: &str = "/fe/autenticacion/api/validacioncertificado";
pub(super) const DOCUMENTS: &str = "/fe/recepcion/api/ecf";
pub(super) const APPROVALS: &str = "/fe/aprobacioncomercial/api/ecf";

/// A natural person with a certificate.
pub(super) struct Person {
    key: RsaKeyPair,
    pub(super) certificate: Vec<u8>,
}

impl Person {
    pub(super) fn new(cedula: &str) -> Self {
        Self::until(cedula, "491231235959Z")
    }

    /// Certified from 2020 to this instant.
    pub(super) fn until(cedula: &str, until: &str) -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let certificate = certificate(&key, cedula, ("200101000000Z", until));
        Self { key, certificate }
    }

    /// The document as this person signs it.
    pub(super) fn sign(&self, xml: &str) -> Vec<u8> {
        let prepared = prepare(Document::parse(xml.as_bytes()).unwrap()).unwrap();
        let signature = sign(&self.key, prepared.bytes());
        prepared.finish(&signature, &self.certificate).unwrap().bytes
    }

    fn pem(&self) -> (String, String) {
        let key: Pkcs8V1Der<'_> = self.key.as_der().unwrap();
        (pem("PRIVATE KEY", key.as_ref()), pem("CERTIFICATE", &self.certificate))
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
pub(super) struct World {
    pub(super) app: TestApp,
    pub(super) outlet: OutletId,
    taxpayer: TaxpayerId,
    _folder: tempfile::TempDir,
}

impl World {
    pub(super) async fn new(tokens: &str) -> Self {
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
            "receiving": {"tokens": tokens},
            "taxpayer_key": format!("file:{}", path("key.pem")),
            "taxpayer_certificate": path("certificate.pem"),
        });
        let mut world =
            Self { app, outlet: OutletId::from_random([8; 10]), taxpayer, _folder: folder };
        world.outlet = world.add_outlet("SDQ01", "dom/ecf", &settings).await;
        world
    }

    pub(super) async fn add_outlet(
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

    /// Posts a file as most clients do.
    pub(super) async fn post(
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

    pub(super) async fn post_body(
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

    pub(super) async fn seed(&self) -> String {
        let answer = self.app.get_as("", &format!("{DOOR}{SEED}")).await;
        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), Some("application/xml"));
        String::from_utf8(answer.body).unwrap()
    }

    /// A header with a token of this person's.
    pub(super) async fn bearer(&self, person: &Person) -> String {
        let signed = person.sign(&self.seed().await);
        let answer = self.post(TOKEN, &signed, &[]).await;
        answer.assert_status(200);
        format!("Bearer {}", answer.text("/token"))
    }
}

/// A document of a type and a number, from one to another.
pub(super) fn ecf(kind: &str, number: u32, (issuer, buyer): (&str, &str)) -> String {
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

/// What an element says.
pub(super) fn text_of<'a>(xml: &'a str, element: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{element}>"))?;
    Some(rest.split_once(&format!("</{element}>"))?.0)
}

fn sign(key: &RsaKeyPair, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
    signature
}

/// X.509 by hand: what reads it is not what wrote it.
fn certificate(key: &RsaKeyPair, cedula: &str, (from, until): (&str, &str)) -> Vec<u8> {
    let algorithm = |last: u8| {
        let name = tlv(6, &[42, 134, 72, 134, 247, 13, 1, 1, last]);
        sequence(&[name, tlv(5, &[])])
    };
    let part = |place: u8, tag: u8, text: &str| {
        tlv(0x31, &sequence(&[tlv(6, &[85, 4, place]), tlv(tag, text.as_bytes())]))
    };
    let serial = format!("IDCDO-{cedula}");
    let name = sequence(&[part(3, 12, "PERSONA DE PRUEBA"), part(5, 19, &serial)]);
    let bits = |bytes: &[u8]| tlv(3, &[&[0], bytes].concat());
    let body = sequence(&[
        tlv(0xA0, &tlv(2, &[2])),
        tlv(2, &[1]),
        algorithm(11),
        name.clone(),
        sequence(&[tlv(23, from.as_bytes()), tlv(23, until.as_bytes())]),
        name,
        sequence(&[algorithm(1), bits(key.public_key().as_ref())]),
    ]);
    let signature = bits(&sign(key, &body));
    sequence(&[body, algorithm(11), signature])
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
