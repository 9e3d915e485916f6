//! Annul numbers: record that a run of them will never be used, and tell the authority.

use authorities::{Event, Matter, Milestone, NumberRun, Outcome, Progress, Refusal, Trouble};
use invoice::{Json, RangeId, SECOND};
use ledger::{
    Alert, Annulment, AnnulmentState, Held, LeaseToken, LedgerError, NewLease, Range, RangeStanding,
};

use crate::authorise_range::{
    NUMBERS_OUTSIDE, NumbersOfRange, RangeError, kind_of, numbers_at, of_one, run,
};
use crate::desk::Desk;
use crate::errand::{Errand, Keep, Keeping, tell_under};
use crate::leases::Hold;

/// Numbers of one kind as printed, both ends in them.
#[derive(Clone, Debug)]
pub struct NumbersToAnnul {
    /// The authority's own code of the kind of document.
    pub kind: String,
    pub first: String,
    pub last: String,
}

/// How far an annulment has come with the authority.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AnnulmentTold {
    /// It has not answered, for this reason; it is told again later.
    Waits(Trouble),
    /// It has answered, before or now.
    Answered,
    /// It has just said that it will not have it.
    Refused(Refusal),
}

impl AnnulmentTold {
    pub const fn is_answered(&self) -> bool {
        match self {
            Self::Waits(_) => false,
            Self::Answered | Self::Refused(_) => true,
        }
    }
}

/// Only what no document bears: numbers that were never taken, and those that came back since the
/// authority does not hold them. From then on none of them is taken.
///
/// [`RangeError::NotTaken`] where the authority takes no annulment, so that nothing is recorded which
/// nobody could ever tell it.
pub async fn annul_numbers(desk: &Desk, numbers: NumbersOfRange) -> Result<Annulment, RangeError> {
    let (standing, (first, last)) = numbers.read(desk).await?;
    let known = |known: &&Annulment| (known.first, known.last) == (first, last);
    if let Some(known) = standing.annulled.iter().find(known) {
        return Ok(known.clone());
    }
    check_taken(desk, &standing.range, (first, last))?;
    let annulment = Annulment {
        tenant: desk.outlet.tenant.clone(),
        range: numbers.range,
        first,
        last,
        at: desk.clock.now(),
        state: AnnulmentState::Recorded,
        document: None,
    };
    desk.ledger.annul(annulment.clone()).await.map_err(numbers_at("/first"))?;
    Ok(annulment)
}

/// A channel that has no way for it says so at its first step, before anything leaves us.
fn check_taken(desk: &Desk, range: &Range, (first, last): (u64, u64)) -> Result<(), RangeError> {
    let annulment = matter(desk, range, (first, last), None);
    let matter = Matter::Annulment(&annulment);
    let progress = desk.authority.begin(&matter);
    let stepped = desk.authority.step(&matter, progress, Event::Started, desk.clock.now());
    stepped.map(drop).map_err(RangeError::NotTaken)
}

fn matter(
    desk: &Desk,
    range: &Range,
    (first, last): (u64, u64),
    signed: Option<String>,
) -> authorities::Annulment {
    let kind = range.kind.clone();
    let run = NumberRun { kind, first: range.write(first), last: range.write(last) };
    authorities::Annulment { tax_id: desk.seller.tax_id.clone(), runs: vec![run], signed }
}

/// The range of the outlet's taxpayer that these numbers lie in.
pub async fn range_of(desk: &Desk, numbers: &NumbersToAnnul) -> Result<RangeId, RangeError> {
    let kind = kind_of(desk, &numbers.kind).map_err(of_one)?;
    let (first, last) = run(kind, (&numbers.first, &numbers.last)).map_err(RangeError::Faults)?;
    let mut ranges = ranges_of(desk).await?;
    ranges.retain(|standing| standing.range.kind == kind.code);
    let holds = |range: &Range| (range.first..=range.last).contains(&first);
    let Some(found) = ranges.into_iter().find(|standing| holds(&standing.range)) else {
        let fault = invoice::Fault::new(NUMBERS_UNKNOWN, "/first");
        return Err(of_one(fault.with("first", &numbers.first)));
    };
    let Range { id, first, last: end, .. } = found.range;
    if last > end {
        let fault = invoice::Fault::new(NUMBERS_OUTSIDE, "/last");
        return Err(of_one(fault.with("first", first).with("last", end)));
    }
    Ok(id)
}

