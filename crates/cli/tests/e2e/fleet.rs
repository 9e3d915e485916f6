//! Servers and agents of one store, each a process of its own that is killed, paused and started
//! again; tills that ask whichever server answers; and what must hold when all is over.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use fiscal::Chance;
use proof::{Checkpoint, Note, ProofFile, WitnessRequest, verify_consistency};
use serde_json::Value;

use crate::shop::{DEAD_PROXY, SALE, Shop, binary, store};
use crate::storms::{PATIENCE, all_registered, open_submissions, texts};

/// A process of ours.
pub(crate) struct Node {
    child: Child,
    url: String,
}

/// A till hangs up on a server that says nothing for so long, and asks another.
const HANG_UP: Duration = Duration::from_secs(4);

impl Node {
    pub(crate) fn server(store: &str, arguments: &[&str]) -> Self {
        let serve = ["--json", "serve", "--listen", "127.0.0.1:0", "--rate", "0"];
        Self::start(["--store", store], &[&serve, arguments].concat(), "listening")
    }

    pub(crate) fn agent(store: &str, name: &str) -> Self {
        let agent = ["--json", "agent", "--name", name, "--health", "127.0.0.1:0"];
        Self::start(["--store", store], &agent, "health")
    }

    /// The same two over the stores of a map.
    pub(crate) fn server_of_map(map: &str, arguments: &[&str]) -> Self {
        let serve = ["--json", "serve", "--listen", "127.0.0.1:0", "--rate", "0"];
        Self::start(["--store-map", map], &[&serve, arguments].concat(), "listening")
    }

    pub(crate) fn agent_of_map(map: &str, arguments: &[&str]) -> Self {
        let agent = ["--json", "agent", "--health", "127.0.0.1:0"];
        Self::start(["--store-map", map], &[&agent, arguments].concat(), "health")
    }

    /// Waits until it says where it listens.
    fn start(place: [&str; 2], arguments: &[&str], told_as: &str) -> Self {
        let mut child = Command::new(binary())
            .args(arguments)
            .args(place)
            .env("STALELA_LOG", std::env::var("STALELA_TEST_LOG").as_deref().unwrap_or("off"))
            .envs(DEAD_PROXY)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("said {line:?}"));
        Self { child, url: format!("http://{}", told[told_as].as_str().unwrap()) }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// SIGSTOP: it holds what it holds, and says nothing.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Waits for its end, and tells whether it was a good one.
    pub(crate) fn ended_well(mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    fn signal(&self, signal: &str) {
        let told = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(told.unwrap().success());
    }
}

/// `kill -9`, which a paused process hears too.
impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a till was told.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub outlet: String,
    pub id: String,
    /// That it may hand the receipt over.
    pub is_sealed: bool,
}

/// The servers of a shop, what its tills were told by them, and the checkpoints that anybody saw.
pub(crate) struct Fleet {
    pub shop: Shop,
    servers: Vec<Mutex<Option<Node>>>,
    http: reqwest::Client,
    told: Mutex<BTreeMap<String, Told>>,
    checkpoints: Mutex<BTreeMap<(String, u64), [u8; 32]>>,
}

impl Fleet {
    /// The shop's key reaches what its tills sell at.
    pub(crate) fn new(shop: Shop, servers: usize) -> Self {
        let http = reqwest::Client::builder().timeout(HANG_UP).no_proxy().build().unwrap();
        let servers = (0..servers).map(|_| Mutex::new(None)).collect();
        let (told, checkpoints) = (Mutex::default(), Mutex::default());
        Self { shop, servers, http, told, checkpoints }
    }

    pub(crate) fn store(&self) -> String {
        store(self.shop.folder.path())
    }

    pub(crate) fn servers(&self) -> usize {
        self.servers.len()
    }

    /// `kill -9` of the one that runs there, if one does; then another.
    pub(crate) fn restart(&self, server: usize, arguments: &[&str]) {
        let mut place = self.servers[server].lock().unwrap();
        *place = None;
        *place = Some(Node::server(&self.store(), arguments));
    }

    pub(crate) fn kill(&self, server: usize) {
        *self.servers[server].lock().unwrap() = None;
    }

    pub(crate) fn with(&self, server: usize, work: impl FnOnce(&Node)) {
        work(self.servers[server].lock().unwrap().as_ref().unwrap());
    }

    pub(crate) fn url(&self, server: usize) -> Option<String> {
        // While one starts, tills do not wait for it.
        let place = self.servers[server].try_lock().ok()?;
        place.as_ref().map(|node| node.url().to_owned())
    }

    pub(crate) fn told(&self) -> BTreeMap<String, Told> {
        self.told.lock().unwrap().clone()
    }

