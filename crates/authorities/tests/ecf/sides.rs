//! Annulments and approvals.

use authorities::dom::dsig::verify;
use authorities::dom::ecf::document::Anecf;
use authorities::{
    Annulment, ApprovalWay, Authority as _, Event, FoundState, Inquiry, Matter, NumberRun, Outcome,
    Progress, Refusal, Request, SignedApproval, Step,
};
use invoice::Amount;
use serde_json::json;

use crate::desk::{BUYER, ISSUER, ecf, now};
use crate::machine::signed;
use crate::words::{entry, fine, replied};

fn annulment() -> Annulment {
    let run = |kind: &str, first: &str, last: &str| NumberRun {
        kind: kind.to_owned(),
        first: first.to_owned(),
        last: last.to_owned(),
    };
    Annulment {
        tax_id: ISSUER.to_owned(),
        runs: vec![
            run("32", "E320000000010", "E320000000019"),
            run("31", "E310000000005", "E310000000005"),
        ],
        signed: None,
    }
}

/// By the buyer, of what the issuer sent it.
fn approval() -> SignedApproval {
    SignedApproval {
        tax_id: ISSUER.to_owned(),
        issuer_tax_id: BUYER.to_owned(),
        number: "E310000000001".to_owned(),
        document: "<ACECF>as it was signed</ACECF>".to_owned(),
        way: ApprovalWay::Unsent,
    }
}

/// A side document on its way, through the stored bytes of its progress.
struct Errand<'a> {
    authority: authorities::dom::ecf::Ecf,
    matter: Matter<'a>,
    progress: Vec<u8>,
}

impl<'a> Errand<'a> {
    fn new(matter: Matter<'a>) -> Self {
        let authority = ecf(&json!({}));
        let progress = authority.begin(&matter).as_bytes().to_vec();
        Self { authority, matter, progress }
    }

    fn step(&mut self, event: Event) -> Result<Step, Refusal> {
        let progress = Progress::from_bytes(self.progress.clone());
        let (progress, step) = self.authority.step(&self.matter, progress, event, now())?;
        self.progress = progress.as_bytes().to_vec();
        Ok(step)
    }

    /// Signs, and gives back what is sent.
    fn send(&mut self) -> Request {
        match self.step(Event::Started).unwrap() {
            Step::Sign(bytes, _) => sent(self.step(signed(&bytes)).unwrap()),
            // An approval was signed before.
            step => sent(step),
        }
    }
}

fn sent(step: Step) -> Request {
    let Step::Send(request) = step else { panic!("{step:?}") };
    request
}

/// The document in the form of a request.
fn document(request: &Request) -> String {
    let body = String::from_utf8(request.body.clone().unwrap()).unwrap();
    let (_, rest) = body.split_once("\r\n\r\n").unwrap();
    rest.split_once("\r\n--").unwrap().0.to_owned()
}

#[test]
fn an_annulment_is_signed_and_taken() {
    let annulment = annulment();
    let mut errand = Errand::new(Matter::Annulment(&annulment));
    let request = errand.send();
    assert_eq!(request.operation, "anularrango");
    assert!(request.point_of_no_return);
    let text = document(&request);
    let verified = verify(text.as_bytes()).unwrap();
    let read = Anecf::read(verified.document().root()).unwrap();
    assert_eq!((read.issuer().as_str(), read.count(), read.ranges().len()), (ISSUER, 11, 2));
    let body = request.body.unwrap();
    assert!(String::from_utf8(body).unwrap().contains("filename=\"130999999ANECF"));

    let reply = json!({"rnc": ISSUER, "codigo": "1", "nombre": "Colmado",
                       "mensajes": ["Las secuencias fueron anuladas correctamente."]});
    let step = errand.step(fine(&reply)).unwrap();
    let Step::Done(Outcome::Taken(receipt)) = step else { panic!("{step:?}") };
    assert_eq!(receipt.document, text);
    assert_eq!(receipt.reply, reply.to_string());
    assert!(receipt.words.contains("anuladas"));
}

