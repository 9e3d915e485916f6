//! Keys that come in PKCS#12 files, as an authority hands them out.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::shop::{SALE, Shop, binary, create_outlet, output_json, stalela};

/// A PKCS#12 file with the password `contraseña`, whose certificate is valid for `days`.
fn p12(folder: &Path, days: &str) -> PathBuf {
    let openssl = |arguments: &[&str]| {
        let made = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    };
    let new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-out", "c"];
    let subject = "/C=DO/CN=PERSONA DE PRUEBA/serialNumber=IDCDO-00000000000";
    openssl(&[&new[..], &["-subj", subject, "-days", days]].concat());
    fs::write(folder.join("password"), "contraseña\n").unwrap();
    fs::set_permissions(folder.join("password"), Permissions::from_mode(0o600)).unwrap();
    let export = ["pkcs12", "-export", "-inkey", "k", "-in", "c", "-out", "signer.p12"];
    openssl(&[&export[..], &["-passout", "file:password"]].concat());
    folder.join("signer.p12")
}

fn import(folder: &Path, arguments: &[&str], password: Option<&str>) -> Output {
    let mut command = Command::new(binary());
    command.args(["keys", "import", "signer.p12"]).args(arguments).current_dir(folder);
    command.env_remove("STALELA_P12_PASSWORD");
    if let Some(password) = password {
        command.env("STALELA_P12_PASSWORD", password);
    }
    command.output().unwrap()
}

fn complaint(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_key_is_imported_once_and_opens_with_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    p12(folder, "700");
    let made = output_json(&import(folder, &["--json", "--out", "keys/"], Some("contraseña")));
    let uri = made["key_uri"].as_str().unwrap();
    let certificate = made["certificate_file"].as_str().unwrap();
    assert!(uri.ends_with("/keys/signer.pem"), "{uri}");
    assert!(certificate.ends_with("/keys/signer.crt.pem"), "{certificate}");
    assert_eq!(made["certificate"]["serial_number"], "IDCDO-00000000000");
    assert_eq!(made.get("warning"), None);
    let mode = fs::metadata(folder.join("keys/signer.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let shown =
        output_json(&stalela(&["--json", "keys", "show", uri, "--certificate", certificate]));
    assert_eq!(shown["kid"], made["key"]["kid"]);
    assert_eq!((&shown["kty"], &shown["alg"]), (&"RSA".into(), &"RS256".into()));
    assert_eq!(shown["e"], "AQAB");
    assert_eq!(shown["certificate"], made["certificate"]);

    let again = complaint(&import(folder, &["--out", "keys"], Some("contraseña")), 3);
    assert!(again.contains("signer.pem is there already"), "{again}");
}

#[test]
fn the_password_comes_from_a_file_or_the_environment_and_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    p12(folder, "700");
    let wrong = complaint(&import(folder, &[], Some("Geheimnis")), 1);
    assert!(wrong.contains("signer.p12") && wrong.contains("the password is wrong"), "{wrong}");
    assert!(!wrong.contains("Geheimnis"), "{wrong}");
    assert!(!folder.join("signer.pem").exists());

    // A file goes before the environment, and must be for its owner alone.
    let by_file = ["--password-file", "password", "--out", "other.pem"];
    fs::set_permissions(folder.join("password"), Permissions::from_mode(0o644)).unwrap();
    let exposed = complaint(&import(folder, &by_file, Some("Geheimnis")), 3);
    assert!(exposed.contains("chmod 600"), "{exposed}");
    fs::set_permissions(folder.join("password"), Permissions::from_mode(0o600)).unwrap();
    assert!(import(folder, &by_file, Some("Geheimnis")).status.success());
    assert!(folder.join("other.pem").exists() && folder.join("other.crt.pem").exists());

    if File::open("/dev/tty").is_ok() {
        println!("skipped in part: the terminal would be asked for the password");
        return;
    }
    let unasked = complaint(&import(folder, &[], None), 3);
    assert!(unasked.contains("STALELA_P12_PASSWORD"), "{unasked}");
    assert!(unasked.contains("--password-file"), "{unasked}");
}

#[test]
fn a_certificate_that_ends_soon_or_has_ended_is_pointed_out() {
    for (days, expected) in [("59", "within 60 days"), ("20", "within 30 days"), ("5", "now")] {
        let folder = tempfile::tempdir().unwrap();
        p12(folder.path(), days);
        let imported = import(folder.path(), &[], Some("contraseña"));
        assert!(imported.status.success());
        let warning = String::from_utf8_lossy(&imported.stderr).into_owned();
        assert!(warning.contains("expires on") && warning.contains(expected), "{warning}");
        let shown = String::from_utf8_lossy(&imported.stdout).into_owned();
        for part in ["key          file:/", "serialNumber=IDCDO-00000000000", "valid", "RS256"] {
            assert!(shown.contains(part), "{part} is not in\n{shown}");
        }
    }
}

/// Entries have signatures of one length, for ever; RSA is for an authority's documents.
#[tokio::test(flavor = "multi_thread")]
async fn an_rsa_key_seals_no_entries() {
    let shop = Shop::new("drc/cloud", simulators::drc_emcf::Options::calm).await;
    let folder = shop.folder.path();
    p12(folder, "700");
    let made = output_json(&import(folder, &["--json"], Some("contraseña")));
    let key = made["key_uri"].as_str().unwrap();
    let refused = create_outlet(folder, &shop.simulator, ("drc/cloud", key), "KIN02", 0);
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(told.contains("key_uri") && told.contains("RS256"), "{told}");
    assert!(told.contains("ES256 ones are wanted"), "{told}");
}

/// What an auditor has: the key that was handed out, or the list that was published.
#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_is_verified_by_the_keys_that_were_published() {
    let shop = Shop::new("drc/cloud", simulators::drc_emcf::Options::calm).await;
    shop.start();
    assert_eq!(shop.try_issue("1", SALE).await.unwrap().0, 201);
    let published = shop.get("/.well-known/stalela-keys.json").await.unwrap();
    shop.kill();
    let folder = shop.folder.path();
    let path = |name: &str| folder.join(name).display().to_string();
    let pem = |uri: &str| stalela(&["keys", "show", &format!("file:{}", path(uri))]).stdout;
    assert!(stalela(&["keys", "new", &format!("file:{}", path("other.pem"))]).status.success());
    fs::write(path("outlet.pub.pem"), pem("keys/outlet.pem")).unwrap();
    fs::write(path("other.pub.pem"), pem("other.pem")).unwrap();
    fs::write(path("published.json"), published.to_string()).unwrap();
    fs::write(path("none.json"), r#"{"keys":[]}"#).unwrap();
    let malformed = published.to_string().replace(r#""x":""#, r#""x":"A"#);
    fs::write(path("malformed.json"), malformed).unwrap();
    for (key, code, told) in [
        ("outlet.pub.pem", 0, "1 entries"),
        ("published.json", 0, "1 entries"),
        ("other.pub.pem", 4, "key"),
        ("none.json", 4, "key"),
        ("malformed.json", 1, "malformed.json: a key of the list is not one of P-256"),
    ] {
        let ended = stalela(&["verify", "--store", &path("stalela.db"), "--key", &path(key)]);
        assert_eq!(ended.status.code(), Some(code), "{key}: {ended:?}");
        let words = [ended.stdout, ended.stderr].concat();
        let words = String::from_utf8_lossy(&words);
        assert!(words.contains(told), "{key}: {words}");
    }
}
