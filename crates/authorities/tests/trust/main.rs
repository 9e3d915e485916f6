//! Roots and chains, as another tool makes them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, at the line that says why")]

mod openssl;

use authorities::{BUNDLE_MAX, BadRoots, Roots, Untrusted};
use invoice::{SECOND, Timestamp};

use crate::openssl::{Certified, Kind, Workshop};

/// The certificates are made at this machine's time.
fn now() -> Timestamp {
    in_days(1)
}

fn in_days(days: i64) -> Timestamp {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    let seconds = i64::try_from(since.as_secs()).unwrap() + days * 24 * 3_600;
    Timestamp::from_micros(seconds * SECOND)
}

fn roots(certified: &[&Certified]) -> Roots {
    let bundle: String = certified.iter().map(|one| one.pem.as_str()).collect();
    Roots::parse_pem(bundle.as_bytes()).unwrap()
}

#[test]
fn a_chain_leads_to_its_root_and_to_no_other() {
    let shop = Workshop::new();
    let root = shop.root("Raiz Uno");
    let middle = shop.issued("Intermedia", Kind::Authority, &root);
    let direct = shop.issued("Persona Directa", Kind::Person, &root);
    let person = shop.issued("Persona", Kind::Person, &middle);
    let other = shop.root("Raiz Dos");

    let trusted = roots(&[&root]);
    assert_eq!(trusted.check(&direct.der, &[], now()), Ok(()));
    assert_eq!(trusted.check(&person.der, &[], now()), Err(Untrusted::UnknownIssuer));
    // The link may come with the signature, or stand in the bundle.
    let beside = [person.der.clone(), middle.der.clone()];
    assert_eq!(trusted.check(&person.der, &beside, now()), Ok(()));
    assert_eq!(roots(&[&root, &middle]).check(&person.der, &[], now()), Ok(()));

    let foreign = roots(&[&other]);
    assert_eq!(foreign.check(&direct.der, &beside, now()), Err(Untrusted::UnknownIssuer));
    assert_eq!(foreign.check(&person.der, &beside, now()), Err(Untrusted::UnknownIssuer));
    assert_eq!(roots(&[&other, &root]).check(&direct.der, &[], now()), Ok(()));
    // A root that came with the signature is nobody's root.
    let beside = [root.der.clone()];
    assert_eq!(foreign.check(&direct.der, &beside, now()), Err(Untrusted::UnknownIssuer));
}

#[test]
fn a_name_alone_leads_nowhere() {
    let shop = Workshop::new();
    let (root, namesake) = (shop.root("Raiz"), shop.root("Raiz"));
    let person = shop.issued("Persona", Kind::Person, &namesake);
    let refused = roots(&[&root]).check(&person.der, &[], now());
    assert!(refused.is_err(), "the names agree, and the signature does not");
    assert_eq!(roots(&[&root, &namesake]).check(&person.der, &[], now()), Ok(()));
}

#[test]
fn whoever_is_no_authority_vouches_for_nobody() {
    let shop = Workshop::new();
    let root = shop.root("Raiz");
    let person = shop.issued("Persona", Kind::Person, &root);
    let forged = shop.issued("Otra", Kind::Person, &person);
    let refused = roots(&[&root]).check(&forged.der, std::slice::from_ref(&person.der), now());
    assert!(refused.is_err(), "{refused:?}");

    // An authority by its constraints that may not sign certificates by its usages.
    let mute = shop.issued("Muda", Kind::MuteAuthority, &root);
    let below = shop.issued("De la muda", Kind::Person, &mute);
    let refused = roots(&[&root]).check(&below.der, std::slice::from_ref(&mute.der), now());
    assert!(matches!(refused, Err(Untrusted::Broken(_))), "{refused:?}");

    // One that may have no authority below it.
    let last = shop.issued("Ultima", Kind::LastAuthority, &root);
    let too_deep = shop.issued("Honda", Kind::Authority, &last);
    let below = shop.issued("De la honda", Kind::Person, &too_deep);
    let beside = [last.der.clone(), too_deep.der.clone()];
    assert!(roots(&[&root]).check(&below.der, &beside, now()).is_err());
    let below = shop.issued("De la ultima", Kind::Person, &last);
    assert_eq!(roots(&[&root]).check(&below.der, &beside, now()), Ok(()));
}

