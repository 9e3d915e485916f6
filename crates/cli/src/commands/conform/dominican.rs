//! `stalela conform do`

use std::path::PathBuf;

use clap::Args;
use fiscal::{Chance, Clock};
use simulators::dom_ecf::{self, Running};

use super::authority::{Authority, Hosts};
use super::desk::Desk;
use super::report::Report;
use super::set::Set;
use super::walk::Walk;
use crate::commands::keys::SigningKey;
use crate::commands::simulate::system_clock;
use crate::failure::Failure;

/// The Dominican Republic: the data test and the approvals of the DGII's certification of e-CFs.
///
/// All documents of the set are made and checked before the first is sent: one rejection starts a
/// step again, and its numbers are spent. Then they go in the order of the certification, signed as
/// they are sent; the first that is not accepted ends the walk.
///
/// Without --url, a simulator of the DGII is started for the walk, and nothing leaves this machine.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela conform do --set set.json --p12 signer.p12
  stalela conform do --set set.json --p12 signer.p12 --url https://ecf.dgii.gov.do \\
    --out signed --report report.txt")]
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
    /// The one step to walk: 2, the data test, or 3, the approvals, which the portal opens when the
    /// data test is done. Without it, both; before the authority itself, the data test.
    #[arg(long, value_name = "STEP", value_parser = clap::value_parser!(u8).range(2..=3))]
    step: Option<u8>,
    /// A folder, new or empty, for the documents as they were signed and sent: they have to be
    /// kept, and the portal takes the small consumer invoices from there.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Where the report goes too, in the form in which it is printed.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// The step that the portal opens first.
const DATA_TEST: u8 = 2;

impl Dominican {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let mut set = Set::read(&self.set)?;
        self.step().into_iter().for_each(|step| set.keep(step));
        set.check()?;
        let desk = Desk::new(self.key.open()?, self.out.clone())?;
        let simulator = self.simulator().await?;
        let report = self.walk(&set, &desk, simulator.as_ref()).await;
        if let Some(simulator) = simulator {
            simulator.stop().await;
        }
        self.tell(&report?, json)
    }

    fn step(&self) -> Option<u8> {
        let is_real = self.url.as_ref().is_some_and(|url| !Hosts::of(url).is_simulated);
        self.step.or(is_real.then_some(DATA_TEST))
    }

    async fn simulator(&self) -> Result<Option<Running>, Failure> {
        if self.url.is_some() {
            return Ok(None);
        }
        let options = dom_ecf::Options::new(system_clock(), Chance::System.below(1 << 32));
        Ok(Some(dom_ecf::start(options.calm()).await?))
    }

    async fn walk(
        &self,
        set: &Set,
        desk: &Desk,
        simulator: Option<&Running>,
    ) -> Result<Report, Failure> {
        let hosts = match (&self.url, simulator) {
            (Some(url), _) => Hosts::of(url),
            (None, Some(simulator)) => Hosts::simulated(&simulator.url),
            (None, None) => unreachable!("a simulator runs where no address is given"),
        };
        let authority = Authority::enter(hosts, desk).await?;
        Ok(Walk::new(authority, desk, Clock::System).through(set).await)
    }

    fn tell(&self, report: &Report, json: bool) -> Result<(), Failure> {
        let text = if json { report.to_json().to_string() } else { report.to_text() };
        if let Some(file) = &self.report {
            std::fs::write(file, format!("{text}\n"))
                .map_err(|error| Failure::unusable(format!("{}: {error}", file.display())))?;
        }
        if let Some(verdict) = report.failure() {
            if !json {
                println!("{text}");
            }
            return Err(Failure::Refused { text: verdict, body: Some(report.to_json()) });
        }
        println!("{text}");
        Ok(())
    }
}
