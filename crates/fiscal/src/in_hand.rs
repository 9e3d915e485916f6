//! A document of the inbox in hand, under a lease: nobody else asks about it or sends what was decided
//! of it meanwhile.

use ledger::{DocumentWork, Held, InboxId, LeaseToken, LedgerError, NewLease};

use crate::desk::Desk;
use crate::leases::{Hold, LEASE, Leave};

pub(crate) struct InHand {
    id: InboxId,
    token: LeaseToken,
    /// Lets the lease last.
    hold: Hold,
}

impl InHand {
    /// None where somebody else has it, and none where it was done meanwhile.
    pub(crate) async fn take(
        desk: &Desk,
        (id, work): (&InboxId, DocumentWork),
    ) -> Result<Option<Self>, LedgerError> {
        let now = desk.clock.now();
        let until = now.plus_micros(LEASE);
        let lease = NewLease { owner: "agent".to_owned(), until };
        let token = desk.ledger.lease_document(&desk.outlet.tenant, (id, work), lease, now).await?;
        Ok(token.map(|token| {
            let hold = desk.leases.hold(Held::Document(id.clone(), token), until);
            Self { id: id.clone(), token, hold }
        }))
    }

    pub(crate) fn id(&self) -> &InboxId {
        &self.id
    }

    pub(crate) fn token(&self) -> LeaseToken {
        self.token
    }

    pub(crate) fn leave(&self) -> &Leave {
        self.hold.leave()
    }

    pub(crate) async fn give_back(self, desk: &Desk) -> Result<(), LedgerError> {
        desk.ledger.release_document(&desk.outlet.tenant, &self.id, self.token).await
    }
}
