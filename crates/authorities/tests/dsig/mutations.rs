//! Bytes changed at random and one by one: nothing panics, and whatever still verifies is the
//! document that was signed.

use std::sync::LazyLock;

use authorities::dom::dsig::{prepare, verify};
use authorities::dom::xml::Document;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::kit::HOLDER;

static SIGNED: LazyLock<Vec<u8>> = LazyLock::new(|| HOLDER.sign_text(INVOICE).into_bytes());

/// A document that verifies though its bytes were changed says what the original said.
fn verifies_only_as_signed(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(verified) = verify(bytes) {
        let signed = prepare(Document::parse(INVOICE.as_bytes()).unwrap()).unwrap();
        prop_assert_eq!(verified.document(), signed.document());
    }
    Ok(())
}

#[derive(Debug, Clone)]
enum Change {
    Replace(u8),
    Insert(&'static str),
    Remove(usize),
    Repeat(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let piece = prop::sample::select(vec![
        "<",
        ">",
        "&",
        ";",
        "\"",
        "'",
        "/",
        "=",
        " ",
        "\n",
        "\r",
        "<A>",
        "</A>",
        "<!--",
        "-->",
        "]]>",
        "<![CDATA[",
        "<?x?>",
        "xmlns=''",
        "&#0;",
        "&x;",
        "<Signature/>",
        "<!DOCTYPE A>",
        "\u{feff}",
    ]);
    prop_oneof![
        any::<u8>().prop_map(Change::Replace),
        piece.prop_map(Change::Insert),
        (1usize..80).prop_map(Change::Remove),
        (1usize..400).prop_map(Change::Repeat),
    ]
}

fn apply(bytes: &mut Vec<u8>, at: usize, change: &Change) {
    let until = |count: usize| (at + count).min(bytes.len());
    match change {
        Change::Replace(byte) => bytes[at] = *byte,
        Change::Insert(piece) => drop(bytes.splice(at..at, piece.bytes())),
        Change::Remove(count) => drop(bytes.drain(at..until(*count))),
        Change::Repeat(count) => {
            let repeated = bytes[at..until(*count)].to_vec();
            drop(bytes.splice(at..at, repeated));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_changes_make_it_panic_or_verify_another(
        changes in vec((any::<Index>(), change()), 1..4),
    ) {
        let mut bytes = SIGNED.clone();
        for (place, change) in changes {
            if !bytes.is_empty() {
                let at = place.index(bytes.len());
                apply(&mut bytes, at, &change);
            }
        }
        verifies_only_as_signed(&bytes)?;
    }
}

#[test]
fn no_single_byte_can_be_changed_to_another_document() {
    for place in 0..SIGNED.len() {
        for flipped in [0x01, 0x10, 0x20] {
            let mut bytes = SIGNED.clone();
            bytes[place] ^= flipped;
            verifies_only_as_signed(&bytes).unwrap();
        }
    }
}

#[test]
fn no_document_cut_short_verifies() {
    for length in 0..SIGNED.len() {
        assert!(verify(&SIGNED[..length]).is_err(), "{length}");
    }
}

const INVOICE: &str = "<ECF xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><Encabezado><Version>1.0</Version>\
    <RazonSocialEmisor>CAFÉ &amp; CÍA &#34;Ñ&#34;</RazonSocialEmisor><Comprador/>\
    <MontoTotal>118.00</MontoTotal></Encabezado></ECF>";
