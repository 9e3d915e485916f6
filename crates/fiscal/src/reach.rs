//! Whether an authority can be reached, as its answers and silences tell.
//!
//! Any answer is one, also of a server that errs: what is asked is whether there is a line. Outlets
//! over one wire share what they know. It is kept as a fact of the outlet, so that a process that
//! starts while the line is down knows of it before it has asked.

use std::sync::{Mutex, MutexGuard, PoisonError};

use authorities::Target;
use invoice::{Json, Timestamp};
use ledger::{Alert, AuthorityFact, LedgerError};

use crate::desk::Desk;

/// What is known of the line to an authority.
#[derive(Debug, Default)]
pub struct Reach(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    /// Requests in a row that nobody answered, and when the first of them was.
    silences: u32,
    first: Option<Timestamp>,
    cut_off_since: Option<Timestamp>,
    /// Something was heard, or not, in this process.
    is_fresh: bool,
}

/// Requests in a row without an answer, after which the authority counts as cut off. One bad exchange
/// in twenty is an ordinary day, and three of them in a row one in eight thousand.
const SILENCES_MAX: u32 = 3;

/// The fact under which it is kept: since when, or nothing.
pub(crate) const FACT: &str = "cut_off_since";

impl Reach {
    /// Since when the authority cannot be reached; none while it can, for all that is known.
    pub fn cut_off_since(&self) -> Option<Timestamp> {
        self.heard().cut_off_since
    }

    /// What an earlier process knew, unless this one knows better.
    pub(crate) fn remember(&self, since: Timestamp) {
        let mut heard = self.heard();
        if !heard.is_fresh && heard.cut_off_since.is_none() {
            heard.cut_off_since = Some(since);
        }
    }

    /// An exchange was answered, or not; whether that changes anything.
    fn notice(&self, is_answered: bool, now: Timestamp) -> bool {
        let mut heard = self.heard();
        let before = heard.cut_off_since;
        heard.is_fresh = true;
        if is_answered {
            *heard = Heard { is_fresh: true, ..Heard::default() };
        } else {
            heard.silences = heard.silences.saturating_add(1);
            let first = *heard.first.get_or_insert(now);
            if heard.silences >= SILENCES_MAX && heard.cut_off_since.is_none() {
                heard.cut_off_since = Some(first);
            }
        }
        heard.cut_off_since != before
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// Learns from an exchange. A peer's silence says nothing of the authority.
    pub(crate) async fn notice(&self, target: &Target, is_answered: bool) {
        let is_of_authority = matches!(target, Target::Authority(_));
        if is_of_authority && self.reach.notice(is_answered, self.clock.now()) {
            // What could not be kept is kept with the next survey.
            if let Err(error) = self.keep_reach().await {
                tracing::error!(outlet.id = %self.outlet.id, "whether there is a line: {error}");
            }
        }
    }

    /// Keeps what is known of the line, and tells people while there is none.
    pub(crate) async fn keep_reach(&self) -> Result<(), LedgerError> {
        let (tenant, outlet, now) = (&self.outlet.tenant, &self.outlet.id, self.clock.now());
        let since = self.reach.cut_off_since();
        let value = since.map(|since| since.to_string()).unwrap_or_default();
        let fact = AuthorityFact { key: FACT.to_owned(), value: value.clone(), at: now };
        self.ledger.set_authority_fact(tenant, outlet, fact).await?;
        let key = format!("unreachable/{outlet}");
        if since.is_none() {
            return self.ledger.clear_alert(tenant, &key).await.map(drop);
        }
        let body = Json::Object(vec![("since".to_owned(), Json::String(value))]);
        let alert = Alert {
            tenant: tenant.clone(),
            outlet: Some(outlet.clone()),
            kind: "authority.unreachable".to_owned(),
            key,
            body: body.to_text(),
            at: now,
        };
        if self.ledger.raise_alert(alert).await? {
            tracing::warn!(outlet.id = %outlet, "the authority cannot be reached");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use invoice::SECOND;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * SECOND)
    }

    #[test]
    fn it_is_cut_off_after_silences_in_a_row_and_since_the_first_of_them() {
        let reach = Reach::default();
        assert!(!reach.notice(false, at(1)) && !reach.notice(false, at(2)));
        assert_eq!(reach.cut_off_since(), None);
        assert!(reach.notice(false, at(3)), "the third");
        assert_eq!(reach.cut_off_since(), Some(at(1)));
        assert!(!reach.notice(false, at(4)), "and it stays so");
        assert!(reach.notice(true, at(5)), "until an answer");
        assert_eq!(reach.cut_off_since(), None);
    }

    #[test]
    fn an_answer_in_between_starts_the_count_anew() {
        let reach = Reach::default();
        for round in 0..20 {
            let changes = [false, false, true].map(|answered| reach.notice(answered, at(round)));
            assert_eq!(changes, [false; 3]);
        }
    }

    #[test]
    fn what_an_earlier_process_knew_holds_until_something_is_heard() {
        let reach = Reach::default();
        reach.remember(at(1));
        assert_eq!(reach.cut_off_since(), Some(at(1)));
        assert!(reach.notice(true, at(2)));
        reach.remember(at(1));
        assert_eq!(reach.cut_off_since(), None, "this one knows better");
    }
}
