//! Keys in a PKCS#11 token: everything that every signer does, and everything that a token can get
//! wrong, with SoftHSM2 as the token.
#![expect(clippy::unwrap_used, reason = "these functions are tests, run by name from a macro")]

mod harness;
#[macro_use]
mod suite;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::thread;

use cryptoki::mechanism::MechanismType;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use harness::{OTHER_PIN, PIN, SoftHsm, TOKEN};
use signing::{KeyUri, SigningError, open, pkcs11};
use suite::{Bench, opened, openssl};

every_signer!(every_p256_signer, crate::harness::run);
every_signer!(every_rsa_signer, crate::harness::run_with_rsa);

/// One test for each function, run by the harness in a process of its own.
macro_rules! in_softhsm {
    ($($name:ident,)*) => {
        mod token {
            $(
                #[test]
                fn $name() {
                    crate::harness::run(concat!("token::", stringify!($name)), super::$name);
                }
            )*
        }
    };
}

in_softhsm! {
    a_new_key_cannot_leave_its_token,
    an_imported_key_signs,
    a_key_is_found_by_id_and_by_label,
    two_keys_of_one_name_are_refused,
    a_missing_key_is_refused,
    other_kinds_of_key_are_named_and_refused,
    rsa_keys_of_every_permitted_length_sign,
    an_rsa_key_needs_no_public_key_beside_it,
    a_certificate_stands_in_for_a_missing_public_key,
    a_public_key_of_another_pair_is_found_out,
    a_missing_token_is_refused_and_the_present_ones_are_listed,
    two_tokens_of_one_label_are_refused,
    a_missing_or_foreign_module_is_refused,
    a_wrong_pin_is_refused,
    a_pin_is_wanted,
    a_second_pin_must_be_the_first_one,
    a_pin_file_is_for_its_owner_alone,
    an_unusable_pin_file_is_refused,
    signing_goes_on_after_the_token_was_reset,
    signing_goes_on_after_somebody_logged_out,
    a_changed_pin_is_tried_once,
    a_key_that_was_destroyed_is_missed,
}

fn a_new_key_cannot_leave_its_token(hsm: &SoftHsm) {
    let (uri, _) = hsm.new_key("outlet");
    opened(&uri);
    let session = hsm.session();
    let private = [Attribute::Class(ObjectClass::PRIVATE_KEY)];
    let keys = session.find_objects(&private).unwrap();
    let wanted = [
        AttributeType::Sensitive,
        AttributeType::AlwaysSensitive,
        AttributeType::Extractable,
        AttributeType::NeverExtractable,
        AttributeType::Private,
    ];
    let attributes = session.get_attributes(keys[0], &wanted).unwrap();
    assert_eq!(keys.len(), 1);
    let expected = [
        Attribute::Sensitive(true),
        Attribute::AlwaysSensitive(true),
        Attribute::Extractable(false),
        Attribute::NeverExtractable(true),
        Attribute::Private(true),
    ];
    assert_eq!(attributes, expected);
}

fn an_imported_key_signs(hsm: &SoftHsm) {
    let file = openssl::private_key(hsm.folder(), "outlet.pem", &openssl::P256);
    hsm.import("outlet", &file);
    let in_token = opened(&hsm.uri("object=outlet"));
    let in_file = opened(&format!("file:{}", file.display()).parse().unwrap());
    assert_eq!(in_token.key_id(), in_file.key_id());
    let signature = in_token.sign(b"invoice").unwrap();
    assert_eq!(in_file.public_key().verify(b"invoice", &signature), Ok(()));
}

fn a_key_is_found_by_id_and_by_label(hsm: &SoftHsm) {
    let by_both = hsm.uri("object=outlet%201;id=%00%FF");
    let public_key = pkcs11::generate(&token_key(&by_both)).unwrap();
    for name in ["object=outlet%201;id=%00%FF", "object=outlet%201", "id=%00%ff"] {
        assert_eq!(opened(&hsm.uri(name)).public_key(), &public_key);
    }
    let refusal = open(&hsm.uri("object=outlet%201;id=%00"), None).unwrap_err();
    assert!(matches!(refusal, SigningError::ObjectMissing { .. }), "{refusal}");
}

