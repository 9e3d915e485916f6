//! Notes, checkpoints, proofs, tiles and what witnesses are asked.

use proof::{
    Checkpoint, Cosignature, Frontier, KeyName, LogKey, Note, NoteSignature, ProofFile, TileKind,
    TilePath, WitnessKey, WitnessRequest, hashes_of_tile, leaf_hash, verify_consistency,
    verify_inclusion,
};

use super::told;
use crate::Target;

pub(super) const TARGET: Target =
    Target { name: "notes", read, seeds, words: WORDS, limit: 256 * 1024, rounds: 3_000 };

fn read(bytes: &[u8]) {
    note(bytes);
    match ProofFile::parse(bytes) {
        Ok(file) => {
            let again = ProofFile::parse(file.to_string().as_bytes()).expect("it was written so");
            assert_eq!(again, file);
            let leaf = leaf_hash(b"an entry");
            // Nobody finds a path of hashes that leads from another entry to the same root.
            assert!(file.check(leaf).is_err() || leaf_of_seed(&file), "a proof of nothing");
        }
        Err(why) => told(why),
    }
    if let Some(request) = WitnessRequest::parse(bytes) {
        let again = WitnessRequest::parse(request.to_string().as_bytes());
        assert_eq!(again.as_ref(), Some(&request));
        let new = Checkpoint::parse(request.checkpoint.text()).expect("it was asked of it");
        let seen = (request.old, [9; 32]);
        let _ = verify_consistency(seen, (new.size, new.root), &request.consistency);
        let _ = verify_inclusion((request.old, new.size), [9; 32], &request.consistency, new.root);
    }
    if let Some(cosignature) = Cosignature::parse(bytes) {
        let _ = Cosignature::message(cosignature.timestamp, "");
    }
    for width in [1, 2, 256] {
        let _ = hashes_of_tile(bytes, width);
    }
    for size in [0, 1, 6, u64::MAX] {
        if let Some(frontier) = Frontier::parse(size, bytes) {
            assert_eq!(frontier.to_bytes(), bytes);
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        lines(text);
    }
}

fn note(bytes: &[u8]) {
    let note = match Note::parse(bytes) {
        Ok(note) => note,
        Err(why) => return told(why),
    };
    assert_eq!(Note::parse(note.to_string().as_bytes()).as_ref(), Ok(&note));
    for signature in note.signatures() {
        let key = (&signature.name, signature.id);
        let _ = note.is_signed_by(key, |_, _| true);
        assert!(note.is_signed_by(key, |_, _| false).is_err(), "a forged line spoils the note");
    }
    match Checkpoint::parse(note.text()) {
        Ok(checkpoint) => {
            assert_eq!(Checkpoint::parse(&checkpoint.to_string()), Ok(checkpoint));
        }
        Err(why) => told(why),
    }
}

fn lines(text: &str) {
    match WitnessKey::parse(text) {
        Ok(key) => assert_eq!(WitnessKey::parse(&key.to_vkey()), Ok(key)),
        Err(why) => told(why),
    }
    if let Ok(signatures) = Note::parse_signatures(text) {
        let written: String = signatures.iter().map(NoteSignature::to_string).collect();
        assert_eq!(Note::parse_signatures(&written), Ok(signatures));
    }
    if let Some(path) = TilePath::parse(text) {
        assert_eq!(path.to_string(), text, "a tile has one path");
        for size in [0, 1, 256, 70_000, u64::MAX] {
            if let Some((first, end)) = path.nodes_in(size) {
                assert!(first < end && end - first == u64::from(path.width) && end <= size);
            }
        }
        assert!(matches!(path.kind, TileKind::Entries | TileKind::Hashes(0..=7)));
    }
    if let Some(name) = KeyName::parse(text) {
        let _ = LogKey::named(name, text);
    }
}

/// The seed's own proof, of a log with that one entry.
fn leaf_of_seed(file: &ProofFile) -> bool {
    let root = Checkpoint::parse(file.checkpoint.text()).map(|checkpoint| checkpoint.root);
    file.path.is_empty() && root == Ok(leaf_hash(b"an entry"))
}

fn seeds() -> Vec<Vec<u8>> {
    let origin = "stalela.example/ou_aaaaaaaaaaaaaaaa";
    let name = KeyName::parse(origin).expect("it is a name");
    let root = leaf_hash(b"an entry");
    let signature = |id: u8, bytes: &[u8]| NoteSignature {
        name: name.clone(),
        id: [id; 4],
        bytes: bytes.to_vec(),
    };
    let of = |size: u64| {
        let text = Checkpoint { origin: origin.to_owned(), size, root }.to_string();
        let mut note = Note::new(text).expect("it is a note");
        note.add(signature(1, &[0x30; 70]));
        note.add(signature(4, &[0; 72]));
        note
    };
    let proof = |index, size, path: Vec<[u8; 32]>| {
        let extra = (size > 1).then(|| b"extra".to_vec());
        ProofFile { extra, index, path, checkpoint: of(size) }.to_string()
    };
    let request = |old, size, consistency| {
        WitnessRequest { old, consistency, checkpoint: of(size) }.to_string()
    };
    let key = WitnessKey::new(KeyName::parse("w.example").expect("it is a name"), [7; 32]);
    let texts = [
        of(1).to_string(),
        proof(0, 1, Vec::new()),
        proof(5, 1 << 40, vec![[8; 32]; 40]),
        request(0, 1, Vec::new()),
        request(3, 7, vec![[8; 32]; 4]),
        key.to_vkey(),
        signature(1, b"x").to_string(),
        "0/x001/x234/067.p/8".to_owned(),
        "entries/000".to_owned(),
    ];
    let mut all: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    all.extend([vec![0; 72], vec![5; 64]]);
    all
}

const WORDS: &[&str] = &[
    "\u{2014} ",
    "\n",
    "\n\n",
    "+",
    " ",
    "c2sp.org/tlog-proof@v1\n",
    "extra ",
    "index ",
    "old ",
    "/",
    "x001/",
    ".p/",
    "entries/",
    "0",
    "18446744073709551615",
    "=",
    "AAAA",
    "\u{2028}",
    "\u{a0}",
    "\r",
    "-0",
    "9223372036854775808",
];
