//! Public keys against published ones, and against bytes that are none.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use proptest::prelude::*;

use super::p256::{PREFIX, UNCOMPRESSED};
use super::*;
use crate::pem;

/// RFC 6979, A.2.5: curve P-256, SHA-256, message "sample".
const X: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const Y: &str = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const R: &str = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
const S: &str = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn published_key() -> PublicKey {
    PublicKey::from_point(&[vec![UNCOMPRESSED], hex(X), hex(Y)].concat()).unwrap()
}

/// RFC 7515, A.2.1: the RSA key of the published example of RS256.
const N: &str = concat!(
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp",
    "-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOW",
    "vG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs",
    "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9k",
    "G4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2",
    "PAcDTW9gb54h4FRWyuXpoQ"
);

fn published_rsa() -> PublicKey {
    let modulus = BASE64URL_NOPAD.decode(N.as_bytes()).unwrap();
    PublicKey::from_rsa(&modulus, &[1, 0, 1]).unwrap()
}

#[test]
fn verifies_the_published_signature_and_no_other() {
    let bytes = [hex(R), hex(S)].concat();
    let signature = Signature::from_bytes(Algorithm::EcdsaP256Sha256, &bytes).unwrap();
    assert_eq!(published_key().verify(b"sample", &signature), Ok(()));
    assert_eq!(published_key().verify(b"simple", &signature), Err(BadSignature));
    for position in 0..bytes.len() {
        let mut tampered = bytes.clone();
        tampered[position] ^= 1;
        let tampered = Signature::from_bytes(Algorithm::EcdsaP256Sha256, &tampered).unwrap();
        assert_eq!(published_key().verify(b"sample", &tampered), Err(BadSignature));
    }
}

/// RFC 7515, A.2.1.
#[test]
fn verifies_the_published_rsa_signature_and_no_other() {
    const MESSAGE: &str = concat!(
        "eyJhbGciOiJSUzI1NiJ9",
        ".",
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt",
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    );
    const SIGNATURE: &str = concat!(
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7",
        "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4",
        "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K",
        "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv",
        "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB",
        "p0igcN_IoypGlUPQGe77Rw"
    );
    let bytes = BASE64URL_NOPAD.decode(SIGNATURE.as_bytes()).unwrap();
    let signature = Signature::from_bytes(Algorithm::RsaPkcs1Sha256, &bytes).unwrap();
    assert_eq!(published_rsa().verify(MESSAGE.as_bytes(), &signature), Ok(()));
    assert_eq!(published_rsa().verify(b"another", &signature), Err(BadSignature));
    let longer = [bytes.as_slice(), &[0]].concat();
    let longer = Signature::from_bytes(Algorithm::RsaPkcs1Sha256, &longer).unwrap();
    assert_eq!(published_rsa().verify(MESSAGE.as_bytes(), &longer), Err(BadSignature));
}

#[test]
fn a_signature_of_another_kind_does_not_verify() {
    let rsa = Signature::from_bytes(Algorithm::RsaPkcs1Sha256, &[1; 256]).unwrap();
    assert_eq!(published_key().verify(b"sample", &rsa), Err(BadSignature));
    let p256 = Signature::from_bytes(Algorithm::EcdsaP256Sha256, &[1; 64]).unwrap();
    assert_eq!(published_rsa().verify(b"sample", &p256), Err(BadSignature));
}

#[test]
fn a_jwk_holds_the_numbers_of_the_key() {
    let Jwk::Ec { x, y } = published_key().to_jwk() else { panic!("it is on a curve") };
    assert_eq!(BASE64URL_NOPAD.decode(x.as_bytes()).unwrap(), hex(X));
    assert_eq!(BASE64URL_NOPAD.decode(y.as_bytes()).unwrap(), hex(Y));
    assert_eq!(published_rsa().to_jwk(), Jwk::Rsa { n: N.to_owned(), e: "AQAB".to_owned() });
}