/// Tells the authority of an annulment that it has not answered yet, unless somebody else is at it.
/// What is signed is kept before it leaves, and is all that is ever sent of it.
pub async fn tell_annulment(
    desk: &Desk,
    numbers: (&RangeId, u64),
) -> Result<AnnulmentTold, LedgerError> {
    let hand = InHand::take(desk, numbers).await?;
    let told = tell_in_hand(desk, numbers, hand.as_ref()).await;
    if let Some(hand) = hand {
        hand.give_back(desk).await?;
    }
    told
}

/// It is read when it is in hand: somebody may have signed it, or brought it to its end, before.
async fn tell_in_hand(
    desk: &Desk,
    (range, first): (&RangeId, u64),
    hand: Option<&InHand>,
) -> Result<AnnulmentTold, LedgerError> {
    let standing = desk.ledger.range(&desk.outlet.tenant, range).await?;
    let standing = standing.ok_or(LedgerError::Unknown("range"))?;
    let found = standing.annulled.into_iter().find(|annulment| annulment.first == first);
    let annulment = found.ok_or(LedgerError::Unknown("annulment"))?;
    if annulment.state != AnnulmentState::Recorded {
        return Ok(AnnulmentTold::Answered);
    }
    let Some(hand) = hand else {
        let trouble = Trouble::new("", "another process is telling the authority of it");
        return Ok(AnnulmentTold::Waits(trouble));
    };
    let told = Told { desk, range: &standing.range, annulment: &annulment, hand };
    told.tell().await
}

/// An annulment in hand: nobody else tells of it meanwhile.
struct InHand {
    range: RangeId,
    first: u64,
    token: LeaseToken,
    hold: Hold,
}

impl InHand {
    /// None where somebody else has it, and where the authority has answered.
    async fn take(
        desk: &Desk,
        (range, first): (&RangeId, u64),
    ) -> Result<Option<Self>, LedgerError> {
        let (tenant, now) = (&desk.outlet.tenant, desk.clock.now());
        let until = now.plus_micros(ERRAND);
        let lease = NewLease { owner: "annulment".to_owned(), until };
        let token = desk.ledger.lease_annulment(tenant, (range, first), lease, now).await?;
        Ok(token.map(|token| {
            let held = Held::Annulment((range.clone(), first), token);
            let hold = desk.leases.hold(held, until);
            Self { range: range.clone(), first, token, hold }
        }))
    }

    async fn give_back(self, desk: &Desk) -> Result<(), LedgerError> {
        let numbers = (&self.range, self.first);
        desk.ledger.release_annulment(&desk.outlet.tenant, numbers, self.token).await
    }
}

/// Tells the authority of everything of the outlet's taxpayer that was annulled and that it has not
/// answered. What was recorded just now is left to whoever recorded it.
pub async fn tell_annulments(desk: &Desk) -> Result<(), LedgerError> {
    let before = desk.clock.now().plus_micros(-LEFT_ALONE);
    for standing in ranges_of(desk).await? {
        let waits = |one: &&Annulment| one.state == AnnulmentState::Recorded && one.at <= before;
        for annulment in standing.annulled.iter().filter(waits) {
            match tell_annulment(desk, (&standing.range.id, annulment.first)).await {
                // Whoever has it now goes on with it.
                Err(lost @ LedgerError::AnnulmentLeaseLost { .. }) => tracing::warn!("{lost}"),
                told => drop(told?),
            }
        }
    }
    Ok(())
}

/// Whoever records one takes it in hand at once, so that he can say what the authority said.
const LEFT_ALONE: i64 = 10 * SECOND;
/// An errand of one upload ends before, even over a slow line: a session and the upload, each asked
/// twice, of twenty seconds at most. A command has nobody who renews its leases, and what a dead
/// process had in hand hurries nobody.
const ERRAND: i64 = 2 * 60 * SECOND;

