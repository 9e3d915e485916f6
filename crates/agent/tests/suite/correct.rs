//! Credit notes, refusals and re-issues, from the draft to what the authority registered.

use fiscal::{IssueError, Issued, Order, Patience};
use ledger::Stage;

use crate::world::{SALE, World, read};

fn credit(quantity: &str, original: &str) -> String {
    format!(
        r#"{{
          "kind": "credit_note", "prices": "tax_included",
          "operator": {{ "name": "JACQUES" }}, "customer": {{ "kind": "person" }},
          "lines": [ {{ "code": "001", "kind": "goods", "name": "EAU", "quantity": "{quantity}",
                        "unit_price": "720.00", "tax_group": "A" }} ],
          "credit": {{ "nature": "return", "original": {original} }}
        }}"#
    )
}

async fn faults(world: &World, draft: &str) -> Vec<&'static str> {
    let order = Order { draft: read(draft), idempotency: None };
    match fiscal::issue(&world.desk, order, Patience::None).await {
        Err(IssueError::Faults(faults)) => faults.iter().map(invoice::Fault::code).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn sfe_1_1_26_d_and_1_1_27_several_credit_notes_take_a_sale_back_and_no_more_than_it() {
    let world = World::new("drc/emcf").await;
    let Issued::Sealed(sale, _) = world.issue(SALE).await else { panic!("not sealed") };
    let code = sale.elements.as_ref().unwrap().code.clone();
    let by_number = format!(r#"{{ "number": "{}" }}"#, sale.number());
    let by_code = format!(r#"{{ "code": "{code}" }}"#);
    let by_id = format!(r#"{{ "id": "{}" }}"#, sale.id);
    for original in [&by_number, &by_code] {
        let Issued::Sealed(note, _) = world.issue(&credit("2", original)).await else {
            panic!("not sealed")
        };
        let original = note.invoice.credit().unwrap().original.clone().unwrap();
        assert_eq!(original.entry_hash, sale.entry_hash());
        assert_eq!(original.code.as_deref(), Some(code.as_str()));
    }
    // SFE 1.1.26 d: four of five are back; two more are one too many.
    assert_eq!(faults(&world, &credit("2", &by_id)).await, ["credits_exceed_sold"]);
    let Issued::Sealed(_, _) = world.issue(&credit("1", &by_id)).await else {
        panic!("not sealed")
    };
    assert_eq!(world.registered().await.len(), 4);
    world.verify().await;
}

#[tokio::test]
async fn sfe_1_1_26_a_the_original_must_exist() {
    let world = World::new("drc/emcf").await;
    let unknown = r#"{ "code": "AAAABBBBCCCCDDDDEEEEFFFF" }"#;
    assert_eq!(faults(&world, &credit("1", unknown)).await, ["original_unknown"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_credit_notes_at_once_that_are_too_much_together_one_is_issued() {
    let world = World::new("drc/cloud").await;
    let Issued::Sealed(sale, _) = world.issue(SALE).await else { panic!("not sealed") };
    world.deliver().await;
    let draft = credit("3", &format!(r#"{{ "id": "{}" }}"#, sale.id));
    let issue = || {
        let order = Order { draft: read(&draft), idempotency: None };
        fiscal::issue(&world.desk, order, Patience::None)
    };
    let (one, other) = tokio::join!(issue(), issue());
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
}

/// The authority refuses (its clock has left the day on which the rate was right): the number goes
/// to the next invoice, and the corrected one names the refused one.
#[tokio::test]
async fn a_refused_invoice_gives_its_number_back_and_can_be_issued_again() {
    let world = World::new("drc/emcf").await;
    let url = format!("{}/rates", world.simulator.management_url);
    let post = reqwest::Client::new()
        .post(url)
        .header("Content-Type", "application/json")
        .body(r#"{"type":"USD","rate":"9999"}"#);
    assert!(post.send().await.unwrap().status().is_success());
    let with_rate = |rest: &str| {
        let exchange = r#""exchange": { "currency": "USD", "rate": "2300.00" }"#;
        SALE.replacen('{', &format!("{{ {exchange}{rest},"), 1)
    };
    let Issued::Refused(id) = world.issue(&with_rate("")).await else { panic!("not refused") };
    assert_eq!(world.stage(&id).await, Stage::Refused);
    let refused = world.record(&id).await;
    let words = refused.submission.as_ref().unwrap().last_answer.clone().unwrap();
    assert!(words.contains("refused"), "{words}");

    let corrected = SALE.replacen('{', &format!(r#"{{ "replaces": "{id}","#), 1);
    let Issued::Sealed(sealed, _) = world.issue(&corrected).await else { panic!("not sealed") };
    assert_eq!(sealed.invoice.replaces(), Some(&id));
    assert_eq!(sealed.number(), refused.invoice.number, "the number was never used");
    assert_eq!(faults(&world, &corrected).await, ["replaces_taken"]);
    assert_eq!(world.registered().await.len(), 1);
    world.verify().await;
    assert_eq!(
        faults(&world, &SALE.replacen('{', &format!(r#"{{ "replaces": "{}","#, sealed.id), 1))
            .await,
        ["replaces_not_refused"]
    );
}
