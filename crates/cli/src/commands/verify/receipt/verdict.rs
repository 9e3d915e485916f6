//! Whether it is true, step by step; and what was proven.

use std::fmt;

use invoice::{EntryKind, Hash, Json, Statement, authentication_code, entry_hash, signed_message};
use ledger::Environment;
use proof::{KeyName, ProofFile, WitnessKey, fixed_of};

use super::answer;
use super::goods;
use super::keys::{Keys, Signed, Whose};
use super::paper::Paper;
use crate::failure::Failure;
use crate::plain;

/// A true seal.
pub(super) struct Verdict {
    statement: Statement,
    code: String,
    /// In which the outlet is whose the key is; nothing where no list says whose it is.
    environment: Option<Environment>,
    /// The invoice that was proven to be the sealed one.
    invoice: Option<Json>,
    logged: Option<Logged>,
    is_drawn: bool,
    /// What an answer of the API says that nobody has signed, as JSON pointers.
    unproven: Option<Vec<String>>,
}

/// The place in the outlet's log, which was proven.
struct Logged {
    index: u64,
    size: u64,
    origin: String,
    /// Names, and seconds since the Unix epoch.
    witnesses: Vec<(String, u64)>,
}

impl Verdict {
    pub(super) fn of(
        paper: &Paper,
        keys: &Keys,
        witnesses: &[WitnessKey],
    ) -> Result<Self, Failure> {
        let statement = Statement::parse(&paper.statement).map_err(broken)?;
        if statement.kind != EntryKind::Sealed {
            let kind = statement.kind.as_str();
            return Err(broken(format!("this entry is no seal: it says {kind}")));
        }
        let seller = Hash::of_seller(&statement.taxpayer, &statement.outlet);
        let environment = check_seal(paper, &statement, keys, &seller)?;
        let hash = paper.invoice.as_ref().map(|(_, hash)| *hash);
        if hash.is_some_and(|hash| hash != statement.payload_hash) {
            return Err(broken("the invoice is not the one that was sealed"));
        }
        let told = paper.answer.as_ref().map(|said| answer::check(said, paper, &statement));
        let unproven = told.transpose().map_err(broken)?;
        let logged = match &paper.proof {
            None if witnesses.is_empty() => None,
            None => return Err(broken("there is no proof in it, and so no word of a witness")),
            Some(proof) => Some(Logged::of(proof, paper, &statement, (keys, &seller, witnesses))?),
        };
        let code = authentication_code(&paper.signature);
        let invoice = paper.invoice.as_ref().map(|(invoice, _)| invoice.clone());
        let is_drawn = paper.is_drawn;
        Ok(Self { statement, code, environment, invoice, logged, is_drawn, unproven })
    }

    pub(super) fn to_json(&self) -> serde_json::Value {
        let Statement { taxpayer, outlet, sequence, number, total, currency, sealed_at, .. } =
            &self.statement;
        serde_json::json!({
            "verdict": if self.is_test() { "test" } else { "genuine" },
            "taxpayer": taxpayer, "outlet": outlet.as_str(),
            "sequence": sequence, "number": number, "currency": currency,
            "total": total.map(|total| total.to_string()), "sealed_at": sealed_at.to_string(),
            "key_id": self.statement.key_id, "authentication_code": self.code,
            // Null where no list of keys says whose the key is.
            "key_is_of_seller": self.environment.map(|_| true),
            "environment": self.environment.map(Environment::as_str),
            "invoice_matches": self.invoice.is_some(),
            "invoice": self.invoice.as_ref().map(goods::tree),
            // What the file that was given may show otherwise.
            "compare": self.is_drawn.then_some(COMPARE_MEMBERS),
            "not_proven": self.unproven,
            "log": self.logged.as_ref().map(|logged| serde_json::json!({
                "origin": logged.origin, "index": logged.index, "size": logged.size,
                "witnesses": logged.witnesses.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            })),
        })
    }

    fn is_test(&self) -> bool {
        self.environment == Some(Environment::Test)
    }
}

/// The seal is signed, and with a key of the outlet that it names; gives the outlet's environment.
fn check_seal(
    paper: &Paper,
    statement: &Statement,
    keys: &Keys,
    seller: &Hash,
) -> Result<Option<Environment>, Failure> {
    let key_id = &statement.key_id;
    match keys.check(key_id, &signed_message(&paper.statement), &paper.signature) {
        Signed::Truly => {}
        Signed::Falsely => return Err(broken("the seal is false: it was altered or made up")),
        Signed::Stranger => return Err(stranger(key_id)),
    }
    match keys.whose(key_id, seller) {
        Whose::Seller(environment) => Ok(Some(environment)),
        Whose::NotSaid => Ok(None),
        Whose::Another => Err(broken(ANOTHERS_KEY)),
    }
}

