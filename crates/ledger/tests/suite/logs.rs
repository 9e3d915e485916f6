//! The Merkle log of each outlet: proofs, checkpoints and tiles, held against its entries.

use std::collections::BTreeMap;

use invoice::{OutletId, entry_hash};
use ledger::{EntryProof, FollowUp, Recorded, WhichCheckpoint, entry_of_proof};
use proof::{
    Checkpoint, Frontier, KeyName, Node, NoteSignature, TileKind, TilePath, fixed_of,
    verify_consistency, verify_inclusion,
};

use crate::batching::at_once;
use crate::world::{KEY_ID, World};

/// Seals so many on one outlet, batch by batch.
pub(crate) async fn seal(world: &World, outlet: &OutletId, count: usize) -> Vec<Recorded> {
    let mut all = Vec::new();
    while all.len() < count {
        let some = (count - all.len()).min(60);
        let orders = (0..some).map(|_| world.order(outlet)).collect();
        for answer in at_once(world, orders).await {
            match answer.unwrap() {
                ledger::SealOutcome::Recorded(recorded) => all.push(*recorded),
                ledger::SealOutcome::Replayed(invoice) => panic!("{invoice} was replayed"),
            }
        }
    }
    all
}

/// The proof holds for the leaf, and the note is signed by the key that it names.
#[track_caller]
fn check(world: &World, proof: &EntryProof, leaf: Node) {
    let checkpoint = &proof.checkpoint;
    let tree = (proof.index, checkpoint.size);
    verify_inclusion(tree, leaf, &proof.path, checkpoint.root.0).unwrap();
    let note = checkpoint.note().unwrap();
    let key = ledger::log_key(ledger::log_name(&checkpoint.outlet, 1), KEY_ID).unwrap();
    let verifier = world.verifier(KEY_ID).unwrap();
    let is_good = |message: &[u8], der: &[u8]| verifier(message, &fixed_of(der).unwrap());
    assert_eq!(note.is_signed_by((&key.name, key.id), is_good), Ok(true));
    let text = Checkpoint::parse(note.text()).unwrap();
    assert_eq!(text.origin, format!("stalela/{}", checkpoint.outlet));
    assert_eq!((text.size, text.root), (checkpoint.size, checkpoint.root.0));
}

#[tokio::test]
async fn every_seal_is_proven_against_the_checkpoint_of_its_own_commit() {
    let world = World::new().await;
    let sealed = seal(&world, &world.outlet, 300).await;
    let mut roots: BTreeMap<u64, Node> = BTreeMap::new();
    for recorded in &sealed {
        let Recorded { entry, proof, .. } = recorded;
        check(&world, proof, entry.hash.0);
        assert_eq!(proof.index, entry.sequence - 1);
        roots.insert(proof.checkpoint.size, proof.checkpoint.root.0);
        let invoice = entry.invoice.as_ref().unwrap();
        let (seal, again) =
            world.ledger().first_proof(&world.tenant, invoice).await.unwrap().unwrap();
        assert_eq!(again, *proof, "what was answered is answered again");
        assert_eq!((&seal.statement, seal.signature), (&entry.statement, entry.signature));
        let file = proof.file(&entry.statement, &entry.signature).unwrap();
        let (statement, signature) = entry_of_proof(&file).unwrap();
        assert_eq!(signature, entry.signature);
        file.check(entry_hash(statement).0).unwrap();
    }
    assert!(roots.len() < sealed.len(), "entries of one commit share its checkpoint");
    let mut frontier = Frontier::EMPTY;
    let mut leaves: Vec<_> =
        sealed.iter().map(|recorded| (recorded.entry.sequence, recorded.entry.hash.0)).collect();
    leaves.sort_unstable();
    for (sequence, leaf) in leaves {
        frontier.push(leaf);
        if let Some(root) = roots.get(&sequence) {
            assert_eq!(*root, frontier.root());
        }
    }
    assert!(world.finish().await.outlets.iter().any(|outlet| outlet.checkpoints > 0));
}

#[tokio::test]
async fn every_checkpoint_continues_all_before_it() {
    let world = World::new().await;
    seal(&world, &world.outlet, 40).await;
    let ledger = world.ledger();
    let mut checkpoints = Vec::new();
    while let Some(next) = {
        let size = checkpoints.last().map_or(1, |(size, _)| size + 1);
        ledger.checkpoint(&world.outlet, WhichCheckpoint::FirstWith(size)).await.unwrap()
    } {
        checkpoints.push((next.size, next.root.0));
    }
    assert_eq!(checkpoints.last().unwrap().0, 40);
    for old in &checkpoints {
        for new in checkpoints.iter().filter(|new| new.0 >= old.0) {
            let which = WhichCheckpoint::Of(new.0);
            let request = ledger.witness_request(&world.outlet, old.0, which).await.unwrap();
            verify_consistency(*old, *new, &request.unwrap().consistency).unwrap();
        }
    }
    let last = WhichCheckpoint::Last;
    assert_eq!(ledger.witness_request(&world.outlet, 41, last).await.unwrap(), None);
    assert_eq!(ledger.witness_request(&world.second, 0, last).await.unwrap(), None);
    world.finish().await;
}

