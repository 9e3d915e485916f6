//! Whose word on a certificate counts: roots, and the way from a certificate to one of them (RFC
//! 5280, 6).

use std::time::Duration;

use invoice::{SECOND, Timestamp};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::aws_lc_rs::{
    ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256_LEGACY_KEY, RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
};
use webpki::{
    EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter, VerifiedPath,
    anchor_from_trusted_cert,
};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

/// The certificate authorities that are trusted, and certificates that lead to them.
#[derive(Clone, Debug)]
pub struct Roots {
    roots: Vec<Root>,
    /// Not trusted by themselves: links between a signer's certificate and a root.
    between: Vec<CertificateDer<'static>>,
}

#[derive(Clone, Debug)]
struct Root {
    der: CertificateDer<'static>,
    /// Seconds since 1970, both ends in them.
    validity: (u64, u64),
}

/// Why a bundle holds no roots.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadRoots {
    #[error("it is longer than {BUNDLE_BYTES_MAX} bytes")]
    TooLong,
    #[error("it holds more than {BUNDLE_MAX} certificates")]
    TooMany,
    #[error("its PEM block {place} is no X.509 certificate")]
    Malformed { place: usize },
    #[error("its certificate {place} is no certificate authority's, and can vouch for nobody")]
    NoAuthority { place: usize },
    #[error("it holds no root: at least one certificate that its own authority has issued")]
    NoRoot,
}

/// Why a certificate is not believed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Untrusted {
    #[error("no trusted root has issued the signer's certificate")]
    UnknownIssuer,
    #[error("the signer's certificate is not for signing")]
    NotForSigning,
    #[error("the chain of the signer's certificate does not hold: {0}")]
    Broken(String),
}

/// Bytes of a bundle: the roots of the whole web take 250 KB.
pub const BUNDLE_BYTES_MAX: usize = 1024 * 1024;
/// Certificates of a bundle: a country accredits a dozen authorities.
pub const BUNDLE_MAX: usize = 256;

impl Roots {
    /// Reads PEM with one certificate after the other. Those that their own subject has issued are
    /// roots; the others lead to them, and are checked like any other.
    pub fn parse_pem(bundle: &[u8]) -> Result<Self, BadRoots> {
        if bundle.len() > BUNDLE_BYTES_MAX {
            return Err(BadRoots::TooLong);
        }
        let (mut roots, mut between) = (Vec::new(), Vec::new());
        for (index, der) in CertificateDer::pem_slice_iter(bundle).enumerate() {
            let place = index + 1;
            if place > BUNDLE_MAX {
                return Err(BadRoots::TooMany);
            }
            let der = der.map_err(|_| BadRoots::Malformed { place })?;
            let read = Certificate::from_der(&der).map_err(|_| BadRoots::Malformed { place })?;
            if !vouches(&read) || anchor_from_trusted_cert(&der).is_err() {
                return Err(BadRoots::NoAuthority { place });
            }
            let contents = read.tbs_certificate();
            if contents.subject() == contents.issuer() {
                roots.push(Root { validity: validity(&read), der });
            } else {
                between.push(der);
            }
        }
        if roots.is_empty() { Err(BadRoots::NoRoot) } else { Ok(Self { roots, between }) }
    }

    /// Whether a signer's certificate comes from one of the roots, and each link of the way, the
    /// root included, was valid at a time. `besides` are certificates that came with it.
    pub fn check(
        &self,
        signer: &[u8],
        besides: &[Vec<u8>],
        at: Timestamp,
    ) -> Result<(), Untrusted> {
        let seconds = u64::try_from(at.micros() / SECOND).unwrap_or_default();
        let signer = CertificateDer::from(signer);
        check_signs(&signer)?;
        let leaf = EndEntityCert::try_from(&signer).map_err(told)?;
        let anchors = self.anchors_at(seconds);
        let besides = besides.iter().map(|der| CertificateDer::from(der.as_slice()));
        let between: Vec<CertificateDer<'_>> =
            self.between.iter().map(|der| CertificateDer::from(&**der)).chain(besides).collect();
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let path: &dyn Fn(&VerifiedPath<'_>) -> Result<(), Error> = &links_vouch;
        leaf.verify_for_usage(ALGORITHMS, &anchors, &between, time, AnyPurpose, None, Some(path))
            .map(drop)
            .map_err(told)
    }

    fn anchors_at(&self, seconds: u64) -> Vec<TrustAnchor<'_>> {
        let is_valid = |root: &&Root| (root.validity.0..=root.validity.1).contains(&seconds);
        let valid = self.roots.iter().filter(is_valid);
        valid.filter_map(|root| anchor_from_trusted_cert(&root.der).ok()).collect()
    }
}

/// Extended purposes name protocols, and none of them is that of a tax document.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, mut purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        purposes.try_for_each(|purpose| purpose.map(drop))
    }
}

/// The library passes key usages over; those between a signer and its root must issue certificates.
fn links_vouch(path: &VerifiedPath<'_>) -> Result<(), Error> {
    let vouches = |der: &CertificateDer<'_>| Certificate::from_der(der).is_ok_and(|c| vouches(&c));
    if path.intermediate_certificates().all(|link| vouches(&link.der())) {
        Ok(())
    } else {
        Err(Error::EndEntityUsedAsCa)
    }
}

/// Whether it is a certificate authority's (RFC 5280, 4.2.1.3 and 4.2.1.9).
fn vouches(certificate: &Certificate) -> bool {
    let contents = certificate.tbs_certificate();
    let is_authority = matches!(
        contents.get_extension::<BasicConstraints>(),
        Ok(Some((_, BasicConstraints { ca: true, .. })))
    );
    let issues = match contents.get_extension::<KeyUsage>() {
        Ok(usage) => usage.is_none_or(|(_, usage)| usage.key_cert_sign()),
        Err(_) => false,
    };
    is_authority && issues
}

/// A certificate without key usages may do anything.
fn check_signs(der: &CertificateDer<'_>) -> Result<(), Untrusted> {
    let certificate = Certificate::from_der(der).map_err(|_| told(Error::BadDer))?;
    match certificate.tbs_certificate().get_extension::<KeyUsage>() {
        Ok(None) => Ok(()),
        Ok(Some((_, usage))) if usage.digital_signature() || usage.non_repudiation() => Ok(()),
        Ok(Some(_)) | Err(_) => Err(Untrusted::NotForSigning),
    }
}

fn validity(certificate: &Certificate) -> (u64, u64) {
    let validity = certificate.tbs_certificate().validity();
    let seconds = |time: x509_cert::time::Time| time.to_unix_duration().as_secs();
    (seconds(validity.not_before), seconds(validity.not_after))
}

fn told(error: Error) -> Untrusted {
    match error {
        Error::UnknownIssuer => Untrusted::UnknownIssuer,
        other => Untrusted::Broken(other.to_string()),
    }
}

/// Nothing weaker than SHA-256 and RSA of 2,048 bits. What signed a root itself is never asked.
const ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
    ECDSA_P256_SHA256,
    ECDSA_P256_SHA384,
    ECDSA_P384_SHA256,
    ECDSA_P384_SHA384,
];
