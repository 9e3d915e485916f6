//! Certificates that OpenSSL makes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use data_encoding::BASE64;
use tempfile::TempDir;

/// A folder with keys and certificates.
pub(crate) struct Workshop {
    folder: TempDir,
    made: AtomicUsize,
}

/// A certificate, and the name under which its key lies in the folder.
pub(crate) struct Certified {
    name: String,
    pub(crate) pem: String,
    pub(crate) der: Vec<u8>,
}

/// What a certificate may do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Authority,
    /// No authority may stand below it.
    LastAuthority,
    /// An authority whose key may not sign certificates.
    MuteAuthority,
    Person,
    CipherOnly,
    Mail,
    Unrestricted,
}

impl Kind {
    fn extensions(self) -> &'static str {
        match self {
            Self::Authority => "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign",
            Self::LastAuthority => {
                "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign"
            }
            Self::MuteAuthority => {
                "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature"
            }
            Self::Person => {
                "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation"
            }
            Self::CipherOnly => "basicConstraints=CA:FALSE\nkeyUsage=critical,keyEncipherment",
            Self::Mail => {
                "basicConstraints=CA:FALSE\nkeyUsage=nonRepudiation\nextendedKeyUsage=emailProtection"
            }
            Self::Unrestricted => "basicConstraints=CA:FALSE",
        }
    }
}

impl Workshop {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), made: AtomicUsize::new(0) }
    }

    /// One that trusts itself for thirty years.
    pub(crate) fn root(&self, subject: &str) -> Certified {
        self.root_for(subject, 30 * 365)
    }

    pub(crate) fn root_for(&self, subject: &str, days: u32) -> Certified {
        let name = self.request(subject);
        let (request, key) = (format!("{name}.csr"), format!("{name}.key"));
        self.sign(&name, &["-in", &request, "-signkey", &key], (Kind::Authority, days))
    }

    /// One that an authority has signed, for ten years.
    pub(crate) fn issued(&self, subject: &str, kind: Kind, issuer: &Certified) -> Certified {
        let name = self.request(subject);
        let request = format!("{name}.csr");
        let (issued_by, key) = (format!("{}.crt", issuer.name), format!("{}.key", issuer.name));
        let of_issuer = ["-in", &request, "-CA", &issued_by, "-CAkey", &key, "-CAcreateserial"];
        self.sign(&name, &of_issuer, (kind, 3_650))
    }

    fn request(&self, subject: &str) -> String {
        let name = format!("c{}", self.made.fetch_add(1, Ordering::Relaxed));
        let (key, request) = (format!("{name}.key"), format!("{name}.csr"));
        let subject = format!("/C=DO/CN={subject}");
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let files = ["-keyout", &key, "-out", &request, "-subj", &subject];
        self.openssl(&[&["req", "-new"][..], &curve, &files].concat());
        name
    }

    fn sign(&self, name: &str, by: &[&str], (kind, days): (Kind, u32)) -> Certified {
        let (extensions, certificate) = (format!("{name}.ext"), format!("{name}.crt"));
        fs::write(self.path(&extensions), kind.extensions()).unwrap();
        let days = days.to_string();
        let rest = ["-sha256", "-days", &days, "-extfile", &extensions, "-out", &certificate];
        self.openssl(&[&["x509", "-req"][..], by, &rest].concat());
        let pem = fs::read_to_string(self.path(&certificate)).unwrap();
        let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = BASE64.decode(base64.as_bytes()).unwrap();
        Certified { name: name.to_owned(), pem, der }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn openssl(&self, arguments: &[&str]) {
        let made = Command::new("openssl").args(arguments).current_dir(&self.folder).output();
        let made = made.expect("openssl is installed");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
}
