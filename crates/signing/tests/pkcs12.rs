//! PKCS#12 files as `openssl` and other programs write them, opened and imported.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, at the line that says why")]

#[macro_use]
mod suite;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use signing::pkcs12::{self, Password};
use signing::{Algorithm, Certificate, KeyUri, PublicKey, SigningError, open};
use suite::{Bench, openssl};
use tempfile::TempDir;

every_signer!(every_imported_signer, crate::run);

/// Keys that came in PKCS#12 files.
struct Folder(TempDir);

impl Bench for Folder {
    fn expected(&self) -> (Algorithm, usize) {
        (Algorithm::RsaPkcs1Sha256, 256)
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn new_key(&self, name: &str) -> (KeyUri, PublicKey) {
        let person = Person::new(self.folder(), name);
        let file = person.export("secret", &[]);
        let key_file = self.folder().join("keys").join(format!("{name}.pem"));
        let certificate_file = key_file.with_extension("crt.pem");
        let imported =
            pkcs12::import(&file, &password("secret"), &key_file, &certificate_file).unwrap();
        (imported.key, imported.public_key)
    }
}

fn run(_name: &str, property: fn(&Folder)) {
    property(&folder());
}

/// A key and a certificate of an authority, as PEM files.
struct Person {
    folder: PathBuf,
    name: String,
}

impl Person {
    fn new(folder: &Path, name: &str) -> Self {
        Self::with_key(folder, name, &openssl::RSA)
    }

    fn with_key(folder: &Path, name: &str, kind: &[&str]) -> Self {
        let person = Self { folder: folder.to_owned(), name: name.to_owned() };
        let (key, request) = (person.file("key"), person.file("csr"));
        openssl::private_key(folder, &format!("{name}.key"), kind);
        let subject = "/C=DO/CN=PERSONA DE PRUEBA Ñ/serialNumber=IDCDO-00000000000";
        let ask = ["req", "-new", "-utf8", "-key", &key, "-subj", subject, "-out", &request];
        openssl::run(&ask);
        let (authority_key, authority) = (person.file("ca.key"), person.file("ca.pem"));
        let mut found = vec!["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=CA"];
        found.extend(["-keyout", &authority_key, "-out", &authority]);
        openssl::run(&found);
        let certificate = person.file("pem");
        let mut issue = vec!["x509", "-req", "-in", &request, "-days", "40", "-CAcreateserial"];
        issue.extend(["-CA", &authority, "-CAkey", &authority_key, "-out", &certificate]);
        openssl::run(&issue);
        person
    }

    /// A PKCS#12 file of the key, its certificate and the authority's.
    fn export(&self, password: &str, options: &[&str]) -> PathBuf {
        let (key, certificate, authority) =
            (self.file("key"), self.file("pem"), self.file("ca.pem"));
        let (password_file, file) = (self.file("password"), self.file("p12"));
        // By a file, since an argument would be taken in the encoding of the terminal.
        fs::write(&password_file, format!("{password}\n")).unwrap();
        let passout = format!("file:{password_file}");
        let mut arguments = vec!["pkcs12", "-export", "-inkey", &key, "-in", &certificate];
        arguments.extend(["-certfile", &authority, "-passout", &passout, "-out", &file]);
        arguments.extend(options);
        openssl::run(&arguments);
        PathBuf::from(file)
    }

    fn public_key(&self) -> PublicKey {
        openssl::public_half(Path::new(&self.file("key")))
    }

    fn certificate(&self) -> Certificate {
        Certificate::from_pem(&fs::read_to_string(self.file("pem")).unwrap()).unwrap()
    }

