//! What came of a walk, for people and for programs.

mod markdown;

use std::collections::BTreeMap;

use authorities::dom::dsig::SecurityCode;
use authorities::dom::ecf::schema::Kind;
use invoice::Timestamp;
use serde_json::{Value, json};

use super::authority::Answer;
use super::reckoned::Doubt;
use super::set::Task;
use super::steps::{STEPS, Step};

/// A walk that ended.
pub(super) struct Report {
    pub(super) authority: String,
    pub(super) is_simulated: bool,
    pub(super) taxpayer: Taxpayer,
    pub(super) at: Timestamp,
    pub(super) lines: Vec<Line>,
    /// Why a step that this command can walk was left out now.
    pub(super) left_out: BTreeMap<u8, String>,
    /// What the set states otherwise than we would.
    pub(super) doubts: Vec<Doubt>,
}

/// Who is to be certified.
#[derive(Clone)]
pub(super) struct Taxpayer {
    pub(super) tax_id: String,
    pub(super) name: String,
    pub(super) address: String,
}

/// One thing that was done: a document that was sent, received or printed.
pub(super) struct Line {
    pub(super) step: u8,
    /// `31`, `RFCE`, `ACECF`, `PDF`.
    pub(super) document: String,
    pub(super) number: String,
    pub(super) standing: Standing,
    security_code: Option<String>,
}

/// What became of it.
pub(super) enum Standing {
    Answered(Answer),
    /// It was sent, or was about to be, and nobody knows what became of it.
    Unanswered(String),
    /// The walk ended before it, or nothing could be reached.
    NotSent(Option<String>),
    /// Signed and kept: the portal takes it from a person.
    ForThePortal,
    /// In a word, and what else there is to say.
    Done(&'static str, Vec<String>),
    /// What should have been done, and why it was not.
    Failed(&'static str, Vec<String>),
}

/// How a step stands.
pub(super) enum StepState<'a> {
    Walked {
        passed: usize,
        of: usize,
    },
    /// It can be walked here, and was not now.
    LeftOut(&'a str),
    ByHand,
}

impl Standing {
    pub(super) fn is_passed(&self) -> bool {
        match self {
            Self::Answered(answer) => answer.state.is_accepted(),
            Self::ForThePortal | Self::Done(..) => true,
            Self::Unanswered(_) | Self::NotSent(_) | Self::Failed(..) => false,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Answered(answer) => answer.state.word(),
            Self::Unanswered(_) => "unanswered",
            Self::NotSent(_) => "not_sent",
            Self::ForThePortal => "for_the_portal",
            Self::Done(word, _) | Self::Failed(word, _) => word,
        }
    }

    fn messages(&self) -> &[String] {
        match self {
            Self::Answered(answer) => &answer.messages,
            Self::Unanswered(why) | Self::NotSent(Some(why)) => std::slice::from_ref(why),
            Self::Done(_, messages) | Self::Failed(_, messages) => messages,
            Self::NotSent(None) | Self::ForThePortal => &[],
        }
    }
}

impl Line {
    /// A document of the set, which is not sent yet.
    pub(super) fn of_task(task: &Task) -> Self {
        let document = match task.kind {
            Kind::Ecf(document_type) => document_type.code(),
            Kind::Rfce | Kind::Acecf | Kind::Arecf | Kind::Anecf | Kind::Seed => task.kind.root(),
        };
        Self::new(task.way.step(), document, &task.number, Standing::NotSent(None))
    }

    pub(super) fn new(step: u8, document: &str, number: &str, standing: Standing) -> Self {
        let (document, number) = (document.to_owned(), number.to_owned());
        Self { step, document, number, standing, security_code: None }
    }

    pub(super) fn with(self, standing: Standing) -> Self {
        Self { standing, ..self }
    }

    pub(super) fn with_code(self, code: Option<&SecurityCode>) -> Self {
        Self { security_code: code.map(|code| code.as_str().to_owned()), ..self }
    }

    pub(super) fn with_code_text(self, code: Option<&str>) -> Self {
        Self { security_code: code.map(str::to_owned), ..self }
    }

    fn to_json(&self) -> Value {
        let track_id = match &self.standing {
            Standing::Answered(answer) => answer.track_id.as_deref(),
            _ => None,
        };
        json!({
            "step": self.step,
            "document": self.document,
            "number": self.number,
            "security_code": self.security_code,
            "track_id": track_id,
            "state": self.standing.word(),
            "messages": self.standing.messages(),
            "passed": self.standing.is_passed(),
        })
    }
}

impl Report {
    pub(super) fn to_json(&self) -> Value {
        let remaining = STEPS.iter().filter(|step| !self.is_walked(step));
        let remaining = remaining.map(|step| json!({ "step": step.number, "what": step.by_hand }));
        json!({
            "authority": self.authority,
            "simulated": self.is_simulated,
            "tax_id": self.taxpayer.tax_id,
            "name": self.taxpayer.name,
            "at": self.at.to_string(),
            "passed": self.failed() == 0,
            "steps": STEPS.iter().map(|step| self.step_json(step)).collect::<Vec<_>>(),
            "documents": self.lines.iter().map(Line::to_json).collect::<Vec<_>>(),
            "doubts": self.doubts.iter().map(Doubt::to_json).collect::<Vec<_>>(),
            "remaining": remaining.collect::<Vec<_>>(),
        })
    }

    fn step_json(&self, step: &Step) -> Value {
        let (state, passed, of) = match self.state(step) {
            StepState::Walked { passed, of } if passed == of => ("passed", passed, of),
            StepState::Walked { passed, of } => ("failed", passed, of),
            StepState::LeftOut(_) => ("left_out", 0, 0),
            StepState::ByHand => ("by_hand", 0, 0),
        };
        let why = self.left_out.get(&step.number).filter(|_| state == "left_out");
        json!({
            "step": step.number, "title": step.title, "state": state, "passed": passed, "of": of,
            "why": why, "by_hand": step.by_hand,
        })
    }

    fn state(&self, step: &Step) -> StepState<'_> {
        let of = self.of_step(step.number).count();
        let passed = self.of_step(step.number).filter(|line| line.standing.is_passed()).count();
        match self.left_out.get(&step.number) {
            _ if of > 0 => StepState::Walked { passed, of },
            Some(why) => StepState::LeftOut(why),
            None => StepState::ByHand,
        }
    }

    fn is_walked(&self, step: &Step) -> bool {
        // The portal takes small consumer invoices from a person alone.
        let is_the_portals = |line: &Line| matches!(line.standing, Standing::ForThePortal);
        matches!(self.state(step), StepState::Walked { .. })
            && !self.of_step(step.number).any(is_the_portals)
    }

    fn of_step(&self, number: u8) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.step == number)
    }

    /// How the walk failed, if it did.
    pub(super) fn failure(&self) -> Option<String> {
        (self.failed() > 0).then(|| self.summary())
    }

    fn summary(&self) -> String {
        let count = self.lines.len();
        format!("{} of {count} passed", count - self.failed())
    }

    fn failed(&self) -> usize {
        self.lines.iter().filter(|line| !line.standing.is_passed()).count()
    }
}
