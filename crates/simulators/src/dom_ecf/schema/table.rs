//! The table of every element, by the order, the number and the type that the DGII's schemas give.
//!
//! A line of `fields.txt` is an element: dots for its depth, its name, one sign for each document
//! of its group (`-` absent, `0` optional, `1` mandatory), its type unless it holds elements, and
//! `x` with how often it may come unless that is once (`x1000/10000:33,34` means 10000 in 33 and
//! 34).

use std::collections::HashMap;
use std::sync::LazyLock;

use super::class::Class;

/// What one element may hold, in one kind of document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) is_mandatory: bool,
    pub(super) most: usize,
    pub(super) content: Content,
}

/// Elements in order, a value, or a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Fields(Vec<Field>),
    Value(Class),
    Signature,
}

/// The fields of a root, by its name and, for `ECF`, its type.
pub(super) fn fields(root: &str, kind: &str) -> Option<&'static [Field]> {
    let name = if root == "ECF" { kind } else { root };
    let (group, fields) = TABLE.get(name)?;
    (*group == root).then_some(fields.as_slice())
}

/// By the name of the document: its root, and its fields.
static TABLE: LazyLock<HashMap<&'static str, (&'static str, Vec<Field>)>> = LazyLock::new(|| {
    let mut table = HashMap::new();
    for group in include_str!("fields.txt").split('@').skip(1) {
        let mut lines = group.lines();
        let mut head = lines.next().unwrap_or_default().split(' ');
        let root = head.next().unwrap_or_default();
        let lines: Vec<Line> = lines.map(Line::read).collect();
        for (place, kind) in head.enumerate() {
            let name = if root == "ECF" { kind } else { root };
            table.insert(name, (root, below(&lines, 1, (place, kind))));
        }
    }
    table
});

/// A line of the table.
struct Line {
    depth: usize,
    name: &'static str,
    presence: &'static str,
    class: Option<&'static str>,
    most: Option<&'static str>,
}

impl Line {
    fn read(line: &'static str) -> Self {
        let name = line.trim_start_matches('.');
        let depth = line.len() - name.len();
        let mut parts = name.split(' ');
        let name = parts.next().unwrap_or_default();
        let presence = parts.next().unwrap_or_default();
        let (mut class, mut most) = (None, None);
        for part in parts {
            let is_number = part.starts_with('x');
            *(if is_number { &mut most } else { &mut class }) = Some(part);
        }
        Self { depth, name, presence, class, most }
    }

    fn most_in(&self, kind: &str) -> usize {
        let Some(text) = self.most.and_then(|text| text.strip_prefix('x')) else { return 1 };
        let mut parts = text.split('/');
        let usual = parts.next().unwrap_or_default();
        let special = parts.find_map(|part| {
            let (number, kinds) = part.split_once(':')?;
            kinds.split(',').any(|each| each == kind).then_some(number)
        });
        special.unwrap_or(usual).parse().expect("the table gives numbers")
    }
}

/// The fields at one depth up to the next line that is less deep, for the document at `place`.
fn below(lines: &[Line], depth: usize, (place, kind): (usize, &str)) -> Vec<Field> {
    let mut fields = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if line.depth < depth {
            break;
        }
        let sign = line.presence.as_bytes().get(place).copied();
        if line.depth > depth || !matches!(sign, Some(b'0' | b'1')) {
            continue;
        }
        let content = match line.class {
            None => Content::Fields(below(&lines[at + 1..], depth + 1, (place, kind))),
            Some("signature") => Content::Signature,
            Some(class) => Content::Value(Class::read(class)),
        };
        fields.push(Field {
            name: line.name,
            is_mandatory: sign == Some(b'1'),
            most: line.most_in(kind),
            content,
        });
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(fields: &[Field]) -> usize {
        let inside = fields.iter().map(|field| match &field.content {
            Content::Fields(fields) => count(fields),
            Content::Value(_) | Content::Signature => 0,
        });
        fields.len() + inside.sum::<usize>()
    }

    /// The numbers of elements in the DGII's schemas, without their roots.
    #[test]
    fn every_document_has_its_elements() {
        for (kind, elements) in [
            ("31", 238),
            ("32", 235),
            ("33", 245),
            ("34", 237),
            ("41", 169),
            ("43", 80),
            ("44", 181),
            ("45", 230),
            ("46", 197),
            ("47", 100),
        ] {
            assert_eq!(count(fields("ECF", kind).unwrap()) + 1, elements, "{kind}");
        }
        for (root, elements) in
            [("RFCE", 42), ("ACECF", 12), ("ARECF", 10), ("ANECF", 16), ("SemillaModel", 4)]
        {
            assert_eq!(count(fields(root, "").unwrap()) + 1, elements, "{root}");
        }
        assert!(fields("ECF", "RFCE").is_none() && fields("X", "31").is_none());
    }

    #[test]
    fn repetitions_differ_by_type() {
        let most = |kind: &str| {
            let details = fields("ECF", kind).unwrap();
            let details = details.iter().find(|field| field.name == "DetallesItems").unwrap();
            let Content::Fields(inside) = &details.content else { panic!("it holds items") };
            inside[0].most
        };
        assert_eq!(
            (most("31"), most("33"), most("34"), most("32")),
            (1_000, 10_000, 10_000, 1_000)
        );
    }
}
