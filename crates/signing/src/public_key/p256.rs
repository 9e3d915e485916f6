//! A P-256 key as X.509 writes it: a fixed prefix and a point.

/// The point in this `SubjectPublicKeyInfo`, if it is of P-256; whether it lies on the curve is
/// not asked.
pub(super) fn point_of(spki: &[u8]) -> Option<&[u8]> {
    spki.strip_prefix(PREFIX.as_slice())
}

/// `SubjectPublicKeyInfo` of an uncompressed point.
pub(super) fn spki(point: &[u8]) -> Option<Vec<u8>> {
    let is_uncompressed = point.len() == POINT_BYTES && point.first() == Some(&UNCOMPRESSED);
    is_uncompressed.then(|| [&PREFIX, point].concat())
}

/// `x` and `y` of an uncompressed point.
pub(super) fn coordinates(point: &[u8]) -> (&[u8], &[u8]) {
    point[1..].split_at(COORDINATE_BYTES)
}

pub(super) const UNCOMPRESSED: u8 = 0x04;
const COORDINATE_BYTES: usize = 32;
const POINT_BYTES: usize = 1 + 2 * COORDINATE_BYTES;
/// What stands before the point in every P-256 `SubjectPublicKeyInfo`: SEQUENCE, the algorithm
/// `id-ecPublicKey` with `secp256r1` (RFC 5480, 2.1.1), BIT STRING without unused bits.
pub(super) const PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
