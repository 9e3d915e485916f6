//! Where documents are made: written from their row, checked, signed, and kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use authorities::dom::dsig::{self, Certificate, Signed};
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
    out: Option<PathBuf>,
}

/// Stands for a code that only a signature gives, while documents are checked.
pub(super) const ANY_CODE: &str = "AAAAAA";

/// The same for the instant of the signature.
pub(super) const ANY_TIME: &str = "01-01-2026 00:00:00";

impl Desk {
    pub(super) fn new(signer: Arc<dyn Signer>, out: Option<PathBuf>) -> Result<Self, Failure> {
        let certificate = signer.certificate().ok_or_else(|| {
            Failure::unusable("the key comes without a certificate: give --certificate")
        })?;
        let certificate = Certificate::parse(certificate.to_der()).map_err(Failure::unusable)?;
        out.as_deref().map_or(Ok(()), prepare_folder)?;
        Ok(Self { signer, certificate, out })
    }

    /// Signs a document and keeps it, if there is a folder.
    pub(super) fn sign(&self, root: Element, file_name: &str) -> Result<Signed, Failure> {
        let ready = dsig::prepare(Document::new(root)).map_err(Failure::unusable)?;
        let signature = self.signer.sign(ready.bytes())?;
        let signed = ready
            .finish(signature.as_bytes(), self.certificate.der())
            .map_err(Failure::unusable)?;
        if let Some(out) = &self.out {
            put(&out.join(file_name), &signed.bytes)?;
        }
        Ok(signed)
    }

    /// The same for a seed, of which nothing is kept.
    pub(super) fn sign_seed(&self, seed: &[u8]) -> Result<Vec<u8>, Failure> {
        let seed = Document::parse(seed)
            .map_err(|error| Failure::unusable(format!("the authority's seed: {error}")))?;
        if Kind::of(seed.root()) != Some(Kind::Seed) {
            return Err(Failure::unusable("what the authority sent is no seed"));
        }
        let ready = dsig::prepare(seed).map_err(Failure::unusable)?;
        let signature = self.signer.sign(ready.bytes())?;
        let signed = ready.finish(signature.as_bytes(), self.certificate.der());
        Ok(signed.map_err(Failure::unusable)?.bytes)
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

/// A folder that holds documents of another walk would mix what was sent with what was not.
fn prepare_folder(folder: &Path) -> Result<(), Failure> {
    let failed =
        |error: std::io::Error| Failure::unusable(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    if std::fs::read_dir(folder).map_err(failed)?.next().is_none() {
        return Ok(());
    }
    let folder = folder.display();
    Err(Failure::refused(format!("{folder} is not empty: give each walk a folder of its own")))
}
