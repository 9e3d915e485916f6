//! Keys in files: everything that every signer does, and everything that a file can get wrong.

#[macro_use]
mod suite;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use proptest::prelude::*;
use signing::{Algorithm, KeyUri, PublicKey, SigningError, open, software};
use suite::{Bench, opened, openssl};
use tempfile::TempDir;

every_signer!(every_p256_signer, crate::run);
every_signer!(every_rsa_signer, crate::run_with_rsa);

struct Folder(TempDir);

impl Bench for Folder {
    fn expected(&self) -> (Algorithm, usize) {
        (Algorithm::EcdsaP256Sha256, 64)
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn new_key(&self, name: &str) -> (KeyUri, PublicKey) {
        let path = self.0.path().join("keys").join(format!("{name}.pem"));
        let public_key = software::generate(&path).expect("a new key in an empty folder");
        (uri_of(&path), public_key)
    }
}

fn run(_name: &str, property: fn(&Folder)) {
    property(&folder());
}

/// Keys of RSA as `openssl` makes them.
struct RsaFolder(Folder);

impl Bench for RsaFolder {
    fn expected(&self) -> (Algorithm, usize) {
        (Algorithm::RsaPkcs1Sha256, 256)
    }

    fn folder(&self) -> &Path {
        self.0.folder()
    }

    fn new_key(&self, name: &str) -> (KeyUri, PublicKey) {
        let path = openssl::private_key(self.folder(), &format!("{name}.pem"), &openssl::RSA);
        (uri_of(&path), openssl::public_half(&path))
    }
}

fn run_with_rsa(_name: &str, property: fn(&RsaFolder)) {
    property(&RsaFolder(folder()));
}

#[test]
fn a_new_key_is_for_its_owner_alone() {
    let folder = folder();
    let path = folder.folder().join("a/b/outlet.pem");
    software::generate(&path).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&folder.folder().join("a")), 0o700);
}

#[test]
fn openssl_reads_a_new_key_as_the_same_key() {
    let folder = folder();
    let path = folder.folder().join("outlet.pem");
    let public_key = software::generate(&path).unwrap();
    let pem = openssl::run(&["pkey", "-in", &path.display().to_string(), "-pubout"]);
    assert_eq!(PublicKey::from_pem(&String::from_utf8(pem).unwrap()).unwrap(), public_key);
}

#[test]
fn a_key_of_openssl_signs() {
    let folder = folder();
    let path = openssl::private_key(folder.folder(), "outlet.pem", &openssl::P256);
    let signer = opened(&uri_of(&path));
    let signature = signer.sign(b"invoice").unwrap();
    assert!(openssl::verifies(folder.folder(), signer.public_key(), b"invoice", &signature));
}

#[test]
fn rsa_keys_of_every_permitted_length_sign() {
    let folder = folder();
    for (bits, bytes) in [(2048, 256), (2056, 257), (3072, 384), (4096, 512)] {
        let kind = format!("rsa_keygen_bits:{bits}");
        let kind = ["-algorithm", "RSA", "-pkeyopt", &kind];
        let path = openssl::private_key(folder.folder(), "rsa.pem", &kind);
        let signer = opened(&uri_of(&path));
        let signature = signer.sign(b"invoice").unwrap();
        assert_eq!(signature.as_bytes().len(), bytes);
        assert!(openssl::verifies(folder.folder(), signer.public_key(), b"invoice", &signature));
        // PKCS#1 v1.5 has no chance in it: two programs make the same signature.
        let (key, message) = (path.display().to_string(), folder.folder().join("message"));
        let sign = ["dgst", "-sha256", "-sign", &key, &message.display().to_string()];
        assert_eq!(openssl::run(&sign), signature.as_bytes());
    }
}

