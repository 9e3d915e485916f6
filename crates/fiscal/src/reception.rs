//! Who receives: the outlet that takes other taxpayers' documents for its own, and its key.
//!
//! It wants neither a wire nor an authority's machine: an outlet that cannot send still receives.

use std::sync::Arc;

use authorities::{Approval, KeyRole, Own, Receiving, Roots, Unsigned, receiving_named};
use invoice::{Json, Timestamp};
use ledger::{Environment, Ledger, LedgerError, Outlet};

use crate::desk::{DeskError, open_taxpayer_keys};
use crate::keys::{KeyError, Keys};
use crate::trusted_roots::trusted_roots;

/// An outlet that receives for its taxpayer.
#[derive(Clone)]
pub struct Reception {
    pub ledger: Arc<Ledger>,
    pub outlet: Outlet,
    /// The taxpayer's own number.
    pub tax_id: String,
    pub receiving: &'static dyn Receiving,
    pub tokens: Tokens,
    /// Whose certificates count; none where that is not looked at.
    pub roots: Option<Arc<Roots>>,
    keys: Keys,
}

/// Whether those who knock have to show a token: `receiving.tokens` in the outlet's settings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tokens {
    /// `optional`, the default: one that is shown is looked at, and a foreign one is passed over.
    Optional,
    /// `required`.
    Required,
}

/// Why nobody receives.
#[derive(Debug, thiserror::Error)]
pub enum ReceptionError {
    #[error("nobody receives for this taxpayer here")]
    Nobody,
    /// Two outlets say that they receive for one taxpayer number: it would be a matter of luck
    /// whose inbox a document lands in, so it lands in none.
    #[error(
        "{0} outlets want to receive for this taxpayer: let `receiving` stand in one's settings"
    )]
    Several(usize),
    #[error("outlet {outlet}: receiving.tokens is `optional` or `required`")]
    Settings { outlet: invoice::OutletId },
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Reception {
    /// The one that receives for a taxpayer number: the only outlet of it whose settings have an
    /// object `receiving`.
    pub async fn of_tax_id(
        ledger: &Arc<Ledger>,
        tax_id: &str,
        environment: Environment,
    ) -> Result<Self, ReceptionError> {
        let outlets = ledger.outlets_of_tax_id(tax_id, environment).await?;
        let mut willing = Vec::new();
        for (outlet, taxpayer) in outlets {
            let Ok(settings) = Json::parse(outlet.settings.as_bytes()) else { continue };
            let receiving = receiving_named(&outlet.authority);
            if let (Some(receiving), true) = (receiving, settings.member(RECEIVING).is_some()) {
                willing.push((outlet, taxpayer, receiving, settings));
            }
        }
        let several = ReceptionError::Several(willing.len());
        let (Some((outlet, taxpayer, receiving, settings)), true) =
            (willing.pop(), willing.is_empty())
        else {
            let is_nobody = matches!(several, ReceptionError::Several(0));
            return Err(if is_nobody { ReceptionError::Nobody } else { several });
        };
        let tokens = tokens(&settings)
            .ok_or_else(|| ReceptionError::Settings { outlet: outlet.id.clone() })?;
        let tax_id = taxpayer.tax_id;
        Self::open(ledger, (outlet, tax_id, &settings), receiving, tokens).await
    }

    /// The one that received a document: an outlet of a tenant.
    pub async fn of_outlet(ledger: &Arc<Ledger>, outlet: Outlet) -> Result<Self, ReceptionError> {
        let receiving = receiving_named(&outlet.authority).ok_or(ReceptionError::Nobody)?;
        let taxpayer = ledger.taxpayer(&outlet.tenant, &outlet.taxpayer).await?;
        let tax_id = taxpayer.ok_or(ReceptionError::Nobody)?.tax_id;
        let settings = Json::parse(outlet.settings.as_bytes()).map_err(|error| {
            DeskError::Settings { outlet: outlet.id.clone(), reason: error.to_string() }
        })?;
        let tokens = tokens(&settings).unwrap_or(Tokens::Required);
        Self::open(ledger, (outlet, tax_id, &settings), receiving, tokens).await
    }

    async fn open(
        ledger: &Arc<Ledger>,
        (outlet, tax_id, settings): (Outlet, String, &Json),
        receiving: &'static dyn Receiving,
        tokens: Tokens,
    ) -> Result<Self, ReceptionError> {
        let keys = open_taxpayer_keys(&outlet, settings).await?;
        let roots = match settings.member(RECEIVING) {
            Some(object) => trusted_roots(&outlet, object).await?,
            None => None,
        };
        Ok(Self { ledger: Arc::clone(ledger), outlet, tax_id, receiving, tokens, roots, keys })
    }

    /// The taxpayer and whom it believes, as what is read is judged by.
    pub(crate) fn own(&self) -> Own<'_> {
        Own { tax_id: &self.tax_id, roots: self.roots.as_deref() }
    }

    /// Signs with the taxpayer's key, on a thread that may wait.
    pub(crate) async fn sign(
        &self,
        unsigned: Unsigned,
        now: Timestamp,
    ) -> Result<Vec<u8>, SignatureError> {
        let keys = self.keys.clone();
        let signed = tokio::task::spawn_blocking(move || {
            let signed = keys.sign(unsigned.bytes(), KeyRole::Taxpayer, now)?;
            unsigned.finish(&signed).map_err(SignatureError::Unusable)
        });
        signed.await.expect("signing does not panic")
    }

    pub(crate) fn approval(
        &self,
        approval: &Approval,
        now: Timestamp,
    ) -> Result<Unsigned, authorities::NotRead> {
        self.receiving.approval(approval, now)
    }
}

/// Why an answer has no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the signature cannot be used: {0}")]
    Unusable(String),
}

/// The object of an outlet's settings that says that it receives, and how.
pub(crate) const RECEIVING: &str = "receiving";

fn tokens(settings: &Json) -> Option<Tokens> {
    let Some(tokens) = settings.member(RECEIVING).and_then(|object| object.member("tokens")) else {
        return Some(Tokens::Optional);
    };
    match tokens.as_str() {
        Some("optional") => Some(Tokens::Optional),
        Some("required") => Some(Tokens::Required),
        Some(_) | None => None,
    }
}
