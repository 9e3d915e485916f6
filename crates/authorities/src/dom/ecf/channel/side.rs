//! The documents beside the e-CF: an annulment of numbers, and a buyer's approval. Each is signed
//! once, kept as it was signed, and sent until it is answered.

use invoice::Timestamp;
use serde::{Deserialize, Serialize};

use super::body::Body;
use super::directory;
use super::phase::Said;
use super::reply::Reply;
use super::sealed::refusal;
use super::services::{Peer, Services, peer_approve};
use super::signing::{finish, sign, to_be_signed};
use super::status::{State, messages, objection, said, says_used};
use super::waits;
use crate::contract::{
    Event, Milestone, Outcome, Receipt, Refusal, Request, Response, Signed, Step, Trouble,
};
use crate::dom::xml::{Document, Element};

/// Where a side document stands. Stored: a variant may be added, never changed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub(super) enum SidePhase {
    Unsigned,
    /// The document waits for its signature, as text, under the name of its file.
    Signing {
        document: String,
        file_name: String,
    },
    /// Signed, and being sent.
    Ready {
        document: String,
        file_name: String,
        tries: u32,
        /// An earlier one may have arrived: its answer was lost.
        #[serde(default)]
        in_doubt: bool,
    },
    /// An annulment whose answer was lost is refused because its numbers are used: whether it is by
    /// documents, or by the annulment itself, is asked.
    Doubting {
        document: String,
        file_name: String,
        refused: Taken,
        code: String,
        tries: u32,
    },
    /// Taken, with the DGII's answer; the issuer's address is asked for.
    LookingUp {
        document: String,
        file_name: String,
        taken: Taken,
        tries: u32,
    },
    /// Taken, and being told to the issuer.
    Telling {
        document: String,
        file_name: String,
        taken: Taken,
        peer: Peer,
        tries: u32,
    },
}

/// The DGII's answer, as it came and in its words.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Taken {
    reply: String,
    words: String,
}

type Stepped = Result<(SidePhase, Step), Refusal>;

impl SidePhase {
    /// Signed before; what may have left was tried once.
    pub(super) fn ready(document: String, file_name: String, may_have_left: bool) -> Self {
        let tries = u32::from(may_have_left);
        Self::Ready { document, file_name, tries, in_doubt: may_have_left }
    }

    /// Taken before, with these words.
    pub(super) fn taken(document: String, file_name: String, words: String) -> Self {
        let taken = Taken { reply: String::new(), words };
        Self::LookingUp { document, file_name, taken, tries: 0 }
    }

    pub(super) fn milestone(&self) -> Option<Milestone> {
        match self {
            Self::Unsigned | Self::Signing { .. } => None,
            Self::Ready { document, .. } | Self::Doubting { document, .. } => {
                Some(Milestone::Signed(document.clone()))
            }
            Self::LookingUp { taken, .. } | Self::Telling { taken, .. } => {
                Some(Milestone::Taken(taken.words.clone()))
            }
        }
    }
}

/// How often the issuer's system is tried: the DGII has the approval, and that counts.
const TELLS_MAX: u32 = 6;

/// How often an approval is sent whose answers say nothing, before a person has to look.
const SAYS_MAX: u32 = 6;

/// How often it is asked what was delivered under a number, before a person has to look.
const LISTS_MAX: u32 = 6;

/// One step of a side document.
pub(super) struct Side<'a> {
    pub(super) services: Services,
    pub(super) kind: Kind<'a>,
    pub(super) now: Timestamp,
}

/// Which one.
#[derive(Clone, Copy)]
pub(super) enum Kind<'a> {
    /// Of an issuer, from this number on.
    Annulment {
        issuer: &'a str,
        first: &'a str,
    },
    Approval {
        issuer: &'a str,
    },
}

