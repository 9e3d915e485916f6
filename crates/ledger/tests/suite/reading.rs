//! Lists, and that no tenant sees another's anything.

use invoice::{Hash, Statement, TaxpayerId, TerminalId};
use ledger::{
    ApiKey, AuthorityFact, Counts, Cursor, Environment, InvoiceFilter, LedgerError, SealOrder,
    Stage, SubmissionFilter, SubmissionState, Summary, Terminal,
};

use crate::world::{World, outlet, payload, queued};

#[tokio::test]
async fn a_list_goes_from_the_newest_to_the_oldest_through_its_cursor() {
    let world = World::new().await;
    for index in 0..7 {
        let at = if index % 2 == 0 { &world.outlet } else { &world.second };
        world.seal(world.order(at)).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let filter = InvoiceFilter::default();
        let page = world.ledger().invoices(&world.tenant, filter, after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(Cursor::from(last));
        seen.extend(page.into_iter().map(|invoice| invoice.recorded_at));
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]));
    world.finish().await;
}

#[tokio::test]
async fn each_filter_holds() {
    let world = World::new().await;
    let summary = Summary {
        document_kind: "credit".to_owned(),
        issued_on: "2026-07-15".to_owned(),
        customer_name: Some("Client".to_owned()),
        customer_tax_id: Some("A7654321Z".to_owned()),
    };
    let request = world.request(&world.second);
    let payload = payload(&request.invoice, &summary, (None, &[]));
    let wanted = SealOrder { summary: summary.clone(), payload, ..request };
    let wanted = world.seal(wanted).await.unwrap();
    for _ in 0..2 {
        world.number().await;
    }
    let base = InvoiceFilter::default;
    for filter in [
        InvoiceFilter { outlets: vec![world.second.clone()], ..base() },
        InvoiceFilter {
            outlets: vec![world.strange_outlet.clone(), world.second.clone()],
            ..base()
        },
        InvoiceFilter { stages: vec![Stage::Requested, Stage::Refused], ..base() },
        InvoiceFilter { document_kind: Some("credit".to_owned()), ..base() },
        InvoiceFilter { customer_tax_id: Some("A7654321Z".to_owned()), ..base() },
        InvoiceFilter { issued_from: Some("2026-07-15".to_owned()), ..base() },
        InvoiceFilter {
            number: Some(wanted.assigned.number.clone()),
            issued_to: Some("2026-07-15".to_owned()),
            outlets: vec![world.second.clone()],
            ..base()
        },
    ] {
        let name = format!("{filter:?}");
        let found = world.ledger().invoices(&world.tenant, filter, None, 10).await.unwrap();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].summary, summary);
    }
    let none = InvoiceFilter { issued_to: Some("2026-05-31".to_owned()), ..base() };
    assert_eq!(world.ledger().invoices(&world.tenant, none, None, 10).await.unwrap(), []);
    let counts = world.ledger().counts(&world.tenant).await.unwrap();
    assert_eq!(counts.invoices, [(Stage::Requested, 1), (Stage::Sealed, 2)]);
    assert_eq!(counts.submissions, [(SubmissionState::Queued, 3)]);
    world.finish().await;
}

#[tokio::test]
async fn no_tenant_sees_anothers_anything() {
    let world = World::new().await;
    let order = SealOrder { prepare: queued(world.now(), true), ..world.keyed("key", b"body") };
    let id = order.invoice.clone();
    let code = world.seal(order).await.unwrap().entry.authority_code.unwrap();
    let fact = AuthorityFact { key: "rates".to_owned(), value: "{}".to_owned(), at: world.now() };
    let (ledger, mine, theirs) = (world.ledger(), &world.tenant, &world.stranger);
    ledger.set_authority_fact(mine, &world.outlet, fact.clone()).await.unwrap();
    ledger.create_terminal(terminal(&world)).await.unwrap();
    ledger.create_api_key(api_key(&world)).await.unwrap();

    for (tenant, count) in [(mine, 1), (theirs, 0)] {
        let all = InvoiceFilter::default();
        assert_eq!(ledger.invoices(tenant, all, None, 10).await.unwrap().len(), count);
        assert_eq!(ledger.invoice(tenant, &id).await.unwrap().iter().count(), count);
        let number = "KIN01-2026-000001";
        assert_eq!(ledger.invoices_by_number(tenant, number).await.unwrap().len(), count);
        let by_code = ledger.invoices_by_authority_code(tenant, &code).await.unwrap();
        assert_eq!(by_code.len(), count);
        assert_eq!(ledger.invoice_by_key(tenant, "key").await.unwrap().iter().count(), count);
        let all = SubmissionFilter::default();
        assert_eq!(ledger.submissions(tenant, all, 10).await.unwrap().len(), count);
        assert_eq!(ledger.submission(tenant, &id).await.unwrap().iter().count(), count);
        assert_eq!(ledger.head(tenant, &world.outlet).await.unwrap().iter().count(), count);
        assert_eq!(ledger.entries(tenant, &world.outlet, 0, 10).await.unwrap().len(), count);
        assert_eq!(ledger.events(tenant, 0, 10).await.unwrap().len(), count);
        assert_eq!(ledger.outlet(tenant, &world.outlet).await.unwrap().iter().count(), count);
        let facts = ledger.authority_facts(tenant, &world.outlet).await.unwrap();
        assert_eq!(facts.len(), count);
        assert_eq!(ledger.terminals(tenant, &world.outlet).await.unwrap().len(), count);
        assert_eq!(ledger.api_keys(tenant).await.unwrap().len(), count);
        let person = TaxpayerId::from_random([0; 10]);
        assert_eq!(ledger.taxpayer(tenant, &person).await.unwrap().iter().count(), count);
    }
    assert_eq!(ledger.counts(theirs).await.unwrap(), Counts::default());
    assert_eq!(ledger.outlets(theirs).await.unwrap().len(), 1);
    assert_eq!(ledger.outlets(mine).await.unwrap().len(), 2);
    for refused in [
        ledger.update_outlet_settings(theirs, &world.outlet, "{}").await,
        ledger.set_authority_fact(theirs, &world.outlet, fact).await,
        ledger.revoke_api_key(theirs, "ak_1", world.now()).await,
        ledger.create_outlet(outlet(theirs, 0, "X", world.outlet.clone())).await,
    ] {
        assert!(refused.is_err());
    }
    world.finish().await;
}

