//! A lane's connection: its session, its statements, and what it asks when a batch did not go well.

use invoice::{InvoiceId, TenantId};
use tokio_postgres::Client;

use super::address::Address;
use super::backend::Backend;
use super::connection::{self, IDLE_MAX, LOCK_MAX};
use super::facts::Ready;
use super::rows::word;
use super::statements::Statements;
use super::write::traces;
use crate::batch::{Order, Slot};
use crate::error::LedgerError;

pub(super) struct Connected {
    client: Client,
    statements: Statements,
    pub(super) backend: Backend,
}

impl Connected {
    pub(super) async fn open(
        address: &Address,
        accepts_fsync_off: bool,
    ) -> Result<Self, LedgerError> {
        // No timeout of statements: one that ran out within a commit that waits for its standby
        // would end the wait, and the commit would count as done.
        let session = format!(
            "{SESSION}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}",
            LOCK_MAX.as_millis(),
            IDLE_MAX.as_millis(),
        );
        let begun = async {
            let client = connection::open_as_oneself(address).await?;
            let backend = Backend::of(&client).await?;
            connection::begin_session(&client, &session).await?;
            connection::check(&client, accepts_fsync_off).await?;
            let statements = Statements::prepare(&client).await?;
            Ok(Self { client, statements, backend })
        };
        connection::answered(address, Box::pin(begun)).await
    }

    pub(super) fn ready(&self) -> Ready<'_> {
        Ready { client: &self.client, statements: &self.statements }
    }

    /// Ends whatever transaction is open; false if the connection is of no more use.
    pub(super) async fn rolled_back(&self) -> bool {
        self.client.batch_execute("ROLLBACK").await.is_ok()
    }

    /// Whether the entries of a batch are there, seen under its own fence. A server that was started
    /// again shows what its standby does not have yet: to commit, as whoever took locks does in the log,
    /// waits for the standby as the batch's own commit would have.
    pub(super) async fn is_written(&self, slots: &[Slot]) -> Result<bool, LedgerError> {
        let traces = traces(slots);
        self.client.batch_execute("BEGIN").await?;
        self.client.query(&self.statements.fence, &[&traces.outlet]).await?;
        let row = self.client.query_one(&self.statements.written, &traces.params()).await?;
        self.client.batch_execute("COMMIT").await?;
        match usize::try_from(row.try_get::<_, i64>(0)?) {
            Ok(0) => Ok(false),
            Ok(found) if found == traces.outlet.len() => Ok(true),
            found => Err(LedgerError::Corrupt(format!("a batch is written in part: {found:?}"))),
        }
    }

    /// What the database's refusal means to the one who asked.
    pub(super) async fn reason(&self, slot: &Slot, error: LedgerError) -> LedgerError {
        let found = match &slot.order {
            Order::Seal(order, _) => {
                let code =
                    slot.prepared.as_ref().and_then(|(_, made)| made.authority_code.as_ref());
                match self.exists(&order.invoice).await {
                    Ok(true) => Ok(Some(LedgerError::InvoiceExists(order.invoice.clone()))),
                    Ok(false) => self.code_taken(&order.tenant, code).await,
                    Err(error) => Err(error),
                }
            }
            Order::Append(order, _) => {
                self.code_taken(&order.tenant, order.authority_code.as_ref()).await
            }
            Order::Clock(..) | Order::Recover(..) => Ok(None),
        };
        match found {
            Ok(Some(reason)) => reason,
            Ok(None) => error,
            Err(unread) => {
                tracing::warn!(error = %unread, "why an order was refused could not be read");
                error
            }
        }
    }

    async fn exists(&self, invoice: &InvoiceId) -> Result<bool, LedgerError> {
        let outlet = invoice.outlet();
        let keys: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
            [&outlet.as_str(), &invoice.as_str()];
        Ok(self.client.query_opt(&self.statements.invoice_exists, &keys).await?.is_some())
    }

    async fn code_taken(
        &self,
        tenant: &TenantId,
        code: Option<&String>,
    ) -> Result<Option<LedgerError>, LedgerError> {
        let Some(code) = code else { return Ok(None) };
        let statement = &self.statements.code_owner;
        let row = self.client.query_opt(statement, &[&tenant.as_str(), code]).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(LedgerError::CodeTaken { code: code.clone(), invoice: word(&row, 0)? }))
    }
}

/// A lane works for all tenants, and looks for everything by its key: so its plans are made once,
/// without regard to how large the tables happen to be.
const SESSION: &str = "SET stalela.tenant = '*'; SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";
