//! Where documents are made: written from their row, checked, signed, and kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use authorities::dom::dsig::{self, Certificate, SecurityCode, Signed};
use authorities::dom::ecf::schema::{self, Kind};
use authorities::dom::xml::{Document, Element};
use invoice::Language;
use signing::Signer;

use super::set::Task;
use crate::commands::ecf::put::put;
use crate::failure::Failure;

/// A key with its certificate, and a folder for what is signed.
pub(super) struct Desk {
    signer: Arc<dyn Signer>,
    certificate: Certificate,
    out: PathBuf,
}

/// A signed document as it was kept.
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) code: SecurityCode,
}

impl Kept {
    fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = crate::commands::ecf::read(path)?;
        let verified = dsig::verify(&bytes).map_err(|refused| {
            Failure::refused(format!("{}, which was signed before: {refused}", path.display()))
        })?;
        Ok(Self { code: verified.security_code().clone(), bytes })
    }
}

/// Stands for a code that only a signature gives, while documents are checked.
pub(super) const ANY_CODE: &str = "AAAAAA";

/// The same for the instant of the signature.
pub(super) const ANY_TIME: &str = "01-01-2026 00:00:00";

impl Desk {
    pub(super) fn new(signer: Arc<dyn Signer>, out: PathBuf) -> Result<Self, Failure> {
        let certificate = signer.certificate().ok_or_else(|| {
            Failure::unusable("the key comes without a certificate: give --certificate")
        })?;
        let certificate = Certificate::parse(certificate.to_der()).map_err(Failure::unusable)?;
        Ok(Self { signer, certificate, out })
    }

    /// Signs a document and keeps it. One that is kept already is the one: no
    /// document is signed twice.
    pub(super) fn sign(
        &self,
        file_name: &str,
        document: impl FnOnce() -> Element,
    ) -> Result<Kept, Failure> {
        let path = self.out.join(file_name);
        if path.exists() {
            return Kept::read(&path);
        }
        let signed = self.signed(Document::new(document()))?;
        put(&path, &signed.bytes)?;
        Ok(Kept { bytes: signed.bytes, code: signed.security_code })
    }

    fn signed(&self, document: Document) -> Result<Signed, Failure> {
        let ready = dsig::prepare(document).map_err(Failure::unusable)?;
        let signature = self.signer.sign(ready.bytes())?;
        ready.finish(signature.as_bytes(), self.certificate.der()).map_err(Failure::unusable)
    }

    /// The same for a seed, of which nothing is kept.
    pub(super) fn sign_seed(&self, seed: &[u8]) -> Result<Vec<u8>, Failure> {
        let seed = Document::parse(seed)
            .map_err(|error| Failure::unusable(format!("the authority's seed: {error}")))?;
        if Kind::of(seed.root()) != Some(Kind::Seed) {
            return Err(Failure::unusable("what the authority sent is no seed"));
        }
        Ok(self.signed(seed)?.bytes)
    }
}

/// All that is wrong with the document of a task, a line each.
pub(super) fn faults(task: &Task) -> Vec<String> {
    let root = written(task, ANY_TIME);
    let mut faults = schema::check_unsigned(task.kind, &root);
    faults.extend(schema::check_obligatoriness(task.kind, &root));
    let line = |fault: schema::SchemaFault| {
        let told = fault.at(&fault.path).message(Language::English);
        format!("  {}  {}  {told}", task.number, fault.path)
    };
    faults.into_iter().map(line).collect()
}

/// The document of a task, as it is signed at an instant, `dd-MM-yyyy HH:mm:ss`.
pub(super) fn written(task: &Task, at: &str) -> Element {
    let case = task.case.clone().with("FechaHoraFirma", at);
    case.with("CodigoSeguridadeCF", ANY_CODE).to_element(task.kind)
}
