//! Receipts on paper, of a time in which nothing else could be issued, and which invoices stand for
//! them since.

use std::fmt;

use invoice::{Amount, InvoiceId, OutletId, TenantId, Timestamp};
use jiff::civil::Date;

use crate::error::LedgerError;
use crate::ledger::{Ledger, Store, bytes, text};
use crate::limits::BLOB_BYTES_MAX;
use crate::postgres::{self, Scope};
use crate::registry::Environment;
use crate::sqlite;

/// A receipt's name in the API: its outlet, and its number as printed.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct PaperId {
    pub outlet: OutletId,
    pub number: String,
}

impl PaperId {
    /// Reads what is written: `pr_`, the outlet's own letters, and the number.
    pub fn parse(text: &str) -> Option<Self> {
        let (outlet, number) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let outlet = OutletId::parse(&format!("{OUTLET_PREFIX}{outlet}")).ok()?;
        let is_number = (1..=NUMBER_CHARACTERS_MAX).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_number.then(|| Self { outlet, number: number.to_owned() })
    }
}

impl fmt::Display for PaperId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outlet = self.outlet.as_str().trim_start_matches(OUTLET_PREFIX);
        write!(formatter, "{PREFIX}{outlet}_{}", self.number)
    }
}

const PREFIX: &str = "pr_";
const OUTLET_PREFIX: &str = "ou_";
/// The longest number that any authority's paper bears has nineteen characters.
const NUMBER_CHARACTERS_MAX: usize = 32;

/// A receipt on paper, to be recorded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewPaper {
    pub tenant: TenantId,
    pub id: PaperId,
    /// The legal person's own number, as in the outlet's statements.
    pub taxpayer: String,
    pub environment: Environment,
    /// The document kind's key.
    pub kind: String,
    pub issued_on: Date,
    /// The day from which the outlet could issue nothing else.
    pub since: Date,
    /// The last day on which paper may be issued since then.
    pub paper_until: Date,
    /// The last day for the invoice that stands for it.
    pub stand_by: Date,
    pub total: Amount,
    pub currency: String,
    pub customer_name: Option<String>,
    pub customer_tax_id: Option<String>,
    /// What was sold, as JSON.
    pub draft: Vec<u8>,
    pub recorded_by: String,
    pub at: Timestamp,
}

/// What a list shows of a receipt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PaperSummary {
    pub id: PaperId,
    pub kind: String,
    pub issued_on: Date,
    pub since: Date,
    pub paper_until: Date,
    pub stand_by: Date,
    pub total: Amount,
    pub currency: String,
    pub customer_name: Option<String>,
    pub customer_tax_id: Option<String>,
    pub at: Timestamp,
    pub state: PaperState,
}

/// How far the invoice is that is to stand for a receipt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PaperState {
    /// There is none.
    Recorded,
    /// It is issued, and the authority has not taken it yet.
    Standing(InvoiceId),
    /// The authority has it.
    Settled(InvoiceId),
}

/// A receipt with what was sold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Paper {
    pub summary: PaperSummary,
    pub draft: Vec<u8>,
    pub recorded_by: String,
}

/// Which receipts to list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PaperFilter {
    /// Any of these, and no other.
    pub outlets: Vec<OutletId>,
    /// Only those that the authority has no invoice for.
    pub unsettled: bool,
    /// Only those before this one, as the list has them.
    pub before: Option<(Timestamp, PaperId)>,
}

/// Receipts on paper.
impl Ledger {
    /// Records a receipt, once: [`LedgerError::Conflict`] where its taxpayer has one of this number.
    pub async fn record_paper(&self, new: NewPaper) -> Result<(), LedgerError> {
        bytes("draft", new.draft.len(), BLOB_BYTES_MAX)?;
        for (field, value) in [
            ("number", Some(&new.id.number)),
            ("taxpayer", Some(&new.taxpayer)),
            ("currency", Some(&new.currency)),
            ("document kind", Some(&new.kind)),
            ("customer name", new.customer_name.as_ref()),
            ("customer tax id", new.customer_tax_id.as_ref()),
            ("recorded by", Some(&new.recorded_by)),
        ] {
            text(field, value.map_or("", String::as_str))?;
        }
        match &self.store {
            Store::Sqlite(file) => file.write(move |file| sqlite::papers::record(file, &new)).await,
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&new.tenant), async |client| {
                        postgres::papers::record(client, &new).await
                    })
                    .await
            }
        }
    }

    pub async fn paper(
        &self,
        tenant: &TenantId,
        id: &PaperId,
    ) -> Result<Option<Paper>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.read(move |file| sqlite::papers::paper(file, &tenant, &id)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::papers::paper(client, tenant, id).await
                    })
                    .await
            }
        }
    }

    /// Newest first, at most [`crate::PAGE_MAX`].
    pub async fn papers(
        &self,
        tenant: &TenantId,
        filter: PaperFilter,
        limit: u32,
    ) -> Result<Vec<PaperSummary>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::papers::list(file, &tenant, &filter, limit)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::papers::list(client, tenant, &filter, limit).await
                    })
                    .await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let outlet = OutletId::from_random([7; 10]);
        let id = PaperId { outlet, number: "B0100000001".to_owned() };
        assert_eq!(PaperId::parse(&id.to_string()), Some(id.clone()));
        let outlet = &id.outlet.as_str()["ou_".len()..];
        for number in ["", "B 1", "B/1", "É1", &"1".repeat(33)] {
            assert_eq!(PaperId::parse(&format!("pr_{outlet}_{number}")), None, "{number}");
        }
        for other in ["", "pr_", "pr__B01", "rd_x_1"] {
            assert_eq!(PaperId::parse(other), None, "{other}");
        }
    }
}
