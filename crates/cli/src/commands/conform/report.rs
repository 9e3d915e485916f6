//! What came of a walk, for people and for programs.

use authorities::dom::dsig::SecurityCode;
use authorities::dom::ecf::schema::Kind;
use serde_json::{Value, json};

use super::authority::{Answer, State};
use super::manual;
use super::set::{Task, Way};

/// A walk that ended.
pub(super) struct Report {
    pub(super) authority: String,
    pub(super) is_simulated: bool,
    pub(super) lines: Vec<Line>,
}

/// One document of it.
pub(super) struct Line {
    way: Way,
    /// `31`, `RFCE`, `ACECF`.
    document: &'static str,
    number: String,
    security_code: Option<String>,
    standing: Standing,
}

/// What became of a document.
pub(super) enum Standing {
    Answered(Answer),
    /// It was sent, or was about to be, and nobody knows what became of it.
    Unanswered(String),
    /// The walk ended before it.
    NotSent,
    /// Signed and kept: the portal takes it from a person.
    ForThePortal,
}

impl Standing {
    /// Remarks are no rejection: what is accepted with them counts.
    pub(super) fn is_passed(&self) -> bool {
        match self {
            Self::Answered(answer) => {
                matches!(answer.state, State::Accepted | State::Conditional)
            }
            Self::ForThePortal => true,
            Self::Unanswered(_) | Self::NotSent => false,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Answered(answer) => answer.state.word(),
            Self::Unanswered(_) => "unanswered",
            Self::NotSent => "not_sent",
            Self::ForThePortal => "for_the_portal",
        }
    }

    fn messages(&self) -> &[String] {
        match self {
            Self::Answered(answer) => &answer.messages,
            Self::Unanswered(why) => std::slice::from_ref(why),
            Self::NotSent | Self::ForThePortal => &[],
        }
    }
}

impl Line {
    pub(super) fn new(task: &Task, code: Option<SecurityCode>, standing: Standing) -> Self {
        let document = match task.kind {
            Kind::Ecf(document_type) => document_type.code(),
            Kind::Rfce | Kind::Acecf | Kind::Arecf | Kind::Anecf | Kind::Seed => task.kind.root(),
        };
        let security_code = code.map(|code| code.as_str().to_owned());
        Self { way: task.way, document, number: task.number.clone(), security_code, standing }
    }

    fn to_json(&self) -> Value {
        let track_id = match &self.standing {
            Standing::Answered(answer) => answer.track_id.as_deref(),
            Standing::Unanswered(_) | Standing::NotSent | Standing::ForThePortal => None,
        };
        json!({
            "step": self.way.step(),
            "document": self.document,
            "number": self.number,
            "security_code": self.security_code,
            "track_id": track_id,
            "state": self.standing.word(),
            "messages": self.standing.messages(),
            "passed": self.standing.is_passed(),
        })
    }

    fn to_text(&self) -> String {
        let mark = if self.standing.is_passed() { "pass" } else { "FAIL" };
        let word = self.standing.word().replace('_', " ");
        let (step, document, number) = (self.way.step(), self.document, &self.number);
        let mut text = format!("{mark}  {step:<4}  {document:<8}  {number}  {word}");
        for message in self.standing.messages() {
            text.push_str("\n      ");
            text.push_str(message);
        }
        text
    }
}

impl Report {
    pub(super) fn to_json(&self) -> Value {
        let steps = manual::STEPS.iter();
        let remaining = steps.map(|step| json!({ "step": step.number, "what": step.what }));
        json!({
            "authority": self.authority,
            "simulated": self.is_simulated,
            "passed": self.failed() == 0,
            "documents": self.lines.iter().map(Line::to_json).collect::<Vec<_>>(),
            "remaining": remaining.collect::<Vec<_>>(),
        })
    }

    pub(super) fn to_text(&self) -> String {
        let mut lines = vec![format!("certification before {}", self.authority), String::new()];
        lines.push("      step  document  number".to_owned());
        lines.extend(self.lines.iter().map(Line::to_text));
        lines.extend([String::new(), self.summary(), String::new()]);
        lines.push("What remains by hand, by the steps of the portal:".to_owned());
        let steps = manual::STEPS.iter();
        lines.extend(steps.map(|step| format!("  {:<6} {}", step.number, step.what)));
        lines.join("\n")
    }

    /// How the walk failed, if it did.
    pub(super) fn failure(&self) -> Option<String> {
        (self.failed() > 0).then(|| self.summary())
    }

    fn summary(&self) -> String {
        let count = self.lines.len();
        format!("{} of {count} documents passed", count - self.failed())
    }

    fn failed(&self) -> usize {
        self.lines.iter().filter(|line| !line.standing.is_passed()).count()
    }
}
