//! e-CFs in files: checked, signed and verified, with keys made up for the test.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::shop::{binary, output_json};

/// An e-CF 43, which has the fewest elements.
const EXPENSE: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<ECF>\n <Encabezado>\n\
    <Version>1.0</Version><IdDoc><TipoeCF>43</TipoeCF><eNCF>E430000000001</eNCF>\
    <FechaVencimientoSecuencia>31-12-2028</FechaVencimientoSecuencia></IdDoc>\n\
    <Emisor><RNCEmisor>101000000</RNCEmisor><RazonSocialEmisor>Caf\u{e9} &#38; Pan</RazonSocialEmisor>\
    <DireccionEmisor>Calle 1</DireccionEmisor><FechaEmision>20-11-2026</FechaEmision></Emisor>\n\
    <Totales><MontoExento>350.00</MontoExento><MontoTotal>350.00</MontoTotal></Totales></Encabezado>\n\
    <DetallesItems><Item><NumeroLinea>1</NumeroLinea><IndicadorFacturacion>4</IndicadorFacturacion>\
    <NombreItem>Taxi</NombreItem><IndicadorBienoServicio>2</IndicadorBienoServicio>\
    <CantidadItem>1.00</CantidadItem><PrecioUnitarioItem>350.00</PrecioUnitarioItem>\
    <MontoItem>350.00</MontoItem></Item></DetallesItems>\n\
    <FechaHoraFirma>20-11-2026 10:00:00</FechaHoraFirma>\n</ECF>\n";

pub(crate) const PASSWORD: &str = "contrase\u{f1}a";

/// A folder with the document, a key, its certificate, and both in a PKCS#12 file.
pub(crate) struct Desk(tempfile::TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "crt.pem",
            "-days",
            "3650",
            "-subj",
            "/C=DO/CN=PERSONA DE PRUEBA/serialNumber=IDCDO-00100000019",
        ]);
        let access = Permissions::from_mode(0o600);
        fs::set_permissions(desk.path("key.pem"), access).unwrap();
        let export = ["pkcs12", "-export", "-inkey", "key.pem", "-in", "crt.pem"];
        let out = ["-out", "signer.p12", "-passout", &format!("pass:{PASSWORD}")];
        desk.openssl(&[&export[..], &out].concat());
        desk.write("expense.xml", EXPENSE);
        desk
    }

    fn openssl(&self, arguments: &[&str]) {
        let made = Command::new("openssl").args(arguments).current_dir(&self.0).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Command::new(binary())
            .args(arguments)
            .current_dir(&self.0)
            .env("STALELA_P12_PASSWORD", PASSWORD)
            .output()
            .unwrap()
    }

    /// The JSON of a command that is to find fault.
    pub(crate) fn refused(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[&["--json"], arguments].concat());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn sign(&self, file: &str, out: &str) -> Value {
        let key = ["--p12", "signer.p12", "--out", out];
        output_json(&self.run(&[&["--json", "ecf", "sign", file], &key[..]].concat()))
    }
}

fn xmlsec1_verifies(file: &Path) -> Option<bool> {
    let verify = Command::new("xmlsec1").args(["--verify", "--insecure"]).arg(file).output();
    verify.ok().map(|output| output.status.success())
}

#[test]
fn what_is_signed_verifies_here_and_under_xmlsec1() {
    let desk = Desk::new();
    let signed = desk.sign("expense.xml", "signed.xml");
    assert_eq!((&signed["kind"], &signed["type"]), (&"ECF".into(), &"43".into()));
    let code = signed["security_code"].as_str().unwrap();
    let text = desk.read("signed.xml");
    assert!(text.contains(&format!("<SignatureValue>{code}")), "it is how the value begins");
    assert!(!text.contains('\n'), "layout is not sent");
    let stamp = signed["stamp_url"].as_str().unwrap();
    assert!(
        stamp.contains("/ecf/consultatimbre?rncemisor=101000000&encf=E430000000001&"),
        "{stamp}"
    );
    assert!(stamp.contains("&fechafirma=20-11-2026%2010:00:00&codigoseguridad="), "{stamp}");

    let verified = output_json(&desk.run(&["--json", "ecf", "verify", "signed.xml"]));
    let file = &verified["files"][0];
    assert_eq!((&file["holds"], &file["form"]), (&true.into(), &"as_received".into()));
    assert_eq!(file["security_code"], code);
    assert_eq!(file["certificate"]["serial_number"], "IDCDO-00100000019");
    assert_eq!(file["signed_at"], "2026-11-20T14:00:00Z");
    match xmlsec1_verifies(&desk.path("signed.xml")) {
        Some(holds) => assert!(holds),
        None => println!("skipped: there is no xmlsec1"),
    }
    assert!(desk.run(&["ecf", "check", "signed.xml", "expense.xml"]).status.success());
}

