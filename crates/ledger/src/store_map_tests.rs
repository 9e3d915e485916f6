//! A map is read whole or not at all, and its faults are told by their places.

use super::*;

const EAST: &str = "tn_aeaqcaibaeaqcaib";
const WEST: &str = "tn_aibaeaqcaibaeaqc";

fn good() -> String {
    format!(
        r#"{{
            "stores": {{
                "east": "postgres://app@east.example/stalela",
                "west": {{ "url": "west/stalela.db", "password_file": "west.password", "anchors": "kept/west" }}
            }},
            "tenants": {{ "{WEST}": "west" }},
            "default": "east"
        }}"#
    )
}

fn name(text: &str) -> StoreName {
    StoreName::parse(text).unwrap()
}

fn tenant(text: &str) -> TenantId {
    TenantId::parse(text).unwrap()
}

#[track_caller]
fn faults(map: &str) -> Vec<(String, String)> {
    let faults = StoreMap::parse(map.as_bytes()).unwrap_err();
    faults.iter().map(|fault| (fault.place.clone(), fault.why.clone())).collect()
}

/// The good map with one text in the place of another has this one fault.
#[track_caller]
fn assert_fault(from: &str, to: &str, place: &str, why: &str) {
    let map = good();
    assert!(map.contains(from), "{from}");
    let found = faults(&map.replacen(from, to, 1));
    let is_it = |(at, words): &(String, String)| at == place && words.contains(why);
    assert!(found.len() == 1 && is_it(&found[0]), "{found:?}");
}

#[test]
fn a_tenant_whom_an_open_store_has_not_is_missing() {
    let map = StoreMap::parse(good().as_bytes()).unwrap();
    let missing = |held: BTreeMap<StoreName, Vec<TenantId>>| -> Vec<String> {
        map.missing(&held).map(|(tenant, store)| format!("{tenant} {store}")).collect()
    };
    assert_eq!(missing([(name("west"), vec![tenant(EAST)])].into()), [format!("{WEST} west")]);
    assert!(missing([(name("west"), vec![tenant(WEST)])].into()).is_empty());
    assert!(missing([(name("east"), Vec::new())].into()).is_empty(), "west is not open");
}

#[test]
fn a_map_holds_thousands_of_tenants() {
    let ids: Vec<TenantId> = (0..10_000_u32)
        .map(|index| {
            let mut own = [0; 10];
            own[..4].copy_from_slice(&index.to_be_bytes());
            TenantId::from_random(own)
        })
        .collect();
    let lines: Vec<String> = ids.iter().map(|id| format!("\"{id}\": \"one\"")).collect();
    let map = format!(
        r#"{{ "stores": {{ "one": "a.db" }}, "tenants": {{ {} }}, "default": "one" }}"#,
        lines.join(",")
    );
    let map = StoreMap::parse(map.as_bytes()).unwrap();
    assert!(ids.iter().all(|id| map.store_of(id) == &name("one")));
}

#[test]
fn a_map_says_where_each_tenant_stands() {
    let map = StoreMap::parse(good().as_bytes()).unwrap();
    let names: Vec<&str> = map.stores().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["east", "west"]);
    let (_, west) = map.stores().nth(1).unwrap();
    assert_eq!(west.url.path(), Some("west/stalela.db".as_ref()));
    assert_eq!(west.password_file.as_deref(), Some("west.password".as_ref()));
    assert_eq!(west.anchors.as_deref(), Some("kept/west".as_ref()));
    assert_eq!(map.store_of(&tenant(WEST)), &name("west"));
    assert_eq!(map.store_of(&tenant(EAST)), map.default_store(), "who is not named");
    let alone = StoreMap::parse(br#"{"stores":{"one":"a.db"},"default":"one"}"#).unwrap();
    assert_eq!(alone.default_store().as_str(), "one");
}