#[tokio::test]
async fn tiles_and_bundles_are_those_of_the_entries() {
    let world = World::new().await;
    let mut sealed = seal(&world, &world.outlet, 270).await;
    sealed.sort_by_key(|recorded| recorded.entry.sequence);
    let leaves: Vec<Node> = sealed.iter().map(|recorded| recorded.entry.hash.0).collect();
    let tile = async |text: &str| {
        let path = TilePath::parse(text).unwrap();
        world.ledger().tile(&world.outlet, path).await.unwrap()
    };
    assert_eq!(tile("0/000").await.unwrap(), leaves[..256]);
    assert_eq!(tile("0/000.p/7").await.unwrap(), leaves[..7]);
    assert_eq!(tile("0/001.p/14").await.unwrap(), leaves[256..]);
    let mut frontier = Frontier::EMPTY;
    leaves[..256].iter().for_each(|leaf| frontier.push(*leaf));
    assert_eq!(tile("1/000.p/1").await.unwrap(), [frontier.root()]);
    for absent in ["0/001.p/15", "0/001", "0/002.p/1", "1/000.p/2", "2/000.p/1", "entries/000"] {
        assert_eq!(tile(absent).await, None, "{absent}");
    }
    let far = TilePath { kind: TileKind::Hashes(0), index: u64::MAX / 256, width: 255 };
    assert_eq!(world.ledger().tile(&world.outlet, far).await.unwrap(), None);
    let path = TilePath::parse("entries/001.p/14").unwrap();
    let bundle = world.ledger().statements(&world.tenant, &world.outlet, path).await.unwrap();
    let statements: Vec<_> =
        sealed[256..].iter().map(|recorded| recorded.entry.statement.clone()).collect();
    assert_eq!(bundle.unwrap(), statements);
    let strange = world.ledger().statements(&world.stranger, &world.outlet, path).await.unwrap();
    assert_eq!(strange, None, "another tenant's entries are nobody else's");
    world.finish().await;
}

#[tokio::test]
async fn an_invoice_that_the_authority_sealed_is_proven_by_that_entry() {
    let world = World::new().await;
    let requested = world.seal(world.request(&world.outlet)).await.unwrap();
    let invoice = requested.entry.invoice.clone().unwrap();
    assert!(world.ledger().proof(&world.tenant, &invoice).await.unwrap().is_none());
    let entry = world.append(&requested, FollowUp::Sealed).await.unwrap();
    let (seal, proof) = world.ledger().proof(&world.tenant, &invoice).await.unwrap().unwrap();
    assert_eq!((seal.sequence, &seal.statement), (2, &entry.statement));
    check(&world, &proof, entry.hash.0);
    assert!(world.ledger().proof(&world.stranger, &invoice).await.unwrap().is_none());
    world.finish().await;
}

#[tokio::test]
async fn a_failed_order_leaves_no_leaf() {
    let world = World::new().await;
    let mut orders: Vec<_> = (0..9).map(|_| world.order(&world.outlet)).collect();
    for place in [0, 4, 8] {
        orders[place].prepare = Box::new(|_| Err("no".into()));
        orders[place].signer.sign = std::sync::Arc::new(|_| Err("no key".into()));
    }
    orders[7].signer.sign = std::sync::Arc::new(|_| Err("no key".into()));
    let answers = at_once(&world, orders).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
    let last = world.ledger().checkpoint(&world.outlet, WhichCheckpoint::Last).await.unwrap();
    assert_eq!(last.unwrap().size, 5);
    // Beside the one of another outlet that held the batch back.
    assert_eq!(world.finish().await.entries, 6);
}

#[tokio::test]
async fn a_witness_speaks_once_of_a_checkpoint_that_is_there() {
    let world = World::new().await;
    let sealed = seal(&world, &world.outlet, 3).await;
    let first = sealed.iter().find(|recorded| recorded.entry.sequence == 1).unwrap();
    let size = first.proof.checkpoint.size;
    let name = KeyName::parse("witness.example").unwrap();
    let line = NoteSignature { name, id: [1; 4], bytes: vec![5; 72] };
    let cosign = |size| world.ledger().cosign(&world.outlet, size, line.clone());
    assert!(!cosign(77).await.unwrap());
    assert!(cosign(size).await.unwrap());
    assert!(!cosign(size).await.unwrap());
    seal(&world, &world.outlet, 3).await;
    let invoice = first.entry.invoice.as_ref().unwrap();
    let (_, proof) = world.ledger().proof(&world.tenant, invoice).await.unwrap().unwrap();
    assert_eq!(proof.checkpoint.size, size, "what a witness has seen says more");
    assert_eq!(proof.checkpoint.cosignatures, std::slice::from_ref(&line));
    assert_eq!(proof.checkpoint.note().unwrap().signatures().len(), 2);
    let last = world.ledger().checkpoint(&world.outlet, WhichCheckpoint::Last).await.unwrap();
    let last = last.unwrap().size;
    let words = |name: &str, size| {
        let line = NoteSignature { name: KeyName::parse(name).unwrap(), ..line.clone() };
        let (ledger, outlet) = (world.ledger(), &world.outlet);
        async move { assert!(ledger.cosign(outlet, size, line).await.unwrap()) }
    };
    let proven = || async {
        let found = world.ledger().proof(&world.tenant, invoice).await.unwrap();
        found.unwrap().1.checkpoint.size
    };
    words("other.example", size).await;
    words("other.example", last).await;
    assert_eq!(proven().await, size, "two say more than one");
    words("witness.example", last).await;
    assert_eq!(proven().await, last, "of two that as many have cosigned the last");
    let (_, own) = world.ledger().first_proof(&world.tenant, invoice).await.unwrap().unwrap();
    assert_eq!(own, first.proof);
    world.finish().await;
}