impl Side<'_> {
    /// `compose` makes the document and the name of its file, with the time of this step.
    pub(super) fn advance(
        &self,
        phase: SidePhase,
        event: Event,
        compose: impl Fn() -> Result<(Element, String), Refusal>,
    ) -> Stepped {
        match (phase, event) {
            (SidePhase::Signing { document, file_name }, Event::Signed(signed)) => {
                self.signed(&document, file_name, &signed)
            }
            (SidePhase::Unsigned | SidePhase::Signing { .. }, _) => begin(compose()?),
            (phase, Event::Started | Event::Due | Event::Signed(_) | Event::Told(_)) => {
                Ok(self.resume(phase))
            }
            (phase, Event::HeldBack) => {
                let trouble = Trouble::new("", "held back");
                Ok((phase, waits::for_line(self.now, 0, trouble)))
            }
            (phase, Event::Replied(response)) => {
                self.replied(phase, Reply::read(&response), &response)
            }
            (phase, Event::Unanswered(why)) => {
                let nothing = Response { status: 0, body: Vec::new() };
                self.replied(phase, Reply::unanswered(&why), &nothing)
            }
        }
    }

    fn signed(&self, document: &str, file_name: String, signed: &Signed) -> Stepped {
        let parsed = Document::parse(document.as_bytes()).expect("we wrote it ourselves");
        let document = finish(&to_be_signed(parsed.into_root())?, signed)?.text;
        Ok(self.resume(SidePhase::ready(document, file_name, false)))
    }

    fn resume(&self, phase: SidePhase) -> (SidePhase, Step) {
        let request = match &phase {
            SidePhase::Unsigned | SidePhase::Signing { .. } => {
                unreachable!("what is not signed is signed first")
            }
            SidePhase::Ready { document, file_name, .. } => self.send(file_name, document),
            SidePhase::Doubting { .. } => self.services.deliveries(self.issuer(), self.first()),
            SidePhase::LookingUp { .. } => self.services.directory(self.issuer()),
            SidePhase::Telling { document, file_name, peer, .. } => {
                peer_approve(peer, file_name, document.as_bytes())
            }
        };
        (phase, Step::Send(request))
    }

    fn send(&self, file_name: &str, document: &str) -> Request {
        match self.kind {
            Kind::Annulment { .. } => self.services.annul(file_name, document.as_bytes()),
            Kind::Approval { .. } => self.services.approve(file_name, document.as_bytes()),
        }
    }

    fn issuer(&self) -> &str {
        match self.kind {
            Kind::Annulment { issuer, .. } | Kind::Approval { issuer } => issuer,
        }
    }

    fn first(&self) -> &str {
        match self.kind {
            Kind::Annulment { first, .. } => first,
            Kind::Approval { .. } => "",
        }
    }

    fn replied(&self, phase: SidePhase, reply: Reply, response: &Response) -> Stepped {
        match phase {
            SidePhase::Ready { document, file_name, tries, in_doubt } => {
                self.answered((document, file_name), (tries, in_doubt), reply, response)
            }
            SidePhase::Doubting { document, file_name, refused, code, tries } => {
                self.listed((document, file_name, tries), (code, refused), reply)
            }
            SidePhase::LookingUp { document, file_name, taken, tries } => {
                Ok(self.looked_up((document, file_name, taken, tries), reply))
            }
            SidePhase::Telling { document, file_name, taken, peer, tries } => {
                Ok(self.told((document, file_name, taken, tries), peer, reply))
            }
            SidePhase::Unsigned | SidePhase::Signing { .. } => {
                unreachable!("nothing of it has left")
            }
        }
    }

    fn answered(
        &self,
        (document, file_name): (String, String),
        (tries, in_doubt): (u32, bool),
        reply: Reply,
        response: &Response,
    ) -> Stepped {
        let answer = || String::from_utf8_lossy(&response.body).into_owned();
        // What was turned away has not arrived; what was not answered may have.
        let (body, in_doubt, step) = match reply {
            Reply::Fine(body) => (Some(body), in_doubt, None),
            Reply::Refused(trouble) => {
                return self.refused((document, file_name, answer()), trouble, in_doubt);
            }
            Reply::SessionRefused(trouble) => {
                (None, in_doubt, Some(waits::for_session(self.now, trouble)))
            }
            Reply::NotNow(trouble) => (None, in_doubt, Some(waits::for_later(self.now, trouble))),
            Reply::Missing(trouble) | Reply::Unclear(trouble) => {
                (None, true, Some(waits::for_line(self.now, tries, trouble)))
            }
        };
        if let Some(step) = step {
            let tries = tries.saturating_add(1);
            return Ok((SidePhase::Ready { document, file_name, tries, in_doubt }, step));
        }
        let body = body.unwrap_or(Body::Empty);
        if self.says_nothing(&body) && tries + 1 < SAYS_MAX {
            let (tries, in_doubt) = (tries + 1, true);
            let step = waits::for_line(self.now, tries, Reply::unreadable(&body));
            return Ok((SidePhase::Ready { document, file_name, tries, in_doubt }, step));
        }
        let (code, words) = said(&messages(&body));
        match self.verdict(&body, &words) {
            Verdict::Taken => {
                Ok(self.taken((document, file_name), Taken { reply: answer(), words }))
            }
            Verdict::InPart => {
                Err(refused(Trouble::new(code, format!("annulled in part: {words}")), in_doubt))
            }
            Verdict::Unsaid => {
                let words = format!("the answer does not say what became of it: {words}");
                self.refused((document, file_name, answer()), Trouble::new(code, words), in_doubt)
            }
            Verdict::Refused => {
                self.refused((document, file_name, answer()), Trouble::new(code, words), in_doubt)
            }
        }
    }

    /// An approval that is answered with neither a code nor words may have been taken: the same
    /// bytes leave again. An annulment may not, since its own first answer would be a no to it.
    fn says_nothing(&self, body: &Body) -> bool {
        match self.kind {
            Kind::Annulment { .. } => false,
            Kind::Approval { .. } => self.verdict(body, "") == Verdict::Unsaid,
        }
    }

    /// An approval is answered with a code, 1 or 2.
    fn verdict(&self, body: &Body, words: &str) -> Verdict {
        let state = match (self.kind, body) {
            (Kind::Annulment { .. }, _) => return annulled(words),
            (Kind::Approval { .. }, Body::Tree(tree)) => State::read(tree),
            (Kind::Approval { .. }, Body::Empty | Body::Text(_) | Body::Page(_)) => None,
        };
        match state {
            Some(State::Accepted | State::AcceptedConditionally) => Verdict::Taken,
            None if objection(body).is_none() => Verdict::Unsaid,
            Some(_) | None => Verdict::Refused,
        }
    }

    /// Taken by the DGII. Where it is an approval its issuer is still to know.
    fn taken(&self, (document, file_name): (String, String), taken: Taken) -> (SidePhase, Step) {
        match self.kind {
            Kind::Annulment { .. } => done(document, taken, None),
            Kind::Approval { .. } if self.services.has_inquiries() => {
                self.resume(SidePhase::LookingUp { document, file_name, taken, tries: 0 })
            }
            Kind::Approval { .. } => {
                done(document, taken, Some("there is no directory while certifying"))
            }
        }
    }

    /// A no. To an annulment whose first answer was lost it may be its own echo: the ledger annuls
    /// no number that a document bears, so that what has used these may be the annulment.
    fn refused(
        &self,
        (document, file_name, reply): (String, String, String),
        Trouble { code, words }: Trouble,
        in_doubt: bool,
    ) -> Stepped {
        match (self.kind, in_doubt) {
            (Kind::Annulment { .. }, true) if says_annulled(&words) => {
                Ok(done(document, Taken { reply, words }, None))
            }
            // "Las secuencias ya han sido utilizadas" (Descripción Técnica, Anulación, mensajes).
            (Kind::Annulment { .. }, true) if says_used(&words) => {
                let refused = Taken { reply, words };
                let phase = SidePhase::Doubting { document, file_name, refused, code, tries: 0 };
                Ok(self.resume(phase))
            }
            _ => Err(refused(Trouble { code, words }, in_doubt)),
        }
    }

    /// Whether any document was ever delivered under the first number. All numbers of an annulment
    /// are used where it is refused for that, so that the first stands for each.
    fn listed(
        &self,
        (document, file_name, tries): (String, String, u32),
        (code, said): (String, Taken),
        reply: Reply,
    ) -> Stepped {
        let trouble = match reply {
            Reply::Fine(body) => match body.list("trackId").as_deref() {
                Some([]) => return Ok(done(document, said, None)),
                Some(_) => return Err(refused(Trouble::new(code, said.words), true)),
                None => Reply::unreadable(&body),
            },
            Reply::Refused(trouble)
            | Reply::SessionRefused(trouble)
            | Reply::NotNow(trouble)
            | Reply::Missing(trouble)
            | Reply::Unclear(trouble) => trouble,
        };
        if tries + 1 >= LISTS_MAX {
            return Err(refused(Trouble::new(code, said.words), true));
        }
        let tries = tries + 1;
        let phase = SidePhase::Doubting { document, file_name, refused: said, code, tries };
        Ok((phase, waits::for_line(self.now, tries, trouble)))
    }

    fn looked_up(
        &self,
        (document, file_name, taken, tries): (String, String, Taken, u32),
        reply: Reply,
    ) -> (SidePhase, Step) {
        let trouble = match reply {
            Reply::Fine(body) => {
                let listed = directory::entry(&body, self.issuer(), self.services);
                match listed.and_then(|entry| entry.approver()) {
                    Some(peer) => {
                        let phase =
                            SidePhase::Telling { document, file_name, taken, peer, tries: 0 };
                        return self.resume(phase);
                    }
                    None => {
                        return done(
                            document,
                            taken,
                            Some("the directory does not list the issuer"),
                        );
                    }
                }
            }
            Reply::Refused(trouble) | Reply::Missing(trouble) => {
                return done(document, taken, Some(&trouble.words));
            }
            Reply::SessionRefused(trouble) | Reply::NotNow(trouble) | Reply::Unclear(trouble) => {
                trouble
            }
        };
        if tries + 1 >= TELLS_MAX {
            return done(document, taken, Some(&trouble.words));
        }
        let phase = SidePhase::LookingUp { document, file_name, taken, tries: tries + 1 };
        (phase, waits::for_receiver(self.now, tries, trouble))
    }

    /// The issuer's answer has no body that anybody prescribes: 200 or 400.
    fn told(
        &self,
        (document, file_name, taken, tries): (String, String, Taken, u32),
        peer: Peer,
        reply: Reply,
    ) -> (SidePhase, Step) {
        let trouble = match reply {
            Reply::Fine(_) => return done(document, taken, None),
            Reply::Refused(trouble) => {
                let words = format!("the issuer's system refused it: {}", trouble.words);
                return done(document, taken, Some(&words));
            }
            Reply::SessionRefused(trouble)
            | Reply::NotNow(trouble)
            | Reply::Missing(trouble)
            | Reply::Unclear(trouble) => trouble,
        };
        if tries + 1 >= TELLS_MAX {
            let words = format!("the issuer's system does not take it: {}", trouble.words);
            return done(document, taken, Some(&words));
        }
        let phase = SidePhase::Telling { document, file_name, taken, peer, tries: tries + 1 };
        (phase, waits::for_receiver(self.now, tries, trouble))
    }
}

