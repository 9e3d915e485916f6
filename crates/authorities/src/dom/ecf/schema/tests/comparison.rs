//! Our verdict is xmllint's, over the official schemas, on thousands of documents.

use std::collections::HashSet;

use super::facts::kinds;
use super::generate::{Dice, document, with};
use super::judge::Court;
use super::mutate::spoil;
use super::samples::SPOILERS;
use crate::dom::ecf::schema::tree::{Holds, Place, Schema};
use crate::dom::ecf::schema::{Kind, SchemaFault, check};
use crate::dom::xml::Document;

#[test]
fn documents_by_chance_are_valid_to_both() {
    for kind in kinds() {
        let Some(court) = court(kind) else { return };
        let documents: Vec<String> =
            (0..100).map(|seed| document(kind, &mut Dice::new(seed)).to_xml()).collect();
        for (text, (valid, reason)) in documents.iter().zip(court.judge(&documents)) {
            assert!(valid, "{kind:?}: {reason}\n{text}");
            assert_eq!(faults(kind, text), [], "{kind:?}: {text}");
        }
    }
}

#[test]
fn spoilt_documents_are_judged_alike() {
    compare(0..150, 1);
}

#[test]
fn slow_spoilt_documents_are_judged_alike() {
    compare(1_000..2_000, 1);
    compare(5_000..5_300, 3);
}

/// Each form that any leaf has, under each text that may spoil it.
#[test]
fn every_text_is_judged_alike_at_every_form() {
    let mut seen = HashSet::new();
    let mut all = 0;
    for kind in kinds() {
        let Some(court) = court(kind) else { return };
        let mut documents = Vec::new();
        for (path, form) in leaves(kind) {
            if seen.insert(form) {
                documents.extend(SPOILERS.iter().map(|text| with(kind, &path, text).to_xml()));
            }
        }
        for (text, (valid, reason)) in documents.iter().zip(court.judge(&documents)) {
            let faults = faults(kind, text);
            assert_eq!(faults.is_empty(), valid, "{kind:?}: {faults:?} {reason}\n{text}");
            all += 1;
        }
    }
    println!("{all} documents of {} forms judged alike", seen.len());
    assert!(seen.len() > 60, "forms are missing: {}", seen.len());
}

/// The leaves of a schema by their paths, each with its form in words.
fn leaves(kind: Kind) -> Vec<(Vec<&'static str>, String)> {
    let mut leaves = Vec::new();
    let mut open: Vec<(Vec<&'static str>, &Place)> =
        Schema::of(kind).places.iter().map(|place| (vec![place.name], place)).collect();
    while let Some((path, place)) = open.pop() {
        match &place.holds {
            Holds::Elements(inner) => {
                let below = |place: &'static Place| ([&path[..], &[place.name]].concat(), place);
                open.extend(inner.iter().map(below));
            }
            Holds::Text(form) => leaves.push((path, format!("{form:?}"))),
        }
    }
    leaves
}

fn compare(seeds: std::ops::Range<u64>, times: usize) {
    let mut refused = 0;
    let mut all = 0;
    for kind in kinds() {
        let Some(court) = court(kind) else { return };
        let (said, documents): (Vec<_>, Vec<_>) =
            seeds.clone().map(|seed| spoilt(kind, &mut Dice::new(seed), times)).unzip();
        let verdicts = court.judge(&documents);
        for ((text, said), (valid, reason)) in documents.iter().zip(said).zip(verdicts) {
            let faults = faults(kind, text);
            assert_eq!(faults.is_empty(), valid, "{kind:?} {said}: {faults:?} {reason}\n{text}");
            refused += usize::from(!valid);
            all += 1;
        }
    }
    println!("{all} documents judged alike, {refused} of them refused");
    assert!(refused * 2 > all, "most are spoilt: {refused} of {all}");
}

fn spoilt(kind: Kind, dice: &mut Dice, times: usize) -> (&'static str, String) {
    let mut root = document(kind, dice);
    let mut said = "";
    for _ in 0..times {
        said = spoil(&mut root, dice);
    }
    (said, root.to_xml())
}

/// The schemas of the notes are read as the DGII's reader reads them.
fn court(kind: Kind) -> Option<Court> {
    let court = Court::open(kind)?;
    let is_note = matches!(kind, Kind::Ecf(document_type) if document_type.is_note());
    Some(if is_note { court.overlook_anchors() } else { court })
}

fn faults(kind: Kind, text: &str) -> Vec<SchemaFault> {
    check(kind, Document::parse(text.as_bytes()).unwrap().root())
}
