//! Documents by chance, from the tables: each is right, and none looks like another.

use super::samples;
use crate::dom::ecf::schema::Kind;
use crate::dom::ecf::schema::tree::{Holds, Place, Schema};

/// Chance that can be had again.
pub(in crate::dom::ecf) struct Dice(u64);

impl Dice {
    pub(in crate::dom::ecf) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Below `bound` (splitmix64).
    pub(in crate::dom::ecf) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("below a usize")
    }

    pub(in crate::dom::ecf) fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub(in crate::dom::ecf) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// An element that can be spoilt.
#[derive(Clone, Debug)]
pub(in crate::dom::ecf) struct Sketch {
    pub(in crate::dom::ecf) name: String,
    /// As it stands behind the name in the tag.
    pub(in crate::dom::ecf) attributes: String,
    pub(in crate::dom::ecf) pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
pub(in crate::dom::ecf) enum Piece {
    Text(String),
    Element(Sketch),
}

impl Sketch {
    pub(in crate::dom::ecf) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), attributes: String::new(), pieces: Vec::new() }
    }

    pub(in crate::dom::ecf) fn leaf(name: &str, text: String) -> Self {
        Self { pieces: vec![Piece::Text(text)], ..Self::new(name) }
    }

    pub(in crate::dom::ecf) fn to_xml(&self) -> String {
        let mut xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>".to_owned();
        self.write(&mut xml);
        xml
    }

    fn write(&self, into: &mut String) {
        into.extend(["<", &self.name, &self.attributes, ">"]);
        for piece in &self.pieces {
            match piece {
                Piece::Element(element) => element.write(into),
                Piece::Text(text) => into.push_str(&escaped(text)),
            }
        }
        into.extend(["</", &self.name, ">"]);
    }
}

fn escaped(text: &str) -> String {
    let escape = |character| match character {
        '&' | '<' | '>' | '"' | '\'' | '\r' => format!("&#{};", u32::from(character)),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}

/// A valid document of a kind.
pub(in crate::dom::ecf) fn document(kind: Kind, dice: &mut Dice) -> Sketch {
    let schema = Schema::of(kind);
    let mut root = Sketch::new(schema.root);
    // Some documents have nearly nothing, some nearly all.
    let plenty = 1 + dice.below(8);
    fill(&mut root, &schema.places, plenty, dice);
    if schema.signature_required || dice.one_in(2) {
        root.pieces.push(Piece::Element(signature(dice)));
    }
    root
}

fn fill(into: &mut Sketch, places: &[Place], plenty: usize, dice: &mut Dice) {
    for place in places {
        for _ in 0..times(place, plenty, dice) {
            let element = match &place.holds {
                Holds::Elements(inner) => {
                    let mut element = Sketch::new(place.name);
                    fill(&mut element, inner, plenty, dice);
                    element
                }
                Holds::Text(form) => {
                    Sketch::leaf(place.name, samples::value(place.name, form, dice))
                }
            };
            into.pieces.push(Piece::Element(element));
        }
        if dice.one_in(40) {
            into.pieces.push(Piece::Text("\n\t ".to_owned()));
        }
    }
}

/// The least document that has a leaf at a path, with this text in it.
pub(super) fn with(kind: Kind, path: &[&str], text: &str) -> Sketch {
    let mut dice = Dice::new(1);
    let schema = Schema::of(kind);
    let mut root = Sketch::new(schema.root);
    fill_around(&mut root, &schema.places, path, text, &mut dice);
    root.pieces.push(Piece::Element(signature(&mut dice)));
    root
}

fn fill_around(into: &mut Sketch, places: &[Place], path: &[&str], text: &str, dice: &mut Dice) {
    for place in places {
        let on_path = path.first() == Some(&place.name);
        if place.least == 0 && !on_path {
            continue;
        }
        let element = match &place.holds {
            Holds::Elements(inner) => {
                let rest = if on_path { &path[1..] } else { &[] };
                let mut element = Sketch::new(place.name);
                fill_around(&mut element, inner, rest, text, dice);
                element
            }
            Holds::Text(_) if on_path => Sketch::leaf(place.name, text.to_owned()),
            Holds::Text(form) => Sketch::leaf(place.name, samples::value(place.name, form, dice)),
        };
        into.pieces.push(Piece::Element(element));
    }
}

fn times(place: &Place, plenty: usize, dice: &mut Dice) -> usize {
    if place.least == 0 && dice.below(8) >= plenty {
        return 0;
    }
    match place.most {
        1 => 1,
        most if most <= 20 && dice.one_in(6) => most,
        most => 1 + dice.below(most.min(3)),
    }
}

/// Where a signature belongs any element may stand, and nothing in it is looked at.
fn signature(dice: &mut Dice) -> Sketch {
    let name: &str = dice.pick::<&str>(&["Signature", "Foo", "ds:Signature"]);
    let mut signature = Sketch::new(name);
    signature.attributes = match signature.name.as_str() {
        "ds:Signature" => " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"".to_owned(),
        "Signature" => " xmlns=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"x\"".to_owned(),
        _ => String::new(),
    };
    signature.pieces.push(Piece::Text("text".to_owned()));
    signature.pieces.push(Piece::Element(Sketch::new("SignedInfo")));
    signature
}
