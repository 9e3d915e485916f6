//! Credit and debit notes.

use serde_json::json;

use crate::documents::{Note, Sale};
use crate::wire::{Office, codes};

/// An office with E310000000001 of 1,180.00 on 20-11-2026.
async fn office() -> Office {
    let office = Office::calm().await;
    let sale = Sale { quantity: 10, ..Sale::credit(1) };
    assert_eq!(office.judge(&sale.xml())["estado"], "Aceptado");
    office
}

#[tokio::test(flavor = "multi_thread")]
async fn credit_notes_together_do_not_exceed_their_original() {
    let office = office().await;
    let note = |sequence, quantity| Note { quantity, ..Note::credit(sequence) };
    assert_eq!(office.judge(&note(1, 6).xml())["estado"], "Aceptado");
    let over = office.judge(&note(2, 5).xml());
    assert_eq!((over["estado"].as_str(), codes(&over)), (Some("Rechazado"), vec![615]));
    assert_eq!(office.judge(&note(3, 4).xml())["estado"], "Aceptado", "to the last peso");
    assert_eq!(codes(&office.judge(&note(4, 1).xml())), [615]);
    let debit = Note { kind: 33, quantity: 50, ..Note::credit(1) };
    assert_eq!(office.judge(&debit.xml())["estado"], "Aceptado", "a debit note has no ceiling");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_names_its_original_exactly() {
    let office = office().await;
    let judged = |note: Note| codes(&office.judge(&note.xml()));
    assert_eq!(judged(Note { modified: "E310000000099".into(), ..Note::credit(1) }), [614]);
    assert_eq!(judged(Note { modified_on: "19-11-2026".into(), ..Note::credit(2) }), [634]);
    assert_eq!(judged(Note { buyer: "103000000", ..Note::credit(3) }), [615]);
    assert_eq!(
        judged(Note { modified: "B0100000001".into(), ..Note::credit(4) }),
        [0],
        "paper is not known here"
    );
    assert_eq!(judged(Note { modified: "B01000000012".into(), ..Note::credit(5) }), [0]);
    let result = office.judge(&Note { modified: "B01000000012".into(), ..Note::credit(6) }.xml());
    assert_eq!(result["estado"], "Rechazado", "twelve characters are no number");
    let burnt = Sale::credit(2).xml().replacen("<TipoPago>1<", "<TipoPago>2<", 1);
    assert_eq!(office.judge(&burnt)["estado"], "Rechazado");
    assert_eq!(judged(Note { modified: "E310000000002".into(), ..Note::credit(7) }), [614]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_thirty_days_a_credit_note_says_so_and_returns_no_itbis() {
    let mut office = office().await;
    let note = |sequence: u64, day: &str, indicator: u8| {
        Note { issued: day.into(), indicator, ..Note::credit(sequence) }.xml()
    };
    office.pass(31 * 86_400);
    office.bearer.clear();
    office.sign_in();
    assert_eq!(office.judge(&note(1, "20-12-2026", 0))["estado"], "Aceptado", "the thirtieth day");
    assert_eq!(codes(&office.judge(&note(2, "20-12-2026", 1))), [156]);
    assert_eq!(codes(&office.judge(&note(3, "21-12-2026", 0))), [156]);
    assert_eq!(codes(&office.judge(&note(4, "21-12-2026", 1))), [156], "it returns ITBIS");
    let without = note(5, "21-12-2026", 1)
        .replace(
            "<ITBIS1>18</ITBIS1><TotalITBIS>18.00</TotalITBIS><TotalITBIS1>18.00</TotalITBIS1>",
            "",
        )
        .replace("<MontoTotal>118.00<", "<MontoTotal>100.00<");
    assert_eq!(office.judge(&without)["estado"], "Aceptado");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_note_that_voids_leaves_its_number_free() {
    let office = office().await;
    let note = Note { kind: 33, code: 1, ..Note::credit(1) };
    let result = office.judge(&note.xml());
    assert_eq!((codes(&result), &result["secuenciaUtilizada"]), (vec![64], &json!(false)));
    assert_eq!(result["mensajes"][0]["valor"], "");
    assert_eq!(office.judge(&Note { code: 3, ..note }.xml())["estado"], "Aceptado");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_on_a_summary_or_on_a_large_consumer_invoice() {
    let office = office().await;
    office.summarise(&Sale::consumer(1, 2).summary("ABCDEF"));
    office.judge(&Sale::consumer(2, 3_000).xml());
    let on =
        |sequence, modified: &str| Note { modified: modified.into(), ..Note::credit(sequence) };
    assert_eq!(office.judge(&on(1, "E320000000001").xml())["estado"], "Aceptado");
    assert_eq!(office.judge(&on(2, "E320000000002").xml())["estado"], "Aceptado");
    let nameless = |sequence, modified| {
        let xml = on(sequence, modified).xml();
        let (start, end) = (xml.find("<Comprador>").unwrap(), xml.find("<Totales>").unwrap());
        format!("{}{}", &xml[..start], &xml[end..])
    };
    assert_eq!(office.judge(&nameless(3, "E320000000001"))["estado"], "Aceptado");
    assert_eq!(codes(&office.judge(&nameless(4, "E320000000002"))), [1_381, 1_406]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_replaces_paper_is_of_the_same_type() {
    let office = office().await;
    let replacing = |sequence: u64, modified: &str, code: u8| {
        let reference = format!(
            "</DetallesItems><InformacionReferencia><NCFModificado>{modified}</NCFModificado>\
             <FechaNCFModificado>01-11-2026</FechaNCFModificado><CodigoModificacion>{code}\
             </CodigoModificacion></InformacionReferencia>"
        );
        office.judge(&Sale::credit(sequence).xml().replacen("</DetallesItems>", &reference, 1))
    };
    assert_eq!(replacing(2, "B0100000007", 4)["estado"], "Aceptado");
    assert_eq!(replacing(3, "B0200000007", 4)["estado"], "Rechazado");
    for (sequence, modified) in (5..).zip(["E310000000001", "A010010010100000001", "B0500000007"]) {
        let result = replacing(sequence, modified, 4);
        assert_eq!(result["estado"], "Rechazado", "{modified} is no contingency's");
    }
    assert_eq!(
        replacing(4, "E310000000001", 5)["estado"],
        "Rechazado",
        "5 refers to a consumer invoice"
    );
}
