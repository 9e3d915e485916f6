//! Keys out of passwords, as PKCS#12 had it before PBES2 (RFC 7292, appendix B).

use aws_lc_rs::digest::{Algorithm, digest};
use zeroize::Zeroizing;

use super::Pkcs12Fault;
use super::work::Work;

/// What the derived bytes are for (B.3); it keeps a key from being an initialisation vector too.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Vector = 2,
    Mac = 3,
}

/// What a file states about the derivation.
pub(super) struct Rounds<'a> {
    pub(super) salt: &'a [u8],
    pub(super) iterations: u32,
}

/// Derives `length` bytes of a password in UTF-16 (B.2).
pub(super) fn derive(
    hash: &'static Algorithm,
    purpose: Purpose,
    password: &[u8],
    rounds: &Rounds<'_>,
    length: usize,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, Pkcs12Fault> {
    let blocks = length.div_ceil(hash.output_len());
    work.spend(rounds.iterations, blocks)?;
    let diversifier = vec![purpose as u8; hash.block_len()];
    let mut input = Zeroizing::new(filled(rounds.salt, hash.block_len()));
    input.append(&mut filled(password, hash.block_len()));
    let mut derived = Zeroizing::new(Vec::with_capacity(blocks * hash.output_len()));
    for _ in 0..blocks {
        let first = Zeroizing::new([diversifier.as_slice(), &input].concat());
        let mut block = digest(hash, &first);
        for _ in 1..rounds.iterations {
            block = digest(hash, block.as_ref());
        }
        derived.extend_from_slice(block.as_ref());
        stir(&mut input, block.as_ref(), hash.block_len());
    }
    derived.truncate(length);
    Ok(derived)
}

/// Repeats `bytes` until they fill whole blocks; nothing stays nothing.
fn filled(bytes: &[u8], block: usize) -> Vec<u8> {
    let length = bytes.len().next_multiple_of(block);
    bytes.iter().copied().cycle().take(length).collect()
}

/// Adds the repeated `block` and one to every block of `input` (B.2, step 6C).
fn stir(input: &mut [u8], block: &[u8], length: usize) {
    for piece in input.chunks_exact_mut(length) {
        let mut carry = 1_u16;
        for (index, byte) in piece.iter_mut().enumerate().rev() {
            let sum = u16::from(*byte) + u16::from(block[index % block.len()]) + carry;
            let [high, low] = sum.to_be_bytes();
            (*byte, carry) = (low, u16::from(high));
        }
    }
}
