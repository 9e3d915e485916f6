//! Stores as the command line names them.

use std::fs;

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Words {
    #[command(flatten)]
    stores: StoresArgs,
}

fn words(words: &[&str]) -> Result<Stores, Failure> {
    Words::try_parse_from([&["stalela"], words].concat()).unwrap().stores.stores()
}

const WEST: &str = "tn_aibaeaqcaibaeaqc";

fn map(folder: &Path) -> String {
    fs::write(folder.join("password"), "sec&ret\n").unwrap();
    let map = format!(
        r#"{{
            "stores": {{
                "east": {{ "url": "postgres://app@localhost/s", "password_file": "{0}/password" }},
                "west": "{0}/west.db"
            }},
            "tenants": {{ "{WEST}": "west" }}, "default": "east"
        }}"#,
        folder.display()
    );
    let file = folder.join("stores.json");
    fs::write(&file, map).unwrap();
    file.display().to_string()
}

fn tenant(text: &str) -> TenantId {
    TenantId::parse(text).unwrap()
}

#[test]
fn a_store_by_itself_has_no_name_and_is_not_asked_who_stands_in_it() {
    let stores = words(&["--store", "shop.db"]).unwrap();
    assert!(!stores.are_mapped());
    let all: Vec<String> = stores.iter().map(ToString::to_string).collect();
    assert_eq!(all, ["shop.db"]);
    assert_eq!(stores.of_tenant(&tenant(WEST)).url.path(), Some("shop.db".as_ref()));
}

#[test]
fn stores_of_a_map_have_names_and_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let stores = words(&["--store-map", &map(folder.path())]).unwrap();
    assert!(stores.are_mapped());
    let east = stores.iter().next().unwrap();
    assert!(east.url.database().unwrap().ends_with("?password=sec%26ret"));
    assert_eq!(east.to_string(), "east (postgres://app@localhost/s)");
    assert_eq!(stores.default_place(), 0);
    assert_eq!(stores.of_tenant(&tenant(WEST)).label(), "west");
    assert_eq!(stores.of_tenant(&tenant("tn_aeaqcaibaeaqcaib")).label(), "east");
}

#[test]
fn a_map_that_is_not_right_is_refused_by_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = map(folder.path());
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(r#""default": "east""#, r#""default": "north""#)).unwrap();
    let refused = words(&["--store-map", &file]).unwrap_err();
    assert_eq!(refused.exit_code(), 1);
    assert!(refused.to_string().starts_with(&format!("{file}: /default: ")), "{refused}");
    fs::remove_file(folder.path().join("password")).unwrap();
    fs::write(&file, text).unwrap();
    let refused = words(&["--store-map", &file]).unwrap_err().to_string();
    assert!(refused.starts_with("east: ") && refused.contains("password"), "{refused}");
    let both = ["stalela", "--store", "a.db", "--store-map", &file];
    assert!(Words::try_parse_from(both).is_err(), "one or the other");
}

#[tokio::test]
async fn an_outlet_and_a_tenant_are_looked_for_in_all_stores() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (east, west) = (place("east.db"), place("west.db"));
    let map = format!(
        r#"{{"stores": {{"east": "{east}", "west": "{west}"}}, "tenants": {{"{WEST}": "west"}}, "default": "east"}}"#
    );
    let file = place("stores.json");
    fs::write(&file, map).unwrap();
    let stores = words(&["--store-map", &file]).unwrap();
    assert_eq!(stores.of_tenant_named("anybody").await.unwrap().label(), "east", "the default");
    for (path, id) in [(&east, "tn_aeaqcaibaeaqcaib"), (&west, WEST)] {
        let ledger = ledger::Ledger::open(path.as_ref(), ledger::Options::default()).unwrap();
        let created_at = invoice::Timestamp::from_micros(0);
        for (id, name) in [(tenant(id), id), (tenant("tn_aaaaaaaaaaaaaaaa"), "both")] {
            let tenant = ledger::Tenant { id, name: name.to_owned(), created_at };
            ledger.create_tenant(tenant).await.unwrap();
        }
        ledger.close().await;
    }
    assert_eq!(stores.of_tenant_named(WEST).await.unwrap().label(), "west");
    let refused = stores.of_tenant_named("both").await.unwrap_err().to_string();
    assert!(refused.contains("east (") && refused.contains("and in west ("), "{refused}");
    let unknown = OutletId::from_random([3; 10]);
    let refused = stores.of_outlet(&unknown).await.unwrap_err();
    assert_eq!(refused.exit_code(), 1, "{refused}");
}
