//! A sequence as the API shows it.

use ledger::{RangeStanding, ShareStanding};
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::Call;
use crate::examples;
use crate::problem::{NO_SUCH_RESOURCE, Problem};
use crate::rights::Reach;

/// A range of numbers that an authority gave out.
#[derive(Serialize, ToSchema)]
#[schema(title = "Sequence")]
pub(crate) struct SequenceView {
    /// Its id.
    #[schema(example = "ra_aeaqcaibaeaqcaib")]
    pub id: String,
    /// The taxpayer that it was given to.
    #[schema(example = "tp_aeaqcaibaeaqcaib")]
    pub taxpayer: String,
    /// The authority's own code of the kind of document.
    #[schema(example = "31")]
    pub kind: String,
    /// Its first number, as printed.
    #[schema(example = json!(examples::NUMBER_OF_RANGE))]
    pub first: String,
    /// Its last number, as printed.
    #[schema(example = json!(examples::LAST_OF_RANGE))]
    pub last: String,
    /// The last day on which its numbers may be used, where they have one.
    #[schema(example = "2027-12-31", format = Date)]
    pub expires_on: Option<String>,
    /// The authority's own reference of its authorisation.
    #[schema(example = "5020003728")]
    pub reference: Option<String>,
    /// How many of its numbers no outlet has.
    #[schema(example = 900)]
    pub unlent: u64,
    /// What outlets have of it, in the order of the numbers.
    pub shares: Vec<ShareView>,
    /// Runs that were annulled.
    pub annulled: Vec<AnnulledView>,
    /// When it was recorded.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    pub created_at: String,
}

/// An outlet's part of a sequence.
#[derive(Serialize, ToSchema)]
#[schema(title = "SequenceShare")]
pub(crate) struct ShareView {
    /// The outlet.
    #[schema(example = "ou_aeaqcaibaeaqcaib")]
    pub outlet: String,
    /// Its first number, as printed.
    #[schema(example = json!(examples::NUMBER_OF_RANGE))]
    pub first: String,
    /// Its last number, as printed.
    #[schema(example = json!(examples::LAST_OF_RANGE))]
    pub last: String,
    /// How many of them the next documents may take.
    #[schema(example = 57)]
    pub left: u64,
}

/// Numbers that will never be used.
#[derive(Serialize, ToSchema)]
#[schema(title = "AnnulledNumbers")]
pub(crate) struct AnnulledView {
    /// The first, as printed.
    #[schema(example = json!(examples::NUMBER_OF_RANGE))]
    pub first: String,
    /// The last, as printed.
    #[schema(example = json!(examples::LAST_OF_RANGE))]
    pub last: String,
    /// What the authority knows of it: `recorded` (not yet told), `taken`, `refused`.
    #[schema(example = "taken")]
    pub state: &'static str,
}

impl SequenceView {
    pub(crate) fn of(standing: RangeStanding) -> Self {
        let RangeStanding { range, shares, annulled, unlent } = standing;
        let share = |ShareStanding { share, left }: &ShareStanding| ShareView {
            outlet: share.outlet.to_string(),
            first: range.write(share.first),
            last: range.write(share.last),
            left: *left,
        };
        let annulled = annulled.iter().map(|run| AnnulledView {
            first: range.write(run.first),
            last: range.write(run.last),
            state: run.state.as_str(),
        });
        Self {
            id: range.id.to_string(),
            taxpayer: range.taxpayer.to_string(),
            kind: range.kind.clone(),
            first: range.write(range.first),
            last: range.write(range.last),
            expires_on: range.expires_on.map(|day| day.to_string()),
            reference: range.reference.clone(),
            unlent,
            shares: shares.iter().map(share).collect(),
            annulled: annulled.collect(),
            created_at: range.created_at.to_string(),
        }
    }
}

impl<R> Call<R> {
    /// The ranges of the key's environment; where it reaches some outlets only, those of which one
    /// of them has a share, with the shares of these.
    pub(crate) async fn sequences(&self) -> Result<Vec<RangeStanding>, Problem> {
        let mut ranges = self.app.ledger().ranges(&self.caller.tenant).await?;
        ranges.retain_mut(|standing| {
            standing.shares.retain(|share| self.caller.reaches(&share.share.outlet));
            let is_reached = self.caller.reach == Reach::All || !standing.shares.is_empty();
            standing.range.environment == self.caller.environment && is_reached
        });
        Ok(ranges)
    }

    /// A range that the caller reaches, by the text of its id.
    pub(crate) async fn sequence(&self, id: &str) -> Result<RangeStanding, Problem> {
        let found = self.sequences().await?.into_iter();
        let mut found = found.filter(|standing| standing.range.id.as_str() == id);
        found.next().ok_or_else(|| Problem::new(NO_SUCH_RESOURCE))
    }
}