#[test]
fn an_rsa_key_in_the_older_form_is_the_same_key() {
    let folder = folder();
    let pkcs8 = openssl::private_key(folder.folder(), "rsa.pem", &openssl::RSA);
    let pkcs1 = folder.folder().join("pkcs1.pem");
    let (from, to) = (pkcs8.display().to_string(), pkcs1.display().to_string());
    openssl::run(&["rsa", "-in", &from, "-traditional", "-out", &to]);
    let text = fs::read_to_string(&pkcs1).unwrap();
    assert!(text.starts_with("-----BEGIN RSA PRIVATE KEY-----"), "openssl writes the older form");
    assert_eq!(opened(&uri_of(&pkcs1)).key_id(), opened(&uri_of(&pkcs8)).key_id());

    let encrypted = ["-traditional", "-aes256", "-passout", "pass:secret", "-out", &to];
    openssl::run(&[&["rsa", "-in", &from], &encrypted[..]].concat());
    let refusal = open(&uri_of(&pkcs1), None).unwrap_err().to_string();
    assert!(refusal.contains("holds an encrypted PEM block"), "{refusal}");
}

#[test]
fn rsa_keys_that_are_too_short_are_named_and_refused() {
    let folder = folder();
    for bits in ["1024", "2047"] {
        let kind = format!("rsa_keygen_bits:{bits}");
        let kind = ["-algorithm", "RSA", "-pkeyopt", &kind];
        let path = openssl::private_key(folder.folder(), "rsa.pem", &kind);
        let refusal = open(&uri_of(&path), None).unwrap_err().to_string();
        assert!(refusal.contains(&format!("is an RSA key of {bits} bits")), "{refusal}");
    }
}

#[test]
fn a_relative_path_starts_at_the_working_directory() {
    // The working directory belongs to the whole process, so another process is asked.
    const INSIDE: &str = "SIGNING_TEST_RELATIVE";
    if std::env::var_os(INSIDE).is_some() {
        software::generate(Path::new("outlet.pem")).unwrap();
        opened(&"file:outlet.pem".parse().unwrap());
        return;
    }
    let folder = folder();
    let name = "a_relative_path_starts_at_the_working_directory";
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", name]).env(INSIDE, "1").current_dir(folder.folder());
    assert!(child.status().unwrap().success());
    opened(&uri_of(&folder.folder().join("outlet.pem")));
}

#[test]
fn whatever_stands_at_the_path_is_left_alone() {
    let folder = folder();
    let path = folder.folder().join("outlet.pem");
    fs::write(&path, "precious").unwrap();
    let refusal = software::generate(&path).unwrap_err();
    assert!(matches!(refusal, SigningError::KeyExists { .. }), "{refusal}");
    assert_eq!(fs::read(&path).unwrap(), b"precious");

    let below_a_file = software::generate(&path.join("outlet.pem")).unwrap_err();
    assert!(matches!(below_a_file, SigningError::FileUnwritable { .. }), "{below_a_file}");
}

#[test]
fn a_file_that_others_may_touch_is_refused() {
    let folder = folder();
    let (uri, _) = folder.new_key("outlet");
    let KeyUri::File(file) = &uri else { panic!("a file has a file URI") };
    for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o610] {
        fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
        let refusal = open(&uri, None).unwrap_err().to_string();
        assert!(refusal.contains(&format!("mode {mode:04o}")), "{refusal}");
        let remedy = format!("chmod 600 {}", file.path().display());
        assert!(refusal.contains(&remedy), "{refusal}");
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
        opened(&uri);
    }
}

#[test]
fn what_is_no_key_file_is_refused() {
    let folder = folder();
    let missing = open(&uri_of(&folder.folder().join("missing.pem")), None).unwrap_err();
    assert!(matches!(missing, SigningError::FileUnreadable { what: "key file", .. }));
    let directory = open(&uri_of(folder.folder()), None).unwrap_err();
    assert!(matches!(directory, SigningError::NotAFile { .. }), "{directory}");
    let device = open(&uri_of(Path::new("/dev/zero")), None).unwrap_err();
    assert!(matches!(device, SigningError::NotAFile { .. }), "{device}");

    let refused = |contents: &[u8]| refusal_of(folder.folder(), contents);
    assert!(refused(b"").contains("holds no PEM block"));
    assert!(refused(&[0xff; 8]).contains("holds binary data"));
    assert!(refused(&vec![b'x'; 17 * 1024]).contains("longer than"));
    assert!(refused(b"-----BEGIN PRIVATE KEY-----\n").contains("a damaged PEM block"));
    let other = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
    let refusal = refused(other.as_bytes());
    assert!(refusal.contains("`EC PRIVATE KEY`"), "{refusal}");
    assert!(refusal.contains("openssl pkcs8 -topk8 -nocrypt"), "{refusal}");
    let short = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert!(refused(short.as_bytes()).contains("is damaged"));
}

