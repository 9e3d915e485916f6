//! A regime whose authority gives numbers out in ranges, for two outlets of a schedule.
//!
//! Documents are told by the machine that the outlet's channel has, unchanged. What such a regime adds
//! stands here, over the same line: numbers of a kind, a number that comes back when its document is
//! refused, and annulments, which the authority answers at once.

use authorities::{
    Annulment, Event, Method, NumberFate, Outcome, Pause, Progress, RangeKind, Receipt, Refusal,
    RefusalKind, Request, Step, Target, Trouble,
};
use invoice::{SECOND, Timestamp};
use jiff::civil::{Date, date};

use crate::scene::FirstRange;

/// The one kind of number that there is.
pub(crate) const KIND: &RangeKind =
    &RangeKind { code: "S", label: "Simulated", prefix: "S", width: 6, expires: true };

/// Where an annulment is told.
pub(crate) const ANNUL: &str = "annul";

/// The authority holds nothing of a document that it refused: another may bear its number.
pub(crate) fn with_number_back(refusal: Refusal) -> Refusal {
    Refusal { number: NumberFate::Unused, ..refusal }
}

/// The machine of an annulment has one phase: what is told twice is taken once.
pub(crate) fn begin() -> Progress {
    Progress::from_bytes(b"annulment".to_vec())
}

pub(crate) fn step(
    annulment: &Annulment,
    event: Event,
    now: Timestamp,
) -> Result<(Progress, Step), Refusal> {
    let step = match event {
        Event::Started | Event::Due | Event::Signed(_) | Event::Told(_) => {
            Step::Send(request(annulment))
        }
        Event::Replied(response) => match response.status {
            200 => Step::Done(Outcome::Taken(receipt(annulment))),
            409 => return Err(refusal()),
            _ => wait("it is busy", now),
        },
        Event::Unanswered(_) | Event::HeldBack => wait("no answer", now),
    };
    Ok((begin(), step))
}

fn request(annulment: &Annulment) -> Request {
    Request {
        operation: ANNUL,
        target: Target::Authority(""),
        method: Method::Post,
        path: format!("/simulated/{ANNUL}"),
        content_type: "application/json".to_owned(),
        accept: "application/json",
        body: Some(document(annulment).into_bytes()),
        session: None,
        point_of_no_return: true,
        takes_a_place: false,
    }
}

fn document(annulment: &Annulment) -> String {
    let run = annulment.runs.first().expect("an annulment is of a run");
    format!(r#"{{"first":"{}","last":"{}"}}"#, run.first, run.last)
}

fn receipt(annulment: &Annulment) -> Receipt {
    Receipt {
        document: document(annulment),
        reply: String::new(),
        words: "taken".to_owned(),
        besides: None,
    }
}

fn refusal() -> Refusal {
    Refusal {
        kind: RefusalKind::Refused,
        code: "used".to_owned(),
        words: "some of these numbers are used".to_owned(),
        number: NumberFate::Used,
    }
}

fn wait(why: &str, now: Timestamp) -> Step {
    let trouble = Trouble::new("", why);
    Step::Wait { until: now.plus_micros(SECOND), pause: Pause::LineFailed, trouble }
}

/// What every schedule begins with: a few numbers that are good for a day, and some that last.
pub(crate) const FIRST_RANGES: &[FirstRange] = &[
    FirstRange {
        kind: KIND,
        numbers: (1, 8),
        expires_on: Some(FIRST_DAY),
        shares: [(1, 3), (6, 7)],
    },
    FirstRange {
        kind: KIND,
        numbers: (11, 30),
        expires_on: Some(date(2026, 12, 31)),
        shares: [(11, 14), (20, 24)],
    },
];

/// The day on which schedules begin, at their outlets.
pub(crate) const FIRST_DAY: Date = date(2026, 6, 1);
/// The first number that no range of theirs holds.
pub(crate) const FIRST_UNGIVEN: u64 = 31;