#[test]
fn pem_and_der_come_back_as_the_same_key() {
    for key in [published_key(), published_rsa()] {
        assert_eq!(PublicKey::from_pem(&key.to_pem()).unwrap(), key);
        assert_eq!(PublicKey::from_der(key.to_der()).unwrap().key_id(), key.key_id());
    }
}

#[test]
fn key_id_reads_as_it_is_written() {
    let key = published_key();
    let written = key.key_id().to_string();
    assert_eq!(written, HEXLOWER.encode(&digest(&SHA256, key.to_der()).as_ref()[..8]));
    assert_eq!(&written.parse::<KeyId>().unwrap(), key.key_id());
    for wrong in ["", "0123", "0123456789ABCDEF", "0123456789abcdef00", "0123456789abcdeg"] {
        assert!(matches!(wrong.parse::<KeyId>(), Err(SigningError::KeyIdMalformed)), "{wrong}");
    }
}

fn refusal(der: &[u8]) -> String {
    PublicKey::from_der(der).unwrap_err().to_string()
}

#[test]
fn other_keys_and_other_encodings_are_refused() {
    let good = published_key().to_der().to_vec();
    assert!(refusal(&good[..90]).contains("neither a P-256 key"));
    assert!(refusal(&[good.clone(), vec![0]].concat()).contains("neither a P-256 key"));
    let mut other_curve = good.clone();
    other_curve[22] = 0x06;
    assert!(refusal(&other_curve).contains("neither a P-256 key"));
    let mut off_curve = good.clone();
    off_curve[90] ^= 1;
    assert!(refusal(&off_curve).contains("does not lie on the curve"));
}

#[test]
fn an_rsa_key_has_one_encoding_and_a_permitted_length() {
    let good = published_rsa().to_der().to_vec();
    assert!(refusal(&good[..good.len() - 1]).contains("nor an RSA key"));
    assert!(refusal(&[good.clone(), vec![0]].concat()).contains("nor an RSA key"));
    // The length of the outer SEQUENCE in three bytes where two would do.
    let wasteful = [&[0x30, 0x83, 0x00], &good[2..]].concat();
    assert!(refusal(&wasteful).contains("nor an RSA key"));
    for bits in [1024_usize, 2047, 4097, 8192] {
        let bytes = bits.div_ceil(8);
        let mut modulus = vec![0xff; bytes];
        modulus[0] >>= bytes * 8 - bits;
        let refused = PublicKey::from_rsa(&modulus, &[1, 0, 1]).unwrap_err().to_string();
        assert!(refused.contains("2048 to 4096 bits"), "{refused}");
    }
    let modulus = BASE64URL_NOPAD.decode(N.as_bytes()).unwrap();
    for exponent in [&[][..], &[1], &[2]] {
        let refused = PublicKey::from_rsa(&modulus, exponent).unwrap_err().to_string();
        assert!(refused.contains("numbers"), "{exponent:?}: {refused}");
    }
}

#[test]
fn text_that_is_no_public_key_is_refused() {
    let private = pem::encode(b"secret", "PRIVATE KEY");
    for text in ["", private.as_str()] {
        let refusal = PublicKey::from_pem(text).unwrap_err().to_string();
        assert!(refusal.contains("not a PEM block `PUBLIC KEY`"), "{refusal}");
    }
    let endless = "x".repeat(MAX_PEM_BYTES + 1);
    assert!(PublicKey::from_pem(&endless).unwrap_err().to_string().contains("longer than"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = PublicKey::from_der(&bytes);
        let behind_prefix = [&PREFIX[..], &bytes].concat();
        let _ = PublicKey::from_der(&behind_prefix);
    }

    #[test]
    fn no_change_to_an_rsa_key_makes_it_panic(
        position in 0_usize..294, byte: u8, length in 0_usize..=294,
    ) {
        let mut bytes = published_rsa().to_der().to_vec();
        bytes[position] = byte;
        bytes.truncate(length);
        if let Ok(key) = PublicKey::from_der(&bytes) {
            prop_assert_eq!(key.to_der(), bytes);
        }
    }
}
