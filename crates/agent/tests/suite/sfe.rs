//! Rules of the SFE specification that only the ledger and the module together can keep, by their
//! numbers.

use fiscal::Issued;

use crate::world::{SALE, World};

#[tokio::test(flavor = "multi_thread")]
async fn sfe_1_1_15_the_series_of_an_outlet_and_year_is_uninterrupted() {
    let world = World::new("drc/emcf").await;
    let mut numbers = Vec::new();
    for _ in 0..5 {
        let Issued::Sealed(sealed, _) = world.issue(SALE).await else { panic!("not sealed") };
        numbers.push(sealed.number().to_owned());
    }
    let year = world.desk.zone.date(world.desk.clock.now()).year();
    let expected: Vec<String> = (1..=5).map(|n| format!("KIN01-{year}-{n:06}")).collect();
    assert_eq!(numbers, expected);
    let registered = world.registered().await;
    let registered: Vec<&str> = registered.iter().map(|row| row["rn"].as_str().unwrap()).collect();
    assert_eq!(registered, expected, "and the module knows them by the same numbers");
}

#[tokio::test]
async fn sfe_1_1_4_what_is_printed_and_what_is_exchanged_are_identical() {
    let world = World::new("drc/emcf").await;
    let Issued::Sealed(sealed, _) = world.issue(SALE).await else { panic!("not sealed") };
    let registered = world.registered().await.remove(0);
    let totals = sealed.invoice.totals();
    let text =
        |key: &str| registered[key].as_str().map_or(registered[key].to_string(), str::to_owned);
    for (ours, theirs) in [(totals.total, text("total")), (totals.tax, text("vtotal"))] {
        assert_eq!(Ok(ours), invoice::Amount::parse(&theirs));
    }
    assert_eq!(text("rn"), sealed.number());
    assert_eq!(text("nif"), sealed.invoice.seller().tax_id);
}

#[tokio::test]
async fn sfe_1_1_5_nothing_is_sealed_without_the_modules_elements() {
    let world = World::new("drc/emcf").await;
    world.arm("invoice", "lost_request", 1_000).await;
    let issue = world.issue_within(SALE, 2).await;
    let Issued::Underway(id) = issue else { panic!("{issue:?}") };
    assert!(world.record(&id).await.seal().is_none());
    assert!(world.registered().await.is_empty());
}
