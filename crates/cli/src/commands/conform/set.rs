//! The set of cases that the portal gives a taxpayer, in the order in which they are sent.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use authorities::dom::ecf::document::{DocumentType, Encf, Rfce, Rnc, is_summarised};
use authorities::dom::ecf::schema::{Case, Kind};
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use serde_json::Value;

use super::desk::{self, ANY_CODE, ANY_TIME, written};
use super::report::Taxpayer;
use crate::failure::Failure;

/// What is sent, in order.
pub(super) struct Set {
    pub(super) tasks: Vec<Task>,
    pub(super) taxpayer: Taxpayer,
    /// SHA-256 of the file, in hexadecimal.
    pub(super) digest: String,
    /// The last number of each type, whichever steps are walked.
    largest: BTreeMap<String, u64>,
}

/// One document, and how it goes.
pub(super) struct Task {
    /// In its sheet, from 1.
    pub(super) row: usize,
    pub(super) way: Way,
    pub(super) kind: Kind,
    pub(super) case: Case,
    /// Its e-NCF; of an approval, that of what is approved.
    pub(super) number: String,
    /// Whose RNC its file is named by.
    pub(super) taxpayer: String,
}

/// Where a document goes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Way {
    /// An e-CF, to reception.
    Whole,
    /// The summary of a small consumer invoice, which is made from the invoice; the set's own row
    /// is what it has to say.
    Summary,
    /// A small consumer invoice, which the portal takes after its summary.
    Support,
    /// A commercial approval.
    Approval,
}

/// Bytes of a set at most: real ones have some hundred thousand.
const BYTES_MAX: u64 = 16 * 1024 * 1024;

impl Set {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes))
            .map_err(|error| Failure::of_input(path, &error))?;
        let sheets =
            serde_json::from_slice(&bytes).map_err(|error| Failure::of_input(path, &error))?;
        let mut tasks = whole(&sheets)?;
        tasks.extend(summaries(&sheets, &tasks)?);
        tasks.extend(numbered(sheet(&sheets, "ACECF")?, approval)?);
        // A stable order: within a place, as the set has them.
        tasks.sort_by_key(Task::place);
        let digest = HEXLOWER.encode(digest(&SHA256, &bytes).as_ref());
        Ok(Self { taxpayer: taxpayer(&tasks)?, digest, largest: largest(&tasks), tasks })
    }

    /// Leaves out what belongs to other steps.
    pub(super) fn keep(&mut self, is_walked: impl Fn(u8) -> bool) {
        self.tasks.retain(|task| is_walked(task.way.step()));
    }

    /// The last number that the set has of a type, by its code; 0 where it has none.
    pub(super) fn largest(&self, code: &str) -> u64 {
        self.largest.get(code).copied().unwrap_or(0)
    }

    /// Whether somebody speaks of numbers of this set.
    pub(super) fn check_numbers(&self, numbers: &[String]) -> Result<(), Failure> {
        let is_ours = |number: &&String| self.tasks.iter().any(|task| task.number == **number);
        match numbers.iter().find(|number| !is_ours(number)) {
            None => Ok(()),
            Some(other) => Err(Failure::refused(format!("the set has no {other}"))),
        }
    }

    /// The invoice of a summary.
    pub(super) fn invoice_of(&self, summary: &Task) -> &Task {
        let is_it = |task: &&Task| task.way == Way::Support && task.number == summary.number;
        self.tasks.iter().find(is_it).expect("a set is read with the invoice of every summary")
    }

    /// Makes every document as it will be signed, and tells all that is wrong with any.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.tasks.is_empty() {
            return Err(Failure::refused("the set has no cases of this step"));
        }
        let mut faults: Vec<_> = self.tasks.iter().flat_map(desk::faults).collect();
        let summaries = self.tasks.iter().filter(|task| task.way == Way::Summary);
        faults.extend(summaries.filter_map(|summary| self.discrepancy(summary)));
        if faults.is_empty() {
            return Ok(());
        }
        let faults = faults.join("\n");
        Err(Failure::refused(format!("the set has faults, and nothing was sent\n{faults}")))
    }

    /// Whether the set asks for another summary than that of its invoice.
    fn discrepancy(&self, summary: &Task) -> Option<String> {
        let code = ANY_CODE.parse().expect("six letters are a code");
        let invoice = written(self.invoice_of(summary), ANY_TIME);
        let ours = Rfce::summarise(&invoice, code).ok()?;
        let theirs = Rfce::read(&written(summary, ANY_TIME)).ok()?;
        let number = &summary.number;
        (ours != theirs).then(|| format!("  {number}  the summary is not that of its invoice"))
    }
}

impl Way {
    /// The step of the certification to which it belongs, as the portal counts them.
    pub(super) fn step(self) -> u8 {
        match self {
            Self::Whole | Self::Summary | Self::Support => 2,
            Self::Approval => 3,
        }
    }
}

impl Task {
    /// The name under which a document is sent (Informe Técnico e-CF, nombre de los archivos).
    pub(super) fn sent_name(&self) -> String {
        format!("{}{}.xml", self.taxpayer, self.number)
    }

