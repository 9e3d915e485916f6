//! What every signer must do, wherever its key lives and of whatever kind it is. Each brings a
//! [`Bench`] and runs all of this; `openssl` is the judge that shares no code with us.
#![expect(clippy::unwrap_used, reason = "these functions are tests, run by name from a macro")]

pub(crate) mod openssl;

use std::path::Path;
use std::sync::Arc;
use std::{fs, thread};

use data_encoding::HEXLOWER;
use signing::{
    Algorithm, BadSignature, Certificate, KeyUri, PublicKey, Signature, Signer, SigningError, open,
};

/// A place where keys of one kind can be made.
pub(crate) trait Bench {
    /// What its keys sign with, and how many bytes a signature takes.
    fn expected(&self) -> (Algorithm, usize);
    /// An empty folder that disappears after the test.
    fn folder(&self) -> &Path;
    /// Makes a new key, and gives its name and its public half.
    fn new_key(&self, name: &str) -> (KeyUri, PublicKey);
}

/// One test for each property in the module `$kind`; `$run` takes the test's name and a function of
/// the bench.
macro_rules! every_signer {
    ($kind:ident, $run:path) => {
        every_signer!(
            $kind, $run;
            signs_and_verifies,
            openssl_verifies,
            nothing_else_verifies,
            many_threads_sign_at_once,
            key_id_is_stable_and_true,
            its_certificate_is_accepted,
            another_certificate_is_refused,
            what_is_no_certificate_is_refused,
            a_key_is_never_overwritten,
            printing_shows_the_public_half_only,
        );
    };
    ($kind:ident, $run:path; $($property:ident,)*) => {
        mod $kind {
            $(
                #[test]
                fn $property() {
                    $run(concat!(stringify!($kind), "::", stringify!($property)), |bench| {
                        crate::suite::$property(bench);
                    });
                }
            )*
        }
    };
}

pub(crate) fn signs_and_verifies(bench: &dyn Bench) {
    let (uri, public_key) = bench.new_key("outlet");
    let signer = opened(&uri);
    let (algorithm, length) = bench.expected();
    assert_eq!(signer.algorithm(), algorithm);
    assert_eq!(signer.public_key(), &public_key);
    assert_eq!(signer.certificate(), None);
    for message in [Vec::new(), b"invoice".to_vec(), vec![0x5a; 1 << 20]] {
        let signature = signer.sign(&message).unwrap();
        assert_eq!(signature.algorithm(), algorithm);
        assert_eq!(signature.as_bytes().len(), length);
        assert_eq!(public_key.verify(&message, &signature), Ok(()));
    }
}

pub(crate) fn openssl_verifies(bench: &dyn Bench) {
    let (uri, public_key) = bench.new_key("outlet");
    let signer = opened(&uri);
    // Often enough to meet every length that an INTEGER of DER can have at either end.
    for round in 0..40 {
        let message = format!("invoice {round}");
        let signature = signer.sign(message.as_bytes()).unwrap();
        assert!(openssl::verifies(bench.folder(), &public_key, message.as_bytes(), &signature));
        assert!(!openssl::verifies(bench.folder(), &public_key, b"another", &signature));
    }
}

pub(crate) fn nothing_else_verifies(bench: &dyn Bench) {
    let (uri, public_key) = bench.new_key("outlet");
    let (_, other_key) = bench.new_key("other");
    let signature = opened(&uri).sign(b"invoice").unwrap();
    assert_eq!(public_key.verify(b"invoice", &signature), Ok(()));
    assert_eq!(public_key.verify(b"invoicf", &signature), Err(BadSignature));
    assert_eq!(other_key.verify(b"invoice", &signature), Err(BadSignature));
    for position in 0..signature.as_bytes().len() {
        let tampered = with_bit_flipped(&signature, position);
        assert_eq!(public_key.verify(b"invoice", &tampered), Err(BadSignature), "{position}");
    }
}

pub(crate) fn many_threads_sign_at_once(bench: &dyn Bench) {
    let (uri, public_key) = bench.new_key("outlet");
    let signer = opened(&uri);
    // More threads than a token has sessions to give.
    thread::scope(|scope| {
        for thread in 0..40 {
            let (signer, public_key) = (&signer, &public_key);
            scope.spawn(move || {
                for round in 0..10 {
                    let message = format!("invoice {round} of thread {thread}");
                    let signature = signer.sign(message.as_bytes()).unwrap();
                    assert_eq!(public_key.verify(message.as_bytes(), &signature), Ok(()));
                }
            });
        }
    });
}