fn two_keys_of_one_name_are_refused(hsm: &SoftHsm) {
    let first = pkcs11::generate(&token_key(&hsm.uri("object=outlet;id=%01"))).unwrap();
    let second = pkcs11::generate(&token_key(&hsm.uri("object=outlet;id=%02"))).unwrap();
    let refusal = open(&hsm.uri("object=outlet"), None).unwrap_err();
    assert!(matches!(refusal, SigningError::ObjectAmbiguous { count: 2, .. }), "{refusal}");
    assert_eq!(opened(&hsm.uri("object=outlet;id=%01")).public_key(), &first);
    assert_eq!(opened(&hsm.uri("id=%02")).public_key(), &second);
}

fn a_missing_key_is_refused(hsm: &SoftHsm) {
    let refusal = open(&hsm.uri("object=nobody"), None).unwrap_err();
    assert!(matches!(refusal, SigningError::ObjectMissing { .. }), "{refusal}");
    assert!(refusal.to_string().contains("object=nobody"), "{refusal}");
}

fn other_kinds_of_key_are_named_and_refused(hsm: &SoftHsm) {
    let kinds = [
        ("short", openssl::rsa("rsa_keygen_bits:1024"), "is an RSA key of 1024 bits"),
        ("p384", openssl::P384, "is an elliptic-curve key of another curve"),
    ];
    for (name, kind, expected) in kinds {
        hsm.import(name, &openssl::private_key(hsm.folder(), name, &kind));
        let refusal = open(&hsm.uri(&format!("object={name}")), None).unwrap_err().to_string();
        assert!(refusal.contains(expected), "{refusal}");
    }
}

fn rsa_keys_of_every_permitted_length_sign(hsm: &SoftHsm) {
    for (name, bits, bytes) in
        [("long", "rsa_keygen_bits:3072", 384), ("longest", "rsa_keygen_bits:4096", 512)]
    {
        hsm.import(name, &openssl::private_key(hsm.folder(), name, &openssl::rsa(bits)));
        let signer = opened(&hsm.uri(&format!("object={name}")));
        let signature = signer.sign(b"invoice").unwrap();
        assert_eq!(signature.as_bytes().len(), bytes);
        assert!(openssl::verifies(hsm.folder(), signer.public_key(), b"invoice", &signature));
    }
}

fn an_rsa_key_needs_no_public_key_beside_it(hsm: &SoftHsm) {
    let file = openssl::private_key(hsm.folder(), "outlet.pem", &openssl::RSA);
    hsm.import("outlet", &file);
    // The first opening is what logs this process in.
    opened(&hsm.uri("object=outlet"));
    hsm.destroy("outlet", ObjectClass::PUBLIC_KEY);
    let signer = opened(&hsm.uri("object=outlet"));
    assert_eq!(signer.public_key(), &openssl::public_half(&file));
}

/// Some tokens pad and encrypt, and leave the hashing to others.
#[test]
fn a_token_that_does_not_hash_signs_with_rsa_all_the_same() {
    let name = "a_token_that_does_not_hash_signs_with_rsa_all_the_same";
    harness::run_with_only("CKM_RSA_PKCS", name, |hsm| {
        let file = openssl::private_key(hsm.folder(), "outlet.pem", &openssl::RSA);
        hsm.import("outlet", &file);
        let in_token = opened(&hsm.uri("object=outlet")).sign(b"invoice").unwrap();
        let offered = hsm.library().get_mechanism_list(hsm.slot()).unwrap();
        assert_eq!(offered, [MechanismType::RSA_PKCS], "the setting has no effect");
        let in_file = opened(&format!("file:{}", file.display()).parse().unwrap());
        assert_eq!(in_token, in_file.sign(b"invoice").unwrap());
    });
}

