//! Trusted roots: whose certificates count where a taxpayer receives, as its outlet's settings name
//! them in a file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use authorities::{BUNDLE_BYTES_MAX, Roots};
use invoice::Json;
use ledger::Outlet;

use crate::desk::DeskError;

/// The member of `receiving` that names the file.
const TRUSTED_ROOTS: &str = "trusted_roots";

/// The roots that the object `receiving` of an outlet's settings names, read; none where it names
/// none.
pub(crate) async fn trusted_roots(
    outlet: &Outlet,
    receiving: &Json,
) -> Result<Option<Arc<Roots>>, DeskError> {
    let trouble = |reason: String| DeskError::Settings {
        outlet: outlet.id.clone(),
        reason: format!("receiving.{TRUSTED_ROOTS}: {reason}"),
    };
    let path = match receiving.member(TRUSTED_ROOTS) {
        None => return Ok(None),
        Some(path) => path.as_str().map(PathBuf::from),
    };
    let path = path.ok_or_else(|| trouble("it is the path of a PEM file, in quotes".to_owned()))?;
    let shown = path.display().to_string();
    let read = tokio::task::spawn_blocking(move || bundle(&path)).await;
    let bundle = read.expect("reading a file does not panic");
    let bundle = bundle.map_err(|error| trouble(format!("{shown} cannot be read: {error}")))?;
    let roots = Roots::parse_pem(&bundle).map_err(|bad| trouble(format!("{shown}: {bad}")))?;
    Ok(Some(Arc::new(roots)))
}

/// One byte more than a bundle may have, so that a longer one is known as such.
fn bundle(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = BUNDLE_BYTES_MAX as u64 + 1;
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