    fn file(&self, extension: &str) -> String {
        self.folder.join(format!("{}.{extension}", self.name)).display().to_string()
    }
}

#[test]
fn every_protection_of_openssl_is_opened() {
    let folder = folder();
    let person = Person::new(folder.folder(), "person");
    let (public_key, certificate) = (person.public_key(), person.certificate());
    let protections: [&[&str]; 14] = [
        &[],
        &["-legacy"],
        &["-legacy", "-descert"],
        &["-legacy", "-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-RC2-128"],
        &["-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC", "-macalg", "SHA512"],
        &["-keypbe", "DES-EDE3-CBC", "-certpbe", "DES-EDE3-CBC", "-macalg", "SHA384"],
        &["-keypbe", "NONE", "-certpbe", "NONE", "-macalg", "SHA224"],
        &["-keypbe", "NONE", "-certpbe", "NONE", "-nomac"],
        &["-nomac"],
        &["-legacy", "-nomac"],
        &["-noiter", "-nomaciter"],
        &["-legacy", "-noiter", "-nomaciter"],
        &["-iter", "100000", "-macalg", "SHA1"],
        &["-name", "clave de señal", "-caname", "autoridad"],
    ];
    for options in protections {
        for secret in ["secret", "", "señal €", "\u{1f511} 密码", &"long".repeat(60)] {
            let file = person.export(secret, options);
            let signer = pkcs12::open(&file, &password(secret))
                .unwrap_or_else(|error| panic!("{options:?} {secret:?}: {error}"));
            assert_eq!(signer.public_key(), &public_key, "{options:?} {secret:?}");
            assert_eq!(signer.certificate(), Some(&certificate), "{options:?} {secret:?}");
        }
    }
}

/// OpenSSL before 1.1.0 made of `ñ`, two bytes in UTF-8, the two letters `Ã±`.
#[test]
fn a_password_as_old_programs_spelled_it_opens_its_file() {
    let folder = folder();
    let person = Person::new(folder.folder(), "person");
    let file = person.export("seÃ±al", &["-legacy"]);
    assert!(pkcs12::open(&file, &password("señal")).is_ok());
    assert!(pkcs12::open(&file, &password("senal")).is_err());
}

#[test]
fn a_wrong_password_is_refused_and_not_repeated() {
    let folder = folder();
    let person = Person::new(folder.folder(), "person");
    for (options, expected) in [
        (&[][..], "the password is wrong"),
        (&["-legacy"], "the password is wrong"),
        (&["-nomac"], "a wrong password as well as a damaged file"),
    ] {
        let file = person.export("secret", options);
        let refusal = pkcs12::open(&file, &password("Geheimnis")).unwrap_err();
        let text = format!("{refusal} {refusal:?}");
        assert!(text.contains(expected), "{text}");
        assert!(text.contains(&file.display().to_string()), "{text}");
        assert!(!text.contains("Geheimnis"), "{text}");
    }
}

#[test]
fn keys_of_other_kinds_than_rsa_are_opened_or_named() {
    let folder = folder();
    let curve = Person::with_key(folder.folder(), "curve", &openssl::P256);
    let signer = pkcs12::open(&curve.export("secret", &[]), &password("secret")).unwrap();
    assert_eq!(signer.algorithm(), Algorithm::EcdsaP256Sha256);
    assert_eq!(signer.certificate(), Some(&curve.certificate()));
    let refused = [
        (openssl::P384, "an elliptic-curve key of another curve"),
        (openssl::rsa("rsa_keygen_bits:1024"), "an RSA key of 1024 bits"),
    ];
    for (kind, expected) in refused {
        let other = Person::with_key(folder.folder(), "other", &kind);
        let refusal = pkcs12::open(&other.export("secret", &[]), &password("secret"));
        let refusal = refusal.unwrap_err().to_string();
        assert!(refusal.contains(expected), "{refusal}");
        assert!(refusal.contains("ask for a new certificate"), "{refusal}");
    }
}

#[test]
fn what_other_programs_write_is_opened() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let files = [
        ("firefox.p12", "contraseña"),
        ("firefox_old.p12", "contraseña"),
        ("bouncy_castle.p12", "contraseña"),
        ("java.p12", "prueba1"),
    ];
    let mut keys = Vec::new();
    for (file, secret) in files {
        let signer = pkcs12::open(&data.join(file), &password(secret))
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        let certificate = signer.certificate().unwrap();
        assert_eq!(certificate.subject().common_name(), Some("PERSONA DE PRUEBA Ñ"));
        keys.push(signer.public_key().clone());
        let refusal = pkcs12::open(&data.join(file), &password("prueba")).unwrap_err();
        assert!(refusal.to_string().contains("the password is wrong"), "{refusal}");
    }
    keys.dedup();
    assert_eq!(keys.len(), 1, "all hold the same key");
}

#[test]
fn an_import_writes_the_key_for_its_owner_and_the_certificate_for_all() {
    let folder = folder();
    let person = Person::new(folder.folder(), "person");
    let file = person.export("secret", &[]);
    let key_file = folder.folder().join("new/signer ñ.pem");
    let certificate_file = folder.folder().join("new/signer ñ.crt.pem");
    let imported =
        pkcs12::import(&file, &password("secret"), &key_file, &certificate_file).unwrap();
    assert_eq!(imported.public_key, person.public_key());
    assert_eq!(imported.certificate, person.certificate());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&key_file), 0o600);
    assert_eq!(mode(&certificate_file), 0o644);
    let left = fs::read_dir(folder.folder().join("new")).unwrap().count();
    assert_eq!(left, 2, "no draft is left behind");

    let text = imported.key.to_string();
    assert!(text.ends_with("/new/signer%20ñ.pem"), "{text}");
    let signer = open(&text.parse().unwrap(), Some(&certificate_file)).unwrap();
    assert_eq!(signer.public_key(), &person.public_key());
    let openssl_reads = openssl::public_half(&key_file);
    assert_eq!(openssl_reads, person.public_key());
}

