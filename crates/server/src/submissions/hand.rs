//! Whose submission a caller has in hand.

use fiscal::Hand;

use crate::call::{Call, SubmissionsWrite};
use crate::problem::Problem;

impl Call<SubmissionsWrite> {
    /// The submission of an invoice that the caller reaches, by the text of the invoice's id.
    pub(super) async fn hand(&self, id: &str) -> Result<Hand, Problem> {
        let record = self.record(id).await?;
        Ok(Hand {
            tenant: self.caller.tenant.clone(),
            invoice: record.invoice.invoice,
            by: self.caller.key_id.clone(),
            now: self.app.now(),
        })
    }
}
