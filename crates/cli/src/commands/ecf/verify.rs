//! `stalela ecf verify`

use std::path::{Path, PathBuf};

use authorities::dom::dsig::{self, Certificate, Form, OutsideValidity, Verified};
use authorities::dom::ecf::schema::Kind;
use authorities::dom::xml::c14n::Method;
use clap::Args;
use invoice::Timestamp;
use serde_json::{Value, json};

use super::{Finding, kind, read, report};
use crate::failure::Failure;
use crate::plain;

/// Verify the signatures of documents, ours or received: exit code 0 only where every one holds.
///
/// What is verified is that the document, whole and as it is read, was signed with the key of the
/// certificate that comes with it. Whether that certificate is of an accredited authority is not
/// asked, and whether it was valid when the document says that it was signed is told.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela ecf verify received.xml
  stalela --json ecf verify *.xml")]
pub(crate) struct Verify {
    /// XML documents; all are verified, whatever is wrong with the first.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Verify {
    pub(super) fn run(self, json: bool) -> Result<(), Failure> {
        let found: Vec<_> =
            self.files.into_iter().map(|path| (path.clone(), look(&path))).collect();
        report(&found, "the signature does not hold", json)
    }
}

/// What came of one file: why not, or how.
type Seen = Result<Box<Verified>, String>;

fn look(path: &Path) -> Seen {
    let bytes = read(path).map_err(|failure| failure.to_string())?;
    dsig::verify(&bytes).map(Box::new).map_err(|refused| refused.to_string())
}

/// Whether a certificate was valid at an instant of ours.
pub(super) fn valid_at(certificate: &Certificate, at: Timestamp) -> Result<(), OutsideValidity> {
    certificate.check_valid_at(instant(at))
}

fn instant(at: Timestamp) -> signing::Timestamp {
    let at = signing::Timestamp::from_microsecond(at.micros());
    at.expect("an instant of ours lies within the calendar")
}

fn kind_of(verified: &Verified) -> Option<Kind> {
    Kind::of(verified.document().root())
}

fn signed_at(verified: &Verified) -> Option<Timestamp> {
    kind_of(verified).and_then(|kind| kind::signed_at(kind, verified.document().root()))
}

fn form(verified: &Verified) -> &'static str {
    match verified.form() {
        Form::AsReceived => "as received",
        Form::WithoutLayout => "stripped of its layout",
    }
}

fn canonicalization(verified: &Verified) -> &'static str {
    match verified.canonicalization() {
        Method::Inclusive => "inclusive",
        Method::Exclusive => "exclusive",
    }
}

/// The validity at the time of signing, for people.
fn validity(verified: &Verified) -> String {
    let Some(at) = signed_at(verified) else {
        return "the document does not say when it was signed".to_owned();
    };
    match valid_at(verified.certificate(), at) {
        Ok(()) => format!("yes, on {}", instant(at)),
        Err(outside) => format!("no, on {}: {outside}", instant(at)),
    }
}

impl Finding for Seen {
    fn is_good(&self) -> bool {
        self.is_ok()
    }

    fn tell(&self, path: &Path) {
        let path = path.display();
        let verified = match self {
            Ok(verified) => verified,
            Err(reason) => return println!("{path}: refused: {reason}"),
        };
        let certificate = verified.certificate();
        let words = kind_of(verified).map_or_else(|| "unknown to us".to_owned(), kind::words);
        println!("{path}: the signature holds");
        println!("  document       {words}");
        println!("  form           {}, {} form", form(verified), canonicalization(verified));
        // Anybody may make a certificate with whatever names.
        let [signer, identifier] = [
            certificate.common_name().unwrap_or("without a name"),
            certificate.serial_number().unwrap_or("none"),
        ]
        .map(plain::line);
        println!("  signer         {signer}");
        println!("  identifier     {identifier}");
        println!("  certificate    {} to {}", certificate.not_before(), certificate.not_after());
        println!("  valid then     {}", validity(verified));
        println!("  security code  {}", verified.security_code());
    }

    fn to_json(&self) -> Value {
        let verified = match self {
            Ok(verified) => verified,
            Err(reason) => return json!({ "holds": false, "reason": reason }),
        };
        let certificate = verified.certificate();
        let at = signed_at(verified);
        json!({
            "holds": true,
            "kind": kind_of(verified).map(Kind::root),
            "type": kind_of(verified).and_then(kind::type_code),
            "form": if verified.form() == Form::AsReceived { "as_received" } else { "stripped" },
            "canonicalization": canonicalization(verified),
            "security_code": verified.security_code().as_str(),
            "signed_at": at.map(|at| instant(at).to_string()),
            "valid_when_signed": at.map(|at| valid_at(certificate, at).is_ok()),
            "certificate": {
                "common_name": certificate.common_name(),
                "serial_number": certificate.serial_number(),
                "not_before": certificate.not_before().to_string(),
                "not_after": certificate.not_after().to_string(),
            },
        })
    }
}