/// Its code is nowhere explained: words alone annul, and a no or an exception is told.
#[test]
fn an_annulment_is_believed_in_words_alone() {
    let annulment = annulment();
    let answered = |code: &str, messages: serde_json::Value| {
        let mut errand = Errand::new(Matter::Annulment(&annulment));
        errand.send();
        errand.step(fine(&json!({"rnc": ISSUER, "codigo": code, "mensajes": messages})))
    };
    for (code, words) in [
        ("1", "Las secuencias no fueron anuladas correctamente."),
        ("1", "No se pudo anular"),
        ("1", "Las secuencias ya han sido utilizadas."),
        ("4", ""),
        ("1", "Las secuencias fueron anuladas correctamente. Excepto: E310000000005"),
        ("1", "Las secuencias fueron anuladas correctamente, a excepción de E310000000005"),
    ] {
        let refusal = answered(code, json!([words])).unwrap_err();
        assert!(refusal.words.contains(words), "{code} {words}: {refusal}");
        let is_in_part = words.contains("E310000000005");
        assert_eq!(refusal.words.contains("annulled in part"), is_in_part, "{refusal}");
    }
    // The exceptions stand in a message of their own.
    let apart = json!(["Las secuencias fueron anuladas correctamente.", "Excepto: E310000000005"]);
    assert!(answered("1", apart).unwrap_err().words.contains("E310000000005"));
    for code in ["", "0", "1", "2", "200"] {
        let step = answered(code, json!(["Las secuencias fueron anuladas correctamente."]));
        assert!(matches!(step, Ok(Step::Done(Outcome::Taken(_)))), "{code}: {step:?}");
    }
}

#[test]
fn a_lost_annulment_is_sent_again_byte_for_byte() {
    let annulment = annulment();
    let mut errand = Errand::new(Matter::Annulment(&annulment));
    let first = errand.send();
    let step = errand.step(Event::Unanswered("timeout".to_owned())).unwrap();
    assert!(matches!(step, Step::Wait { .. }), "{step:?}");
    let again = sent(errand.step(Event::Due).unwrap());
    assert_eq!(first, again);
    // What is refused then may have been taken before: what has used the numbers is asked.
    let asked = sent(errand.step(used()).unwrap());
    assert_eq!(asked.operation, "consultatrackids");
    assert!(asked.path.ends_with("&encf=E320000000010"), "{}", asked.path);
    let mut other = Errand { progress: errand.progress.clone(), ..Errand::new(errand.matter) };
    let step = errand.step(replied(200, "[]")).unwrap();
    let Step::Done(Outcome::Taken(receipt)) = step else { panic!("{step:?}") };
    assert_eq!(receipt.document, document(&first));
    assert!(receipt.words.contains("utilizadas"), "{}", receipt.words);
    // A document has.
    let delivery =
        json!([{"trackId": "d2b6e27c-908c-46f3-afaa-2198b9667b4c", "estado": "Aceptado"}]);
    let refusal = other.step(fine(&delivery)).unwrap_err();
    assert!(refusal.words.contains("utilizadas") && refusal.words.contains("lost"), "{refusal}");
}

fn used() -> Event {
    replied(400, "\"Las secuencias que está intentando anular han sido utilizadas\"")
}

#[test]
fn what_was_annulled_before_is_taken_only_where_it_may_have_been_ours() {
    let annulment = annulment();
    let before = || replied(400, "\"Las secuencias ya fueron anuladas\"");
    let first = |errand: &mut Errand<'_>, event| {
        errand.send();
        errand.step(event)
    };
    // Nothing of ours had left: somebody else annulled them, or used them.
    for refused in [before(), used()] {
        let mut errand = Errand::new(Matter::Annulment(&annulment));
        assert!(first(&mut errand, refused).is_err());
    }
    // What was turned away did not arrive.
    for turned_away in [replied(401, ""), replied(429, "")] {
        let mut errand = Errand::new(Matter::Annulment(&annulment));
        first(&mut errand, turned_away).unwrap();
        sent(errand.step(Event::Due).unwrap());
        assert!(errand.step(before()).is_err());
    }
    for lost in [Event::Unanswered("timeout".to_owned()), replied(502, "<html></html>")] {
        let mut errand = Errand::new(Matter::Annulment(&annulment));
        first(&mut errand, lost).unwrap();
        sent(errand.step(Event::Due).unwrap());
        let step = errand.step(before()).unwrap();
        assert!(matches!(step, Step::Done(Outcome::Taken(_))), "{step:?}");
    }
    // A crash: what was signed was kept, and may have left.
    let kept = Annulment { signed: Some("<ANECF>kept</ANECF>".to_owned()), ..annulment.clone() };
    let mut errand = Errand::new(Matter::Annulment(&kept));
    assert_eq!(document(&errand.send()), "<ANECF>kept</ANECF>");
    let step = errand.step(before()).unwrap();
    assert!(matches!(step, Step::Done(Outcome::Taken(_))), "{step:?}");
    // Any other no is one.
    let mut errand = Errand::new(Matter::Annulment(&kept));
    errand.send();
    assert!(errand.step(replied(400, "\"El certificado no está delegado\"")).is_err());
}

