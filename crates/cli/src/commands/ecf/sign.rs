//! `stalela ecf sign`

use std::path::PathBuf;

use authorities::dom::dsig::{self, Certificate, Signed, ToBeSigned};
use authorities::dom::ecf::document::{Environment, stamp_url};
use authorities::dom::ecf::schema::Kind;
use authorities::dom::xml::Document;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use signing::Signer;

use super::verify::valid_at;
use super::{check, kind, put, read};
use crate::commands::keys::SigningKey;
use crate::failure::Failure;
use crate::stdout;

/// Sign a document: layout out, signature in, and the security code and the stamp told.
///
/// The document is checked first, as it will be signed. The same document and key give the same
/// bytes, so signing again does no harm; the bytes that were sent are what to keep all the same.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela ecf sign invoice.xml --p12 signer.p12 --out signed.xml
  stalela ecf sign invoice.xml --key file:signer.pem --certificate signer.crt.pem > signed.xml
  STALELA_P12_PASSWORD=… stalela --json ecf sign seed.xml --p12 signer.p12 --out signed.xml")]
pub(crate) struct Sign {
    /// The XML document, without a signature.
    file: PathBuf,
    #[command(flatten)]
    key: SigningKey,
    /// Where the signed document goes. A file that is there is never overwritten. Without it, the
    /// document goes to standard output, and what is told of it to standard error.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Sign whatever it is, without the check of its format: an application, a declaration, or a
    /// document that is to be refused.
    #[arg(long)]
    unchecked: bool,
    /// The environment whose stamp is told, the address in an e-CF's QR symbol.
    #[arg(long, value_enum, default_value_t = Place::Production)]
    environment: Place,
}

/// Where a taxpayer is.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Place {
    /// Pre-certification.
    Test,
    /// While the taxpayer is being certified.
    Certification,
    /// What counts.
    Production,
}

impl Place {
    fn environment(self) -> Environment {
        match self {
            Self::Test => Environment::Test,
            Self::Certification => Environment::Certification,
            Self::Production => Environment::Production,
        }
    }
}

impl Sign {
    pub(super) fn run(self, json: bool) -> Result<(), Failure> {
        let document = Document::parse(&read(&self.file)?)
            .map_err(|error| Failure::of_input(&self.file, &error))?;
        let ready =
            dsig::prepare(document).map_err(|error| Failure::of_input(&self.file, &error))?;
        if !self.unchecked {
            self.check(&ready)?;
        }
        let signer = self.key.open()?;
        let made = Made::sign(&ready, signer.as_ref(), self.environment.environment())?;
        if let Some(out) = &self.out {
            put::put(out, &made.signed.bytes)?;
        }
        if let Some(warning) = &made.warning {
            eprintln!("stalela: {warning}");
        }
        self.tell(&made, json);
        Ok(())
    }

    fn check(&self, ready: &ToBeSigned) -> Result<(), Failure> {
        let root = ready.document().root();
        let path = self.file.display();
        let hint = "nothing was signed; --unchecked signs it as it is";
        let Some(kind) = Kind::of(root) else {
            let unknown = check::unknown(root.name().qualified());
            return Err(Failure::refused(format!("{path}: {unknown}; {hint}")));
        };
        let faults = check::faults(kind, root);
        if faults.is_empty() {
            return Ok(());
        }
        let lines: Vec<_> = faults.iter().map(|fault| check::lines(fault, None)).collect();
        let lines = lines.join("\n");
        let words = kind::words(kind);
        Err(Failure::refused(format!("{path}: {words}, has faults; {hint}\n{lines}")))
    }

    fn tell(&self, made: &Made, json: bool) {
        if json {
            println!("{}", made.to_json(self.out.as_deref()));
        } else if self.out.is_some() {
            println!("{}", made.lines());
        } else {
            eprintln!("{}", made.lines());
            stdout::bytes(&made.signed.bytes);
        }
    }
}

/// A document with its signature, and what is told of it.
struct Made {
    signed: Signed,
    kind: Option<Kind>,
    /// Of an e-CF.
    stamp: Option<String>,
    /// What is the matter with the certificate.
    warning: Option<String>,
}

impl Made {
    fn sign(
        ready: &ToBeSigned,
        signer: &dyn Signer,
        environment: Environment,
    ) -> Result<Self, Failure> {
        let certificate = signer.certificate().ok_or_else(|| {
            Failure::unusable("the key comes without a certificate: give --certificate")
        })?;
        let certificate = Certificate::parse(certificate.to_der()).map_err(Failure::unusable)?;
        let root = ready.document().root();
        let signature = signer.sign(ready.bytes())?;
        let signed =
            ready.finish(signature.as_bytes(), certificate.der()).map_err(Failure::unusable)?;
        let kind = Kind::of(root);
        let stamp = match kind {
            Some(Kind::Ecf(_)) => stamp_url(environment, root, &signed.security_code).ok(),
            _ => None,
        };
        let at = kind.and_then(|kind| kind::signed_at(kind, root));
        let warning = at.and_then(|at| valid_at(&certificate, at).err());
        Ok(Self { signed, kind, stamp, warning: warning.map(|outside| outside.to_string()) })
    }

    fn lines(&self) -> String {
        let mut lines = vec![format!("security code  {}", self.signed.security_code)];
        if let Some(kind) = self.kind {
            lines.insert(0, format!("signed         {}", kind::words(kind)));
        }
        if let Some(stamp) = &self.stamp {
            lines.push(format!("stamp          {stamp}"));
        }
        lines.join("\n")
    }

    /// Without a file, the document is in it.
    fn to_json(&self, out: Option<&std::path::Path>) -> Value {
        let mut told = json!({
            "kind": self.kind.map(Kind::root),
            "type": self.kind.and_then(kind::type_code),
            "security_code": self.signed.security_code.as_str(),
            "stamp_url": self.stamp,
            "warning": self.warning,
        });
        match out {
            Some(out) => told["file"] = json!(out.display().to_string()),
            None => told["xml"] = json!(String::from_utf8_lossy(&self.signed.bytes)),
        }
        told
    }
}
