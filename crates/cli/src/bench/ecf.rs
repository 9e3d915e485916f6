//! `stalela bench ecf`

mod maker;
mod signer;
mod xmlsec;

use std::time::{Duration, Instant};

use clap::Args;
use indicatif::ProgressBar;

use super::latency::Measured;
use super::table::Table;
use crate::failure::Failure;
use maker::Maker;
use signer::TestSigner;

/// e-CFs a second and core: priced, composed, checked, digested and signed with RSA-2048.
///
/// Everything is counted in from the draft's text to the signed bytes. Beside it stand, measured in
/// the same run on the same core: raw RSA-2048 signatures of the same library, in turns of a
/// twentieth of a second, so that both meet the same machine; and xmlsec1 --sign on the same
/// document, by the difference of a long and a short run, so that its start is left out. It reads and
/// signs the document, and neither prices nor checks it.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela bench ecf --seconds 5")]
pub(crate) struct Ecf {
    /// How long each measurement takes.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Leave xmlsec1 out, as is done where there is none.
    #[arg(long)]
    no_xmlsec1: bool,
}

impl Ecf {
    pub(crate) fn run(self, json: bool) -> Result<(), Failure> {
        let time = Duration::from_secs(self.seconds);
        let folder = tempfile::tempdir()?;
        let signer = TestSigner::new(folder.path())?;
        let maker = Maker::new(&signer);
        let first = maker.make(1)?;
        maker.verify(&first.bytes)?;

        let bar = ProgressBar::new_spinner();
        bar.set_message("raw RSA-2048, and e-CFs, in turns");
        let (raw, made) = in_turns(&maker, &signer, time)?;
        bar.set_message("e-CFs without their signature");
        let unsigned = measure(time / 2, || maker.prepare(1).map(drop))?;
        bar.set_message("xmlsec1");
        let xmlsec = if self.no_xmlsec1 {
            None
        } else {
            xmlsec::sign(folder.path(), &first.bytes, &signer, time)?
        };
        bar.finish_and_clear();

        let mut table = Table::default();
        table.measured("raw RSA-2048 signatures, one core", &raw);
        table.measured("e-CFs priced, composed, checked and signed, one core", &made);
        table.measured("the same without the RSA signature", &unsigned);
        if let Some(rate) = xmlsec {
            table.rate("xmlsec1 --sign of the same document, in one process", rate);
            table.ratio("e-CFs ÷ xmlsec1 --sign", made.rate(), rate);
        }
        table.ratio("e-CFs ÷ raw RSA-2048", made.rate(), raw.rate());
        table.print(json);
        Ok(())
    }
}

/// One turn of either, short enough that the machine is the same for both.
const TURN: Duration = Duration::from_millis(50);

/// Measures raw signatures and e-CFs, each for that long, turn by turn.
fn in_turns(
    maker: &Maker<'_>,
    signer: &TestSigner,
    time: Duration,
) -> Result<(Measured, Measured), Failure> {
    let message = maker.prepare(1)?.bytes().to_vec();
    let (mut raw, mut made) = (Turns::default(), Turns::default());
    let mut number = 0;
    while made.elapsed < time {
        raw.turn(|| signer.sign_raw(&message))?;
        made.turn(|| {
            number += 1;
            maker.make(number).map(drop)
        })?;
    }
    Ok((raw.measured(), made.measured()))
}

fn measure(
    time: Duration,
    mut operation: impl FnMut() -> Result<(), Failure>,
) -> Result<Measured, Failure> {
    let mut turns = Turns::default();
    while turns.elapsed < time {
        turns.turn(&mut operation)?;
    }
    Ok(turns.measured())
}

#[derive(Default)]
struct Turns {
    elapsed: Duration,
    waits: Vec<Duration>,
}

impl Turns {
    fn turn(&mut self, mut operation: impl FnMut() -> Result<(), Failure>) -> Result<(), Failure> {
        let start = Instant::now();
        let mut before = start;
        while before - start < TURN {
            operation()?;
            let now = Instant::now();
            self.waits.push(now - before);
            before = now;
        }
        self.elapsed += before - start;
        Ok(())
    }

    fn measured(self) -> Measured {
        Measured::new(self.elapsed, self.waits)
    }
}
