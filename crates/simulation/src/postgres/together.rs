//! Two servers at one outlet at once.
//!
//! The first stands in its gate, within its transaction and with the outlet's head locked where it had
//! to ask for it; the second asks meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::Role;
use crate::disk::Process;
use crate::requests::{NOT_WRITTEN, Request, Told, What};
use crate::world::{Complaint, World};

/// What two tills have in common.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Common {
    /// Their outlet alone.
    Outlet,
    /// One key with one body, or with two.
    Key,
    Bodies,
    /// One key, at two outlets.
    KeyElsewhere,
    /// They take back of one invoice.
    Original,
}

const COMMONS: &[(u64, Common)] = &[
    (4, Common::Outlet),
    (2, Common::Key),
    (1, Common::Bodies),
    (2, Common::KeyElsewhere),
    (2, Common::Original),
];

/// A request that was asked of a process.
struct Asked {
    process: Process,
    request: Request,
    task: JoinHandle<Told>,
}

impl World {
    /// Both seal, one after the other, whatever else they have in common.
    pub(crate) async fn meet(&mut self) -> Result<(), Complaint> {
        let Some((one, other)) = self.two_servers().await else { return Ok(()) };
        let common = self.dice.weighted(COMMONS);
        let (first, second) = self.two_requests(common);
        self.trace.note(format_args!("  {common:?} at {}", first.outlet));
        let troubles = self.troubles();
        let gate = Arc::clone(&self.servers[one].gate);
        gate.close();
        let (first, stands) = self.stand_in_gate(one, first).await;
        // Who knows its outlet from its own last commit asks nothing, and has no lock while it prepares.
        let holds = stands && self.holds(first.process).await;
        let mut second = self.put(other, second);
        let passed = stands && self.passes(&mut second).await && holds;
        let passed = passed && common != Common::KeyElsewhere && troubles == self.troubles();
        gate.open();
        let mut told = Vec::new();
        for mut asked in [first, second] {
            let heard = self.told(asked.process, &mut asked.task).await;
            told.push((asked, heard));
        }
        if troubles == self.troubles() {
            let mut of = told.iter().filter_map(|(_, told)| told.as_ref().ok());
            of.try_for_each(refused_for_nothing)?;
        }
        if passed && matches!(told[1].1, Ok(Told::Sealed(..))) {
            return Err("invariant 6: two servers had one outlet's head at once".to_owned());
        }
        for (Asked { process, request, .. }, told) in told {
            self.hear(process, &request, told).await?;
        }
        Ok(())
    }

    fn troubles(&self) -> u64 {
        self.site().map_or(0, |site| site.wire.troubles())
    }

    /// The first is paused for so long that the server ends its transaction, and the other goes on.
    /// Then it wakes up.
    pub(crate) async fn stall(&mut self) -> Result<(), Complaint> {
        let Some((one, other)) = self.two_servers().await else { return Ok(()) };
        let common = self.dice.weighted(COMMONS);
        let (first, second) = self.two_requests(common);
        self.trace.note(format_args!("  {common:?} at {}", first.outlet));
        self.stall_over((one, first), (other, second)).await
    }

    pub(super) async fn stall_over(
        &mut self,
        (one, first): (usize, Request),
        (other, second): (usize, Request),
    ) -> Result<(), Complaint> {
        let gate = Arc::clone(&self.servers[one].gate);
        gate.close();
        let (first, _) = self.stand_in_gate(one, first).await;
        if let Some(site) = self.site() {
            site.wire.cut(Some((first.process, Role::Lane)));
            site.wire.left(first.process, Role::Lane).await;
        }
        let second = self.put(other, second);
        let heard = self.conclude(second).await;
        gate.open();
        let woken = self.conclude(first).await;
        heard.and(woken)
    }

    /// Both places are taken; none where that cannot be.
    pub(super) async fn two_servers(&mut self) -> Option<(usize, usize)> {
        if self.servers.len() < 2 {
            let _ = self.start_second().await;
        }
        let one = self.any_server();
        (self.servers.len() == 2).then_some((one, 1 - one))
    }