#[test]
fn a_key_and_a_pkcs12_file_sign_the_same_bytes_and_overwrite_nothing() {
    let desk = Desk::new();
    desk.sign("expense.xml", "signed.xml");
    desk.sign("expense.xml", "signed.xml");
    let key = ["--key", "file:key.pem", "--certificate", "crt.pem"];
    let printed = desk.run(&[&["ecf", "sign", "expense.xml"], &key[..]].concat());
    assert_eq!(String::from_utf8_lossy(&printed.stdout), desk.read("signed.xml"));
    assert!(String::from_utf8_lossy(&printed.stderr).contains("security code"));

    desk.write("other.xml", &EXPENSE.replace("350.00", "351.00"));
    let p12 = ["--p12", "signer.p12", "--out", "signed.xml"];
    let over = desk.refused(&[&["ecf", "sign", "other.xml"], &p12[..]].concat());
    assert!(over["error"].as_str().unwrap().contains("is there already"), "{over}");
    let again = desk.refused(&["ecf", "sign", "signed.xml", "--p12", "signer.p12"]);
    assert!(again["error"].as_str().unwrap().contains("holds a signature already"), "{again}");

    let nameless = desk.run(&["ecf", "sign", "expense.xml", "--key", "file:key.pem"]);
    assert_eq!(nameless.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&nameless.stderr).contains("--certificate"));
    assert_eq!(desk.run(&["ecf", "sign", "expense.xml"]).status.code(), Some(2));
}

#[test]
fn an_altered_document_does_not_verify_and_one_that_was_indented_does() {
    let desk = Desk::new();
    desk.sign("expense.xml", "signed.xml");
    let signed = desk.read("signed.xml");
    let digits: Vec<usize> = signed.match_indices("350.00").map(|(place, _)| place).collect();
    assert!(digits.len() > 3);
    for place in digits {
        let mut altered = signed.clone();
        altered.replace_range(place..=place, "9");
        desk.write("altered.xml", &altered);
        let told = desk.refused(&["ecf", "verify", "altered.xml", "signed.xml", "expense.xml"]);
        let files = told["files"].as_array().unwrap();
        let holds: Vec<_> = files.iter().map(|file| file["holds"].as_bool().unwrap()).collect();
        assert_eq!(holds, [false, true, false]);
        assert!(files[0]["reason"].as_str().unwrap().contains("altered"), "{told}");
        assert!(files[2]["reason"].as_str().unwrap().contains("not signed"), "{told}");
    }
    desk.write("indented.xml", &signed.replace("><", ">\n  <"));
    let told = output_json(&desk.run(&["--json", "ecf", "verify", "indented.xml"]));
    assert_eq!(told["files"][0]["form"], "stripped");
}

#[test]
fn faults_are_told_with_their_place_and_stop_a_signature() {
    let desk = Desk::new();
    let wrong = EXPENSE.replace("<MontoTotal>350.00<", "<MontoTotal>350.000<");
    desk.write("wrong.xml", &wrong);
    let told = desk.refused(&["ecf", "check", "wrong.xml", "expense.xml"]);
    let [wrong, right] = told["files"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert_eq!((&wrong["valid"], &right["valid"]), (&false.into(), &true.into()));
    let fault = &wrong["faults"][0];
    assert_eq!(fault["path"], "/ECF/Encabezado/Totales/MontoTotal");
    assert_eq!(fault["found"], "350.000");
    assert_eq!(fault["line"], 6);
    assert!(fault["rule"].as_str().unwrap().starts_with("do_xml_"), "{fault}");

    let sign = ["ecf", "sign", "wrong.xml", "--p12", "signer.p12", "--out", "signed.xml"];
    let refused = desk.run(&sign);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("Totales/MontoTotal"));
    assert!(!desk.path("signed.xml").exists());
    assert!(desk.run(&[&sign[..], &["--unchecked"]].concat()).status.success());
    assert!(desk.run(&["ecf", "verify", "signed.xml"]).status.success());

    desk.write("foreign.xml", "<Foreign/>");
    let told = desk.refused(&["ecf", "check", "foreign.xml", "nowhere.xml"]);
    assert!(told["files"][0]["error"].as_str().unwrap().contains("Foreign"), "{told}");
    assert!(told["files"][1]["error"].as_str().unwrap().contains("nowhere.xml"), "{told}");
}

/// Byte for byte what independent signers made of the same key and input.
#[test]
fn the_interoperability_kit_is_signed_and_verified() {
    let Some(kit) = kit() else { return println!("skipped: there is no reference folder") };
    let desk = Desk::new();
    fs::copy(kit.join("k.pem"), desk.path("kit.pem")).unwrap();
    fs::set_permissions(desk.path("kit.pem"), Permissions::from_mode(0o600)).unwrap();
    let certificate = kit.join("c.pem").display().to_string();
    for name in ["ecf31", "semilla"] {
        let file = |end: &str| kit.join(format!("{name}_{end}.xml")).display().to_string();
        let unsigned = file("unsigned");
        let key = ["--key", "file:kit.pem", "--certificate", &certificate, "--out", name];
        let signed = desk.run(&[&["ecf", "sign", &unsigned], &key[..]].concat());
        assert!(signed.status.success(), "{signed:?}");
        assert_eq!(desk.read(name), fs::read_to_string(file("signed_py")).unwrap());
        let others = [&*file("signed_py"), &*file("signed_xmlsec1"), name];
        let verified = desk.run(&[&["ecf", "verify"], &others[..]].concat());
        assert!(verified.status.success(), "{verified:?}");
    }
}

fn kit() -> Option<PathBuf> {
    reference("interop")
}

/// A file or folder of the reference, which is no part of the repository.
pub(crate) fn reference(name: &str) -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    let beside = workspace.parent()?.join("shared/reference");
    let folder = std::env::var_os("STALELA_REFERENCE").map_or(beside, PathBuf::from);
    Some(folder.join("dgii").join(name)).filter(|path| path.exists())
}
