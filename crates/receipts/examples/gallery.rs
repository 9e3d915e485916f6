//! Samples for eyes: `cargo run -p receipts --example gallery -- folder` writes every sample
//! receipt in every format.

#![expect(clippy::unwrap_used, reason = "the samples are known to be well made")]

use std::path::PathBuf;

use receipts::text::{Background, Columns};
use receipts::{escpos, html, pdf, text};

#[path = "../tests/engines/samples.rs"]
mod samples;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).ok_or("name the folder to write to")?;
    let folder = PathBuf::from(folder);
    for (name, receipt) in samples::all() {
        let write =
            |suffix, bytes: &[u8]| std::fs::write(folder.join(format!("{name}{suffix}")), bytes);
        let columns = Columns::FortyEight;
        write(".a4.pdf", &pdf::a4(&receipt)?)?;
        write(".80.pdf", &pdf::roll(&receipt)?)?;
        write(".html", html::render(&receipt).as_bytes())?;
        write(".txt", text::render(&receipt, columns, Background::Light).as_bytes())?;
        write(".bin", &escpos::render(&receipt, columns))?;
    }
    Ok(())
}