/// A denial has the same words in it as what it denies.
#[test]
fn what_was_neither_used_nor_annulled_was_not_annulled_by_us() {
    let annulment = annulment();
    let kept = Annulment { signed: Some("<ANECF>kept</ANECF>".to_owned()), ..annulment };
    for (words, next) in [
        ("Las secuencias ya fueron anuladas", "taken"),
        ("Las secuencias habían sido anuladas previamente por el emisor", "taken"),
        ("Ninguna de las secuencias fue anulada previamente", "refused"),
        ("Ninguno de los e-NCF ha sido anulado previamente", "refused"),
        ("Las secuencias ya no pueden ser anuladas", "refused"),
        ("No se pudo anular: las secuencias ya han sido utilizadas", "asked"),
        ("Las secuencias no han sido autorizadas ni utilizadas", "refused"),
        ("Las secuencias no fueron utilizadas por este emisor", "refused"),
        ("Secuencias sin utilizar fuera de rango", "refused"),
    ] {
        let mut errand = Errand::new(Matter::Annulment(&kept));
        errand.send();
        let became = match errand.step(replied(400, format!("\"{words}\""))) {
            Ok(Step::Done(Outcome::Taken(_))) => "taken",
            Ok(Step::Send(request)) if request.operation == "consultatrackids" => "asked",
            Ok(step) => panic!("{words}: {step:?}"),
            Err(refusal) => {
                assert!(refusal.words.contains(words), "{refusal}");
                "refused"
            }
        };
        assert_eq!(became, next, "{words}");
    }
}

/// The list of deliveries is asked for until it comes, and then a person looks.
#[test]
fn a_doubt_that_nobody_resolves_ends_with_a_person() {
    let annulment = annulment();
    let mut errand = Errand::new(Matter::Annulment(&annulment));
    errand.send();
    errand.step(Event::Unanswered("timeout".to_owned())).unwrap();
    sent(errand.step(Event::Due).unwrap());
    sent(errand.step(used()).unwrap());
    for _ in 0..5 {
        let step = errand.step(replied(503, "")).unwrap();
        assert!(matches!(step, Step::Wait { .. }), "{step:?}");
        sent(errand.step(Event::Due).unwrap());
    }
    let refusal = errand.step(replied(503, "")).unwrap_err();
    assert!(refusal.words.contains("utilizadas") && refusal.words.contains("lost"), "{refusal}");
}

fn inquiry() -> Inquiry {
    Inquiry {
        tax_id: ISSUER.to_owned(),
        issuer_tax_id: BUYER.to_owned(),
        number: "E310000000001".to_owned(),
        code: "a+/b12".to_owned(),
        total: Amount::parse("1180.00").unwrap(),
    }
}

