//! A lost request and a lost reply look alike; whatever the network does, an invoice is registered
//! once and sealed once.

use fiscal::{Driven, Issued, Patience};
use invoice::InvoiceId;
use ledger::{Stage, SubmissionState};

use crate::world::{SALE, World};

#[tokio::test]
async fn an_invoice_is_sealed_with_the_authoritys_elements() {
    let world = World::new("drc/emcf").await;
    let Issued::Sealed(sealed, _) = world.issue(SALE).await else { panic!("not sealed") };
    let registered = world.registered().await;
    assert_eq!(registered.len(), 1);
    assert_eq!(registered[0]["rn"], sealed.number());
    let elements = sealed.elements.unwrap();
    let code = registered[0]["code"].as_str().unwrap().replace('-', "");
    assert_eq!(elements.code, code);
    assert_eq!(elements.qr.as_deref(), registered[0]["qrCode"].as_str());
    assert_eq!(sealed.invoice.totals().total.to_string(), "4064.00");
    let report = world.verify().await;
    assert_eq!((report.entries, report.outlets[0].sealed), (2, 1));
}

#[tokio::test]
async fn a_cloud_seal_waits_for_nobody_and_is_acknowledged_later() {
    let world = World::new("drc/cloud").await;
    let Issued::Sealed(sealed, _) = world.issue(SALE).await else { panic!("not sealed") };
    assert!(sealed.elements.is_none());
    assert!(world.registered().await.is_empty());
    world.deliver().await;
    assert_eq!(world.stage(&sealed.id).await, Stage::Acknowledged);
    let record = world.record(&sealed.id).await;
    let whole = fiscal::sealed_invoice(&record).unwrap().unwrap();
    let registered = world.registered().await;
    assert_eq!(registered.len(), 1);
    let code = registered[0]["code"].as_str().unwrap().replace('-', "");
    assert_eq!(whole.elements.unwrap().code, code);
    world.verify().await;
}

/// Each step of the channel, each fault, for an authority that is asked first.
#[tokio::test(flavor = "multi_thread")]
async fn every_fault_at_every_step_of_the_emcf() {
    each_fault("drc/emcf").await;
}

/// And for one that is told later.
#[tokio::test(flavor = "multi_thread")]
async fn every_fault_at_every_step_of_the_cloud() {
    each_fault("drc/cloud").await;
}

async fn each_fault(authority: &'static str) {
    let mut tasks = Vec::new();
    for operation in ["invoice", "confirm", "status", "details", "cancel"] {
        for kind in ["lost_request", "lost_reply", "server_error", "slow", "duplicate"] {
            for count in [1, 2] {
                let case = (operation, kind, count);
                tasks.push((case, tokio::spawn(one_fault(authority, operation, kind, count))));
            }
        }
    }
    for (case, task) in tasks {
        assert!(task.await.is_ok(), "{authority} {case:?}");
    }
}

async fn one_fault(authority: &str, operation: &str, kind: &str, count: u32) {
    let world = World::new(authority).await;
    // So that the steps of recovery are met too, a POST is lost first where one would not be.
    if ["status", "details", "cancel"].contains(&operation) {
        world.arm("invoice", "lost_reply", 1).await;
    }
    world.arm(operation, kind, count).await;
    let id = match world.issue(SALE).await {
        Issued::Sealed(sealed, _) => sealed.id,
        Issued::Underway(id) => id,
        other => panic!("{other:?}"),
    };
    settle(&world, &id).await;
    let registered = world.registered().await;
    assert_eq!(registered.len(), 1, "registered once");
    let record = world.record(&id).await;
    let seals = record.entries.iter().filter(|entry| entry.kind == invoice::EntryKind::Sealed);
    assert_eq!(seals.count(), 1, "sealed once");
    let sealed = fiscal::sealed_invoice(&record).unwrap().unwrap();
    assert_eq!(registered[0]["rn"], sealed.number());
    let code = registered[0]["code"].as_str().unwrap().replace('-', "");
    assert_eq!(sealed.elements.unwrap().code, code, "with the elements that were registered");
    assert_eq!(record.submission.unwrap().state, SubmissionState::Acknowledged);
    world.verify().await;
}

