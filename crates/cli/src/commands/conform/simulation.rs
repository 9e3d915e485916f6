//! Steps 4 and 5: documents of one's own, issued as any are, and printed.

use std::path::Path;

use serde_json::{Value, json};

use super::drafts::{Planned, planned};
use super::platform::{Platform, Site};
use super::report::{Line, Standing};
use crate::failure::Failure;

/// Bytes of a printed representation at most, as the portal takes it.
const PRINT_MAX: usize = 10 * 1024 * 1024;

/// Issues the documents, and prints one for each place of the portal into a folder, if there is one.
/// Where it goes on with what an earlier walk began, no document is issued twice: their keys are the
/// same.
pub(super) async fn walk(
    folder: &Path,
    site: &Site<'_>,
    prints: Option<&Path>,
) -> Result<Vec<Line>, Failure> {
    let platform = Platform::open(folder, site).await?;
    let walked = through(&platform, prints).await;
    platform.close().await;
    walked
}

async fn through(platform: &Platform, prints: Option<&Path>) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    let mut issued: Vec<Issued> = Vec::new();
    for (place, planned) in planned().into_iter().enumerate() {
        let is_stopped = lines.iter().any(|line: &Line| !line.standing.is_passed());
        if is_stopped {
            lines.push(Line::new(4, planned.code, NO_NUMBER, Standing::NotSent(None)));
            continue;
        }
        let key = format!("conform-{place}");
        match issue(platform, &key, &planned, &issued).await {
            Ok(document) => {
                lines.push(document.line());
                issued.push(document);
            }
            Err(failure) => {
                let why = vec![failure.to_string()];
                let standing = Standing::Failed("not_issued", why);
                lines.push(Line::new(4, planned.code, NO_NUMBER, standing));
            }
        }
    }
    if let Some(folder) = prints {
        lines.extend(printed(platform, &issued, folder).await?);
    }
    Ok(lines)
}

/// In the place of a number that was never given.
const NO_NUMBER: &str = "-";

/// A document that the authority has judged.
struct Issued {
    code: &'static str,
    invoice: Value,
}

impl Issued {
    fn text(&self, pointer: &str) -> Option<&str> {
        self.invoice.pointer(pointer).and_then(Value::as_str)
    }

    fn number(&self) -> &str {
        self.text("/number").unwrap_or(NO_NUMBER)
    }

    fn line(&self) -> Line {
        let state = self.text("/authority/state").unwrap_or_default();
        let said =
            ["/authority/refusal/code", "/authority/refusal/words", "/submission/last_answer"];
        let said = || said.iter().filter_map(|at| self.text(at)).map(str::to_owned).collect();
        let standing = match state {
            "acknowledged" => Standing::Done("accepted", Vec::new()),
            "refused" => Standing::Failed("rejected", said()),
            _ => Standing::Failed("unanswered", said()),
        };
        let code = self.text("/authority/details/security_code");
        Line::new(4, self.code, self.number(), standing).with_code_text(code)
    }

    /// Below RD$ 250,000 a consumer invoice has a place of its own among the printed ones.
    fn place(&self) -> &'static str {
        let is_named = self.invoice.pointer("/invoice/customer/tax_id").is_some();
        match self.code {
            "32" if !is_named => "32-small",
            code => code,
        }
    }
}

async fn issue(
    platform: &Platform,
    key: &str,
    planned: &Planned,
    before: &[Issued],
) -> Result<Issued, Failure> {
    let mut draft = planned.draft.clone();
    if let Some(original) = planned.original {
        let number = before.get(original).map(Issued::number);
        let original = json!({ "number": number });
        draft["credit"] = json!({ "nature": "amount_correction", "original": original });
    }
    let sealed = platform.issue(key, &draft).await?;
    let id = sealed["id"].as_str().unwrap_or_default();
    let invoice = platform.settled(id).await?;
    Ok(Issued { code: planned.code, invoice })
}

/// One of each place, the longest of those that there are.
async fn printed(
    platform: &Platform,
    issued: &[Issued],
    folder: &Path,
) -> Result<Vec<Line>, Failure> {
    std::fs::create_dir_all(folder)?;
    let mut lines = Vec::new();
    for place in PLACES {
        let of_place = issued.iter().filter(|issued| issued.place() == place);
        let Some(longest) = of_place.max_by_key(|issued| issued.lines()) else { continue };
        let file = folder.join(format!("{place}-{}.pdf", longest.number()));
        let pdf = platform.receipt(longest.text("/id").unwrap_or_default()).await?;
        let (size, path) = (pdf.len(), file.display().to_string());
        std::fs::write(&file, pdf)
            .map_err(|error| Failure::unusable(format!("{path}: {error}")))?;
        let standing = if size <= PRINT_MAX {
            Standing::Done("printed", vec![path])
        } else {
            Standing::Failed("too_large", vec![path])
        };
        lines.push(Line::new(5, place, longest.number(), standing));
    }
    Ok(lines)
}

impl Issued {
    fn lines(&self) -> usize {
        self.invoice.pointer("/invoice/lines").and_then(Value::as_array).map_or(0, Vec::len)
    }
}

/// The eleven places of the portal.
const PLACES: [&str; 11] = ["31", "32", "32-small", "33", "34", "41", "43", "44", "45", "46", "47"];