    fn two_requests(&mut self, common: Common) -> (Request, Request) {
        let places = [self.shop.scene.seals_first, self.shop.scene.ranged[0]];
        let is_ranged = self.dice.percent(30);
        let (outlet, elsewhere) = (places[usize::from(is_ranged)], places[usize::from(!is_ranged)]);
        let key = format!("met-{outlet}-{}", self.dice.below(2));
        match common {
            Common::Outlet => (self.own(outlet), self.own(outlet)),
            Common::Key => (self.keyed(outlet, &key, 0), self.keyed(outlet, &key, 0)),
            Common::Bodies => (self.keyed(outlet, &key, 0), self.keyed(outlet, &key, 1)),
            Common::KeyElsewhere => (self.keyed(outlet, &key, 0), self.keyed(elsewhere, &key, 0)),
            Common::Original => {
                let original = self.credit_of(outlet).what;
                let credit =
                    |world: &mut Self| Request { what: original.clone(), ..world.own(outlet) };
                (credit(self), credit(self))
            }
        }
    }

    fn own(&mut self, outlet: usize) -> Request {
        let (mark, quantity) = (self.memo.new_mark("met"), self.dice.between(1, 3));
        Request { outlet, mark, key: None, what: What::Sale, quantity }
    }

    pub(super) fn keyed(&mut self, outlet: usize, key: &str, body: u8) -> Request {
        let known = self.memo.keys.entry(key.to_owned()).or_default();
        if known.tried.is_empty() && known.bound.is_none() {
            known.outlet = outlet;
        }
        let (mark, quantity) = (format!("{key}-{body}"), u64::from(body) + 1);
        Request { outlet, mark, key: Some((key.to_owned(), body)), what: What::Sale, quantity }
    }

    fn put(&mut self, server: usize, request: Request) -> Asked {
        request.asks(&mut self.memo);
        let server = &self.servers[server];
        let desk = Arc::clone(&server.desks[request.outlet]);
        let task = tokio::spawn(request.clone().ask((self.shop.scene, desk)));
        Asked { process: server.process, request, task }
    }

    /// Asks, and waits until the order stands in its process's gate; false if it never comes so far.
    async fn stand_in_gate(&mut self, server: usize, request: Request) -> (Asked, bool) {
        let asked = self.put(server, request);
        let gate = Arc::clone(&self.servers[server].gate);
        loop {
            if asked.task.is_finished() || !self.disk.lives(asked.process) {
                return (asked, false);
            }
            tokio::select! {
                biased;
                () = gate.entered() => return (asked, true),
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// Whether its lane is within a transaction, and so has its outlets' heads.
    async fn holds(&self, process: Process) -> bool {
        let Some(site) = self.site() else { return true };
        match site.wire.sealing(process) {
            Some(pid) => site.is_within(pid).await,
            None => false,
        }
    }

    /// Waits until the request waits for a lock, or is over: then it has passed whoever stands there.
    async fn passes(&mut self, asked: &mut Asked) -> bool {
        loop {
            if asked.task.is_finished() || !self.disk.lives(asked.process) {
                return true;
            }
            if let Some(site) = self.site()
                && let Some(pid) = site.wire.sealing(asked.process)
                && site.waits(pid).await
            {
                return false;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn conclude(&mut self, asked: Asked) -> Result<(), Complaint> {
        let Asked { process, request, mut task } = asked;
        let told = self.told(process, &mut task).await;
        self.hear(process, &request, told).await
    }
}

/// Invariant 7: whoever is not the first waits, and is served.
fn refused_for_nothing(told: &Told) -> Result<(), Complaint> {
    match told {
        Told::Nothing(why) if why == NOT_WRITTEN => {
            Err("invariant 7: one of two that met was refused, and nothing was wrong".to_owned())
        }
        _ => Ok(()),
    }
}

/// Nothing hangs on how often it is looked.
const LOOK_AGAIN: Duration = Duration::from_micros(500);