pub(crate) fn key_id_is_stable_and_true(bench: &dyn Bench) {
    let (uri, public_key) = bench.new_key("outlet");
    let key_id = *opened(&uri).key_id();
    assert_eq!(opened(&uri).key_id(), &key_id);
    assert_eq!(public_key.key_id(), &key_id);
    let (_, other_key) = bench.new_key("other");
    assert_ne!(other_key.key_id(), &key_id);

    let pem = openssl::write_public_key(bench.folder(), &public_key);
    let der = openssl::run(&["pkey", "-pubin", "-in", &pem, "-outform", "DER"]);
    assert_eq!(der, public_key.to_der());
    let der_file = bench.folder().join("public.der").display().to_string();
    fs::write(&der_file, der).unwrap();
    let hash = openssl::run(&["dgst", "-sha256", "-binary", &der_file]);
    assert_eq!(key_id.to_string(), HEXLOWER.encode(&hash[..8]));
}

pub(crate) fn its_certificate_is_accepted(bench: &dyn Bench) {
    let (uri, public_key) = bench.new_key("outlet");
    let certificate = openssl::certify(bench.folder(), &public_key);
    let signer = open(&uri, Some(&certificate)).unwrap();
    let signature = signer.sign(b"invoice").unwrap();
    assert_eq!(public_key.verify(b"invoice", &signature), Ok(()));
    let expected = openssl::run(&["x509", "-in", &path(&certificate), "-outform", "DER"]);
    let given = signer.certificate().map(Certificate::to_der);
    assert_eq!(given, Some(expected.as_slice()));
}

pub(crate) fn another_certificate_is_refused(bench: &dyn Bench) {
    let (uri, _) = bench.new_key("outlet");
    let (_, other_key) = bench.new_key("other");
    let foreign = openssl::certify(bench.folder(), &other_key);
    let self_signed = openssl::self_signed_certificates(bench.folder());
    for certificate in [foreign].into_iter().chain(self_signed) {
        let refusal = open(&uri, Some(&certificate)).unwrap_err();
        assert!(matches!(refusal, SigningError::CertificateMismatch { .. }), "{refusal}");
        let text = refusal.to_string();
        assert!(text.contains(&certificate.display().to_string()), "{text}");
        assert!(text.contains(&uri.to_string()), "{text}");
    }
}

pub(crate) fn what_is_no_certificate_is_refused(bench: &dyn Bench) {
    let (uri, public_key) = bench.new_key("outlet");
    let missing = open(&uri, Some(&bench.folder().join("missing.pem"))).unwrap_err();
    assert!(matches!(missing, SigningError::FileUnreadable { what: "certificate", .. }));

    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let not_one = [
        (public_key.to_pem().into_bytes(), "no intact PEM block"),
        (garbage.as_bytes().to_vec(), "not an X.509 certificate"),
        (vec![0xff; 10], "not text"),
        (vec![b'x'; 65 * 1024], "longer than"),
    ];
    let path = bench.folder().join("not-one.pem");
    for (contents, reason) in not_one {
        fs::write(&path, contents).unwrap();
        let refusal = open(&uri, Some(&path)).unwrap_err().to_string();
        assert!(refusal.contains(reason), "{refusal}");
    }
}

pub(crate) fn a_key_is_never_overwritten(bench: &dyn Bench) {
    let (uri, public_key) = bench.new_key("outlet");
    let refusal = match &uri {
        KeyUri::File(file) => signing::software::generate(file.path()).unwrap_err(),
        KeyUri::Pkcs11(key) => signing::pkcs11::generate(key).unwrap_err(),
    };
    assert!(matches!(refusal, SigningError::KeyExists { .. }), "{refusal}");
    assert_eq!(opened(&uri).public_key(), &public_key);
}

pub(crate) fn printing_shows_the_public_half_only(bench: &dyn Bench) {
    let (uri, public_key) = bench.new_key("outlet");
    let printed = format!("{:?}", opened(&uri));
    let (algorithm, _) = bench.expected();
    assert_eq!(printed, format!("Signer({algorithm:?}, {})", public_key.key_id()));
}

fn path(file: &Path) -> String {
    file.display().to_string()
}

pub(crate) fn opened(uri: &KeyUri) -> Arc<dyn Signer> {
    open(uri, None).unwrap_or_else(|error| panic!("{error}: {error:?}"))
}

fn with_bit_flipped(signature: &Signature, position: usize) -> Signature {
    let mut bytes = signature.as_bytes().to_vec();
    bytes[position] ^= 1;
    Signature::from_bytes(signature.algorithm(), &bytes).expect("the length is the same")
}
