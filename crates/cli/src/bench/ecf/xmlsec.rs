//! xmlsec1, which everybody may hold against ours: the same document, signed over and over by one
//! process; of two runs the difference counts, so that its start is left out.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::super::latency::per_second;
use super::signer::TestSigner;
use crate::failure::Failure;

/// Documents a second; nothing where there is no xmlsec1.
pub(super) fn sign(
    folder: &Path,
    signed: &[u8],
    signer: &TestSigner,
    time: Duration,
) -> Result<Option<u64>, Failure> {
    let template = folder.join("template.xml");
    std::fs::write(&template, emptied(&String::from_utf8_lossy(signed)))?;
    let Some(short) = run(&template, signer, FEW)? else { return Ok(None) };
    let many = u64::try_from(u128::from(FEW) * time.as_micros() / short.as_micros().max(1));
    let many = many.unwrap_or(MANY).clamp(2 * FEW, MANY);
    let Some(long) = run(&template, signer, many)? else { return Ok(None) };
    let signed = usize::try_from(many - FEW).unwrap_or(usize::MAX);
    Ok(Some(per_second(signed, long.saturating_sub(short))))
}

/// Our own document with all that a signer fills in taken out.
fn emptied(signed: &str) -> String {
    let mut text = signed.to_owned();
    for name in ["DigestValue", "SignatureValue", "X509Data"] {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        if let (Some(from), Some(to)) = (text.find(&open), text.find(&close)) {
            text.replace_range(from + open.len()..to, "");
        }
    }
    text
}

/// What so many signatures took by the clock, with the start of the process and the reading of its
/// key, which two runs of different length have alike.
fn run(template: &Path, signer: &TestSigner, times: u64) -> Result<Option<Duration>, Failure> {
    let keys = format!("{},{}", signer.key_file().display(), signer.certificate_file().display());
    let start = Instant::now();
    let output = Command::new("xmlsec1")
        .args(["--sign", "--privkey-pem", &keys, "--output", "/dev/null"])
        .args(["--repeat", &times.to_string()])
        .arg(template)
        .output();
    let elapsed = start.elapsed();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if output.status.success() {
        return Ok(Some(elapsed));
    }
    Err(Failure::unusable(format!("xmlsec1: {}", String::from_utf8_lossy(&output.stderr))))
}

/// To find out how many fill the time.
const FEW: u64 = 100;
/// Enough for an hour, lest a clock that stands still ask for more.
const MANY: u64 = 10_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_emptied() {
        let signed = "<A><DigestValue>x</DigestValue><SignatureValue>y</SignatureValue>\
                      <X509Data><X509Certificate>z</X509Certificate></X509Data></A>";
        let emptied = emptied(signed);
        assert_eq!(
            emptied,
            "<A><DigestValue></DigestValue><SignatureValue></SignatureValue><X509Data></X509Data></A>"
        );
    }
}
