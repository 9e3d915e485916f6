//! Where the database is, and how it is spoken to: the address in the operator's words.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::LedgerError;

/// An address that was understood: `postgres://user:password@host:port/database?…`.
#[derive(Clone)]
pub(crate) struct Address {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
}

impl Address {
    /// Reads an address. Of `sslmode` it takes `disable`, `require` and `verify-full`, and the last
    /// two mean the same: the server's certificate is checked, by the system's authorities or by
    /// those in the file `sslrootcert`. Without a word, what leaves this machine is encrypted and
    /// checked, and what does not is not.
    pub(crate) fn parse(text: &str) -> Result<Self, LedgerError> {
        if text.len() > ADDRESS_BYTES_MAX {
            let why = format!("it is longer than {ADDRESS_BYTES_MAX} bytes");
            return Err(LedgerError::Address(why));
        }
        let (rest, wish) = without_tls(text)?;
        let mut config: Config = rest.parse().map_err(|error| not_understood(&error))?;
        let encrypted = match wish.mode.as_deref() {
            None => !is_local(&config),
            Some("disable") => false,
            Some("require" | "verify-full") => true,
            Some(other) => return Err(not_understood(&UnsafeMode(other.to_owned()))),
        };
        let tls = MakeRustlsConnect::new(tls(encrypted, wish.roots.as_deref())?);
        config
            .ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable })
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .keepalives_idle(SILENCE)
            .keepalives_interval(SILENCE)
            .keepalives_retries(KEEPALIVES)
            .tcp_user_timeout(DEAD_LINE);
        if config.get_application_name().is_none() {
            config.application_name("stalela");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTING_MAX);
        }
        Ok(Self { config, tls })
    }

    /// How long the way to all of its hosts may take, one after the other.
    pub(super) fn connecting(&self) -> Duration {
        let hosts = u32::try_from(self.config.get_hosts().len()).unwrap_or(u32::MAX);
        let each = self.config.get_connect_timeout().copied().unwrap_or(CONNECTING_MAX);
        each.saturating_mul(hosts.max(1))
    }

    /// Whether both name one database of one server: of several hosts, one is enough.
    pub(super) fn names_one_with(&self, other: &Self) -> bool {
        let (own, others) = (places(&self.config), places(&other.config));
        database(&self.config) == database(&other.config)
            && own.iter().any(|place| others.contains(place))
    }
}

/// Hosts with their ports, as the driver pairs them.
fn places(config: &Config) -> Vec<(String, u16)> {
    let named = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.to_ascii_lowercase(),
        Host::Unix(path) => path.display().to_string(),
    });
    let addresses = config.get_hostaddrs().iter().map(ToString::to_string);
    let mut hosts: Vec<String> = named.collect();
    if hosts.is_empty() {
        hosts.extend(addresses);
    }
    let ports = config.get_ports();
    let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(PORT);
    hosts.into_iter().enumerate().map(|(at, host)| (host, port(at))).collect()
}

/// PostgreSQL's own default is the name of who connects.
fn database(config: &Config) -> Option<&str> {
    config.get_dbname().or(config.get_user())
}

/// What the address says of encryption.
#[derive(Default)]
struct Tls {
    mode: Option<String>,
    roots: Option<String>,
}

/// Takes what says how to encrypt out of the address: the driver knows other words for it.
fn without_tls(text: &str) -> Result<(String, Tls), LedgerError> {
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Err(LedgerError::Address("it begins with postgres://".to_owned()));
    }
    let mut wish = Tls::default();
    let Some((before, query)) = text.split_once('?') else { return Ok((text.to_owned(), wish)) };
    let mut kept = Vec::new();
    for part in query.split('&') {
        match part.split_once('=') {
            Some(("sslmode", mode)) => wish.mode = Some(mode.to_owned()),
            Some(("sslrootcert", path)) => wish.roots = Some(path.to_owned()),
            _ => kept.push(part),
        }
    }
    Ok((format!("{before}?{}", kept.join("&")), wish))
}

fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
    })
}

fn tls(encrypted: bool, roots: Option<&str>) -> Result<ClientConfig, LedgerError> {
    let roots = match (encrypted, roots) {
        (false, _) => RootCertStore::empty(),
        (true, Some(path)) => of_file(path)?,
        (true, None) => of_system(),
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| not_understood(&error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn of_file(path: &str) -> Result<RootCertStore, LedgerError> {
    let mut roots = RootCertStore::empty();
    let unread = |why: &dyn std::error::Error| LedgerError::Address(format!("{path}: {why}"));
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| unread(&error))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unread(&error))?;
        roots.add(certificate).map_err(|error| unread(&error))?;
    }
    Ok(roots)
}

/// Those that cannot be read are of no use, and the others serve.
fn of_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn not_understood(error: &dyn std::error::Error) -> LedgerError {
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    LedgerError::Address(format!("{error}{source}"))
}

#[derive(Debug, thiserror::Error)]
#[error(
    "sslmode={0} would give the password to whoever answers: \
     take disable, or verify-full with sslrootcert where the certificate is your own"
)]
struct UnsafeMode(String);

/// A password, a path of certificates and a dozen hosts; an error may repeat a part of it.
const ADDRESS_BYTES_MAX: usize = 4 * 1024;
/// PostgreSQL's own.
const PORT: u16 = 5432;
/// A line that says nothing for so long is asked whether it lives, and again.
const SILENCE: Duration = Duration::from_secs(5);
const KEEPALIVES: u32 = 3;
/// What was sent and not received after so long went to nobody.
const DEAD_LINE: Duration = Duration::from_secs(15);
/// A server that does not answer within this is down, and the next host is tried.
const CONNECTING_MAX: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(text: &str) -> SslMode {
        Address::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).config.get_ssl_mode()
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted_unless_the_operator_says_otherwise() {
        for (text, expected) in [
            ("postgres://a@localhost/b", SslMode::Disable),
            ("postgres://a@127.0.0.1:5433/b?connect_timeout=2", SslMode::Disable),
            ("postgres://a@[::1]/b", SslMode::Disable),
            ("postgres:///b?host=/run/postgresql&user=a", SslMode::Disable),
            ("postgres://a@localhost/b?sslmode=require", SslMode::Require),
            ("postgresql://a:b@db.example/b", SslMode::Require),
            ("postgres://a@db.example,localhost/b", SslMode::Require),
            ("postgres://a@db.example/b?sslmode=disable", SslMode::Disable),
            ("postgres://a@db.example/b?sslmode=verify-full&application_name=x", SslMode::Require),
        ] {
            assert_eq!(mode(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_and_no_password_is_repeated() {
        for (text, why) in [
            ("mysql://a@b/c", "postgres://"),
            ("postgres://a:secret@db.example/b?sslmode=prefer", "sslmode=prefer"),
            ("postgres://a:secret@db.example/b?sslmode=allow", "whoever answers"),
            ("postgres://a:secret@db.example:port/b", "port"),
            ("postgres://a:secret@db.example/b?unknown=1", "unknown"),
            ("postgres://a:secret@db.example/b?sslrootcert=/nowhere/roots.pem", "/nowhere"),
        ] {
            let error = Address::parse(text).err().expect(text).to_string();
            assert!(error.contains(why) && !error.contains("secret"), "{text}: {error}");
        }
        let long = format!("postgres://a@db.example/b?sslmode={}", "x".repeat(ADDRESS_BYTES_MAX));
        let error = Address::parse(&long).err().expect("too long").to_string();
        assert!(error.contains("4096 bytes") && error.len() < 200, "{error}");
    }
}
