//! Why a PKCS#12 file gives no key, and what to do about it.

/// What is wrong with a PKCS#12 file or its password. No text holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs12Fault {
    #[error(
        "{reason}: it is not a PKCS#12 file or is damaged; export it again, or ask whoever issued it"
    )]
    Malformed { reason: &'static str },
    #[error(
        "the password is wrong, or the file was changed since it was made: check letter case, \
         accents and spaces at the ends"
    )]
    WrongPassword,
    #[error(
        "it does not decrypt; it has no check of its own, so this can be a wrong password as well \
         as a damaged file"
    )]
    WrongPasswordOrDamaged,
    #[error(
        "the password opens the file but not what is inside, which has another one: export it \
         again with one password"
    )]
    OtherPasswordInside,
    #[error(
        "it is protected with {scheme}, which is not read here: convert it with \
         `openssl pkcs12 -in OLD -nodes -out ALL.pem` and \
         `openssl pkcs12 -export -in ALL.pem -out NEW`"
    )]
    Unsupported { scheme: String },
    #[error(
        "its password is to be hashed more than {limit} times, which only a hostile file demands"
    )]
    TooMuchWork { limit: u32 },
    #[error(
        "it holds no private key, only certificates: export it again, with the private key included"
    )]
    NoKey,
    #[error(
        "it holds {count} different private keys: export the one that is to sign alone (in Java: \
         `keytool -importkeystore -srcalias NAME`)"
    )]
    SeveralKeys { count: usize },
    #[error(
        "its key is {found}, but only ECDSA P-256 keys and RSA keys of 2048 to 4096 bits can sign \
         here: ask for a new certificate"
    )]
    KeyType { found: String },
    #[error("its private key is damaged: export it again, or ask whoever issued it")]
    KeyDamaged,
    #[error(
        "none of its {count} certificate(s) belongs to its private key: export it again, with the \
         certificate included"
    )]
    NoCertificate { count: usize },
}
