//! Databases that are not reached: some are there again later, and of others somebody has to put
//! something right first.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger::{InvoiceFilter, Ledger, LedgerError};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use crate::home::{OPTIONS, empty_database};
use crate::world::World;

/// Answers whoever connects as `serve` says, on a thread that ends with the test.
fn listening(serve: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().flatten().for_each(serve));
    address
}

async fn refused(address: SocketAddr, words: &str) -> LedgerError {
    let address = format!("postgres://nobody@{address}/nothing?{words}");
    Ledger::connect(&address, OPTIONS()).await.err().expect("it is no database")
}

/// The request for TLS: its length and a number that is no version (PostgreSQL, 55.7).
fn asked_for_tls(line: &mut TcpStream) {
    let mut request = [0; 8];
    line.read_exact(&mut request).unwrap();
    assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_down_is_tried_again() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = refused(closed, "").await;
    assert!(error.is_passing(), "nobody listens: {error:?}");
    let error = refused(listening(drop), "").await;
    assert!(error.is_passing(), "it hangs up: {error:?}");
    let hanging_up = listening(|mut line| {
        asked_for_tls(&mut line);
        line.write_all(b"S").unwrap();
    });
    let error = refused(hanging_up, "sslmode=require").await;
    assert!(error.is_passing(), "it hangs up while a key is agreed on: {error:?}");
}

/// It accepts, and never says a word.
#[tokio::test(flavor = "multi_thread")]
async fn slow_a_database_that_hangs_is_tried_again() {
    let hanging = listening(|line| {
        std::thread::spawn(move || (&line).read_to_end(&mut Vec::new()));
    });
    let start = Instant::now();
    for words in ["", "sslmode=require"] {
        let error = refused(hanging, words).await;
        assert!(error.is_passing(), "{error:?}");
        assert!(start.elapsed() < Duration::from_mins(2), "it is not waited for");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_has_to_put_right_is_not_tried_again() {
    let plain = listening(|mut line| {
        asked_for_tls(&mut line);
        line.write_all(b"N").unwrap();
    });
    let error = refused(plain, "sslmode=require").await;
    assert!(!error.is_passing(), "it speaks no TLS: {error:?}");
    let foreign = listening(|mut line| {
        asked_for_tls(&mut line);
        line.write_all(b"S").unwrap();
        line.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = line.read_to_end(&mut Vec::new());
    });
    let error = refused(foreign, "sslmode=require").await;
    assert!(!error.is_passing(), "it speaks something else: {error:?}");

    let folder = tempfile::tempdir().unwrap();
    let own = certificate(folder.path(), "own");
    let roots = folder.path().join("other.pem");
    certificate(folder.path(), "other");
    let encrypted = listening(move |mut line| {
        asked_for_tls(&mut line);
        line.write_all(b"S").unwrap();
        let mut tls = ServerConnection::new(Arc::clone(&own)).unwrap();
        // The other end ends it, and says why.
        while tls.complete_io(&mut line).is_ok_and(|(read, _)| read > 0) {}
    });
    let words = format!("sslmode=verify-full&sslrootcert={}", roots.display());
    for words in ["sslmode=verify-full", &words] {
        let error = refused(encrypted, words).await;
        assert!(!error.is_passing(), "its certificate is nobody's: {error:?}");
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert!(source.is_some_and(|why| why.contains("TLS")), "{error:?}");
    }
}

/// A certificate that nobody vouches for, and what a server does with it.
fn certificate(folder: &std::path::Path, name: &str) -> Arc<ServerConfig> {
    let (key, file) = (folder.join(format!("{name}.key")), folder.join(format!("{name}.pem")));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "30", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let chain = vec![CertificateDer::from_pem_file(&file).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&key).unwrap();
    Arc::new(config.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap())
}

/// A database that says no in words of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_refuses_tells_whether_it_will_later() {
    let database = empty_database().await;
    let unknown = database.address().replace("user=postgres", "user=nobody_here");
    assert_ne!(unknown, database.address());
    let error = Ledger::connect(&unknown, OPTIONS()).await.err().expect("there is no such login");
    assert!(!error.is_passing(), "{error:?}");
}

/// A connection whose question nobody waits for any more was given to the next one, who waited for it.
#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_leaves_no_question_for_the_next_one_to_wait_for() {
    let world = World::new().await;
    world.number().await;
    let ledger = world.open().await.unwrap();
    let locked = world.address();
    let (client, connection) =
        tokio_postgres::connect(&locked, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("BEGIN; LOCK TABLE stalela.invoices").await.unwrap();
    for _ in 0..8 {
        let list = ledger.invoices(&world.tenant, InvoiceFilter::default(), None, 10);
        assert!(tokio::time::timeout(Duration::from_millis(50), list).await.is_err());
    }
    let keys = tokio::time::timeout(Duration::from_secs(3), ledger.keys());
    assert!(!keys.await.expect("nothing stands before it").unwrap().is_empty());
    client.batch_execute("ROLLBACK").await.unwrap();
    ledger.close().await;
    world.finish().await;
}
