//! What callers ask for, what they are told, and how their books take it down.

use std::sync::Arc;

use fiscal::{Desk, IssueError, Issued, Patience};
use invoice::{Draft, Hash, InvoiceId, Json, SECOND, SealedInvoice};
use ledger::{EntryProof, Idempotency, LedgerError};
use proof::verify_inclusion;

use crate::memo::{Memo, Receipt};
use crate::scene::Scene;
use crate::world::Complaint;

/// A draft and how it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub outlet: usize,
    pub mark: String,
    pub key: Option<(String, u8)>,
    pub what: What,
    /// How many of each article.
    pub quantity: u64,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Sale,
    /// Takes back of this invoice.
    Credit(InvoiceId),
    /// Takes the place of this refused one.
    Again(InvoiceId),
    /// The agent, who asks for nothing and is told nothing.
    Delivery,
}

/// What a caller hears.
#[derive(Debug)]
pub(crate) enum Told {
    /// With the proof that the log of its outlet holds it, where it was sealed while it was asked for.
    Sealed(Box<SealedInvoice>, Option<Box<EntryProof>>),
    Underway(InvoiceId),
    Refused(InvoiceId),
    Replayed(InvoiceId),
    KeyReused(InvoiceId),
    /// Nothing was written.
    Nothing(String),
    /// An error that leaves open what was written.
    Unknown(String),
    /// The agent's drives are over.
    Driven,
}

