//! The ledger's verbs about logs: what is published, and the words of witnesses.

use std::sync::Arc;

use invoice::{InvoiceId, OutletId, TenantId};
use proof::{Node, NoteSignature, Question, TilePath, WitnessRequest};

use crate::error::LedgerError;
use crate::ledger::{Ledger, Store};
use crate::log::{EntryProof, LogCheckpoint, SealedEntry, WhichCheckpoint};
use crate::postgres;
use crate::sqlite;

/// Everything here but the entries is for anybody: hashes, sizes and signatures.
impl Ledger {
    /// A checkpoint of an outlet with its cosignatures; none where there is no such one.
    pub async fn checkpoint(
        &self,
        outlet: &OutletId,
        which: WhichCheckpoint,
    ) -> Result<Option<LogCheckpoint>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let outlet = outlet.clone();
                file.read(move |file| sqlite::log::checkpoint(file, &outlet, which)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(postgres::Scope::All, async |client| {
                        postgres::log::checkpoint(client, outlet, which).await
                    })
                    .await
            }
        }
    }

    /// The nodes of a tile of hashes; none where the log is shorter than that.
    pub async fn tile(
        &self,
        outlet: &OutletId,
        path: TilePath,
    ) -> Result<Option<Vec<Node>>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let outlet = outlet.clone();
                file.read(move |file| sqlite::log::tile(file, &outlet, path)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(postgres::Scope::All, async |client| {
                        postgres::log::tile(client, outlet, path).await
                    })
                    .await
            }
        }
    }

    /// The statements of a bundle, for the tenant and its auditors; none where its log is shorter.
    pub async fn statements(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
        path: TilePath,
    ) -> Result<Option<Vec<Vec<u8>>>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, outlet) = (tenant.clone(), outlet.clone());
                file.read(move |file| sqlite::log::statements(file, (&tenant, &outlet), path)).await
            }
            Store::Postgres(nodes) => {
                let of = (tenant, outlet);
                nodes
                    .read(postgres::Scope::Tenant(tenant), async |client| {
                        postgres::log::statements(client, of, path).await
                    })
                    .await
            }
        }
    }

    /// The entry that sealed an invoice, and the proof that it is in its outlet's log: against the
    /// last checkpoint that the most witnesses cosigned, of those that cover the entry, else against
    /// that of its own commit. None where the tenant has no such invoice, or it is not sealed.
    pub async fn proof(
        &self,
        tenant: &TenantId,
        invoice: &InvoiceId,
    ) -> Result<Option<(SealedEntry, EntryProof)>, LedgerError> {
        let Some(entry) = self.seal_of(tenant, invoice).await? else { return Ok(None) };
        let outlet = invoice.outlet();
        let cosigned = WhichCheckpoint::MostCosignedWith(entry.sequence);
        let checkpoint = match self.checkpoint(&outlet, cosigned).await? {
            Some(checkpoint) => checkpoint,
            None => self.own_checkpoint(&outlet, entry.sequence).await?,
        };
        let proof = self.prove(entry.sequence, checkpoint).await?;
        Ok(Some((entry, proof)))
    }

    /// The same, always against the checkpoint of the entry's own commit: what was answered when the
    /// invoice was sealed.
    pub async fn first_proof(
        &self,
        tenant: &TenantId,
        invoice: &InvoiceId,
    ) -> Result<Option<(SealedEntry, EntryProof)>, LedgerError> {
        let Some(entry) = self.seal_of(tenant, invoice).await? else { return Ok(None) };
        let checkpoint = self.own_checkpoint(&invoice.outlet(), entry.sequence).await?;
        let checkpoint = LogCheckpoint { cosignatures: Vec::new(), ..checkpoint };
        let proof = self.prove(entry.sequence, checkpoint).await?;
        Ok(Some((entry, proof)))
    }

    /// What a witness that has seen the first `old` entries is asked to cosign: a checkpoint and the
    /// proof that it continues them. None where the log is shorter.
    pub async fn witness_request(
        &self,
        outlet: &OutletId,
        old: u64,
        which: WhichCheckpoint,
    ) -> Result<Option<WitnessRequest>, LedgerError> {
        let Some(checkpoint) = self.checkpoint(outlet, which).await? else { return Ok(None) };
        let question = Question::Consistency { old, new: checkpoint.size }.checked();
        let Some(question) = question else { return Ok(None) };
        let consistency = self.answer(outlet, question).await?;
        let checkpoint = checkpoint.note().ok_or_else(unnamed)?;
        Ok(Some(WitnessRequest { old, consistency, checkpoint }))
    }

    /// Keeps a witness's word on a checkpoint that is there, whose truth the caller has verified;
    /// false if this witness has spoken of it before.
    pub async fn cosign(
        &self,
        outlet: &OutletId,
        size: u64,
        line: NoteSignature,
    ) -> Result<bool, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let outlet = outlet.clone();
                file.write(move |file| sqlite::log::cosign(file, (&outlet, size), &line)).await
            }
            Store::Postgres(nodes) => {
                let of = (outlet, size);
                nodes
                    .write(postgres::Scope::All, async |client| {
                        postgres::log::cosign(client, of, &line).await
                    })
                    .await
            }
        }
    }

    async fn own_checkpoint(
        &self,
        outlet: &OutletId,
        sequence: u64,
    ) -> Result<LogCheckpoint, LedgerError> {
        let own = self.checkpoint(outlet, WhichCheckpoint::FirstWith(sequence)).await?;
        own.ok_or_else(|| LedgerError::Corrupt(format!("no checkpoint covers {outlet} {sequence}")))
    }

    async fn prove(
        &self,
        sequence: u64,
        checkpoint: LogCheckpoint,
    ) -> Result<EntryProof, LedgerError> {
        let index = sequence - 1;
        let question = Question::Inclusion { index, size: checkpoint.size };
        let path = self.answer(&checkpoint.outlet, question).await?;
        Ok(EntryProof { index, path, checkpoint: Arc::new(checkpoint) })
    }

    async fn answer(
        &self,
        outlet: &OutletId,
        question: Question,
    ) -> Result<Vec<Node>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let outlet = outlet.clone();
                file.read(move |file| sqlite::log::answer(file, &outlet, question)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(postgres::Scope::All, async |client| {
                        postgres::log::answer(client, outlet, question).await
                    })
                    .await
            }
        }
    }

    async fn seal_of(
        &self,
        tenant: &TenantId,
        invoice: &InvoiceId,
    ) -> Result<Option<SealedEntry>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, invoice) = (tenant.clone(), invoice.clone());
                file.read(move |file| sqlite::log::seal_of(file, &tenant, &invoice)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(postgres::Scope::Tenant(tenant), async |client| {
                        postgres::log::seal_of(client, tenant, invoice).await
                    })
                    .await
            }
        }
    }
}

fn unnamed() -> LedgerError {
    LedgerError::Corrupt("a checkpoint's key has no name that notes know".to_owned())
}
