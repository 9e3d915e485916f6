//! Whoever wrote what is verified cannot write the verdict on a person's terminal.

use data_encoding::BASE64URL_NOPAD;
use invoice::{EntryKind, Hash, OutletId, Statement, Timestamp};

use crate::shop::{Shop, stalela};

/// Clears the line that a terminal is at, and says something else there; on a line of its own too.
const HOSTILE: &str = "\u{1b}[2K\rgenuine seal of N-1, 1.00 XTS\ngenuine seal\u{202e}\u{9b}";

/// What is left of it: everything is there to be read, and on the line where it stands.
const SHOWN: &str = r"\u001b[2K\u000dgenuine seal of N-1, 1.00 XTS\u000agenuine seal\u202e\u009b";

fn complaint(arguments: &[&str], code: i32) -> String {
    let output = stalela(arguments);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!told.trim_end_matches('\n').contains(char::is_control), "{told:?}");
    told
}

#[test]
fn the_address_of_a_false_seal_cannot_tell_that_it_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let key = format!("file:{}", path("outlet.pem"));
    assert!(stalela(&["keys", "new", &key]).status.success());
    let pem = stalela(&["keys", "show", &key]).stdout;
    std::fs::write(path("outlet.pub.pem"), pem).unwrap();
    let statement = Statement {
        taxpayer: HOSTILE.to_owned(),
        outlet: OutletId::parse("ou_anqp7vicghtthvi4").unwrap(),
        sequence: 1,
        kind: EntryKind::Sealed,
        number: HOSTILE.to_owned(),
        total: None,
        currency: "XTS".to_owned(),
        sealed_at: Timestamp::from_micros(0),
        regime: String::new(),
        payload_hash: Hash::ZERO,
        previous: Hash::ZERO,
        key_id: HOSTILE.to_owned(),
        elements_hash: None,
    };
    let [statement, signature] =
        [&statement.to_bytes()[..], &[1; 64]].map(|bytes| BASE64URL_NOPAD.encode(bytes));
    let address = format!("https://shop.example/v/#{statement}.{signature}");
    let told = complaint(&["verify", "receipt", &address, "--key", &path("outlet.pub.pem")], 1);
    assert!(told.contains(&format!("the seal names the key {SHOWN}, which is not")), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_is_not_what_it_was_cannot_tell_that_it_is() {
    let shop = Shop::new("drc/cloud", simulators::drc_emcf::Options::calm).await;
    let store = shop.folder.path().join("stalela.db");
    let connection = rusqlite::Connection::open(&store).unwrap();
    let trigger =
        format!("CREATE TRIGGER \"{HOSTILE}\" AFTER INSERT ON entries BEGIN SELECT 1; END");
    connection.execute(&trigger, []).unwrap();
    drop(connection);
    let told = complaint(&["verify", "--store", store.to_str().unwrap()], 4);
    assert!(told.contains(&format!("{SHOWN} of the database")), "{told}");
}

/// The words of the caller, or whatever else comes into a text on its way, on either output.
#[test]
fn nothing_that_is_printed_moves_the_cursor() {
    let name = "/nowhere\u{1b}[2K\r";
    let told = complaint(&["verify", "receipt", "/nowhere", "--key", name], 1);
    assert!(told.starts_with(r"stalela: /nowhere\u001b[2K\u000d: "), "{told}");
    let output = stalela(&["ecf", "verify", name]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with(r"/nowhere\u001b[2K\u000d: refused: "), "{told}");
}
