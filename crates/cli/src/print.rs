//! How answers are shown to a person.

use serde_json::Value;

/// Prints JSON, indented, on standard output.
pub(crate) fn json(value: &Value) {
    println!("{value:#}");
}

/// An invoice in a few lines, sealed or under way.
pub(crate) fn invoice(invoice: &Value) {
    let text = |pointer: &str| invoice.pointer(pointer).and_then(Value::as_str).unwrap_or("—");
    if invoice["number"].is_null() {
        println!("{}: nothing may be handed over yet", text("/state"));
        println!("  id      {}", text("/id"));
        println!("  said    {}", text("/last_answer"));
        println!("  ask     stalela show {}", text("/id"));
        return;
    }
    println!("{}  {}", text("/number"), text("/state"));
    println!("  id      {}", text("/id"));
    println!("  total   {} {}", text("/totals/total"), text("/currency"));
    if let Some(code) = invoice.pointer("/authority/code_formatted").and_then(Value::as_str) {
        println!("  code    {code}");
    }
    if let Some(code) = invoice.pointer("/seal/authentication_code").and_then(Value::as_str) {
        println!("  seal    {code}");
    }
    if let Some(notice) = invoice["notice"].as_str() {
        println!("  note    {notice}");
    }
}