#[test]
fn an_import_overwrites_nothing_and_leaves_no_half() {
    let folder = folder();
    let person = Person::new(folder.folder(), "person");
    let file = person.export("secret", &[]);
    let into = folder.folder().join("keys");
    fs::create_dir(&into).unwrap();
    let (key, certificate) = (into.join("a.pem"), into.join("a.crt.pem"));
    for existing in [&key, &certificate] {
        fs::write(existing, "precious").unwrap();
        let refusal = pkcs12::import(&file, &password("secret"), &key, &certificate).unwrap_err();
        assert!(matches!(refusal, SigningError::KeyExists { .. }), "{refusal}");
        assert!(refusal.to_string().contains(&existing.display().to_string()), "{refusal}");
        assert_eq!(fs::read(existing).unwrap(), b"precious");
        assert_eq!(fs::read_dir(&into).unwrap().count(), 1);
        fs::remove_file(existing).unwrap();
    }
    let refusal = pkcs12::import(&file, &password("wrong"), &key, &certificate).unwrap_err();
    assert!(matches!(refusal, SigningError::Pkcs12 { .. }), "{refusal}");
    assert_eq!(fs::read_dir(&into).unwrap().count(), 0);
}

#[test]
fn what_is_no_file_of_a_possible_size_is_refused() {
    let folder = folder();
    let path = folder.folder().join("file.p12");
    let attempt = |path: &Path| pkcs12::open(path, &password("secret")).unwrap_err();
    assert!(matches!(attempt(&path), SigningError::FileUnreadable { what: "PKCS#12 file", .. }));
    assert!(matches!(attempt(folder.folder()), SigningError::NotAFile { .. }));
    fs::write(&path, vec![0x30; 65 * 1024]).unwrap();
    assert!(matches!(attempt(&path), SigningError::FileTooLong { .. }));
    fs::write(&path, "-----BEGIN CERTIFICATE-----\n").unwrap();
    let refusal = attempt(&path).to_string();
    assert!(refusal.contains("is not a PKCS#12 file or is damaged"), "{refusal}");
}

#[test]
fn a_password_file_is_for_its_owner_alone() {
    let folder = folder();
    let path = folder.folder().join("password");
    fs::write(&path, "contraseña\r\n").unwrap();
    let mode = |mode| fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let refusal = Password::read(&path).err().unwrap();
    assert!(matches!(refusal, SigningError::FileExposed { .. }), "{refusal}");
    mode(0o600);
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/firefox.p12");
    assert!(pkcs12::open(&data, &Password::read(&path).unwrap()).is_ok());
    for contents in [&b"two\nlines"[..], b"\xff", b"a\0b"] {
        fs::write(&path, contents).unwrap();
        let refusal = Password::read(&path).err().unwrap();
        assert!(matches!(refusal, SigningError::PasswordUnusable { .. }), "{refusal}");
    }
}

/// Files of the material that implementers test against; they are not ours to carry along.
#[test]
fn the_reference_files_are_opened() {
    let Some(folder) = reference("dgii/interop") else {
        println!("skipped: no reference folder (set STALELA_REFERENCE)");
        return;
    };
    let expected = openssl::public_half(&folder.join("k.pem"));
    for file in ["t.p12", "t_legacy.p12"] {
        let signer = pkcs12::open(&folder.join(file), &password("abc")).unwrap();
        assert_eq!(signer.public_key(), &expected, "{file}");
        let certificate = signer.certificate().unwrap();
        let pem = fs::read_to_string(folder.join("c.pem")).unwrap();
        assert_eq!(certificate, &Certificate::from_pem(&pem).unwrap(), "{file}");
        let card = certificate.subject().identifiers().next().unwrap();
        assert_eq!((card.kind, card.country), ("IDC", "DO"));
    }
}

/// A folder of the material that may be read and not copied.
fn reference(part: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference");
    let root = std::env::var_os("STALELA_REFERENCE").map_or(beside, PathBuf::from);
    Some(root.join(part)).filter(|folder| folder.is_dir())
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}

fn folder() -> Folder {
    Folder(tempfile::tempdir().expect("a temporary folder"))
}
