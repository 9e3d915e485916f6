//! Small texts that name something: keys, stores, numbers, documents, identifiers, times.

use authorities::dom::dsig::SecurityCode;
use authorities::dom::ecf::document::{
    DocumentType, Encf, Reason, Rnc, read_date, read_moment, write_date, write_moment,
};
use authorities::{SessionToken, receiving_named};
use invoice::{Hash, InvoiceId, OutletId, RangeId, TenantId, Zone};
use ledger::{NumberTemplate, SeriesKey, StoreUrl};
use signing::{KeyId, KeyUri};

use super::told;
use super::world::now;
use crate::Target;

pub(super) const TARGET: Target =
    Target { name: "names", read, seeds, words: WORDS, limit: 64 * 1024, rounds: 3_000 };

fn read(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    key_uri(text);
    store_url(text);
    template(text);
    identifiers(text);
    of_documents(text);
    if let Some(token) = SessionToken::parse(text) {
        let shown = format!("{token:?}");
        assert!(token.expose() == text && (text.len() < 16 || !shown.contains(text)));
    }
    let receiving = authorities::names().into_iter().filter_map(receiving_named);
    for receiving in receiving {
        let _ = receiving.is_tax_id(text);
    }
}

fn key_uri(text: &str) {
    match text.parse::<KeyUri>() {
        Ok(uri) => {
            assert_eq!(uri.to_string(), text, "a name is shown as it was given");
            assert!(!text.contains("pin-value"), "a name holds no secret");
        }
        Err(why) => told(why),
    }
}

/// Shown, it does not tell the password that the driver finds in it.
fn store_url(text: &str) {
    let url = match text.parse::<StoreUrl>() {
        Ok(url) => url,
        Err(why) => return told(why),
    };
    let Some(address) = url.database() else { return };
    let shown = [url.to_string(), format!("{url:?}")];
    let password = address.parse().ok().and_then(|config: tokio_postgres::Config| {
        Some(String::from_utf8_lossy(config.get_password()?).into_owned())
    });
    // A short one may stand there by chance, as a part of another word.
    if let Some(password) = password.filter(|password| password.len() >= PASSWORD_SEEN) {
        let rest = address.replacen(&password, "", 1);
        if !rest.contains(&password) {
            assert!(!shown.iter().any(|shown| shown.contains(&password)), "{shown:?}");
        }
    }
    let other = url.with_password(ODD_PASSWORD);
    assert!(!other.to_string().contains("ecret"), "{other}");
}

fn template(text: &str) {
    match NumberTemplate::parse(text) {
        Ok(template) => {
            assert_eq!(template.as_str(), text);
            let number = template.render("KIN01", 2026, 42);
            let numerals: Vec<u64> = NumberTemplate::numerals(&number).collect();
            assert!(numerals.contains(&42) && numerals.contains(&2026), "{number}");
        }
        Err(why) => told(why),
    }
    NumberTemplate::numerals(text).for_each(drop);
    if let Some(series) = SeriesKey::parse(text) {
        assert_eq!(SeriesKey::parse(&series.to_string()), Some(series));
    }
}

fn identifiers(text: &str) {
    let written = [
        TenantId::parse(text).map(|id| id.to_string()),
        OutletId::parse(text).map(|id| id.to_string()),
        RangeId::parse(text).map(|id| id.to_string()),
        InvoiceId::parse(text).map(|id| id.to_string()),
    ];
    for written in written {
        match written {
            Ok(written) => assert_eq!(written, text, "an identifier has one spelling"),
            Err(why) => told(why),
        }
    }
    if let Some(hash) = Hash::parse_hex(text) {
        assert_eq!(hash.to_hex(), text);
    }
    if let Ok(id) = text.parse::<KeyId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Some(zone) = Zone::parse(text) {
        zone.date(now());
        zone.format(now(), "%Y-%m-%d %H:%M:%S");
    }
}

fn of_documents(text: &str) {
    match Encf::parse(text) {
        Ok(number) => assert_eq!(Encf::parse(&number.to_string()), Ok(number)),
        Err(why) => told(why),
    }
    match Rnc::parse(text) {
        Ok(number) => assert_eq!(Rnc::parse(number.as_str()), Ok(number)),
        Err(why) => told(why),
    }
    if let Some(date) = read_date(text) {
        assert_eq!(read_date(&write_date(date)), Some(date));
    }
    if let Some(moment) = read_moment(text) {
        assert_eq!(read_moment(&write_moment(moment)), Some(moment));
    }
    if let Ok(code) = text.parse::<SecurityCode>() {
        assert_eq!(code.as_str(), text);
    }
    if let Some(reason) = Reason::parse(text) {
        assert_eq!(Reason::parse(reason.as_str()), Some(reason));
    }
    let _ = DocumentType::parse(text);
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "file:///keys/outlet.pem",
        "file:keys/a%20b.pem",
        "pkcs11:token=stalela;object=outlet-1;id=%01?module-path=/usr/lib/hsm.so&pin-source=file:/etc/pin",
        "/var/lib/stalela/ledger.db",
        "sqlite:///var/lib/ledger.db",
        "postgres://app:hunter22@127.0.0.1:5432/ledger?sslmode=disable&application_name=x",
        "postgres://app@localhost/ledger?password=hunter22&connect_timeout=5",
        "postgresql://a:hunter22@localhost:1,localhost:2/l?target_session_attrs=read-write",
        "postgres://%2Fvar%2Frun/ledger",
        "{outlet}-{year}-{seq:6}",
        "ou_aaaaaaaaaaaaaaaa",
        "tn_aiaqeaqcaibaeaqc",
        "E310000000001",
        "131000002",
        "00113918205",
        "25-11-2026 14:30:05",
        "31-12-2026",
        "America/Santo_Domingo",
        "aB3+/=",
        "eyJhbGciOi.payload.signature",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// As short as a password is looked for in what is shown.
const PASSWORD_SEEN: usize = 6;
const ODD_PASSWORD: &str = "s&ecret?#@:/%+ ecret";

const WORDS: &[&str] = &[
    "file:",
    "file://",
    "pkcs11:",
    ";",
    "&",
    "?",
    "=",
    "%",
    "%2F",
    "%00",
    "pin-value=1",
    "pin-source=",
    "module-path=/",
    "token=",
    "object=",
    "id=%01",
    "postgres://",
    "postgresql://",
    "sqlite://",
    "@",
    ":",
    "#",
    ",",
    "password=hunter22",
    "user=",
    "host=localhost",
    "hostaddr=127.0.0.1",
    "sslmode=disable",
    "sslmode=verify-full",
    "p%61ssword=hunter22",
    "{outlet}",
    "{year}",
    "{seq:",
    "}",
    "ou_",
    "in_",
    "127.0.0.1",
    "[::1]",
    "options=-c%20x",
    "localhost",
    "hunter22",
    "E32",
    "\u{a0}",
    "-",
    " ",
    "\\",
];