fn a_certificate_stands_in_for_a_missing_public_key(hsm: &SoftHsm) {
    let (uri, public_key) = hsm.new_key("outlet");
    let (_, other_key) = hsm.new_key("other");
    hsm.destroy("outlet", ObjectClass::PUBLIC_KEY);
    let refusal = open(&uri, None).unwrap_err();
    assert!(matches!(refusal, SigningError::PublicObjectMissing { .. }), "{refusal}");

    let certificate = openssl::certify(hsm.folder(), &public_key);
    let signer = open(&uri, Some(&certificate)).unwrap();
    assert_eq!(signer.public_key(), &public_key);
    let others = openssl::self_signed_certificates(hsm.folder());
    for foreign in [openssl::certify(hsm.folder(), &other_key)].into_iter().chain(others) {
        let refusal = open(&uri, Some(&foreign)).unwrap_err();
        assert!(matches!(refusal, SigningError::CertificateMismatch { .. }), "{refusal}");
    }
}

fn a_public_key_of_another_pair_is_found_out(hsm: &SoftHsm) {
    let (uri, _) = hsm.new_key("outlet");
    hsm.new_key("other");
    hsm.destroy("outlet", ObjectClass::PUBLIC_KEY);
    hsm.rename("other", ObjectClass::PUBLIC_KEY, "outlet");
    let refusal = open(&uri, None).unwrap_err();
    assert!(matches!(refusal, SigningError::KeyInconsistent { .. }), "{refusal}");
}

fn a_missing_token_is_refused_and_the_present_ones_are_listed(hsm: &SoftHsm) {
    let text = hsm.uri("object=outlet").to_string().replace(TOKEN, "elsewhere");
    let refusal = open(&text.parse().unwrap(), None).unwrap_err();
    assert!(matches!(refusal, SigningError::TokenMissing { .. }), "{refusal}");
    assert!(refusal.to_string().contains("no token `elsewhere`"), "{refusal}");
    assert!(refusal.to_string().contains(&format!("`{TOKEN}`")), "{refusal}");
}

fn two_tokens_of_one_label_are_refused(hsm: &SoftHsm) {
    hsm.initialise_token(TOKEN);
    let refusal = open(&hsm.uri("object=outlet"), None).unwrap_err();
    assert!(matches!(refusal, SigningError::TokenAmbiguous { count: 2, .. }), "{refusal}");
}

fn a_missing_or_foreign_module_is_refused(hsm: &SoftHsm) {
    let path = hsm.folder().join("module.so");
    let uri: KeyUri =
        format!("pkcs11:token=t;object=o?module-path={}", path.display()).parse().unwrap();
    let missing = open(&uri, None).unwrap_err();
    assert!(matches!(missing, SigningError::ModuleMissing { .. }), "{missing}");
    fs::write(&path, "not a library").unwrap();
    let foreign = open(&uri, None).unwrap_err();
    assert!(matches!(foreign, SigningError::ModuleUnusable { .. }), "{foreign}");
    assert!(foreign.to_string().contains("module.so"), "{foreign}");
}

fn a_wrong_pin_is_refused(hsm: &SoftHsm) {
    hsm.write_pin(OTHER_PIN);
    let refusal = open(&hsm.uri("object=outlet"), None).unwrap_err();
    assert!(matches!(refusal, SigningError::PinWrong { .. }), "{refusal}");
    assert!(!format!("{refusal} {refusal:?}").contains(OTHER_PIN), "{refusal}");
    // A refused login leaves nothing behind: the right PIN works at once.
    hsm.write_pin(PIN);
    opened(&hsm.new_key("outlet").0);
}

fn a_pin_is_wanted(hsm: &SoftHsm) {
    let (uri, _) = hsm.new_key("outlet");
    let text = uri.to_string();
    let (without_pin, _) = text.split_once("&pin-source").unwrap();
    let refusal = open(&without_pin.parse().unwrap(), None).unwrap_err();
    assert!(matches!(refusal, SigningError::PinMissing { .. }), "{refusal}");
}

