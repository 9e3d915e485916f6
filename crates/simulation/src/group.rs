//! Several tills at once: their orders share one commit.

use std::sync::Arc;

use fiscal::Desk;
use tokio::task::{JoinError, JoinHandle};

use crate::disk::Process;
use crate::gate::Gate;
use crate::requests::{Request, Told, What};
use crate::world::{Complaint, World};

/// A request that was asked, and the till that waits for its answer.
struct Asked {
    request: Request,
    task: JoinHandle<Told>,
}

impl World {
    /// A few requests at an outlet that seals by itself. The first is in the writer's hand when the
    /// others are asked, and they come in their order.
    pub(crate) async fn group(&mut self) -> Result<(), Complaint> {
        let server = self.any_server();
        let process = self.servers[server].process;
        let scene = self.shop.scene;
        let outlet = if self.dice.percent(30) { scene.ranged[0] } else { scene.seals_first };
        let desk = Arc::clone(&self.servers[server].desks[outlet]);
        let gate = Arc::clone(&self.servers[server].gate);
        let mut asked = Vec::new();
        gate.close();
        let gathered = self.gather((process, outlet, &desk), &gate, &mut asked).await;
        self.trace.note(format_args!("  {} share a commit", asked.len()));
        gate.open();
        let heard = self.hear_all(process, asked).await;
        gathered.and(heard)
    }

    async fn gather(
        &mut self,
        (process, outlet, desk): (Process, usize, &Arc<Desk>),
        gate: &Gate,
        asked: &mut Vec<Asked>,
    ) -> Result<(), Complaint> {
        for _ in 0..self.dice.between(2, GROUP_MAX) {
            let request = self.one_of_a_group(outlet);
            request.asks(&mut self.memo);
            let mut task = tokio::spawn(request.clone().ask((self.shop.scene, Arc::clone(desk))));
            // The order is sent in the breath in which it is put together; whoever has a fault
            // never sends one.
            let told = tokio::select! {
                biased;
                () = gate.asked() => None,
                told = &mut task => Some(told),
            };
            let told = match told {
                Some(told) => Some(told),
                None if !asked.is_empty() => None,
                None => tokio::select! {
                    () = gate.entered() => None,
                    // It made nothing new, so that nobody stands in the gate.
                    told = self.told(process, &mut task) => Some(told),
                },
            };
            match told {
                Some(told) => self.hear(process, &request, told).await?,
                None => asked.push(Asked { request, task }),
            }
        }
        Ok(())
    }

    async fn hear_all(&mut self, process: Process, asked: Vec<Asked>) -> Result<(), Complaint> {
        let mut answers: Vec<(Request, Result<Told, JoinError>)> = Vec::new();
        for Asked { request, mut task } in asked {
            let told = self.told(process, &mut task).await;
            answers.push((request, told));
        }
        for (request, told) in answers {
            self.hear(process, &request, told).await?;
        }
        Ok(())
    }

    /// A sale, with one of a few keys or none, or a credit note; some of them the same.
    fn one_of_a_group(&mut self, outlet: usize) -> Request {
        match self.dice.below(4) {
            0 | 1 => {
                let (mark, quantity) = (self.memo.new_mark("sale"), self.dice.between(1, 4));
                Request { outlet, mark, key: None, what: What::Sale, quantity }
            }
            2 => {
                let key = format!("group-{outlet}-{}", self.dice.below(2));
                let body = u8::from(self.dice.percent(25));
                let (mark, quantity) = (format!("{key}-{body}"), u64::from(body) + 1);
                self.memo.keys.entry(key.clone()).or_default().outlet = outlet;
                Request { outlet, mark, key: Some((key, body)), what: What::Sale, quantity }
            }
            _ => self.credit_of(outlet),
        }
    }

    pub(crate) fn credit_of(&mut self, outlet: usize) -> Request {
        let receipts = self.memo.receipts.iter().filter(|receipt| receipt.outlet == outlet);
        let receipts: Vec<_> = receipts.map(|receipt| receipt.id.clone()).collect();
        let what = self.dice.pick(&receipts).cloned().map_or(What::Sale, What::Credit);
        let (mark, quantity) = (self.memo.new_mark("credit"), self.dice.between(1, 2));
        Request { outlet, mark, key: None, what, quantity }
    }
}

/// Tills that ask at once.
const GROUP_MAX: u64 = 6;