#[tokio::test]
async fn the_registry_keeps_what_it_is_told() {
    let mut world = World::new().await;
    world.ledger().create_api_key(api_key(&world)).await.unwrap();
    let outlet_id = world.outlet.clone();
    let settings = "{\"mode\":\"emcf\"}";
    world.ledger().update_outlet_settings(&world.tenant, &outlet_id, settings).await.unwrap();
    let now = world.now();
    world.ledger().revoke_api_key(&world.tenant, "ak_1", now).await.unwrap();
    world.ledger().revoke_api_key(&world.tenant, "ak_1", world.now()).await.unwrap();
    world.reopen().await;
    let found = world.ledger().api_key_by_hash(&[7; 32]).await.unwrap().unwrap();
    assert_eq!(found, ApiKey { revoked_at: Some(now), ..api_key(&world) });
    assert_eq!(world.ledger().api_key_by_hash(&[8; 32]).await.unwrap(), None);
    let stands = world.ledger().outlet(&world.tenant, &outlet_id).await.unwrap().unwrap();
    let created = outlet(&world.tenant, 0, "KIN01", outlet_id);
    assert_eq!(stands, ledger::Outlet { settings: settings.to_owned(), ..created });
    let twice = world.ledger().create_api_key(api_key(&world)).await.unwrap_err();
    assert!(matches!(twice, LedgerError::Conflict("API key")));
    let orphan = outlet(&world.tenant, 0, "KIN09", invoice::OutletId::from_random([77; 10]));
    let orphan = ledger::Outlet { taxpayer: TaxpayerId::from_random([77; 10]), ..orphan };
    let error = world.ledger().create_outlet(orphan).await.unwrap_err();
    assert!(matches!(error, LedgerError::NoParent("outlet")), "{error}");
    let key = world.ledger().keys().await.unwrap().remove(0);
    let register = |key| world.ledger().register_key(&world.tenant, &world.outlet, key);
    register(key.clone()).await.unwrap();
    let other = ledger::PublicKey { spki: vec![1], ..key };
    let error = register(other).await.unwrap_err();
    assert!(matches!(error, LedgerError::KeyDiffers(_)));
    assert_eq!(world.ledger().tenants().await.unwrap().len(), 2);
    check_holders(&world).await;
    world.finish().await;
}

/// Every outlet that signs is told with its key, of all tenants, once.
async fn check_holders(world: &World) {
    let mut holders = world.ledger().key_holders().await.unwrap();
    holders.sort();
    let outlets: Vec<_> = holders.iter().map(|holder| &holder.outlet).collect();
    let mut all = vec![&world.outlet, &world.second, &world.strange_outlet];
    all.sort();
    let mut sorted = outlets.clone();
    sorted.sort();
    assert_eq!(sorted, all);
    let of_first = holders.iter().find(|holder| holder.outlet == world.outlet).unwrap();
    let recorded = world.seal(world.request(&world.outlet)).await.unwrap();
    let statement = Statement::parse(&recorded.entry.statement).unwrap();
    assert_eq!(statement.key_id, of_first.key_id);
    assert_eq!(Hash::of_seller(&statement.taxpayer, &statement.outlet), of_first.seller());
    assert_eq!(of_first.environment, Environment::Test);
    let stranger = ledger::PublicKey {
        key_id: "feedfeedfeedfeed".to_owned(),
        algorithm: "ES256".to_owned(),
        spki: vec![2],
        first_seen: world.now(),
    };
    let nowhere = invoice::OutletId::from_random([77; 10]);
    let error = world.ledger().register_key(&world.tenant, &nowhere, stranger).await.unwrap_err();
    assert!(matches!(error, LedgerError::NoParent("key")), "{error}");
}

fn terminal(world: &World) -> Terminal {
    Terminal {
        tenant: world.tenant.clone(),
        outlet: world.outlet.clone(),
        id: TerminalId::from_random([1; 10]),
        name: "Till 1".to_owned(),
        created_at: world.now(),
    }
}

fn api_key(world: &World) -> ApiKey {
    ApiKey {
        tenant: world.tenant.clone(),
        id: "ak_1".to_owned(),
        hash: [7; 32],
        environment: Environment::Test,
        operations: "[\"issue\"]".to_owned(),
        outlets: "\"all\"".to_owned(),
        label: "A till".to_owned(),
        created_at: ledger_epoch(),
        expires_at: None,
        revoked_at: None,
    }
}

fn ledger_epoch() -> invoice::Timestamp {
    invoice::Timestamp::from_micros(0)
}