/// A refusal of what may have arrived before is not about this time alone: a person reads both.
fn refused(Trouble { code, words }: Trouble, in_doubt: bool) -> Refusal {
    let again = if in_doubt { " (it was sent before, and that answer was lost)" } else { "" };
    refusal(Said::not_taken(code, format!("{words}{again}")))
}

fn begin((element, file_name): (Element, String)) -> Stepped {
    let prepared = to_be_signed(element)?;
    let step = sign(&prepared);
    let text = prepared.document().to_xml().expect("what is to be signed can be written");
    let document = String::from_utf8(text).expect("the writer writes UTF-8");
    Ok((SidePhase::Signing { document, file_name }, step))
}

/// Done as far as the DGII is concerned, whatever went wrong besides.
fn done(document: String, taken: Taken, besides: Option<&str>) -> (SidePhase, Step) {
    let Taken { reply, words } = taken;
    let receipt = Receipt { document, reply, words, besides: besides.map(str::to_owned) };
    (SidePhase::Unsigned, Step::Done(Outcome::Taken(receipt)))
}

/// What a success of the DGII's service says of a side document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    Taken,
    /// Some of an annulment's numbers; its words name the others.
    InPart,
    Refused,
    /// Nothing that decides it.
    Unsaid,
}

/// An annulment by its words alone (Descripción Técnica, Anulación de e-NCF, mensajes): its code is
/// nowhere explained. A no anywhere before the good word is a no, and what stands behind it as an
/// exception was not annulled.
fn annulled(words: &str) -> Verdict {
    let words = words.to_lowercase();
    match words.split_once(ANNULLED) {
        Some((before, _)) if says_no(before) => Verdict::Refused,
        Some((_, after)) if EXCEPT.iter().any(|word| after.contains(word)) => Verdict::InPart,
        Some((_, after)) if says_no(after) => Verdict::InPart,
        Some(_) => Verdict::Taken,
        None if words.is_empty() => Verdict::Unsaid,
        None => Verdict::Refused,
    }
}

/// Whether a no stands anywhere in what is written in small letters.
fn says_no(text: &str) -> bool {
    let is_no = |word: &str| {
        matches!(
            word,
            "no" | "ninguna" | "ninguno" | "ningún" | "ningun" | "nunca" | "tampoco" | "error"
        )
    };
    text.split(|c: char| !c.is_alphanumeric()).any(is_no)
}

/// The good word on an annulment.
const ANNULLED: &str = "anuladas correctamente";

/// How the numbers begin that an annulment left out.
const EXCEPT: [&str; 4] = ["except", "excepci", "salvo", "menos"];

/// That the numbers were annulled before. Nobody has published the words: these are what such an
/// answer can hardly do without.
fn says_annulled(words: &str) -> bool {
    let words = words.to_lowercase();
    let is_before = words.contains("ya ") || words.contains("previamente");
    is_before && words.contains("anulad") && !says_no(&words)
}
