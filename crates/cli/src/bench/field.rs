//! What is measured: some outlets, and some servers over their one store.

use std::sync::Arc;

use fiscal::{Desk, Desks};
use ledger::Outlet;

use super::fixture::new_outlet;
use super::place::Place;
use crate::api::{self, Folder, TestHosts};
use crate::commands::create_outlet;
use crate::failure::Failure;

/// How many of each, and who signs.
#[derive(Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub outlets: usize,
    pub servers: usize,
    /// `pkcs11:…`; a new file if absent.
    pub key_uri: Option<&'a str>,
    pub options: ledger::Options,
}

pub(crate) struct Field {
    /// As many as there are servers: each has the store open for itself.
    pub servers: Vec<Arc<Desks>>,
    pub outlets: Vec<Outlet>,
}

impl Field {
    /// New outlets for a measurement of that name. Nothing is ever sent.
    pub(crate) async fn new(
        place: &Place,
        measurement: &str,
        plan: Plan<'_>,
    ) -> Result<Self, Failure> {
        let (folder, store) = place.store(measurement);
        let folder = Folder(folder);
        folder.create()?;
        let key_uri = if let Some(uri) = plan.key_uri {
            uri.to_owned()
        } else {
            signing::software::generate(&folder.key("outlet"))?;
            format!("file:{}", folder.key("outlet").display())
        };
        let token = folder.0.join("token");
        std::fs::write(&token, "nobody-asks-for-it")?;
        let mut servers = Vec::new();
        for _ in 0..plan.servers {
            let wire = TestHosts::default().open_wire();
            servers.push(api::open_store(&store, plan.options, wire).await?);
        }
        let mut outlets = Vec::new();
        for number in 1..=plan.outlets {
            let tenant = format!("bench {measurement} {}", number.div_ceil(OUTLETS_A_TENANT));
            let new = new_outlet((&tenant, &format!("B{number:03}")), &key_uri, &token)?;
            outlets.push(create_outlet(servers[0].ledger(), new).await?);
        }
        Ok(Self { servers, outlets })
    }

    /// Where the client of that number issues: clients go round the servers, and round the outlets,
    /// so that every outlet is sealed for by every server if there are enough clients.
    pub(crate) fn whereabouts(&self, client: usize) -> (&Arc<Desks>, &Outlet) {
        let (server, outlet) =
            (client % self.servers.len(), client / self.servers.len() % self.outlets.len());
        (&self.servers[server], &self.outlets[outlet])
    }

    pub(crate) async fn desk(&self, client: usize) -> Result<Arc<Desk>, Failure> {
        let (desks, outlet) = self.whereabouts(client);
        Ok(desks.desk(&outlet.tenant, &outlet.id).await?)
    }

    pub(crate) async fn close(&self) {
        for server in &self.servers {
            server.ledger().close().await;
        }
    }
}

/// Outlets of one customer of the platform: a chain of shops.
const OUTLETS_A_TENANT: usize = 10;
