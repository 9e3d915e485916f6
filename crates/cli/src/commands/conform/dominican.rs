//! `stalela conform do`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use fiscal::Chance;
use simulators::dom_ecf::{self, Running};

use super::authority::Hosts;
use super::course::{Course, Part, Places};
use super::desk::Desk;
use super::journal::{Journal, Title};
use super::reckoned::{self, Doubt};
use super::report::Report;
use super::set::Set;
use crate::commands::keys::{NamedKey, SigningKey};
use crate::commands::simulate::system_clock;
use crate::failure::Failure;

/// The Dominican Republic: the DGII's certification of issuers of e-CFs, step by step.
///
/// All documents of the set are made and checked before the first is sent: one rejection starts a
/// step again, and its numbers are spent. Sums that are not those of the set's own lines are told, and
/// sent as they stand: the authority may mean them so. Then they go in the order of the certification, signed as
/// they are sent; the first that is not accepted ends the walk. Before a simulator, documents of
/// one's own follow, printed representations, and documents and approvals between taxpayers, both
/// ways.
///
/// A walk that was interrupted goes on with the same words: what was accepted is not sent again.
///
/// Without --url, a simulator of the DGII is started for the walk, and nothing leaves this machine.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela conform do --set set.json --p12 signer.p12 --report report.md
  stalela conform do --set set.json --p12 signer.p12 --url https://ecf.dgii.gov.do \\
    --out signed --report report.md")]
pub(crate) struct Dominican {
    /// The portal's spreadsheet as JSON: the rows of its sheets under ECF, RFCE and ACECF, each an
    /// object whose keys are the headings.
    #[arg(long, value_name = "FILE")]
    set: PathBuf,
    #[command(flatten)]
    key: SigningKey,
    /// The authority or a simulator of it, without the segment of the environment: certecf is what
    /// is asked.
    #[arg(long, value_name = "BASE", requires = "out")]
    url: Option<reqwest::Url>,
    /// The parts to walk, by their first steps. Without it, all that can be walked; before the
    /// authority itself, the data test, since the portal opens the approvals when that is done.
    #[arg(long, value_enum, value_name = "STEP", value_delimiter = ',')]
    step: Vec<Part>,
    /// A folder for the documents as they were signed and sent: they have to be kept, and the portal
    /// takes the small consumer invoices from there. New or empty, or that of the same walk, which
    /// goes on.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// A number whose answer was lost, and which the portal shows as accepted.
    #[arg(long, value_name = "E-NCF", requires = "out")]
    accepted: Vec<String>,
    /// Where the report goes too, in Markdown; beside it the same in JSON, and the printed
    /// representations in a folder.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl Dominican {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let mut set = Set::read(&self.set)?;
        set.check_numbers(&self.accepted)?;
        let (parts, _) = self.parts();
        set.keep(|step| parts.iter().any(|part| part.steps().contains(&step)));
        if parts.iter().any(|part| *part <= Part::Approvals) {
            set.check()?;
        }
        let doubts = reckoned::doubts(&set);
        for doubt in &doubts {
            eprintln!("warning: {}", doubt.told());
        }
        // For what nobody wants to keep, and for a key that is unpacked: both go with the walk.
        let own = tempfile::tempdir()?;
        let key = self.key.unpack(own.path())?;
        let simulator = self.simulator().await?;
        let report = self.walk((&set, doubts), (&key, own.path()), simulator.as_ref()).await;
        if let Some(simulator) = simulator {
            simulator.stop().await;
        }
        self.tell(&report?, json)
    }

    /// What is walked, and why the rest is not.
    fn parts(&self) -> (Vec<Part>, BTreeMap<u8, String>) {
        let is_real = self.url.as_ref().is_some_and(|url| !Hosts::of(url).is_simulated);
        let why_not = |part: Part| match (&self.step[..], is_real) {
            (_, true) if part > Part::Approvals => Some("it takes the server, see below"),
            ([], true) => (part != Part::DataTest).then_some("ask for it with --step"),
            ([], false) => None,
            (asked, _) => (!asked.contains(&part)).then_some("other steps were asked for"),
        };
        let (mut parts, mut left_out) = (Vec::new(), BTreeMap::new());
        for part in Part::ALL {
            match why_not(part) {
                None => parts.push(part),
                Some(why) => left_out.extend(part.steps().iter().map(|step| (*step, why.into()))),
            }
        }
        (parts, left_out)
    }

    async fn simulator(&self) -> Result<Option<Running>, Failure> {
        if self.url.is_some() {
            return Ok(None);
        }
        let options = dom_ecf::Options::new(system_clock(), Chance::System.below(1 << 32));
        Ok(Some(dom_ecf::start(options.calm()).await?))
    }

    fn hosts(&self, simulator: Option<&Running>) -> Hosts {
        match (&self.url, simulator) {
            (Some(url), _) => Hosts::of(url),
            (None, Some(simulator)) => Hosts::simulated(&simulator.url),
            (None, None) => unreachable!("a simulator runs where no address is given"),
        }
    }

    async fn walk(
        &self,
        (set, doubts): (&Set, Vec<Doubt>),
        (key, own): (&NamedKey, &Path),
        simulator: Option<&Running>,
    ) -> Result<Report, Failure> {
        let hosts = self.hosts(simulator);
        let out = self.out.clone().unwrap_or_else(|| own.join("signed"));
        let title = Title { authority: &hosts.name, set: &set.digest };
        let journal = Journal::open(&out, &title)?;
        let desk = Desk::new(key.open()?, out.clone())?;
        let (parts, left_out) = self.parts();
        let places = Places { out, prints: self.prints(), own: own.to_owned() };
        let course = Course {
            set,
            key,
            desk: &desk,
            hosts: &hosts,
            places,
            lines: Vec::new(),
            left_out,
            doubts,
        };
        course.through(&parts, (journal, &self.accepted)).await
    }

    /// The folder of the printed representations: beside the report.
    fn prints(&self) -> Option<PathBuf> {
        let beside = self.report.as_ref().map(|report| {
            let mut name = report.file_stem().unwrap_or_default().to_owned();
            name.push("-printed");
            report.with_file_name(name)
        });
        beside.or_else(|| self.out.as_ref().map(|out| out.join("printed")))
    }

    fn tell(&self, report: &Report, json: bool) -> Result<(), Failure> {
        let (document, markdown) = (report.to_json(), report.to_markdown());
        if let Some(file) = &self.report {
            let is_json = file.extension().is_some_and(|extension| extension == "json");
            let beside = file.with_extension(if is_json { "md" } else { "json" });
            let (markdown_file, json_file) =
                if is_json { (&beside, file) } else { (file, &beside) };
            write(markdown_file, &markdown)?;
            write(json_file, &format!("{document:#}\n"))?;
        }
        if let Some(verdict) = report.failure() {
            if !json {
                print!("{markdown}");
            }
            return Err(Failure::Refused { text: verdict, body: Some(document) });
        }
        if json {
            println!("{document}");
        } else {
            print!("{markdown}");
        }
        Ok(())
    }
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text)
        .map_err(|error| Failure::unusable(format!("{}: {error}", file.display())))
}