impl Request {
    pub(crate) fn draft(&self, scene: &Scene) -> Draft {
        let text = (scene.draft)(self);
        let json = Json::parse(text.as_bytes()).expect("the draft is JSON");
        Draft::read(&json).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    /// Asks, as a till does that waits for half a minute.
    pub(crate) async fn ask(self, (scene, desk): (&'static Scene, Arc<Desk>)) -> Told {
        let idempotency = self.key.as_ref().map(|(key, body)| Idempotency {
            key: key.clone(),
            body_hash: Hash::of_note(&[*body]),
        });
        let order = fiscal::Order { draft: self.draft(scene), idempotency };
        let deadline = desk.clock.now().plus_micros(30 * SECOND);
        match fiscal::issue(&desk, order, Patience::Until(deadline)).await {
            Ok(Issued::Sealed(sealed, proof)) => Told::Sealed(sealed, proof),
            Ok(Issued::Underway(id)) => Told::Underway(id),
            Ok(Issued::Refused(id)) => Told::Refused(id),
            Ok(Issued::Replayed(id)) => Told::Replayed(id),
            Err(error) => failure(error),
        }
    }

    pub(crate) fn lost(&self, memo: &mut Memo) {
        if let What::Delivery = self.what {
            return;
        }
        memo.lost(&self.mark);
    }

    /// It is about to be asked.
    pub(crate) fn asks(&self, memo: &mut Memo) {
        memo.asks(&self.mark);
        if let What::Again(refused) = &self.what {
            *memo.asked_again.entry(refused.clone()).or_default() += 1;
        }
        if let What::Credit(original) = &self.what {
            memo.credits.insert(self.mark.clone(), original.clone());
        }
        if let Some((key, body)) = &self.key {
            memo.keys.entry(key.clone()).or_default().tried.insert(*body);
        }
    }

    /// Takes down what the caller was told; the complaint if it contradicts what was told before.
    pub(crate) fn heard(&self, told: &Told, memo: &mut Memo) -> Result<(), Complaint> {
        match told {
            Told::Driven | Told::Nothing(_) => Ok(()),
            Told::Unknown(_) => {
                self.lost(memo);
                Ok(())
            }
            Told::Sealed(sealed, proof) => {
                if let Some(proof) = proof {
                    self.proven(sealed, proof, memo)?;
                }
                self.made(&sealed.id, memo)?;
                if let What::Again(refused) = &self.what {
                    memo.corrections.push((refused.clone(), sealed.id.clone()));
                }
                memo.receipts.push(Receipt {
                    mark: self.mark.clone(),
                    outlet: self.outlet,
                    id: sealed.id.clone(),
                    number: sealed.number().to_owned(),
                    entry_hash: sealed.entry_hash(),
                });
                Ok(())
            }
            Told::Underway(id) | Told::Refused(id) => self.made(id, memo),
            Told::Replayed(id) => self.replayed(id, memo),
            Told::KeyReused(id) => self.key_reused(id, memo),
        }
    }

    /// The proof holds, and its checkpoint is one more that was published.
    fn proven(
        &self,
        sealed: &SealedInvoice,
        proof: &EntryProof,
        memo: &mut Memo,
    ) -> Result<(), Complaint> {
        let leaf = sealed.entry_hash().0;
        let (size, root) = (proof.checkpoint.size, proof.checkpoint.root);
        verify_inclusion((proof.index, size), leaf, &proof.path, root.0).map_err(|error| {
            format!("invariant 2: the proof of {} fails: {error}", sealed.number())
        })?;
        match memo.checkpoints.insert((self.outlet, size), root) {
            Some(before) if before != root => Err(format!(
                "invariant 6: two checkpoints of {size} entries of outlet {}",
                self.outlet
            )),
            _ => Ok(()),
        }
    }

    fn made(&self, id: &InvoiceId, memo: &mut Memo) -> Result<(), Complaint> {
        memo.told(&self.mark, id)?;
        let Some((key, body)) = &self.key else { return Ok(()) };
        let known = memo.keys.entry(key.clone()).or_default();
        match known.bound.replace((*body, id.clone())) {
            None => Ok(()),
            // It hung, and somebody who asked again was told meanwhile.
            Some(before) if before == (*body, id.clone()) => Ok(()),
            Some((_, before)) => {
                Err(format!("invariant 4: key {key} stood for {before} already and made {id}"))
            }
        }
    }

    fn replayed(&self, id: &InvoiceId, memo: &mut Memo) -> Result<(), Complaint> {
        memo.told(&self.mark, id)?;
        let (key, body) = self.key.as_ref().ok_or("replayed without a key")?;
        let known = memo.keys.entry(key.clone()).or_default();
        match &known.bound {
            Some((bound, before)) if (bound, before) != (body, id) => Err(format!(
                "invariant 4: key {key} stood for {before} of body {bound}, and gave {id}"
            )),
            None if !known.tried.contains(body) => {
                Err(format!("invariant 4: key {key} was never sent with body {body}: {id}"))
            }
            _ => {
                known.bound = Some((*body, id.clone()));
                Ok(())
            }
        }
    }

    fn key_reused(&self, id: &InvoiceId, memo: &mut Memo) -> Result<(), Complaint> {
        let (key, body) = self.key.as_ref().ok_or("a key reused without a key")?;
        let known = memo.keys.entry(key.clone()).or_default();
        match &known.bound {
            Some((bound, before)) if bound == body || before != id => Err(format!(
                "invariant 4: key {key} stood for {before} of body {bound}, and is {id}'s"
            )),
            None if !known.tried.iter().any(|tried| tried != body) => {
                Err(format!("invariant 4: key {key} was never sent with another body: {id}"))
            }
            _ => Ok(()),
        }
    }
}

/// What an error says of what was written. The ledger's own words are taken at their word.
fn failure(error: IssueError) -> Told {
    match error {
        IssueError::Ledger(LedgerError::KeyReused { invoice }) => Told::KeyReused(invoice),
        IssueError::Ledger(error @ (LedgerError::Closed | LedgerError::CommitFailed(_))) => {
            Told::Unknown(error.to_string())
        }
        // How a line broke is a matter of moments, and no part of the trace.
        IssueError::Ledger(LedgerError::OutcomeUnknown(_)) => {
            Told::Unknown("the outcome is not known".to_owned())
        }
        IssueError::Ledger(error) if is_of_database(&error) => {
            Told::Nothing(NOT_WRITTEN.to_owned())
        }
        IssueError::Faults(faults) => Told::Nothing(format!("{:?}", faults[0])),
        other => Told::Nothing(other.to_string()),
    }
}

/// The database kept somebody from what was asked, and how is no part of the trace: of a line that
/// breaks it is a matter of moments.
pub(crate) fn is_of_database(error: &LedgerError) -> bool {
    matches!(error, LedgerError::BatchFailed(_) | LedgerError::Postgres(_) | LedgerError::Pool(_))
}

/// What a caller hears whom the database kept from what was asked.
pub(crate) const NOT_WRITTEN: &str = "the database failed, and nothing is written";
