//! What the authority thinks of a document.

use serde::Serialize;

/// The standing of a document that was processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    Accepted,
    Rejected,
    /// Accepted, with sums outside the tolerance.
    Conditional,
}

impl Standing {
    /// The code of the result service.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Accepted => 1,
            Self::Rejected => 2,
            Self::Conditional => 4,
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Accepted => "Aceptado",
            Self::Rejected => "Rechazado",
            Self::Conditional => "Aceptado Condicional",
        }
    }
}

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Message {
    #[serde(rename = "codigo")]
    pub(super) code: u32,
    #[serde(rename = "valor")]
    pub(super) text: String,
}

/// How much one thing weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Outside the tolerance: accepted all the same, under a condition.
    Conditions,
    Rejects,
}

/// What was found, one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Findings(Vec<(Weight, Message)>);

/// The outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Verdict {
    pub(super) standing: Standing,
    pub(super) messages: Vec<Message>,
    /// Whether the number is burnt. One that is not may come again, corrected.
    pub(super) number_used: bool,
}

impl Findings {
    pub(super) fn rejects(&mut self, code: u32, text: impl Into<String>) {
        self.0.push((Weight::Rejects, Message { code, text: text.into() }));
    }

    pub(super) fn conditions(&mut self, code: u32, text: impl Into<String>) {
        self.0.push((Weight::Conditions, Message { code, text: text.into() }));
    }

    /// The outcome of everything found: one rejection is enough, and then the number is burnt.
    pub(super) fn verdict(self) -> Verdict {
        let standing = if self.0.iter().any(|(weight, _)| *weight == Weight::Rejects) {
            Standing::Rejected
        } else if self.0.is_empty() {
            Standing::Accepted
        } else {
            Standing::Conditional
        };
        let messages = self.0.into_iter().map(|(_, message)| message).collect();
        Verdict { standing, messages, number_used: true }
    }
}

impl Verdict {
    /// A rejection that leaves the number free: wrong signature or structure, nobody's delegate,
    /// a number not authorised or expired, an issuer that is none (Informe Técnico e-CF,
    /// `secuenciaUtilizada`).
    pub(super) fn reusable(code: u32, text: impl Into<String>) -> Self {
        let messages = vec![Message { code, text: text.into() }];
        Self { standing: Standing::Rejected, messages, number_used: false }
    }

    pub(super) fn is_accepted(&self) -> bool {
        matches!(self.standing, Standing::Accepted | Standing::Conditional)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rejection_outweighs_every_condition() {
        assert_eq!(Findings::default().verdict().standing, Standing::Accepted);
        let mut findings = Findings::default();
        findings.conditions(11_105, "total");
        assert_eq!(findings.clone().verdict().standing, Standing::Conditional);
        findings.rejects(176, "indicador");
        findings.conditions(1_934, "gravado");
        let verdict = findings.verdict();
        assert_eq!((verdict.standing, verdict.messages.len()), (Standing::Rejected, 3));
        assert!(verdict.number_used && !Verdict::reusable(135, "x").number_used);
    }
}