async fn ranges_of(desk: &Desk) -> Result<Vec<RangeStanding>, LedgerError> {
    let mut ranges = desk.ledger.ranges(&desk.outlet.tenant).await?;
    ranges.retain(|standing| {
        standing.range.taxpayer == desk.outlet.taxpayer
            && standing.range.environment == desk.outlet.environment
    });
    Ok(ranges)
}

/// An annulment on its way.
struct Told<'a> {
    desk: &'a Desk,
    range: &'a Range,
    annulment: &'a Annulment,
    hand: &'a InHand,
}

impl Told<'_> {
    async fn tell(&self) -> Result<AnnulmentTold, LedgerError> {
        let Annulment { first, last, document, .. } = self.annulment;
        let signed = document.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let annulment = matter(self.desk, self.range, (*first, *last), signed);
        let matter = Matter::Annulment(&annulment);
        let keep = |progress: Progress| -> Keeping<'_> {
            Box::pin(async move {
                let Some(Milestone::Signed(document)) = progress.milestone() else { return Ok(()) };
                let document = document.as_bytes().to_vec();
                self.settle(AnnulmentState::Recorded, Some(document)).await
            })
        };
        let under = (&keep as Keep<'_>, self.hand.hold.leave());
        self.ended(tell_under(self.desk, &matter, None, under).await?).await
    }

    async fn ended(&self, errand: Errand) -> Result<AnnulmentTold, LedgerError> {
        let (id, first) = (&self.range.id, self.annulment.first);
        match errand {
            Errand::Done(Outcome::Taken(receipt)) => {
                tracing::info!("numbers of {id} from {first} are annulled: {}", receipt.words);
                let document = receipt.document.into_bytes();
                self.settle(AnnulmentState::Taken, Some(document)).await?;
                Ok(AnnulmentTold::Answered)
            }
            Errand::Refused(refusal) => {
                self.settle(AnnulmentState::Refused, None).await?;
                self.alert(&refusal.to_string()).await?;
                Ok(AnnulmentTold::Refused(refusal))
            }
            Errand::Waits { trouble, .. } | Errand::GaveUp { trouble, .. } => {
                tracing::warn!("numbers of {id} from {first} wait to be annulled: {trouble}");
                Ok(AnnulmentTold::Waits(trouble))
            }
            Errand::Done(other) => unreachable!("an annulment is taken, and not {other:?}"),
        }
    }

    async fn settle(
        &self,
        state: AnnulmentState,
        document: Option<Vec<u8>>,
    ) -> Result<(), LedgerError> {
        let (numbers, token) = ((&self.range.id, self.annulment.first), self.hand.token);
        let (ledger, tenant) = (&self.desk.ledger, &self.annulment.tenant);
        ledger.settle_annulment(tenant, numbers, token, (state, document)).await
    }

    /// The numbers stay out of use; why the authority will not have it annulled is for people.
    async fn alert(&self, words: &str) -> Result<(), LedgerError> {
        let Annulment { first, last, tenant, .. } = self.annulment;
        let told = [
            ("first", self.range.write(*first)),
            ("last", self.range.write(*last)),
            ("words", words.to_owned()),
        ];
        let members = told.map(|(key, value)| (key.to_owned(), Json::string(value)));
        let body = Json::Object(members.into()).to_canonical_bytes();
        let alert = Alert {
            tenant: tenant.clone(),
            outlet: Some(self.desk.outlet.id.clone()),
            kind: "numbers.annulment_refused".to_owned(),
            key: format!("annulment/{}/{first}", self.range.id),
            body: String::from_utf8_lossy(&body).into_owned(),
            at: self.desk.clock.now(),
        };
        self.desk.ledger.raise_alert(alert).await.map(drop)
    }
}

pub(crate) const NUMBERS_UNKNOWN: &invoice::Rule = &invoice::Rule {
    code: "numbers_unknown",
    fr: "Aucune séquence enregistrée ne contient le numéro {first}.",
    es: "Ninguna secuencia registrada contiene el número {first}.",
    en: "No recorded sequence holds the number {first}.",
};
