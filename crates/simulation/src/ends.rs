//! The authority's end of the lines of a schedule: the modules of its outlets, or one authority for
//! all of them.

use authorities::{Answer, Request, Response, SessionToken};

use crate::ecf::Dgii;
use crate::module::{Annulled, Module, Mood, Registered};

pub(crate) enum Ends {
    /// One for each outlet.
    Modules(Vec<Module>),
    Dgii(Box<Dgii>),
}

/// A request as it left, with the session that it was sent in.
#[derive(Clone)]
pub(crate) struct Sent {
    pub outlet: usize,
    pub request: Request,
    pub session: Option<SessionToken>,
}

impl Ends {
    /// In which of their two ways the outlets are set up.
    pub(crate) fn set_up(&mut self, is_other_way: bool) {
        if let Self::Dgii(dgii) = self {
            dgii.doubts.asks_for_summaries = !is_other_way;
        }
    }

    /// Answers one request that arrived, at the true time.
    pub(crate) fn serve(&mut self, sent: &Sent, mood: Mood, now: i64) -> Response {
        match self {
            Self::Modules(modules) => {
                let (status, body) = modules[sent.outlet].serve(&sent.request, mood, now);
                Response { status, body: body.to_string().into_bytes() }
            }
            Self::Dgii(dgii) => dgii.serve(sent, mood, now),
        }
    }

    /// A request is on its way.
    pub(crate) fn leaves(&mut self, request: &Request) {
        if let Self::Dgii(dgii) = self {
            dgii.doubts.leaves(request);
        }
    }

    /// What came of it, for whoever sent it; nothing where no answer came.
    pub(crate) fn is_answered(&mut self, request: &Request, answer: Option<&Response>) {
        if let (Self::Dgii(dgii), Some(answer)) = (self, answer) {
            dgii.doubts.is_answered(request, answer);
        }
    }

    /// What a person reads on the portal of a number.
    pub(crate) fn portal(&mut self, outlet: usize, number: &str) -> Answer {
        match self {
            Self::Modules(modules) => modules[outlet].portal(number),
            Self::Dgii(dgii) => dgii.portal(number),
        }
    }

    /// The authority's books of what it registered, each with its outlet where it is one's alone.
    pub(crate) fn books(&self) -> Vec<(Option<usize>, Vec<Registered>)> {
        match self {
            Self::Modules(modules) => {
                let books = modules.iter().enumerate();
                books.map(|(outlet, of)| (Some(outlet), of.registered().to_vec())).collect()
            }
            Self::Dgii(dgii) => vec![(None, dgii.registered())],
        }
    }

    pub(crate) fn annulled(&self) -> Vec<Annulled> {
        match self {
            Self::Modules(modules) => {
                modules.iter().flat_map(|module| module.annulled().iter().cloned()).collect()
            }
            Self::Dgii(dgii) => dgii.annulled().to_vec(),
        }
    }

    /// What the authority itself has to complain of.
    pub(crate) fn complaints(&self) -> Vec<String> {
        match self {
            Self::Modules(_) => Vec::new(),
            Self::Dgii(dgii) => dgii.complaints(),
        }
    }

    /// The numbers that it counts as used by a document that it rejected, with that one's code.
    pub(crate) fn burnt(&self) -> Vec<(String, String)> {
        match self {
            Self::Modules(_) => Vec::new(),
            Self::Dgii(dgii) => dgii.burnt(),
        }
    }
}