/// The agent delivers; a person reads the portal where the channel cannot tell.
async fn settle(world: &World, id: &InvoiceId) {
    for _ in 0..5 {
        world.deliver().await;
        let record = world.record(id).await;
        let submission = record.submission.unwrap();
        match submission.state {
            SubmissionState::Acknowledged => return,
            SubmissionState::Unanswered => {
                let answer = world.portal(&record.invoice.number).await;
                let driven = fiscal::reconcile(&world.desk, id, answer, Patience::None).await;
                driven.unwrap();
            }
            SubmissionState::Queued
            | SubmissionState::Submitted
            | SubmissionState::Refused
            | SubmissionState::SetAside => {}
        }
    }
    panic!("{:?}", world.record(id).await.submission.unwrap());
}

#[tokio::test]
async fn a_lost_confirmation_is_asked_of_a_person_and_never_repeated() {
    let world = World::new("drc/emcf").await;
    world.arm("confirm", "lost_reply", 1).await;
    let Issued::Underway(id) = world.issue(SALE).await else { panic!("it cannot know") };
    assert_eq!(world.stage(&id).await, Stage::Unanswered);
    world.deliver().await;
    assert_eq!(world.registered().await.len(), 1, "nothing is sent again");
    // The till goes on meanwhile, with the next number.
    let Issued::Sealed(next, _) = world.issue(SALE).await else { panic!("not sealed") };
    assert!(next.number().ends_with("000002"));
    let number = world.record(&id).await.invoice.number;
    let answer = world.portal(&number).await;
    let driven = fiscal::reconcile(&world.desk, &id, answer, Patience::None).await.unwrap();
    assert!(matches!(driven, Driven::Sealed(_)), "{driven:?}");
    assert_eq!(world.stage(&id).await, Stage::Sealed);
    assert_eq!(world.registered().await.len(), 2);
}

/// An address where nobody listens: this one was free a moment ago.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

async fn attempts(world: &World, id: &InvoiceId) -> Vec<ledger::Attempt> {
    world.desks.ledger().attempts(&world.desk.outlet.tenant, id).await.unwrap()
}

#[tokio::test]
async fn where_no_connection_can_be_opened_nothing_has_left_and_nobody_doubts_it() {
    for authority in ["drc/emcf", "drc/cloud"] {
        let mut world = World::new(authority).await;
        world.lead_to(&closed_port()).await;
        let id = match world.issue_within(SALE, 1).await {
            Issued::Underway(id) => id,
            Issued::Sealed(sealed, _) => sealed.id,
            other => panic!("{other:?}"),
        };
        world.drive_once(&id).await;
        let submission = world.record(&id).await.submission.unwrap();
        assert_eq!(submission.state, SubmissionState::Submitted);
        let said = submission.last_answer.unwrap();
        // No connection, or, if the tries came fast, that the line rests after them.
        assert!(said.starts_with("nothing was sent: "), "{said}");
        let before = attempts(&world, &id).await;
        assert!(!before.is_empty() && before.iter().all(|one| one.outcome == "not_sent"));

        let there = world.simulator.url.clone();
        world.lead_to(&there).await;
        world.deliver().await;
        let after = attempts(&world, &id).await;
        let first = &after[before.len()];
        assert!(first.asked.starts_with("invoice "), "sent, and not asked about: {}", first.asked);
        assert_eq!(world.registered().await.len(), 1);
        let submission = world.record(&id).await.submission.unwrap();
        assert_eq!(submission.state, SubmissionState::Acknowledged);
        world.verify().await;
    }
}