#[test]
fn a_received_document_is_asked_about_with_its_code() {
    let inquiry = inquiry();
    let mut errand = Errand::new(Matter::Inquiry(&inquiry));
    let request = sent(errand.step(Event::Started).unwrap());
    assert_eq!(request.operation, "consultaestado");
    let query = "?rncemisor=131888888&ncfelectronico=E310000000001&rnccomprador=130999999\
                 &codigoseguridad=a%2B%2Fb12";
    assert!(request.path.ends_with(query) && !request.point_of_no_return, "{}", request.path);
    for (answer, state) in [
        (json!({"codigo": 1, "estado": "Aceptado", "montoTotal": 1180.0}), FoundState::Accepted),
        (json!({"codigo": "1", "estado": "Aceptado"}), FoundState::Accepted),
        (json!({"codigo": 1, "estado": "Aceptado", "montoTotal": "11.80"}), FoundState::Differs),
        (json!({"codigo": 4, "montoTotal": 1180}), FoundState::AcceptedConditionally),
        (json!({"codigo": 2, "estado": "Rechazado"}), FoundState::Rejected),
        (json!({"codigo": 0, "estado": "No encontrado"}), FoundState::NotFound),
        (json!({"codigo": 3, "estado": "En Proceso"}), FoundState::InProcess),
    ] {
        let mut errand = Errand::new(Matter::Inquiry(&inquiry));
        errand.step(Event::Started).unwrap();
        let step = errand.step(fine(&answer)).unwrap();
        let Step::Done(Outcome::Found(found)) = step else { panic!("{step:?}") };
        assert_eq!(found.state, state, "{answer}");
        assert!(found.words.contains(answer["estado"].as_str().unwrap_or_default()), "{found:?}");
    }
}

#[test]
fn an_inquiry_waits_where_nothing_is_said_and_keeps_a_no() {
    let inquiry = inquiry();
    for silent in [
        Event::Unanswered("timeout".to_owned()),
        Event::HeldBack,
        replied(200, "{}"),
        replied(401, ""),
        replied(404, ""),
        replied(429, ""),
        replied(500, "<html></html>"),
    ] {
        let mut errand = Errand::new(Matter::Inquiry(&inquiry));
        errand.step(Event::Started).unwrap();
        let step = errand.step(silent).unwrap();
        assert!(matches!(step, Step::Wait { .. }), "{step:?}");
        sent(errand.step(Event::Due).unwrap());
    }
    // "Not found" in the service's own words is an answer, whatever its status.
    let mut errand = Errand::new(Matter::Inquiry(&inquiry));
    errand.step(Event::Started).unwrap();
    let absent = json!({"codigo": 0, "estado": "No encontrado"}).to_string();
    let step = errand.step(replied(404, absent)).unwrap();
    let Step::Done(Outcome::Found(found)) = step else { panic!("{step:?}") };
    assert_eq!(found.state, FoundState::NotFound);
    let mut errand = Errand::new(Matter::Inquiry(&inquiry));
    errand.step(Event::Started).unwrap();
    let refusal = errand.step(replied(400, "\"no autorizado\"")).unwrap_err();
    assert!(refusal.words.contains("no autorizado"), "{refusal}");
    let mut errand = Errand::new(Matter::Inquiry(&inquiry));
    errand.authority = ecf(&json!({"environment": "certification"}));
    let step = errand.step(Event::Started).unwrap();
    let Step::Done(Outcome::Found(found)) = step else { panic!("{step:?}") };
    assert_eq!(found.state, FoundState::Untold, "there is no such service");
}

#[test]
fn numbers_that_are_none_are_not_annulled() {
    let wrong: [fn(&mut Annulment); 5] = [
        |annulment| annulment.runs.clear(),
        |annulment| annulment.runs[0].first = "B0100000001".to_owned(),
        |annulment| annulment.runs[0].last = "E320000000001".to_owned(),
        |annulment| annulment.runs[0].kind = "31".to_owned(),
        |annulment| annulment.tax_id = "A1234567B".to_owned(),
    ];
    for change in wrong {
        let mut annulment = annulment();
        change(&mut annulment);
        let mut errand = Errand::new(Matter::Annulment(&annulment));
        assert!(errand.step(Event::Started).is_err(), "{annulment:?}");
    }
    let annulment = annulment();
    let mut errand = Errand::new(Matter::Annulment(&annulment));
    errand.authority = ecf(&json!({"environment": "certification"}));
    assert_eq!(errand.step(Event::Started).unwrap_err().code, "not_supported");
}

