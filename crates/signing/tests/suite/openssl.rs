//! The `openssl` program: the independent judge, and the maker of foreign keys and certificates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use signing::{PublicKey, Signature};

/// Runs `openssl`, which must succeed, and gives what it wrote.
pub(crate) fn run(arguments: &[&str]) -> Vec<u8> {
    let output = attempt(arguments);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {complaint}");
    output.stdout
}

/// Asks `openssl` whether the signature is true.
pub(crate) fn verifies(folder: &Path, key: &PublicKey, message: &[u8], of: &Signature) -> bool {
    let key = write_public_key(folder, key);
    let signature = write(folder, "signature.der", &of.to_x509());
    let message = write(folder, "message", message);
    let output = attempt(&["dgst", "-sha256", "-verify", &key, "-signature", &signature, &message]);
    let answer = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    // "Verification failure" is an answer; a message of another kind would be a broken test.
    match answer.as_str() {
        "Verified OK" => true,
        "Verification failure" => false,
        other => panic!("openssl says {other:?}: {:?}", String::from_utf8_lossy(&output.stderr)),
    }
}

pub(crate) fn write_public_key(folder: &Path, key: &PublicKey) -> String {
    write(folder, "public.pem", key.to_pem().as_bytes())
}

/// A certificate for a key of which only the public half is at hand, as an authority makes one.
pub(crate) fn certify(folder: &Path, key: &PublicKey) -> PathBuf {
    let named = |name: &str| folder.join(name).display().to_string();
    let (authority_key, authority, request) = (named("ca.key"), named("ca.pem"), named("csr.pem"));
    let (public_key, certificate) = (write_public_key(folder, key), named("certificate.pem"));
    let subject = ["-subj", "/CN=Test authority"];
    let mut authority_arguments = vec!["req", "-x509", "-newkey", "ec", "-nodes"];
    authority_arguments.extend(["-pkeyopt", "ec_paramgen_curve:P-256"]);
    authority_arguments.extend(["-keyout", &authority_key, "-out", &authority]);
    authority_arguments.extend(subject);
    run(&authority_arguments);
    run(&["req", "-new", "-key", &authority_key, "-subj", "/CN=Outlet", "-out", &request]);
    let mut signing = vec!["x509", "-req", "-in", &request, "-force_pubkey", &public_key];
    signing.extend(["-CA", &authority, "-CAkey", &authority_key, "-CAcreateserial"]);
    signing.extend(["-days", "1", "-out", &certificate]);
    run(&signing);
    PathBuf::from(certificate)
}

/// Certificates of keys that nobody opens, one of each kind that could sign.
pub(crate) fn self_signed_certificates(folder: &Path) -> [PathBuf; 2] {
    let kinds: [(&str, &[&str]); 2] =
        [("rsa", &["rsa:2048"]), ("ec", &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])];
    kinds.map(|(name, kind)| {
        let key = folder.join(format!("{name}.key")).display().to_string();
        let certificate = folder.join(format!("{name}.pem")).display().to_string();
        let mut arguments = vec!["req", "-x509", "-nodes", "-subj", "/CN=Somebody", "-newkey"];
        arguments.extend(kind);
        arguments.extend(["-keyout", &key, "-out", &certificate]);
        run(&arguments);
        PathBuf::from(certificate)
    })
}

/// The public half of the private key in a file.
pub(crate) fn public_half(file: &Path) -> PublicKey {
    let pem = run(&["pkey", "-in", &file.display().to_string(), "-pubout"]);
    let pem = String::from_utf8(pem).expect("PEM is ASCII");
    PublicKey::from_pem(&pem).expect("it is of a kind that signs here")
}

/// A private key in PKCS#8, mode 0600, of the kind that the arguments of `genpkey` ask for.
pub(crate) fn private_key(folder: &Path, name: &str, kind: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let file = path.display().to_string();
    run(&[&["genpkey", "-out", &file], kind].concat());
    path
}

pub(crate) const P256: [&str; 4] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
pub(crate) const P384: [&str; 4] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
pub(crate) const RSA: [&str; 4] = rsa("rsa_keygen_bits:2048");

pub(crate) const fn rsa(bits: &'static str) -> [&'static str; 4] {
    ["-algorithm", "RSA", "-pkeyopt", bits]
}

fn attempt(arguments: &[&str]) -> Output {
    let output = Command::new("openssl").args(arguments).output();
    output.expect("these tests need the `openssl` program: install it")
}

fn write(folder: &Path, name: &str, contents: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, contents).expect("the test's folder can be written to");
    path.display().to_string()
}
