//! Judge: `openssl`, over the text of a checkpoint.

use std::fs;
use std::process::Command;

use crate::log::Log;

#[test]
fn openssl_verifies_the_note() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: openssl is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let log = Log::new(5);
    let note = log.checkpoint(5);
    fs::write(file("key.der"), log.spki()).unwrap();
    fs::write(file("signature"), &note.signatures()[0].bytes).unwrap();
    for (text, is_good) in [(note.text().to_owned(), true), (note.text().replace('5', "6"), false)]
    {
        fs::write(file("text"), text).unwrap();
        let output = Command::new("openssl")
            .args(["dgst", "-sha256", "-keyform", "DER", "-verify"])
            .arg(file("key.der"))
            .arg("-signature")
            .args([file("signature"), file("text")])
            .output()
            .unwrap();
        assert_eq!(output.status.success(), is_good, "{output:?}");
    }
}