#[test]
fn a_certificate_that_is_not_for_signing_signs_nothing() {
    let shop = Workshop::new();
    let root = shop.root("Raiz");
    let trusted = roots(&[&root]);
    let cipher = shop.issued("Cifra", Kind::CipherOnly, &root);
    assert_eq!(trusted.check(&cipher.der, &[], now()), Err(Untrusted::NotForSigning));
    // Whatever protocol it was made for, and without usages at all.
    for kind in [Kind::Mail, Kind::Unrestricted] {
        let person = shop.issued("Persona", kind, &root);
        assert_eq!(trusted.check(&person.der, &[], now()), Ok(()), "{kind:?}");
    }
}

#[test]
fn everything_on_the_way_is_valid_at_the_time_that_counts() {
    let shop = Workshop::new();
    let root = shop.root("Raiz");
    let person = shop.issued("Persona", Kind::Person, &root);
    let trusted = roots(&[&root]);
    let at = |days| trusted.check(&person.der, &[], in_days(days));
    assert_eq!(at(1), Ok(()));
    assert!(at(-1_000).is_err(), "before anything began");
    // The person's ends after ten years, the root's after thirty.
    assert!(matches!(at(5_000), Err(Untrusted::Broken(_))));

    // A root that has ended is none: its own end counts, which a mere anchor would not have.
    let short = shop.root_for("Raiz Corta", 400);
    let long = shop.issued("Persona Larga", Kind::Person, &short);
    let trusted = roots(&[&short]);
    let late = in_days(500);
    assert_eq!(trusted.check(&long.der, &[], now()), Ok(()));
    assert_eq!(trusted.check(&long.der, &[], late), Err(Untrusted::UnknownIssuer));
}

#[test]
fn a_bundle_that_holds_no_roots_is_refused() {
    let shop = Workshop::new();
    let root = shop.root("Raiz");
    let person = shop.issued("Persona", Kind::Person, &root);
    let middle = shop.issued("Intermedia", Kind::Authority, &root);
    let parse = |text: &str| Roots::parse_pem(text.as_bytes()).err();
    assert_eq!(parse(""), Some(BadRoots::NoRoot));
    assert_eq!(parse("no PEM at all"), Some(BadRoots::NoRoot));
    assert_eq!(parse(&middle.pem), Some(BadRoots::NoRoot));
    let both = format!("{}{}", root.pem, person.pem);
    assert_eq!(parse(&both), Some(BadRoots::NoAuthority { place: 2 }));
    let broken = root.pem.replace("\nMII", "\nAAA");
    assert!(matches!(parse(&broken), Some(BadRoots::Malformed { place: 1 })), "{broken}");
    let many = root.pem.repeat(BUNDLE_MAX + 1);
    assert!(matches!(parse(&many), Some(BadRoots::TooMany | BadRoots::TooLong)));
    assert_eq!(parse(&"x".repeat(2_000_000)), Some(BadRoots::TooLong));
    assert_eq!(parse(&format!("a comment\n{}another\n", root.pem)), None);
}

#[test]
fn no_bytes_pass_for_a_certificate() {
    let shop = Workshop::new();
    let root = shop.root("Raiz");
    let trusted = roots(&[&root]);
    let person = shop.issued("Persona", Kind::Person, &root);
    for cut in [0, 1, 10, person.der.len() - 1] {
        assert!(trusted.check(&person.der[..cut], &[], now()).is_err(), "{cut}");
    }
    for place in (0..person.der.len()).step_by(7) {
        let mut altered = person.der.clone();
        altered[place] ^= 1;
        assert!(trusted.check(&altered, &[], now()).is_err(), "{place}");
    }
}