#[tokio::test]
async fn a_confirmation_that_was_lost_stays_in_doubt_while_no_connection_can_be_opened() {
    let mut world = World::new("drc/emcf").await;
    world.arm("confirm", "lost_reply", 1).await;
    // More than are asked before the patience ends.
    world.arm("status", "lost_request", 5).await;
    let Issued::Underway(id) = world.issue_within(SALE, 1).await else { panic!("it cannot know") };
    world.lead_to(&closed_port()).await;
    world.drive_once(&id).await;
    assert_eq!(attempts(&world, &id).await.last().unwrap().outcome, "not_sent");
    let there = world.simulator.url.clone();
    world.lead_to(&there).await;
    world.deliver().await;
    assert_eq!(world.stage(&id).await, Stage::Unanswered, "a person has to look");
    assert_eq!(world.registered().await.len(), 1, "nothing is sent again");
}

#[tokio::test]
async fn that_an_invoice_is_not_registered_is_not_believed_before_it_can_be_true() {
    let world = World::new("drc/emcf").await;
    world.arm("confirm", "lost_reply", 1).await;
    let Issued::Underway(id) = world.issue(SALE).await else { panic!("it cannot know") };
    let answer = authorities::Answer::NotRegistered;
    let error = fiscal::reconcile(&world.desk, &id, answer, Patience::None).await.unwrap_err();
    assert!(matches!(error, fiscal::ReconcileError::TooEarly { .. }), "{error}");
}

#[tokio::test]
async fn a_crash_after_the_request_resumes_with_a_question() {
    let mut world = World::new("drc/emcf").await;
    // The confirmation leaves, its reply is lost, and the process dies before it can ask.
    world.arm("confirm", "lost_reply", 1).await;
    world.arm("status", "lost_request", 1).await;
    let issue = world.issue(SALE);
    let _ = tokio::time::timeout(std::time::Duration::from_millis(900), issue).await;
    world.restart().await;
    let summaries = world
        .desks
        .ledger()
        .invoices(&world.desk.outlet.tenant, ledger::InvoiceFilter::default(), None, 10)
        .await
        .unwrap();
    assert_eq!(summaries.len(), 1);
    // The lease of the process that died runs out.
    let id = summaries[0].invoice.clone();
    let now = world.desk.clock.now().plus_micros(600 * invoice::SECOND);
    let lease = ledger::NewLease { owner: "next".into(), until: now };
    let leased = world.desks.ledger().lease(&world.desk.outlet.tenant, &id, lease, now).await;
    fiscal::drive(&world.desk, leased.unwrap(), Patience::None).await;
    world.deliver().await;
    assert_eq!(world.stage(&id).await, Stage::Unanswered);
    assert_eq!(world.registered().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_tills_than_the_module_holds_pending_all_get_their_invoice() {
    let world = World::new("drc/emcf").await;
    let world = std::sync::Arc::new(world);
    let tills: Vec<_> = (0..40)
        .map(|_| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move { matches!(world.issue(SALE).await, Issued::Sealed(_, _)) })
        })
        .collect();
    for till in tills {
        assert!(till.await.unwrap());
    }
    assert_eq!(world.registered().await.len(), 40);
    let report = world.verify().await;
    assert_eq!(report.outlets[0].sealed, 40);
}

#[tokio::test]
async fn the_code_of_one_invoice_is_not_believed_of_another() {
    let world = World::new("drc/emcf").await;
    let Issued::Sealed(first, _) = world.issue(SALE).await else { panic!("not sealed") };
    world.arm("confirm", "lost_reply", 1).await;
    let Issued::Underway(id) = world.issue(SALE).await else { panic!("it cannot know") };
    let wrong = world.portal(first.number()).await;
    let error = fiscal::reconcile(&world.desk, &id, wrong, Patience::None).await.unwrap_err();
    assert!(matches!(error, fiscal::ReconcileError::NotBelieved(_)), "{error}");
    assert_eq!(world.stage(&id).await, Stage::Unanswered, "the question stands");
    let right = world.portal(&world.record(&id).await.invoice.number).await;
    fiscal::reconcile(&world.desk, &id, right, Patience::None).await.unwrap();
    assert_eq!(world.stage(&id).await, Stage::Sealed);
    world.verify().await;
}
