//! How long to wait, and why.

use invoice::{SECOND, Timestamp};

use crate::contract::{Pause, Step, Trouble};

/// The DGII validates a document in 200 ms on average (Descripción Técnica, Consulta de resultado):
/// first asked after as long, then after twice as long each time.
const RESULT_FIRST: i64 = SECOND / 5;
/// What has not been validated by then waits for something else.
const RESULT_MAX: i64 = 5 * 60 * SECOND;
/// Where the line or the server fails; the driver backs off from there.
const LINE_FIRST: i64 = SECOND / 4;
const LINE_MAX: i64 = 60 * SECOND;
/// Where the session is refused again right after it was renewed: a person has to put right who may
/// act for whom.
const SESSION_WAIT: i64 = 60 * SECOND;
/// Where the DGII says that it is too much at once.
const LATER_WAIT: i64 = 30 * SECOND;
/// A note follows its document: most are validated within seconds.
const ORIGINAL_FIRST: i64 = SECOND;
const ORIGINAL_MAX: i64 = 5 * 60 * SECOND;
/// Receivers' systems are of all kinds, and some are closed at night.
const RECEIVER_FIRST: i64 = 30 * SECOND;
const RECEIVER_MAX: i64 = 2 * 60 * 60 * SECOND;

pub(super) fn for_result(now: Timestamp, polls: u32) -> Step {
    let trouble = Trouble::new("", "the DGII has not validated it yet");
    not_now(now, grown(RESULT_FIRST, polls, RESULT_MAX), trouble)
}

pub(super) fn for_line(now: Timestamp, tries: u32, trouble: Trouble) -> Step {
    let until = now.plus_micros(grown(LINE_FIRST, tries, LINE_MAX));
    Step::Wait { until, pause: Pause::LineFailed, trouble }
}

pub(super) fn for_session(now: Timestamp, trouble: Trouble) -> Step {
    not_now(now, SESSION_WAIT, trouble)
}

pub(super) fn for_later(now: Timestamp, trouble: Trouble) -> Step {
    not_now(now, LATER_WAIT, trouble)
}

pub(super) fn for_original(now: Timestamp, waits: u32) -> Step {
    let words = "the document that it corrects is not accepted yet";
    let micros = grown(ORIGINAL_FIRST, waits, ORIGINAL_MAX);
    not_now(now, micros, Trouble::new("", words))
}

pub(super) fn for_receiver(now: Timestamp, tries: u32, trouble: Trouble) -> Step {
    not_now(now, grown(RECEIVER_FIRST, tries, RECEIVER_MAX), trouble)
}

fn not_now(now: Timestamp, micros: i64, trouble: Trouble) -> Step {
    Step::Wait { until: now.plus_micros(micros), pause: Pause::NotNow, trouble }
}

/// Doubles each time, up to a longest.
fn grown(first: i64, times: u32, longest: i64) -> i64 {
    first.checked_shl(times.min(DOUBLINGS_MAX)).unwrap_or(longest).min(longest)
}

/// More would leave no wait in the sixty-four bits.
const DOUBLINGS_MAX: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end_to_grow() {
        let waits: Vec<i64> =
            (0..14).map(|polls| grown(RESULT_FIRST, polls, RESULT_MAX) / 1_000).collect();
        assert_eq!(waits[..5], [200, 400, 800, 1_600, 3_200]);
        assert_eq!(waits[11..], [300_000, 300_000, 300_000]);
        assert_eq!(grown(1, u32::MAX, i64::MAX), 1 << DOUBLINGS_MAX);
    }
}
