//! A long queue: the agent itself delivers it, with a line that fails now and then.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agent::{Agent, Settings};
use fiscal::Issued;
use invoice::InvoiceId;
use ledger::Stage;
use tokio::sync::{Notify, watch};

use crate::world::{SALE, World};

const QUEUE: usize = 40;

/// The authority gets it in the order of its sealing, and each once.
#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_delivered_in_its_order_and_each_of_it_once() {
    let world = World::new("drc/cloud").await;
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for _ in 0..QUEUE {
        let Issued::Sealed(sealed, _) = world.issue(SALE).await else { panic!("not sealed") };
        numbers.push(sealed.number().to_owned());
        ids.push(sealed.id);
    }
    world.arm("invoice", "lost_request", 1).await;
    world.arm("invoice", "lost_reply", 1).await;
    world.arm("confirm", "lost_request", 1).await;
    let desks = Arc::clone(&world.desks);
    let agent = Agent::new(desks, Settings::default(), Arc::new(Notify::new()));
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(agent.run(stopped));
    all_acknowledged(&world, &ids).await;
    stop.send(true).unwrap();
    working.await.unwrap();
    let registered = world.registered().await;
    let registered: Vec<_> = registered.iter().map(|row| row["rn"].as_str().unwrap()).collect();
    assert_eq!(registered, numbers);
    world.verify().await;
}

async fn all_acknowledged(world: &World, ids: &[InvoiceId]) {
    let patience = Instant::now() + Duration::from_mins(1);
    for id in ids {
        while world.stage(id).await != Stage::Acknowledged {
            assert!(Instant::now() < patience, "it is not delivered");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
