//! Somebody puts a backup of the ledger in its place: it is noticed, nothing is sealed upon it, and
//! once an operator has spoken no number is given a second time.

use std::collections::BTreeSet;
use std::sync::Arc;

use fiscal::NewRange;

use crate::disk::Snapshot;
use crate::memo::Given;
use crate::requests::{Request, Told, What};
use crate::scene::written;
use crate::world::{Complaint, Store, World};

/// An older state of the store.
pub(crate) enum Backup {
    Files(Snapshot),
    Database(String),
}

impl World {
    /// The end of a schedule: an older state of the disk is restored, whatever it holds.
    pub(crate) async fn survive_restore(&mut self, backup: &Backup) -> Result<(), Complaint> {
        let mut given = self.numbers_given();
        let is_anchored = self.seal_once_more(&mut given).await;
        let before = self.sequences().await?;
        while !self.servers.is_empty() {
            self.close(0).await;
        }
        self.restore(backup);
        self.bring_up().await?;
        let ledger = Arc::clone(&self.servers[0].ledger);
        let lost = ledger.check_anchors().await.map_err(|error| format!("the anchors: {error}"))?;
        let lost: BTreeSet<_> = lost.iter().map(|lost| lost.outlet.clone()).collect();
        let after = self.sequences().await?;
        for (outlet, id) in self.shop.outlets().enumerate() {
            if !is_anchored[outlet] {
                continue;
            }
            let is_older = after[outlet] < before[outlet];
            self.trace.note(format_args!("  outlet {outlet} is older: {is_older}"));
            if lost.contains(id) != is_older {
                return Err(format!("invariant 6: a restored backup of {outlet} is not noticed"));
            }
            if is_older {
                self.refuses_and_is_recovered(outlet, after[outlet]).await?;
            }
            self.seals_anew(outlet, &mut given).await?;
        }
        let ranged = self.shop.scene.ranged;
        if ranged.iter().all(|outlet| is_anchored[*outlet]) {
            self.record_again().await;
            for outlet in ranged {
                self.seals_anew(outlet, &mut given).await?;
            }
        }
        let sound = self.verify().await;
        sound.map_err(|error| format!("invariants 1, 2 after a recovery: {error}"))
    }

    /// The state of the store as it is now.
    pub(crate) async fn backup(&mut self) -> Backup {
        match &mut self.store {
            Store::File => Backup::Files(self.disk.snapshot()),
            Store::Database(site) => Backup::Database(site.backup().await),
        }
    }

    fn restore(&mut self, backup: &Backup) {
        match (&mut self.store, backup) {
            (Store::File, Backup::Files(files)) => self.disk.replace(files),
            (Store::Database(site), Backup::Database(name)) => site.restore(name),
            _ => unreachable!("a backup is of the schedule's own store"),
        }
    }

    /// A process that died within a second of a seal has written no anchor of it, and nothing outside of
    /// the store knows until somebody seals for the outlet again (ADR 16): so it is done here. Says for
    /// which outlets it could be.
    async fn seal_once_more(&mut self, given: &mut BTreeSet<(usize, String)>) -> Vec<bool> {
        let mut is_anchored = vec![false; self.shop.scene.channels.len()];
        for (outlet, is_anchored) in is_anchored.iter_mut().enumerate() {
            if let Told::Sealed(sealed, _) = self.sell_at(outlet).await {
                given.insert(self.book(outlet, sealed.number()));
                *is_anchored = true;
            }
        }
        self.trace.note(format_args!("  anchored: {is_anchored:?}"));
        is_anchored
    }

    async fn refuses_and_is_recovered(
        &mut self,
        outlet: usize,
        sequence: u64,
    ) -> Result<(), Complaint> {
        let told = self.sell_at(outlet).await;
        let is_refused = matches!(&told, Told::Nothing(why) if why.contains("outlet recover"));
        if !is_refused || self.sequences().await?[outlet] != sequence {
            return Err(format!("invariant 6: it seals upon a restored backup: {told:?}"));
        }
        let desk = &self.servers[0].desks[outlet];
        let words = || "the simulation".to_owned();
        let recovered = fiscal::recover(desk, words(), words()).await;
        recovered.map(|_| ()).map_err(|error| format!("it is not recovered: {error}"))
    }

    /// Somebody records the ranges that are lost once more, and lends them to whichever outlet.
    async fn record_again(&mut self) {
        let known = self.servers[0].ledger.ranges(&self.shop.tenant).await.unwrap_or_default();
        for Given { kind, run: (id, first, last), expires_on } in self.memo.numbers.ranges.clone() {
            if known.iter().any(|standing| standing.range.id == id) {
                continue;
            }
            let outlet = *self.dice.pick(&self.shop.scene.ranged).expect("there are two");
            let desk = Arc::clone(&self.servers[0].desks[outlet]);
            let new = NewRange {
                kind: kind.code.to_owned(),
                first: written(kind, first),
                last: written(kind, last),
                expires_on: expires_on.map(|day| day.max(self.shop.date(desk.clock.now()))),
                reference: None,
                lend_to: None,
            };
            let told = fiscal::authorise_range(&desk, new).await;
            self.trace.note(format_args!("  {first} to {last} again at {outlet}: {told:?}"));
        }
    }

    /// Numbers that customers hold, of what is lost as well, are not given again.
    async fn seals_anew(
        &mut self,
        outlet: usize,
        given: &mut BTreeSet<(usize, String)>,
    ) -> Result<(), Complaint> {
        for _ in 0..SALES {
            let told = self.sell_at(outlet).await;
            self.trace.note(format_args!("  after the restore: {told:?}"));
            if let Told::Sealed(sealed, _) = told
                && !given.insert(self.book(outlet, sealed.number()))
            {
                return Err(format!("invariant 1: {} is given twice", sealed.number()));
            }
        }
        Ok(())
    }

    async fn sell_at(&mut self, outlet: usize) -> Told {
        let mark = self.memo.new_mark("after");
        let request = Request { outlet, mark, key: None, what: What::Sale, quantity: 1 };
        let desk = Arc::clone(&self.servers[0].desks[outlet]);
        request.ask((self.shop.scene, desk)).await
    }

    async fn sequences(&self) -> Result<Vec<u64>, Complaint> {
        let mut sequences = Vec::new();
        for outlet in self.shop.outlets() {
            let head = self.servers[0].ledger.head(&self.shop.tenant, outlet).await;
            let head = head.map_err(|error| format!("invariant 3: unreadable: {error}"))?;
            sequences.push(head.map_or(0, |head| head.sequence));
        }
        Ok(sequences)
    }

    /// What customers hold.
    fn numbers_given(&self) -> BTreeSet<(usize, String)> {
        let receipts = self.memo.receipts.iter();
        receipts.map(|receipt| self.book(receipt.outlet, &receipt.number)).collect()
    }

    /// Where a number must stand once only: outlets that share ranges have one book.
    fn book(&self, outlet: usize, number: &str) -> (usize, String) {
        let ranged = &self.shop.scene.ranged;
        let book = if ranged.contains(&outlet) { ranged[0] } else { outlet };
        (book, number.to_owned())
    }
}

/// Sales after a restore: more than numbers can have been free.
const SALES: usize = 3;
