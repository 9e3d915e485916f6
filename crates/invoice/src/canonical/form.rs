//! The two forms that an invoice is written in: the bytes that are hashed, and a tree.
//!
//! Bytes are written without a tree between, which took most of the time: members are written as they
//! come, and brought into the order of RFC 8785 where their object ends.

use std::fmt::Display;
use std::io::Write as _;
use std::ops::Range;

use crate::json::{Json, write_string};

/// What values are written into. Within an object each value comes after its key.
pub(super) trait Form: Sized {
    fn object(&mut self, members: impl FnOnce(&mut Self));
    fn array<T>(&mut self, items: &[T], each: impl Fn(&mut Self, &T));
    /// Small letters of ASCII and `_`: it is not escaped.
    fn key(&mut self, key: &str);
    fn text(&mut self, text: &str);
    /// A decimal or a date: nothing in it is escaped.
    fn display<T: Display>(&mut self, value: &T);
    fn tree(&mut self, tree: &Json);
}

/// Canonical bytes in the making.
pub(super) struct Bytes {
    out: Vec<u8>,
    /// Of the objects that have begun, the outermost first.
    members: Vec<Member>,
    /// Where an object is put together; empty between.
    sorted: Vec<u8>,
}

/// A member that is written, `"key":value`.
struct Member {
    /// The first eight bytes of the key, which tell most keys apart.
    prefix: u64,
    at: Range<usize>,
}

impl Bytes {
    pub(super) fn new() -> Self {
        let out = Vec::with_capacity(USUAL_BYTES);
        Self { out, members: Vec::with_capacity(USUAL_MEMBERS), sorted: Vec::new() }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Puts an object in the place of its members, which begin at `start`.
    fn close(&mut self, first: usize, start: usize) {
        let Self { out, members, sorted } = self;
        // Behind its last letter a key has a quotation mark, which is less than any letter: of two
        // keys one of which begins with the other, the shorter comes first.
        members[first..].sort_unstable_by(|one, other| {
            let bytes = |member: &Member| &out[member.at.clone()];
            one.prefix.cmp(&other.prefix).then_with(|| bytes(one).cmp(bytes(other)))
        });
        sorted.push(b'{');
        for (index, member) in members.drain(first..).enumerate() {
            if index > 0 {
                sorted.push(b',');
            }
            sorted.extend_from_slice(&out[member.at]);
        }
        sorted.push(b'}');
        out.truncate(start);
        out.append(sorted);
    }

    /// The member that was begun last ends here, unless it is of an object around this one: then it
    /// ends again, later.
    fn end_member(&mut self) {
        if let Some(last) = self.members.last_mut() {
            last.at.end = self.out.len();
        }
    }
}

impl Form for Bytes {
    fn object(&mut self, members: impl FnOnce(&mut Self)) {
        let (first, start) = (self.members.len(), self.out.len());
        members(self);
        self.end_member();
        self.close(first, start);
    }

    fn array<T>(&mut self, items: &[T], each: impl Fn(&mut Self, &T)) {
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            each(self, item);
        }
        self.out.push(b']');
    }

    fn key(&mut self, key: &str) {
        let at = self.out.len();
        self.end_member();
        let mut prefix = [0; 8];
        let length = key.len().min(prefix.len());
        prefix[..length].copy_from_slice(&key.as_bytes()[..length]);
        self.members.push(Member { prefix: u64::from_be_bytes(prefix), at: at..at });
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn text(&mut self, text: &str) {
        write_string(text, &mut self.out);
    }

    fn display<T: Display>(&mut self, value: &T) {
        write!(self.out, "\"{value}\"").expect("memory takes what is written");
    }

    fn tree(&mut self, tree: &Json) {
        tree.write(&mut self.out);
    }
}

/// A tree in the making.
#[derive(Default)]
pub(super) struct Tree {
    /// Keys whose objects have not ended, the outermost first, and values that nobody has taken.
    keys: Vec<String>,
    values: Vec<Json>,
}

impl Tree {
    pub(super) fn finish(mut self) -> Json {
        self.values.pop().expect("one value was written")
    }
}

impl Form for Tree {
    fn object(&mut self, members: impl FnOnce(&mut Self)) {
        let (key, value) = (self.keys.len(), self.values.len());
        members(self);
        let members = self.keys.drain(key..).zip(self.values.drain(value..)).collect();
        self.values.push(Json::Object(members));
    }

    fn array<T>(&mut self, items: &[T], each: impl Fn(&mut Self, &T)) {
        let first = self.values.len();
        for item in items {
            each(self, item);
        }
        let items = self.values.drain(first..).collect();
        self.values.push(Json::Array(items));
    }

    fn key(&mut self, key: &str) {
        self.keys.push(key.to_owned());
    }

    fn text(&mut self, text: &str) {
        self.values.push(Json::string(text));
    }

    fn display<T: Display>(&mut self, value: &T) {
        self.values.push(Json::String(value.to_string()));
    }

    fn tree(&mut self, tree: &Json) {
        self.values.push(tree.clone());
    }
}

/// An invoice of a dozen lines has fewer.
const USUAL_BYTES: usize = 4_096;
/// In objects that stand within one another.
const USUAL_MEMBERS: usize = 64;
