//! Samples for eyes: `cargo run -p receipts --example gallery -- folder` writes every sample
//! receipt in every format, those of the Dominican Republic with `do_` before their names.

#![expect(clippy::unwrap_used, reason = "the samples are known to be well made")]

use std::path::PathBuf;

use receipts::text::{Background, Columns};
use receipts::{Receipt, escpos, html, pdf, text};

#[path = "../tests/dominican/samples.rs"]
mod dominican;
#[path = "../tests/engines/samples.rs"]
mod samples;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).ok_or("name the folder to write to")?;
    let folder = PathBuf::from(folder);
    let congolese = samples::all().into_iter().map(|(name, receipt)| (name.to_owned(), receipt));
    let dominican = dominican::all().into_iter();
    let dominican = dominican.map(|(name, receipt)| (format!("do_{name}"), receipt));
    for (name, receipt) in congolese.chain(dominican) {
        write(&folder, &name, &receipt)?;
    }
    Ok(())
}

fn write(
    folder: &std::path::Path,
    name: &str,
    receipt: &Receipt,
) -> Result<(), Box<dyn std::error::Error>> {
    let write =
        |suffix, bytes: &[u8]| std::fs::write(folder.join(format!("{name}{suffix}")), bytes);
    let columns = Columns::FortyEight;
    write(".a4.pdf", &pdf::a4(receipt)?)?;
    write(".80.pdf", &pdf::roll(receipt)?)?;
    write(".html", html::render(receipt).as_bytes())?;
    write(".txt", text::render(receipt, columns, Background::Light).as_bytes())?;
    write(".bin", &escpos::render(receipt, columns))?;
    Ok(())
}
