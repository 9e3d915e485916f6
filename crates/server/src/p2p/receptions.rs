//! Who receives for a taxpayer number, remembered for a minute: opening a key takes its time.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use fiscal::{DeskError, Reception, ReceptionError};
use invoice::{SECOND, Timestamp};
use ledger::Environment;

use crate::app::App;
use crate::limits::{RECEPTION_SECONDS, TAX_ID_MAX};
use crate::problem::{NO_SUCH_RESOURCE, Problem, RECEPTION_UNAVAILABLE};

#[derive(Default)]
pub(super) struct Receptions(RwLock<HashMap<Key, (Arc<Reception>, Timestamp)>>);

type Key = (Environment, String);

impl Receptions {
    pub(super) async fn find(
        &self,
        app: &App,
        environment: &str,
        tax_id: &str,
    ) -> Result<Arc<Reception>, ReceptionError> {
        let environment = Environment::parse(&environment.to_ascii_lowercase());
        let environment = environment.ok_or(ReceptionError::Nobody)?;
        if tax_id.len() > TAX_ID_MAX {
            return Err(ReceptionError::Nobody);
        }
        let key = (environment, tax_id.to_owned());
        if let Some(known) = self.known(&key, app.now()) {
            return Ok(known);
        }
        let found = Reception::of_tax_id(app.ledger(), tax_id, environment).await;
        let found = Arc::new(found?);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(key, (Arc::clone(&found), app.now()));
        Ok(found)
    }

    fn known(&self, key: &Key, now: Timestamp) -> Option<Arc<Reception>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (reception, since) = known.get(key)?;
        let is_fresh = now.micros_since(*since) < RECEPTION_SECONDS * SECOND;
        is_fresh.then(|| Arc::clone(reception))
    }
}

/// Whether a store has an outlet that receives for a taxpayer, be it one that cannot just now; none
/// where the store does not answer.
pub(crate) async fn is_door(app: &App, environment: &str, tax_id: &str) -> Option<bool> {
    match app.p2p().receptions.find(app, environment, tax_id).await {
        Err(ReceptionError::Nobody) => Some(false),
        Err(ReceptionError::Ledger(_) | ReceptionError::Desk(DeskError::Ledger(_))) => None,
        Ok(_)
        | Err(
            ReceptionError::Desk(_) | ReceptionError::Several(_) | ReceptionError::Settings { .. },
        ) => Some(true),
    }
}

/// What is wrong with an outlet is not for strangers.
pub(super) fn told(error: ReceptionError) -> Problem {
    match error {
        ReceptionError::Nobody => Problem::new(NO_SUCH_RESOURCE),
        ReceptionError::Ledger(error) => error.into(),
        ReceptionError::Desk(error) => {
            tracing::error!("nobody can receive: {}", error.in_full());
            Problem::new(RECEPTION_UNAVAILABLE)
        }
        error @ (ReceptionError::Several(_) | ReceptionError::Settings { .. }) => {
            tracing::error!("nobody can receive: {error}");
            Problem::new(RECEPTION_UNAVAILABLE)
        }
    }
}
