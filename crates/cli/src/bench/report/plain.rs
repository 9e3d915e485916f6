//! A plain HTTP client that reports what the authority's machine would, byte for byte, and keeps
//! nothing: no ledger, no lease, no progress, no chain, and nobody who asks what became of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fiscal::Desk;
use reqwest::Client;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;

use super::forms::{Form, learn};
use crate::bench::latency::{Measured, per_second};
use crate::bench::market::Market;
use crate::bench::processor;
use crate::failure::Failure;

pub(super) struct Plain {
    lanes: Vec<Lane>,
    /// Both requests of an invoice, in their order.
    forms: Arc<[Form; 2]>,
    reported: Arc<AtomicU64>,
}

/// One outlet's way, on which requests follow one another.
#[derive(Clone)]
pub(super) struct Lane {
    client: Client,
    base: String,
    authorization: String,
}

/// What was measured, to be put together with more of it.
pub(super) struct Reported {
    elapsed: Duration,
    waits: Vec<Duration>,
    busy: Duration,
}

/// Of the first answer: under which name the second request confirms it.
#[derive(Deserialize)]
pub(super) struct Priced {
    pub(super) uid: String,
}

/// Of the second: without it nothing is registered.
#[derive(Deserialize)]
struct Registered {
    #[serde(rename = "codeDEFDGI")]
    code: String,
}

impl Plain {
    /// With so many invoices under way, of as many outlets. One is reported step by step, to learn what
    /// the requests look like.
    pub(super) async fn new(
        market: &Market,
        desk: &Desk,
        under_way: usize,
    ) -> Result<Self, Failure> {
        let client = Client::builder().no_proxy().build().map_err(Failure::unusable)?;
        let lane = |token: &str| Lane {
            client: client.clone(),
            base: format!("{}/", market.url()),
            authorization: format!("Bearer {token}"),
        };
        let lanes: Vec<Lane> = market.tokens().take(under_way).map(lane).collect();
        let forms = Arc::new(learn(desk, &lanes[0]).await?);
        Ok(Self { lanes, forms, reported: Arc::default() })
    }

    /// Requests a second that the authority answers, of those that it has least to do for.
    pub(super) async fn ask(&self, time: Duration) -> Result<u64, Failure> {
        let start = Instant::now();
        let ask = |lane: Lane| async move {
            let mut asked = 0;
            while start.elapsed() < time {
                lane.send((reqwest::Method::GET, STATUS), String::new()).await?;
                asked += 1;
            }
            Ok::<usize, Failure>(asked)
        };
        let tasks: Vec<_> = self.lanes.iter().map(|lane| tokio::spawn(ask(lane.clone()))).collect();
        let mut asked = 0;
        for task in tasks {
            asked += task.await.map_err(Failure::unusable)??;
        }
        Ok(per_second(asked, start.elapsed()))
    }

    /// Reports until the time is up.
    pub(super) async fn report(&self, time: Duration) -> Result<Reported, Failure> {
        let (start, busy) = (Instant::now(), processor::busy());
        let report = |lane: Lane, forms: Arc<[Form; 2]>, reported: Arc<AtomicU64>| async move {
            let mut waits = Vec::new();
            while start.elapsed() < time {
                let one = Instant::now();
                let number = reported.fetch_add(1, Ordering::Relaxed);
                lane.report(&forms, &format!("PLAIN-{number:09}")).await?;
                waits.push(one.elapsed());
            }
            Ok::<_, Failure>(waits)
        };
        let tasks: Vec<_> = self
            .lanes
            .iter()
            .map(|lane| (lane.clone(), Arc::clone(&self.forms), Arc::clone(&self.reported)))
            .map(|(lane, forms, reported)| tokio::spawn(report(lane, forms, reported)))
            .collect();
        let mut waits = Vec::new();
        for task in tasks {
            waits.extend(task.await.map_err(Failure::unusable)??);
        }
        Ok(Reported { elapsed: start.elapsed(), waits, busy: processor::since(busy) })
    }
}

impl Reported {
    /// Both together, and how long processors were busy for all of it.
    pub(super) fn and(mut self, more: Self) -> (Measured, Duration) {
        self.waits.extend(more.waits);
        (Measured::new(self.elapsed + more.elapsed, self.waits), self.busy + more.busy)
    }
}

impl Lane {
    async fn report(&self, [post, confirm]: &[Form; 2], number: &str) -> Result<(), Failure> {
        let path = post.path.with(number);
        let answer = self.send((post.method.clone(), &path), post.body.with(number)).await?;
        let priced: Priced = serde_json::from_slice(&answer)?;
        let path = confirm.path.with(&priced.uid);
        let body = confirm.body.with(&priced.uid);
        let answer = self.send((confirm.method.clone(), &path), body).await?;
        let registered: Registered = serde_json::from_slice(&answer)?;
        if registered.code.is_empty() {
            return Err(Failure::unusable("the authority registered nothing"));
        }
        Ok(())
    }

    pub(super) async fn send(
        &self,
        (method, path): (reqwest::Method, &str),
        body: String,
    ) -> Result<Vec<u8>, Failure> {
        let request = self.client.request(method, format!("{}{path}", self.base));
        let request = request.header(ACCEPT, JSON).header(AUTHORIZATION, &self.authorization);
        let request = request.header(CONTENT_TYPE, JSON).body(body);
        let answer = request.send().await.map_err(|error| Failure::from_error(&error))?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(|error| Failure::from_error(&error))?;
        if !status.is_success() {
            return Err(Failure::unusable(format!("the authority answered {status}")));
        }
        Ok(bytes.to_vec())
    }
}

const JSON: &str = "application/json";
/// Which of an outlet's invoices are pending: none.
const STATUS: &str = "api/invoice";
