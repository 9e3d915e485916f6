//! One store of a map hangs: whoever connects to it is accepted, and nobody is answered.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::postgres::{cluster, migrated};
use crate::spread::{Spread, api_key, ended};

/// Between a server and its database; while it is silent nothing passes, in either direction.
struct Relay {
    address: SocketAddr,
    is_silent: Arc<AtomicBool>,
}

impl Relay {
    /// Its threads end with the test.
    fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_silent = Arc::new(AtomicBool::new(false));
        let silence = Arc::clone(&is_silent);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let (socket, silence) = (socket.clone(), Arc::clone(&silence));
                std::thread::spawn(move || join(&near, &socket, &silence));
            }
        });
        Self { address, is_silent }
    }

    fn is_silent(&self, is_silent: bool) {
        self.is_silent.store(is_silent, Ordering::SeqCst);
    }
}

fn join(near: &TcpStream, socket: &Path, is_silent: &AtomicBool) {
    let Ok(far) = UnixStream::connect(socket) else { return };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pass(near, &far, is_silent);
            let _ = far.shutdown(Shutdown::Both);
        });
        pass(&far, near, is_silent);
        let _ = near.shutdown(Shutdown::Both);
    });
}

fn pass(mut from: impl Read, mut to: impl Write, is_silent: &AtomicBool) {
    let mut bytes = [0; 8 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        while is_silent.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(10));
        }
        if to.write_all(&bytes[..read]).is_err() {
            return;
        }
    }
}

/// Keys that nobody gave out: each may be of either store.
const STRANGERS: usize = 30;
/// Each of them alone would be waited for two seconds, as long as a store may take to answer.
const STRANGERS_TIME: Duration = Duration::from_secs(30);
/// What waits for the other store takes longer than this machine does at its slowest.
const QUICK: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn slow_a_store_that_hangs_takes_no_place_of_the_other_stores_tenants() {
    let west = cluster();
    let address = migrated(&west);
    let folder = address.split_once("host=").unwrap().1.split('&').next().unwrap();
    let relay = Relay::to(Path::new(folder).join(".s.PGSQL.5432"));
    let files = tempfile::tempdir().unwrap();
    let east = files.path().join("east.db").display().to_string();
    let spread = Spread::over(&east, &format!("postgres://app@{}/stalela", relay.address)).await;
    let new = |_| api_key(&spread.east.tenant, &spread.map);
    let keys: Vec<String> = (0..10).map(new).collect();
    let server = spread.server(&["--no-agent"]);
    for seller in [&spread.east, &spread.west] {
        spread.sells(&server, seller, ("till/1", 201)).await;
    }

    relay.is_silent(true);
    spread.is_ready(&server, "ready\nstore_unavailable west").await;
    let list = format!("{}/v1/invoices", server.url());
    let strangers = async {
        let start = Instant::now();
        for number in 0..STRANGERS {
            let stranger = format!("sk_test_{number:0>32}");
            let (status, told) = spread.get(&list, &stranger).await;
            assert_eq!(status, 503, "it may be the other store's: {told}");
        }
        assert!(start.elapsed() < STRANGERS_TIME, "{:?}", start.elapsed());
    };
    let tenants = async {
        for (number, key) in (2..).zip(&keys) {
            let start = Instant::now();
            let (status, told) = spread.get(&list, key).await;
            assert_eq!(status, 200, "a key that was never seen: {told}");
            let sold = spread.sell(&server, &spread.east, &format!("till/{number}")).await;
            assert_eq!(sold.0, 201, "{}", sold.1);
            assert!(start.elapsed() < QUICK, "{:?}", start.elapsed());
        }
    };
    tokio::join!(strangers, tenants);
    ended(server);

    // What starts meanwhile does not wait for it, and serves it when it answers.
    let server = spread.server(&["--no-agent"]);
    spread.is_ready(&server, "ready\nstore_unavailable west").await;
    spread.sells(&server, &spread.east, ("till/20", 201)).await;
    relay.is_silent(false);
    spread.is_ready(&server, "ready").await;
    spread.sells(&server, &spread.west, ("till/2", 201)).await;
    ended(server);
    spread.both_are_sound(12, 2);
}
