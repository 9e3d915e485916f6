//! What people are told of although nobody asks: what is late, numbers that run out, paper that
//! waits for an invoice.

use fiscal::Desks;

use crate::alerts::Late;
use crate::numbers::Numbers;
use crate::papers;

/// Looks for it, again and again: an agent does so as often as it surveys.
#[derive(Default)]
pub struct Watch {
    late: Late,
    numbers: Numbers,
}

impl Watch {
    /// Raises what holds now and was not told of, and clears what no longer holds. What fails is
    /// logged, and looked for again the next time.
    pub async fn look(&mut self, desks: &Desks) {
        if let Err(error) = self.late.sweep(desks).await {
            tracing::error!("late submissions could not be looked for: {error}");
        }
        if let Err(error) = self.numbers.sweep(desks).await {
            tracing::error!("numbers that run low could not be looked for: {error}");
        }
        if let Err(error) = papers::sweep(desks).await {
            tracing::error!("receipts on paper could not be looked for: {error}");
        }
    }
}