fn a_second_pin_must_be_the_first_one(hsm: &SoftHsm) {
    let (uri, _) = hsm.new_key("outlet");
    opened(&uri);
    hsm.write_pin(OTHER_PIN);
    let refusal = open(&uri, None).unwrap_err();
    assert!(matches!(refusal, SigningError::PinDiffers { .. }), "{refusal}");
    hsm.write_pin(&format!("{PIN}\r\n"));
    opened(&uri);
}

fn a_pin_file_is_for_its_owner_alone(hsm: &SoftHsm) {
    fs::set_permissions(hsm.pin_file(), Permissions::from_mode(0o640)).unwrap();
    let refusal = open(&hsm.uri("object=outlet"), None).unwrap_err();
    assert!(matches!(refusal, SigningError::FileExposed { what: "PIN file", .. }), "{refusal}");
    assert!(refusal.to_string().contains("chmod 600"), "{refusal}");
}

fn an_unusable_pin_file_is_refused(hsm: &SoftHsm) {
    for contents in ["", "\n", "12\n34\n", "12\u{0}34"] {
        hsm.write_pin(contents);
        let refusal = open(&hsm.uri("object=outlet"), None).unwrap_err();
        assert!(matches!(refusal, SigningError::PinUnusable { .. }), "{refusal}");
    }
    hsm.write_pin(&"1".repeat(300));
    let refusal = open(&hsm.uri("object=outlet"), None).unwrap_err();
    assert!(matches!(refusal, SigningError::FileTooLong { .. }), "{refusal}");
    fs::remove_file(hsm.pin_file()).unwrap();
    let refusal = open(&hsm.uri("object=outlet"), None).unwrap_err();
    assert!(matches!(refusal, SigningError::FileUnreadable { what: "PIN file", .. }), "{refusal}");
}

fn signing_goes_on_after_the_token_was_reset(hsm: &SoftHsm) {
    let (uri, public_key) = hsm.new_key("outlet");
    let signer = opened(&uri);
    for _ in 0..3 {
        hsm.reset();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let signature = signer.sign(b"invoice").unwrap();
                    assert_eq!(public_key.verify(b"invoice", &signature), Ok(()));
                });
            }
        });
    }
}

fn signing_goes_on_after_somebody_logged_out(hsm: &SoftHsm) {
    let (uri, public_key) = hsm.new_key("outlet");
    let signer = opened(&uri);
    hsm.session().logout().unwrap();
    let signature = signer.sign(b"invoice").unwrap();
    assert_eq!(public_key.verify(b"invoice", &signature), Ok(()));
}

fn a_changed_pin_is_tried_once(hsm: &SoftHsm) {
    let (uri, _) = hsm.new_key("outlet");
    let signer = opened(&uri);
    hsm.reset();
    let administration = hsm.library().open_rw_session(hsm.slot()).unwrap();
    administration.login(UserType::User, Some(&AuthPin::new(PIN.into()))).unwrap();
    let (old, new) = (AuthPin::new(PIN.into()), AuthPin::new(OTHER_PIN.into()));
    administration.set_pin(&old, &new).unwrap();
    drop(administration);
    let first = signer.sign(b"invoice").unwrap_err();
    assert!(matches!(first, SigningError::PinWrong { .. }), "{first}");
    for _ in 0..3 {
        let later = signer.sign(b"invoice").unwrap_err();
        assert!(matches!(later, SigningError::PinRefusedBefore { .. }), "{later}");
    }
}

fn a_key_that_was_destroyed_is_missed(hsm: &SoftHsm) {
    let (uri, _) = hsm.new_key("outlet");
    let signer = opened(&uri);
    hsm.destroy("outlet", ObjectClass::PRIVATE_KEY);
    let refusal = signer.sign(b"invoice").unwrap_err();
    assert!(matches!(refusal, SigningError::ObjectMissing { .. }), "{refusal}");
}

fn token_key(uri: &KeyUri) -> signing::Pkcs11Uri {
    match uri {
        KeyUri::Pkcs11(key) => key.clone(),
        KeyUri::File(_) => panic!("{uri} is a file"),
    }
}
