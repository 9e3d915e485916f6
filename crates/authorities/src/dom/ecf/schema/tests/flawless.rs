//! The walk that says yes or no against the two that tell what is wrong.

use super::facts::kinds;
use super::generate::{Dice, document};
use super::mutate::spoil;
use super::verdicts::ecf;
use crate::dom::ecf::document::DocumentType;
use crate::dom::ecf::schema::{Kind, check_obligatoriness, check_unsigned, is_flawless};
use crate::dom::xml::{Document, Element, Node};

/// Right ones, spoilt ones, and ones that only the law is broken by.
#[test]
fn it_says_what_both_checks_say() {
    let (mut right, mut wrong) = (0, 0);
    for of in DocumentType::ALL {
        for lines in 1..4 {
            let said = judged_alike(Kind::Ecf(of), &unsigned(&ecf(of, lines)));
            right += usize::from(said);
        }
    }
    for kind in kinds() {
        for seed in 0..300 {
            let dice = &mut Dice::new(seed);
            let mut sketch = document(kind, dice);
            for _ in 0..seed % 3 {
                spoil(&mut sketch, dice);
            }
            let said = judged_alike(kind, &unsigned(&sketch.to_xml()));
            right += usize::from(said);
            wrong += usize::from(!said);
        }
    }
    assert!(right > 12 && wrong > 1_000, "{right} right, {wrong} wrong");
}

fn judged_alike(kind: Kind, root: &Element) -> bool {
    let mut faults = check_unsigned(kind, root);
    faults.extend(check_obligatoriness(kind, root));
    let said = is_flawless(kind, root);
    if said || is_plain(root) {
        assert_eq!(said, faults.is_empty(), "{kind:?}: {faults:?} {root:?}");
    }
    said
}

/// Whether there is nothing that only the long way looks at.
fn is_plain(element: &Element) -> bool {
    let is_leaf = element.elements().next().is_none();
    element.namespaces().is_empty()
        && element.attributes().is_empty()
        && !element.is_empty()
        && element.children().all(|node| match node {
            Node::Element(child) => is_plain(child),
            Node::Text(_) => is_leaf,
        })
}

fn unsigned(text: &str) -> Element {
    let mut root = Document::parse(text.as_bytes()).expect("it is XML").into_root();
    let is_signed =
        root.elements().next_back().is_some_and(|last| last.name().local() == "Signature");
    if is_signed {
        root.take_last_element();
    }
    root
}
