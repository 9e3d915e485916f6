//! Regularise a receipt on paper: issue the invoice that stands for it, once.

use std::sync::Arc;

use authorities::Paper;
use invoice::{Draft, Json};
use ledger::{LedgerError, PaperId, PaperState};

use crate::desk::Desk;
use crate::drive::Patience;
use crate::issue::{IssueError, Issued, Order, issue};
use crate::record_paper::{papers, standing_for};

/// Why a receipt was not regularised. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum RegulariseError {
    #[error("there is no such receipt on paper")]
    Unknown,
    #[error(transparent)]
    Issue(#[from] IssueError),
}

/// Issues at the desk of the receipt's outlet. Where an invoice stands for it already, it is that one
/// ([`Issued::Replayed`]); an invoice that was refused stands for nothing.
pub async fn regularise(
    desk: &Arc<Desk>,
    id: &PaperId,
    patience: Patience,
) -> Result<Issued, RegulariseError> {
    let paper = desk.ledger.paper(&desk.outlet.tenant, id).await.map_err(IssueError::Ledger)?;
    let paper = paper.ok_or(RegulariseError::Unknown)?;
    match &paper.summary.state {
        PaperState::Standing(by) | PaperState::Settled(by) => {
            return Ok(Issued::Replayed(by.clone()));
        }
        PaperState::Recorded => {}
    }
    let draft = draft(desk, id, &paper)?;
    match issue(desk, Order { draft, idempotency: None }, patience).await {
        Err(IssueError::Faults(faults)) => match standing(desk, id).await? {
            // Somebody was faster.
            Some(by) => Ok(by),
            None => Err(IssueError::Faults(faults).into()),
        },
        issued => Ok(issued?),
    }
}

fn draft(desk: &Desk, id: &PaperId, paper: &ledger::Paper) -> Result<Draft, IssueError> {
    let papers = papers(desk).map_err(|fault| IssueError::Faults(vec![fault]))?;
    let sold = Json::parse(&paper.draft).map_err(|error| {
        IssueError::Ledger(LedgerError::Corrupt(format!("the draft of {id}: {error}")))
    })?;
    let name = Paper { number: &id.number, issued_on: paper.summary.issued_on };
    standing_for(papers, &sold, &name).map_err(IssueError::Faults)
}

async fn standing(desk: &Desk, id: &PaperId) -> Result<Option<Issued>, IssueError> {
    let paper = desk.ledger.paper(&desk.outlet.tenant, id).await?;
    Ok(paper.and_then(|paper| match paper.summary.state {
        PaperState::Standing(by) | PaperState::Settled(by) => Some(Issued::Replayed(by)),
        PaperState::Recorded => None,
    }))
}
