//! The reference folder, where it is: `STALELA_REFERENCE`, or `shared/reference` beside the
//! workspace. Tests that want it say "skipped" and pass without it.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A file of the DGII's part, if the folder is there.
pub(crate) fn file(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("STALELA_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference"),
        PathBuf::from,
    );
    let found = folder.join("dgii").join(name);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: {} is not here", found.display());
    None
}

/// One element of a schema.
#[derive(Clone, Debug)]
struct Field {
    path: String,
    may_repeat: bool,
    is_complex: bool,
}

/// The rows of the certification set, and the order of the elements to write them in.
pub(crate) struct Set {
    rows: Value,
    /// By type (`31` … or `RFCE`, `ACECF`), in the order of the schema.
    fields: std::collections::HashMap<String, Vec<Field>>,
}

impl Set {
    pub(crate) fn read() -> Option<Self> {
        let rows = std::fs::read_to_string(file("certification_set.json")?).unwrap();
        let table = std::fs::read_to_string(file("fields.tsv")?).unwrap();
        let mut fields = std::collections::HashMap::<String, Vec<Field>>::new();
        for line in table.lines().skip(1) {
            let columns: Vec<&str> = line.split('\t').collect();
            let field = Field {
                path: columns[2].to_owned(),
                may_repeat: columns[4] != "1",
                is_complex: columns[5] == "complex",
            };
            fields.entry(columns[0].to_owned()).or_default().push(field);
        }
        Some(Self { rows: serde_json::from_str(&rows).unwrap(), fields })
    }

    /// The rows of `ECF`, `RFCE` or `ACECF`.
    pub(crate) fn rows(&self, sheet: &str) -> &[Value] {
        self.rows[sheet].as_array().unwrap()
    }

    /// A row as the root element of a document of this type, ready to be signed.
    pub(crate) fn xml(&self, kind: &str, row: &Value) -> String {
        let fields = &self.fields[kind];
        let root = fields[0].path.trim_start_matches('/').to_owned();
        let inside = inside(fields, &fields[0].path, row, "");
        format!("<{root}>{inside}</{root}>")
    }
}

/// Everything below a path that the row has a value for.
fn inside(fields: &[Field], parent: &str, row: &Value, places: &str) -> String {
    let is_child = |field: &&Field| {
        field.path.rsplit_once('/').is_some_and(|(above, name)| above == parent && name != "*any*")
    };
    fields.iter().filter(is_child).map(|field| element(fields, field, row, places)).collect()
}

fn element(fields: &[Field], field: &Field, row: &Value, places: &str) -> String {
    let name = field.path.rsplit('/').next().unwrap();
    if !field.may_repeat {
        return once(fields, field, row, places)
            .map_or(String::new(), |inside| wrapped(name, &inside));
    }
    let each = |place: usize| once(fields, field, row, &format!("{places}[{place}]"));
    (1..).map_while(each).map(|inside| wrapped(name, &inside)).collect()
}

/// The content of one element, or nothing if the row has none. A summary's buyer is always there.
fn once(fields: &[Field], field: &Field, row: &Value, places: &str) -> Option<String> {
    if !field.is_complex {
        return value(&field.path, row, places);
    }
    let inside = inside(fields, &field.path, row, places);
    (!inside.is_empty() || field.path == "/RFCE/Encabezado/Comprador").then_some(inside)
}

/// The spreadsheets have their own spelling here and there; `#e` means: leave it out.
fn value(path: &str, row: &Value, places: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap();
    let column = match name {
        "eNCF" if row.get("ENCF").is_some() => "ENCF",
        "MontoSubRecargo" => "MontosubRecargo",
        "NumeroContenedor" if row.get("NumeroContenedor ").is_some() => "NumeroContenedor ",
        "NumeroLinea" if path.contains("DescuentoORecargo") => "NumeroLineaDoR",
        name => name,
    };
    let text = match row.get(format!("{column}{places}"))? {
        Value::String(text) => text.clone(),
        // An approval's amounts are numbers; the format wants two decimals.
        Value::Number(number) if column == "MontoTotal" => two_decimals(&number.to_string()),
        other => other.to_string(),
    };
    (text != "#e" && !text.is_empty()).then_some(text)
}

fn two_decimals(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    format!("{whole}.{fraction:0<2}")
}

fn wrapped(name: &str, inside: &str) -> String {
    let escaped = if inside.starts_with('<') { inside.to_owned() } else { escape(inside) };
    format!("<{name}>{escaped}</{name}>")
}

/// As canonical XML escapes text.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
