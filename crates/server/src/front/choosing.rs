//! Which store a request belongs to.

use std::hash::Hash;

use axum::http::HeaderMap;
use invoice::OutletId;
use ledger::WhichCheckpoint;

use super::{Open, Several};
use crate::app::App;
use crate::caller::bearer_hash;
use crate::p2p;
use crate::problem::{LEDGER_UNAVAILABLE, OVERLOADED, Problem, RECEPTION_UNAVAILABLE};
use crate::remembered::Remembered;

impl Several {
    /// The store of whose key that is; who shows none that could be one is nobody's.
    ///
    /// A wrong key is asked for in every store, and each remembers for itself that it does not know it.
    pub(super) async fn of_bearer(&self, headers: &HeaderMap) -> Result<&Open, Problem> {
        let Some(hash) = bearer_hash(headers) else { return Ok(self.anybody()) };
        let is_known = |app: App| async move {
            let found = app.callers().find(&hash, app.now()).await;
            found.map(|caller| caller.is_some()).map_err(|error| told(&error)).ok()
        };
        let place = self.place(&self.keys, hash, self.first(is_known)).await?;
        self.at(place)
    }

    /// The store of an outlet that has sealed something.
    pub(super) async fn of_outlet(&self, outlet: OutletId) -> Result<&Open, Problem> {
        let wanted = outlet.clone();
        let is_there = |app: App| {
            let outlet = wanted.clone();
            async move {
                let found = app.ledger().checkpoint(&outlet, WhichCheckpoint::Last).await;
                found.map(|last| last.is_some()).map_err(|error| told(&error)).ok()
            }
        };
        let place = self.place(&self.outlets, outlet, self.first(is_there)).await?;
        self.at(place)
    }

    /// The store of the outlet that receives for a taxpayer. Where two want to, in two stores, nobody
    /// does: it would be a matter of luck whose inbox a document lands in.
    pub(super) async fn of_door(&self, environment: &str, tax_id: &str) -> Result<&Open, Problem> {
        let door = (environment.to_owned(), tax_id.to_owned());
        let wanted = door.clone();
        let is_there = |app: App| {
            let (environment, tax_id) = wanted.clone();
            async move { p2p::is_door(&app, &environment, &tax_id).await }
        };
        let place = self.place(&self.doors, door, self.only(is_there)).await?;
        self.at(place)
    }

    /// From memory, or by asking.
    async fn place<K: Clone + Eq + Hash>(
        &self,
        known: &Remembered<K, usize>,
        key: K,
        asking: impl Future<Output = Result<Option<usize>, Problem>>,
    ) -> Result<Option<usize>, Problem> {
        let now = self.anybody().app.now();
        if let Some(place) = known.get(&key, now) {
            return Ok(Some(place));
        }
        let permit = self.lookups.try_acquire();
        let _permit = permit.map_err(|_| Problem::new(OVERLOADED).retry_after(1))?;
        let found = asking.await?;
        if let Some(place) = found {
            known.put(key, place, now);
        }
        Ok(found)
    }

    /// The first that says that it is there. A store that does not answer is not waited for once
    /// another has; where no other has, it may be that one.
    async fn first<F>(&self, ask: impl Fn(App) -> F) -> Result<Option<usize>, Problem>
    where
        F: Future<Output = Option<bool>> + Send + 'static,
    {
        let mut asked = self.asked(ask);
        let mut all_know = true;
        while let Some(answer) = asked.join_next().await {
            match answer {
                Ok((place, Some(true))) => return Ok(Some(place)),
                Ok((_, Some(false))) => {}
                Ok((_, None)) | Err(_) => all_know = false,
            }
        }
        if all_know { Ok(None) } else { Err(unavailable()) }
    }

    /// The only one that says so.
    async fn only<F>(&self, ask: impl Fn(App) -> F) -> Result<Option<usize>, Problem>
    where
        F: Future<Output = Option<bool>> + Send + 'static,
    {
        let answers = self.each(ask).await;
        let is_there = |place: &usize| answers[*place] == Some(true);
        let there: Vec<usize> = (0..answers.len()).filter(is_there).collect();
        match there.as_slice() {
            [] if answers.contains(&None) => Err(unavailable()),
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            [one, other, ..] => {
                let (one, other) = (&self.stores[*one].name, &self.stores[*other].name);
                tracing::error!("outlets in {one} and in {other} want to receive for one taxpayer");
                Err(Problem::new(RECEPTION_UNAVAILABLE))
            }
        }
    }

    /// Who answers for a store; nobody's requests are answered by any.
    fn at(&self, place: Option<usize>) -> Result<&Open, Problem> {
        match place {
            Some(place) => self.stores[place].open.get().ok_or_else(unavailable),
            None => Ok(self.anybody()),
        }
    }
}

fn unavailable() -> Problem {
    Problem::new(LEDGER_UNAVAILABLE).retry_after(1)
}

fn told(error: &ledger::LedgerError) {
    tracing::warn!("a store does not say whose a request is: {error}");
}