    /// The name under which it is kept: a summary is sent under that of its invoice.
    pub(super) fn file_name(&self) -> String {
        let prefix = match self.way {
            Way::Summary => "RFCE-",
            Way::Approval => "ACECF-",
            Way::Whole | Way::Support => "",
        };
        format!("{prefix}{}", self.sent_name())
    }

    /// Where in the certification it stands: 31, the large 32, 41, 43 to 47; the notes, which refer
    /// to those; the summaries, their invoices; the approvals (Proceso de Certificación).
    fn place(&self) -> (Way, bool, Option<&'static str>) {
        let code = match self.kind {
            Kind::Ecf(document_type) => Some(document_type.code()),
            Kind::Rfce | Kind::Acecf | Kind::Arecf | Kind::Anecf | Kind::Seed => None,
        };
        (self.way, matches!(code, Some("33" | "34")), code)
    }
}

fn whole(sheets: &Value) -> Result<Vec<Task>, Failure> {
    numbered(sheet(sheets, "ECF")?, ecf)
}

/// The tasks of a sheet, each with its row.
fn numbered(
    cases: Vec<Case>,
    task: impl Fn(Case) -> Result<Task, Failure>,
) -> Result<Vec<Task>, Failure> {
    let tasks = cases.into_iter().enumerate();
    tasks.map(|(place, case)| Ok(Task { row: place + 1, ..task(case)? })).collect()
}

fn ecf(case: Case) -> Result<Task, Failure> {
    let code = required(&case, "TipoeCF")?;
    let document_type = DocumentType::parse(&code)
        .ok_or_else(|| Failure::refused(format!("the set has an e-CF of type {code}")))?;
    let kind = Kind::Ecf(document_type);
    let is_small = is_summarised(&case.to_element(kind)).map_err(Failure::refused)?;
    let way = if is_small { Way::Support } else { Way::Whole };
    task(way, kind, case, "RNCEmisor")
}

/// The summaries that the set asks for; of a set without that sheet, one of every small invoice.
fn summaries(sheets: &Value, tasks: &[Task]) -> Result<Vec<Task>, Failure> {
    let asked = sheet(sheets, "RFCE")?;
    let small = || tasks.iter().filter(|task| task.way == Way::Support);
    if asked.is_empty() {
        return small()
            .map(|small| {
                let made = task(Way::Summary, Kind::Rfce, small.case.clone(), "RNCEmisor");
                Ok(Task { row: small.row, ..made? })
            })
            .collect();
    }
    let summary = |case: Case| {
        let number = required(&case, "eNCF")?;
        if !small().any(|small| small.number == number) {
            let text = format!("the set has a summary of {number}, and not the invoice");
            return Err(Failure::refused(text));
        }
        task(Way::Summary, Kind::Rfce, case, "RNCEmisor")
    };
    numbered(asked, summary)
}

/// Who issues the set's documents; of a set with approvals alone, whose approvals they are.
fn taxpayer(tasks: &[Task]) -> Result<Taxpayer, Failure> {
    let first = tasks.iter().find(|task| task.way != Way::Approval).or(tasks.first());
    let first = first.ok_or_else(|| Failure::refused("the set has no cases"))?;
    let said = |column| first.case.text(column);
    let tax_id = first.taxpayer.clone();
    let name = said("RazonSocialEmisor").unwrap_or_else(|| tax_id.clone());
    let address = said("DireccionEmisor").unwrap_or_else(|| "Santo Domingo".to_owned());
    Ok(Taxpayer { tax_id, name, address })
}

fn largest(tasks: &[Task]) -> BTreeMap<String, u64> {
    let mut largest = BTreeMap::new();
    for task in tasks.iter().filter(|task| task.way != Way::Approval) {
        let Ok(encf) = Encf::parse(&task.number) else { continue };
        let last = largest.entry(encf.document_type().code().to_owned()).or_insert(0);
        *last = encf.sequence().max(*last);
    }
    largest
}

fn approval(case: Case) -> Result<Task, Failure> {
    task(Way::Approval, Kind::Acecf, case, "RNCComprador")
}

fn task(way: Way, kind: Kind, case: Case, taxpayer: &str) -> Result<Task, Failure> {
    let (number, taxpayer) = (required(&case, "eNCF")?, required(&case, taxpayer)?);
    // Both become a file name.
    if Encf::parse(&number).is_err() || Rnc::parse(&taxpayer).is_err() {
        let text = format!("{number} of {taxpayer} in the set is no e-NCF of an RNC");
        return Err(Failure::refused(text));
    }
    Ok(Task { row: 0, way, kind, case, number, taxpayer })
}

fn required(case: &Case, column: &str) -> Result<String, Failure> {
    let missing = || Failure::refused(format!("a row of the set has no {column}"));
    case.text(column).ok_or_else(missing)
}

/// The rows of a sheet; none where the set has no such sheet.
fn sheet(sheets: &Value, name: &str) -> Result<Vec<Case>, Failure> {
    let malformed = || Failure::refused(format!("{name} in the set is no list of objects"));
    let Some(rows) = sheets.get(name) else { return Ok(Vec::new()) };
    let row = |row: &Value| row.as_object().cloned().map(Case::new).ok_or_else(malformed);
    rows.as_array().ok_or_else(malformed)?.iter().map(row).collect()
}