#[test]
fn other_kinds_of_key_are_named_and_refused() {
    let folder = folder();
    let pss = ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"];
    let kinds: [(&[&str], &str); 4] = [
        (&pss, "is an RSA key for PSS only"),
        (&openssl::P384, "is an elliptic-curve key of another curve"),
        (&["-algorithm", "ED25519"], "is an Ed25519 key"),
        (&["-algorithm", "X25519"], "is a key of another algorithm"),
    ];
    for (kind, expected) in kinds {
        let path = openssl::private_key(folder.folder(), "other.pem", kind);
        let refusal = open(&uri_of(&path), None).unwrap_err().to_string();
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[test]
fn an_encrypted_key_is_refused_with_the_way_to_decrypt_it() {
    let folder = folder();
    let kind = [&openssl::P256[..], &["-aes256", "-pass", "pass:secret"]].concat();
    let path = openssl::private_key(folder.folder(), "encrypted.pem", &kind);
    let refusal = open(&uri_of(&path), None).unwrap_err().to_string();
    assert!(refusal.contains("`ENCRYPTED PRIVATE KEY`"), "{refusal}");
}

#[test]
fn a_key_with_a_changed_byte_is_refused_and_not_printed() {
    let folder = folder();
    let (uri, _) = folder.new_key("outlet");
    let KeyUri::File(file) = &uri else { panic!("a file has a file URI") };
    let good = fs::read_to_string(file.path()).unwrap();
    // The second line of base64 ends within the public key, which then no longer fits the private
    // one.
    let line = good.lines().nth(2).unwrap();
    let mut changed = line.to_owned();
    changed.replace_range(60..61, if line.as_bytes()[60] == b'A' { "B" } else { "A" });
    let refusal = refusal_of(folder.folder(), good.replace(line, &changed).as_bytes());
    assert!(refusal.contains("is damaged"), "{refusal}");
    assert!(!refusal.contains(&changed), "{refusal}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_change_to_a_key_file_makes_it_panic(
        is_rsa: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[A-Za-z0-9+/=-]"), 1..4),
        length in any::<prop::sample::Index>(),
        whole: bool,
    ) {
        let mut text = if is_rsa { KEYS.1.clone() } else { KEYS.0.clone() };
        for (position, letter) in changes {
            let position = position.index(text.len());
            text.replace_range(position..=position, &letter);
        }
        if !whole {
            text.truncate(length.index(text.len()));
        }
        let folder = folder();
        let path = folder.folder().join("changed.pem");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let _ = open(&uri_of(&path), None);
    }
}

/// Key files of both kinds, as text.
static KEYS: LazyLock<(String, String)> = LazyLock::new(|| {
    let folder = folder();
    let text = |kind: &[&str]| {
        fs::read_to_string(openssl::private_key(folder.folder(), "key.pem", kind))
            .expect("openssl wrote it")
    };
    (text(&openssl::P256), text(&openssl::RSA))
});

fn refusal_of(folder: &Path, contents: &[u8]) -> String {
    let path = folder.join("refused.pem");
    fs::write(&path, contents).expect("the test's folder can be written to");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("the file is ours");
    open(&uri_of(&path), None).expect_err("it must be refused").to_string()
}

fn uri_of(path: &Path) -> KeyUri {
    format!("file:{}", path.display()).parse().expect("a temporary path needs no encoding")
}

fn folder() -> Folder {
    Folder(tempfile::tempdir().expect("a temporary folder"))
}
