//! The stores of a process that works over them, opened: all at its start, and one that cannot be
//! reached then as soon as it can be.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use agent::Lines;
use fiscal::Desks;
use invoice::TenantId;
use ledger::{LedgerError, StoreName};

use crate::anchors::Anchors;
use crate::api::{self, NotOpened, TestHosts};
use crate::failure::Failure;
use crate::stores::{NamedStore, Stores};

/// What opening them takes.
pub(crate) struct Opening {
    pub stores: Stores,
    anchors: Anchors,
    /// Of all stores: what a process sends to an authority is one matter, whosever it is.
    lines: Lines,
}

/// The desks of each store in the stores' order; none of one that could not be reached.
pub(crate) type Opened = Vec<Option<Arc<Desks>>>;

/// A database that comes back is served some seconds later.
const LATE_EACH: Duration = Duration::from_secs(5);

impl Opening {
    pub(crate) fn new(
        stores: Stores,
        anchors: Anchors,
        test_hosts: &TestHosts,
    ) -> Result<Self, Failure> {
        anchors.check(&stores)?;
        Ok(Self { stores, anchors, lines: test_hosts.lines() })
    }

    /// Opens them, and holds who stands in them against the map. A store of several that cannot be
    /// reached just now stops no other, unless `strict`; what somebody has to put right stops all.
    pub(crate) async fn all(&self, strict: bool) -> Result<Opened, Failure> {
        let (mut opened, mut last) = (Opened::new(), None);
        for store in self.stores.iter() {
            match self.open(store).await {
                Ok(desks) => opened.push(Some(desks)),
                Err(NotOpened::Passing(failure)) if self.stores.are_mapped() && !strict => {
                    tracing::error!("{store} cannot be reached, and is tried again: {failure}");
                    opened.push(None);
                    last = Some(store.failed(failure));
                }
                Err(failure) => {
                    close(&opened).await;
                    return Err(store.failed(failure.into()));
                }
            }
        }
        if let (Some(failure), true) = (last, opened.iter().all(Option::is_none)) {
            return Err(failure);
        }
        let checked = self.check(&opened, strict).await;
        if checked.is_err() {
            close(&opened).await;
        }
        checked.map(|()| opened)
    }

    /// A file that a map names and nobody has made is not made here: an empty one would know nobody,
    /// where the right one is not in its place.
    async fn open(&self, store: &NamedStore) -> Result<Arc<Desks>, NotOpened> {
        if self.stores.are_mapped() && store.url.path().is_some_and(|path| !path.exists()) {
            let why = "there is no ledger: make its first outlet with `stalela outlet create`";
            return Err(NotOpened::Passing(Failure::unusable(why)));
        }
        api::open_anchored(store, &self.anchors, &self.lines).await
    }

    async fn check(&self, opened: &Opened, strict: bool) -> Result<(), Failure> {
        let mut held = BTreeMap::new();
        for (store, desks) in self.stores.iter().zip(opened) {
            if let (Some(name), Some(desks)) = (&store.name, desks) {
                held.insert(name.clone(), tenants(desks).await?);
            }
        }
        self.stores.check_places(&held, strict)?;
        let desks: Vec<&Desks> = opened.iter().flatten().map(AsRef::as_ref).collect();
        check_desks(&desks, strict).await
    }

    /// Tries to open a store until it is open.
    pub(crate) async fn late(&self, store: &NamedStore) -> Arc<Desks> {
        loop {
            tokio::time::sleep(LATE_EACH).await;
            match self.open_late(store).await {
                Ok(desks) => return desks,
                Err(failure) => {
                    tracing::error!("{store} is not open, and is tried again: {failure}");
                }
            }
        }
    }

    async fn open_late(&self, store: &NamedStore) -> Result<Arc<Desks>, Failure> {
        let desks = self.open(store).await?;
        let checked = self.check_late(store.name.as_ref(), &desks).await;
        if checked.is_err() {
            desks.ledger().close().await;
        }
        checked.map(|()| desks)
    }

    /// What the others have was held against the map when they were opened.
    async fn check_late(&self, name: Option<&StoreName>, desks: &Desks) -> Result<(), Failure> {
        if let Some(name) = name {
            let held = BTreeMap::from([(name.clone(), tenants(desks).await?)]);
            self.stores.check_places(&held, false)?;
        }
        // An outlet that cannot be used is told of by this.
        agent::open_all(desks).await?;
        Ok(())
    }
}

async fn tenants(desks: &Desks) -> Result<Vec<TenantId>, LedgerError> {
    let tenants = desks.ledger().tenants().await?;
    Ok(tenants.into_iter().map(|tenant| tenant.id).collect())
}

async fn close(opened: &Opened) {
    for desks in opened.iter().flatten() {
        desks.ledger().close().await;
    }
}

/// Every outlet's desk is opened once, so that a key or a setting that cannot be used is told of
/// now. One that cannot be opened stops nobody else; it is a failure where `strict`, or where no
/// other is left.
pub(crate) async fn check_desks(stores: &[&Desks], strict: bool) -> Result<(), Failure> {
    let (mut usable, mut unusable) = (0, Vec::new());
    for desks in stores {
        let opened = agent::open_all(desks).await?;
        usable += opened.usable;
        unusable.extend(opened.unusable.iter().map(ToString::to_string));
    }
    if unusable.is_empty() || (usable > 0 && !strict) {
        return Ok(());
    }
    Err(Failure::unusable(format!(
        "these outlets cannot be used; put right what is named here (`stalela outlet set` for \
         settings):\n  {}",
        unusable.join("\n  ")
    )))
}
