//! The security elements that a confirm issues.

use aws_lc_rs::hmac;
use data_encoding::BASE32;

use crate::drc_emcf::moment;

/// What the customer's invoice must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SecurityElements {
    /// The Code DEF/DGI: 24 characters of base32, without dashes, `TEST` first.
    pub(super) code: String,
    /// `{of its type}/{of all} {type}`, such as `3/9 FV`.
    pub(super) counters: String,
    /// jj/MM/aaaa HH:mm:ss, Kinshasa.
    pub(super) date_time: String,
    pub(super) qr_code: String,
}

/// What is sealed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sealing<'a> {
    pub(super) uid: &'a str,
    pub(super) nif: &'a str,
    pub(super) nim: &'a str,
    pub(super) counters: &'a str,
    pub(super) at: i64,
}

impl SecurityElements {
    /// Seals with the secret "clé de code". The true algorithm is unpublished; all that is known of
    /// its result is the shape.
    pub(super) fn issue(key: &hmac::Key, sealing: &Sealing) -> Self {
        let Sealing { uid, nif, nim, counters, at } = *sealing;
        let sealed = hmac::sign(key, format!("{uid}\n{nif}\n{nim}\n{counters}\n{at}").as_bytes());
        let code = format!("TEST{}", &BASE32.encode(&sealed.as_ref()[..15])[4..]);
        // MCF-SFE protocol, chapter 5.
        let qr_code = format!("RDCDEF01;{nim};{code};{nif};{}", moment::compact(at));
        Self { code, counters: counters.into(), date_time: moment::french(at), qr_code }
    }
}

/// `TESTFACTHQBAX2F3K22NMDYR` as `TEST-FACT-HQBA-X2F3-K22N-MDYR`.
pub(super) fn dashed(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_of_the_elements() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let at = 1_796_387_696_000_000;
        let sealing =
            Sealing { uid: "u", nif: "A1234567B", nim: "XX01710090-1", counters: "3/9 FV", at };
        let issued = SecurityElements::issue(&key, &sealing);
        assert_eq!(issued.code.len(), 24);
        assert!(issued.code.starts_with("TEST"));
        assert!(issued.code.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')));
        let expected = format!("RDCDEF01;XX01710090-1;{};A1234567B;20261204133456", issued.code);
        assert_eq!(issued.qr_code, expected);
        assert_eq!(issued.date_time, "04/12/2026 13:34:56");
        let other = SecurityElements::issue(&key, &Sealing { uid: "v", ..sealing });
        assert_ne!(other.code, issued.code);
    }

    #[test]
    fn six_groups_of_four() {
        assert_eq!(dashed("TESTFACTHQBAX2F3K22NMDYR"), "TEST-FACT-HQBA-X2F3-K22N-MDYR");
    }
}