    /// Sells under a key, until some server answers. What was told before under it is told again.
    pub(crate) async fn sell(&self, outlet: &str, key: &str, chance: &Chance) -> Told {
        let start = Instant::now();
        loop {
            let server = usize::try_from(chance.below(self.servers.len() as u64)).unwrap();
            if let Some(told) = self.ask(server, outlet, key).await {
                let before = self.told.lock().unwrap().insert(key.to_owned(), told.clone());
                if let Some(before) = before {
                    assert_eq!(before.id, told.id, "{key}: one key, one invoice");
                }
                return told;
            }
            assert!(start.elapsed() < PATIENCE, "{key} was never answered");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// One question to one server; nothing where it did not answer what can be built on.
    pub(crate) async fn ask(&self, server: usize, outlet: &str, key: &str) -> Option<Told> {
        let mut draft: Value = serde_json::from_str(SALE).unwrap();
        draft["outlet"] = outlet.into();
        let asked = self
            .http
            .post(format!("{}/v1/invoices", self.url(server)?))
            .bearer_auth(&self.shop.api_key)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key)
            .header("Prefer", "wait=1")
            .body(draft.to_string());
        let reply = asked.send().await.ok()?;
        let status = reply.status().as_u16();
        let body: Value = serde_json::from_slice(&reply.bytes().await.ok()?).ok()?;
        match status {
            201 | 202 => {
                if let Some(proof) = body["proof"].as_str() {
                    let proof = ProofFile::parse(proof.as_bytes()).unwrap();
                    self.saw(outlet, &proof.checkpoint);
                }
                let id = body["id"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned();
                Some(Told { outlet: outlet.to_owned(), id, is_sealed: status == 201 })
            }
            429 | 500.. => None,
            _ => panic!("{key}: {status} {body}"),
        }
    }

    /// Two checkpoints of one size are one checkpoint.
    fn saw(&self, outlet: &str, note: &Note) {
        let checkpoint = Checkpoint::parse(note.text()).unwrap();
        let place = (outlet.to_owned(), checkpoint.size);
        let root = checkpoint.root;
        let before = *self.checkpoints.lock().unwrap().entry(place).or_insert(root);
        assert_eq!(before, root, "{outlet} published two trees of {} entries", checkpoint.size);
    }

    /// Looks at what a server publishes of a log, as a witness does.
    pub(crate) async fn look_at_log(&self, server: usize, outlet: &str) {
        let Some(url) = self.url(server) else { return };
        let Ok(reply) =
            self.http.get(format!("{url}/v1/outlets/{outlet}/log/checkpoint")).send().await
        else {
            return;
        };
        if reply.status().is_success()
            && let Ok(bytes) = reply.bytes().await
        {
            self.saw(outlet, &Note::parse(&bytes).unwrap());
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Option<Value> {
        let asked =
            self.http.get(format!("{}{path}", self.url(0)?)).bearer_auth(&self.shop.api_key);
        serde_json::from_slice(&asked.send().await.ok()?.bytes().await.ok()?).ok()
    }

    /// All that must hold once nothing is killed any more: what was told is there, once, told alike
    /// by every server, registered once; nothing is left; the log has only ever grown.
    pub(crate) async fn all_is_well(&self, outlets: &[&str]) -> usize {
        self.come_to_rest().await;
        let told = self.told();
        for (key, told) in &told {
            for server in 0..self.servers.len() {
                let again = self.ask(server, &told.outlet, key).await.unwrap();
                assert_eq!((again.id, again.is_sealed), (told.id.clone(), true), "{key}");
            }
        }
        let invoices = self.invoices().await;
        assert_eq!(invoices.len(), told.len(), "each key made one invoice");
        let ids: BTreeSet<String> = told.values().map(|told| told.id.clone()).collect();
        assert_eq!(texts(&invoices, "id"), ids);
        let numbers = texts(&invoices, "number");
        for outlet in outlets {
            let of_outlet = invoices.iter().filter(|invoice| invoice["outlet"] == **outlet);
            let sequences: BTreeSet<u64> = of_outlet
                .map(|one| one["number"].as_str().unwrap().rsplit('-').next().unwrap().parse())
                .collect::<Result<_, _>>()
                .unwrap();
            assert!(sequences.iter().copied().eq(1..=sequences.len() as u64), "{sequences:?}");
            self.only_grew(outlet).await;
        }
        let registered = all_registered(&self.shop).await;
        assert_eq!(registered.len(), invoices.len(), "each registered once");
        assert_eq!(texts(&registered, "rn"), numbers);
        let report = self.shop.verify();
        let sealed = report["outlets"].as_array().unwrap().iter();
        assert_eq!(sealed.filter_map(|one| one["sealed"].as_u64()).sum::<u64>(), told.len() as u64);
        told.len()
    }

    /// Waits until nothing is left to be told; a person answers what only a person can.
    async fn come_to_rest(&self) {
        let start = Instant::now();
        loop {
            self.shop.ask_at(self.url(0).unwrap());
            let left = open_submissions(&self.shop).await;
            if left.is_empty() {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "left: {left:?}");
            if left.iter().any(|one| one.starts_with("unanswered")) {
                // Exit code 1: it is too early to believe that an invoice is not registered.
                let told = self.shop.reconcile().await;
                let errors = String::from_utf8_lossy(&told.stderr).into_owned();
                assert!(matches!(told.status.code(), Some(0 | 1)), "{errors}");
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn invoices(&self) -> Vec<Value> {
        let mut invoices = Vec::new();
        let mut path = "/v1/invoices?limit=100".to_owned();
        loop {
            let page = self.get(&path).await.unwrap();
            invoices.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/invoices?limit=100&cursor={cursor}"),
                None => return invoices,
            }
        }
    }

    /// Every checkpoint that anybody saw is a beginning of the log as it stands.
    async fn only_grew(&self, outlet: &str) {
        let seen: Vec<(u64, [u8; 32])> = {
            let all = self.checkpoints.lock().unwrap();
            let of_outlet = all.iter().filter(|((of, _), _)| of == outlet);
            of_outlet.map(|((_, size), root)| (*size, *root)).collect()
        };
        assert!(!seen.is_empty(), "nobody saw the log of {outlet}");
        for old in seen {
            let url = self.url(0).unwrap();
            let path = format!("{url}/v1/outlets/{outlet}/log/consistency?old={}", old.0);
            let bytes = self.http.get(path).send().await.unwrap().bytes().await.unwrap();
            let told = WitnessRequest::parse(&bytes).unwrap();
            let now = Checkpoint::parse(told.checkpoint.text()).unwrap();
            let proven = verify_consistency(old, (now.size, now.root), &told.consistency);
            assert!(proven.is_ok(), "{outlet}: {} entries are not in {}", old.0, now.size);
        }
    }
}