#[test]
fn each_fault_is_told_by_its_place() {
    let west = format!("/tenants/{WEST}");
    assert_fault(r#": "west""#, r#": "north""#, &west, "there are: east, west");
    assert_fault(WEST, "tn_x", "/tenants/tn_x", "tn_");
    assert_fault(r#""default": "east""#, r#""default": "nowhere""#, "/default", "no store");
    assert_fault(r#""default": "east""#, r#""default": 1"#, "/default", "no store");
    assert_fault(
        r#""password_file": "west.password""#,
        r#""pass": "x""#,
        "/stores/west/pass",
        "not known",
    );
    assert_fault(
        r#""password_file": "west.password""#,
        r#""password_file": 7"#,
        "/stores/west/password_file",
        "path",
    );
    assert_fault(r#""anchors": "kept/west""#, r#""anchors": """#, "/stores/west/anchors", "path");
    assert_fault(r#""url": "west/stalela.db","#, "", "/stores/west/url", "missing");
    assert_fault("west/stalela.db", "mysql://app@host/db", "/stores/west/url", "a store is");
    assert_fault(
        "postgres://app@east.example/stalela",
        "postgres://a:s3cret@b:port/c",
        "/stores/east",
        "not understood",
    );
    assert_fault(&format!(r#"{{ "{WEST}": "west" }}"#), "[]", "/tenants", "is an object");
}

#[test]
fn what_stands_nowhere_or_twice_is_refused() {
    assert_fault(&format!(r#""{WEST}": "west""#), "", "/stores/west", "not the default");
    let renamed = good().replacen(r#""tenants": {"#, r#""other/~": {"#, 1);
    assert_eq!(faults(&renamed)[0].0, "/other~1~0");
    let no_default = good().replacen(r#""default": "east""#, r#""more": 1"#, 1);
    let places: Vec<String> = faults(&no_default).into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["/more", "/default"]);
    for map in ["{", "[]", r#"{"stores":{},"default":"a"}"#, r#"{"default":"a"}"#, "\u{fffd}"] {
        assert!(!faults(map).is_empty(), "{map}");
    }
    let twice = r#"{"stores":{"a":"x.db","a":"y.db"},"default":"a"}"#;
    assert!(faults(twice)[0].1.contains("line 1"), "a key that stands twice");
}

#[test]
fn two_names_of_one_store_are_refused_however_they_are_written() {
    for (one, other) in [
        ("a.db", "./a.db"),
        ("a.db", "sqlite://x/../a.db"),
        ("postgres://app@db.example/s", "postgresql://other:pw@DB.example:5432/s?sslmode=disable"),
        ("postgres://app@db1.example,db2.example/s", "postgres://app@db2.example/s"),
        ("postgres:///s?host=/run/pg", "postgres:///s?host=/run/pg&user=app"),
        ("postgres://s@localhost", "postgres://app@localhost/s"),
    ] {
        let map = format!(
            r#"{{"stores":{{"a":"{one}","b":"{other}"}},"tenants":{{"{WEST}":"b"}},"default":"a"}}"#
        );
        let found = faults(&map);
        assert_eq!(found, [("/stores/b".to_owned(), "is the same store as a".to_owned())]);
    }
    for (one, other) in [
        ("a.db", "b/a.db"),
        ("postgres://app@db.example/s", "postgres://app@db.example/t"),
        ("postgres://app@db.example/s", "postgres://app@db.example:5433/s"),
        ("postgres://app@db.example/s", "s"),
    ] {
        let map = format!(
            r#"{{"stores":{{"a":"{one}","b":"{other}"}},"tenants":{{"{WEST}":"b"}},"default":"a"}}"#
        );
        StoreMap::parse(map.as_bytes()).unwrap();
    }
}

#[test]
fn what_is_told_is_bounded_and_holds_no_password() {
    let long = "x".repeat(100_000);
    let many = (0..100).map(|at| format!("\"{at}{long}\":\"postgres://a:s3cret@b:port/c\""));
    let map =
        format!("{{\"stores\":{{{}}},\"default\":\"a\"}}", many.collect::<Vec<_>>().join(","));
    let told = StoreMap::parse(map.as_bytes()).unwrap_err().to_string();
    assert!(told.len() < 16 * 1024 && !told.contains("s3cret"), "{} bytes", told.len());
    let secret = good().replacen("app@east", "app:s3cret@east", 1);
    assert!(!format!("{:?}", StoreMap::parse(secret.as_bytes()).unwrap()).contains("s3cret"));
    let told = faults(&" ".repeat(17 * 1024 * 1024));
    assert!(told[0].1.contains("at most"), "{told:?}");
}

#[test]
fn tenants_are_held_against_the_map() {
    let map = StoreMap::parse(good().as_bytes()).unwrap();
    let held = |east: &[&str], west: &[&str]| {
        let tenants = |ids: &[&str]| ids.iter().map(|id| tenant(id)).collect::<Vec<_>>();
        map.misplaced(&BTreeMap::from([
            (name("east"), tenants(east)),
            (name("west"), tenants(west)),
        ]))
    };
    assert_eq!(held(&[EAST], &[WEST]), []);
    assert_eq!(held(&[], &[]), []);
    let told = |found: Vec<Misplaced>| found.iter().map(ToString::to_string).collect::<Vec<_>>();
    let elsewhere = told(held(&[WEST], &[]));
    assert_eq!(elsewhere, [format!("tenant {WEST} stands in east, and the map has it in west")]);
    let twice = told(held(&[EAST, WEST], &[EAST, WEST]));
    assert_eq!(twice.len(), 2);
    assert!(twice[0].contains("in east and in west"), "{twice:?}");
}

#[test]
fn a_name_may_be_that_of_a_folder() {
    for text in ["a", "east", "eu-1", "0", &"a".repeat(32)] {
        assert_eq!(name(text).as_str(), text);
    }
    for text in ["", "-a", "A", "a/b", "..", "a b", "é", &"a".repeat(33)] {
        assert_eq!(StoreName::parse(text), None, "{text}");
    }
}