impl Logged {
    fn of(
        proof: &ProofFile,
        paper: &Paper,
        statement: &Statement,
        (keys, seller, witnesses): (&Keys, &Hash, &[WitnessKey]),
    ) -> Result<Self, Failure> {
        let checkpoint = proof.check(entry_hash(&paper.statement).0).map_err(broken)?;
        let origin = checkpoint.origin;
        let generation = ledger::log_generation(&statement.outlet, &origin);
        let generation = generation.filter(|_| proof.index + 1 == statement.sequence);
        let elsewhere = || broken("the proof is of another place or another log");
        let name = ledger::log_name(&statement.outlet, generation.ok_or_else(elsewhere)?);
        check_signature(proof, &name, keys, seller)?;
        let mut found = Vec::new();
        for witness in witnesses {
            let (text, lines) = (proof.checkpoint.text(), proof.checkpoint.signatures());
            let word = witness.find(text, lines, signing::is_ed25519_signature);
            let missing = || broken(format!("{} has not cosigned the checkpoint", witness.name));
            found.push((witness.name.to_string(), word.ok_or_else(missing)?.timestamp));
        }
        let (index, size) = (proof.index, checkpoint.size);
        Ok(Self { index, size, origin, witnesses: found })
    }
}

/// The checkpoint is signed by one of the outlet's keys: the entry's own, or one that came after it.
fn check_signature(
    proof: &ProofFile,
    name: &KeyName,
    keys: &Keys,
    seller: &Hash,
) -> Result<(), Failure> {
    for key_id in keys.ids_for(seller) {
        let Some(name) = ledger::log_key(name.clone(), key_id) else { continue };
        let is_true = |message: &[u8], der: &[u8]| {
            fixed_of(der).is_some_and(|fixed| keys.check(key_id, message, &fixed) == Signed::Truly)
        };
        if proof.checkpoint.is_signed_by((&name.name, name.id), is_true).map_err(broken)? {
            return Ok(());
        }
    }
    Err(broken("the checkpoint is signed by none of the outlet's keys that were given"))
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Statement { taxpayer, number, total, currency, sealed_at, .. } = &self.statement;
        let [taxpayer, number, currency] =
            [taxpayer, number, currency].map(|text| plain::line(text));
        // First what differs in a file that was forged around a true proof.
        let what = if self.is_test() { "TEST, NOT AN INVOICE: true seal" } else { "genuine seal" };
        match total {
            Some(total) => writeln!(out, "{what} of {number}, {total} {currency}")?,
            None => writeln!(out, "{what} of {number}")?,
        }
        if self.is_test() {
            writeln!(out, "  {TEST}")?;
        }
        if self.is_drawn {
            writeln!(out, "  {COMPARE}")?;
        }
        writeln!(out, "  seller    {taxpayer}")?;
        writeln!(out, "  sealed    {sealed_at}")?;
        writeln!(out, "  code      {}", self.code)?;
        if self.environment.is_none() {
            writeln!(out, "  key       {KEY_OF_WHOM}")?;
        }
        match &self.logged {
            None => writeln!(out, "  log       nothing was given that proves it")?,
            Some(logged) => write!(out, "{logged}")?,
        }
        if let Some(invoice) = &self.invoice {
            writeln!(out, "  invoice   the one that was sealed")?;
            goods::write(out, invoice)?;
        }
        if let Some(unproven) = self.unproven.as_ref().filter(|members| !members.is_empty()) {
            let members = answer::shortened(&unproven.join(", "));
            writeln!(out, "  unproven  {UNPROVEN}: {}", plain::line(&members))?;
        }
        Ok(())
    }
}

impl fmt::Display for Logged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, size, origin, witnesses } = self;
        writeln!(out, "  log       entry {} of {size} of {}", index + 1, plain::line(origin))?;
        witnesses.iter().try_for_each(|(name, at)| {
            writeln!(out, "  witness   {}, {at} seconds after 1970 began", plain::line(name))
        })
    }
}

const COMPARE: &str = "\
proven is what stands here, and not what the file shows: compare the number, the total and the lines";
/// The same for programs, which show neither.
const COMPARE_MEMBERS: [&str; 3] = ["number", "total", "invoice"];

const TEST: &str = "\
the outlet only tests: this is no invoice, and the authority has nothing of it";
const KEY_OF_WHOM: &str = "\
its file does not say whose key it is: whoever gave it vouches that it is this seller's";
const ANOTHERS_KEY: &str = "\
the seal is not that of the seller and the outlet that it names: by the list of keys its key is another's, \
or nobody's. Somebody else made it in their name; or the list is older than the outlet: then take a newer one";

const UNPROVEN: &str = "what the server and the authority answered stands in no seal";

fn broken(why: impl fmt::Display) -> Failure {
    Failure::Broken(plain::line(&why.to_string()).into())
}

/// Nobody has signed the key's id: whoever made the seal up wrote it.
fn stranger(key_id: &str) -> Failure {
    let key_id = plain::line(key_id);
    Failure::refused(format!(
        "the seal names the key {key_id}, which is not among those that were given with --key"
    ))
}