#[test]
fn an_approval_goes_to_the_dgii_and_then_to_the_issuer() {
    let approval = approval();
    let mut errand = Errand::new(Matter::Approval(&approval));
    let request = errand.send();
    assert_eq!(request.operation, "aprobacioncomercial");
    let text = document(&request);
    assert_eq!(text, approval.document, "byte for byte");

    let taken = json!({"mensaje": ["Aprobación Comercial recibida"], "estado": "", "codigo": "01"});
    let request = sent(errand.step(fine(&taken)).unwrap());
    assert_eq!(request.operation, "consultadirectorio");
    assert!(request.path.ends_with("?rnc=131888888"), "{}", request.path);
    let request = sent(errand.step(fine(&entry(""))).unwrap());
    assert_eq!(request.path, "fe/aprobacioncomercial/api/ecf");
    assert_eq!(document(&request), text, "both get the same");
    let step = errand.step(replied(200, "")).unwrap();
    let Step::Done(Outcome::Taken(receipt)) = step else { panic!("{step:?}") };
    assert_eq!(receipt.document, text);
    assert_eq!(receipt.words, "Aprobación Comercial recibida");
}

/// What the issuer's system makes of it changes nothing about what the DGII has.
#[test]
fn an_issuer_that_cannot_be_told_does_not_undo_an_approval() {
    let approval = approval();
    let taken = || fine(&json!({"mensaje": [], "estado": "", "codigo": "1"}));
    let told_last = |last: &dyn Fn(&mut Errand<'_>) -> Step| {
        let mut errand = Errand::new(Matter::Approval(&approval));
        errand.send();
        errand.step(taken()).unwrap();
        let step = last(&mut errand);
        let Step::Done(Outcome::Taken(receipt)) = step else { panic!("{step:?}") };
        receipt.besides.unwrap_or_default()
    };
    let words = told_last(&|errand| errand.step(replied(200, "[]")).unwrap());
    assert!(words.contains("does not list"), "{words}");
    let words = told_last(&|errand| {
        errand.step(fine(&entry(""))).unwrap();
        errand.step(replied(400, "\"no\"")).unwrap()
    });
    assert!(words.contains("refused it: no"), "{words}");
    let words = told_last(&|errand| {
        errand.step(fine(&entry(""))).unwrap();
        for _ in 0..5 {
            let step = errand.step(Event::Unanswered("no connection".to_owned())).unwrap();
            assert!(matches!(step, Step::Wait { .. }), "{step:?}");
            sent(errand.step(Event::Due).unwrap());
        }
        errand.step(replied(503, "")).unwrap()
    });
    assert!(words.contains("does not take it"), "{words}");
}

/// It may have been taken: it leaves again as it was, and in the end a person looks.
#[test]
fn an_approvals_answer_that_says_nothing_is_no_refusal() {
    let approval = approval();
    let taken = || fine(&json!({"mensaje": [], "estado": "", "codigo": "1"}));
    for silent in ["{}", "", "[]", "<html></html>", "{\"codigo\":\"1\",\"mens"] {
        let mut errand = Errand::new(Matter::Approval(&approval));
        let first = errand.send();
        let step = errand.step(replied(200, silent)).unwrap();
        assert!(matches!(step, Step::Wait { .. }), "{silent}: {step:?}");
        assert_eq!(sent(errand.step(Event::Due).unwrap()), first, "byte for byte");
        let next = sent(errand.step(taken()).unwrap());
        assert_eq!(next.operation, "consultadirectorio", "{silent}");
    }
    let mut errand = Errand::new(Matter::Approval(&approval));
    errand.send();
    for _ in 0..5 {
        let step = errand.step(replied(200, "{}")).unwrap();
        assert!(matches!(step, Step::Wait { .. }), "{step:?}");
        sent(errand.step(Event::Due).unwrap());
    }
    let refusal = errand.step(replied(200, "{}")).unwrap_err();
    assert!(refusal.words.contains("does not say") && refusal.words.contains("lost"), "{refusal}");
}

#[test]
fn the_dgiis_no_is_a_refusal_with_its_words() {
    let approval = approval();
    for (status, body) in [
        (200, json!({"mensaje": ["Factura no encontrada"], "estado": "x", "codigo": "2"})),
        (
            400,
            json!({"mensaje": ["Factura no encontrada"], "codigo": "02",
                   "estado": "Aprobacion Comercial Rechazada"}),
        ),
    ] {
        let mut errand = Errand::new(Matter::Approval(&approval));
        errand.send();
        let refusal = errand.step(replied(status, body.to_string())).unwrap_err();
        assert!(refusal.words.contains("Factura no encontrada"), "{refusal}");
    }
}
