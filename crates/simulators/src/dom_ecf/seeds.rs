//! Seeds: single-use, short-lived, and bound to whoever gave them out.

use std::collections::VecDeque;

use aws_lc_rs::hmac;
use data_encoding::{BASE64, HEXLOWER};

use super::limits::{MOST_SEEDS, SEED_LIFE};
use super::moment;
use super::reply::Voice;
use super::tokens::Audience;
use super::xml::Element;

/// The seeds that were given out and not used.
#[derive(Debug)]
pub(super) struct Seeds {
    key: hmac::Key,
    count: u64,
    waiting: VecDeque<Seed>,
}

#[derive(Debug)]
struct Seed {
    value: String,
    audience: Audience,
    /// UTC in microseconds.
    at: i64,
}

impl Seeds {
    /// None yet. Their values are drawn from a key that nobody else knows.
    pub(super) fn drawn_from(key: hmac::Key) -> Self {
        Self { key, count: 0, waiting: VecDeque::new() }
    }

    /// A new seed, as XML: `SemillaModel`, indented, with the namespaces of .NET, now and then with
    /// a byte order mark.
    pub(super) fn give(&mut self, audience: Audience, now: i64, voice: &mut Voice) -> String {
        self.count += 1;
        let random = hmac::sign(&self.key, &self.count.to_be_bytes());
        let is_guid = voice.flip(voice.awkward.seed_forms);
        let value = if is_guid { guid(random.as_ref()) } else { BASE64.encode(random.as_ref()) };
        if self.waiting.len() == MOST_SEEDS {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Seed { value: value.clone(), audience, at: now });
        let mark = if voice.flip(voice.awkward.seed_forms) { "\u{FEFF}" } else { "" };
        format!(
            "{mark}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<SemillaModel \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\n  <valor>{value}</valor>\n  \
             <fecha>{}</fecha>\n</SemillaModel>",
            moment::dotnet(now)
        )
    }

    /// Uses up the seed of a signed `SemillaModel`; the text says why that cannot be. The texts are
    /// ours: the DGII's are not known.
    pub(super) fn take(
        &mut self,
        model: &Element,
        audience: Audience,
        now: i64,
    ) -> Result<(), &'static str> {
        let names: Vec<&str> = model.elements().map(|each| each.local.as_str()).collect();
        if model.local != "SemillaModel" || names != ["valor", "fecha", "Signature"] {
            return Err("El archivo no corresponde a una semilla firmada.");
        }
        let value = model.text_at("valor").unwrap_or_default();
        let is_it = |seed: &Seed| seed.value == value.trim() && seed.audience == audience;
        let Some(place) = self.waiting.iter().position(is_it) else {
            return Err("La semilla no existe o ya fue utilizada.");
        };
        let seed = self.waiting.remove(place);
        match seed {
            Some(seed) if now < seed.at.saturating_add(SEED_LIFE) => Ok(()),
            _ => Err("La semilla ha expirado."),
        }
    }
}

fn guid(random: &[u8]) -> String {
    let digits = HEXLOWER.encode(&random[..16]);
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}
