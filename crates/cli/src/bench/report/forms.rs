//! What a delivery sends, learnt from the authority's own machine: so many bytes, wherever they go.

use authorities::{Event, Matter, Method, Numbered, Progress, Request, Response, Step};
use fiscal::Desk;
use invoice::{Invoice, PricingFacts};

use super::plain::{Lane, Priced};
use crate::bench::fixture;
use crate::failure::Failure;

/// A request, and where it differs from one invoice to the next.
pub(super) struct Form {
    pub(super) method: reqwest::Method,
    pub(super) path: Text,
    pub(super) body: Text,
}

/// A text with a gap, or without one.
pub(super) struct Text {
    before: String,
    after: Option<String>,
}

/// Takes one invoice through the authority's machine, and keeps what it sent.
pub(super) async fn learn(desk: &Desk, lane: &Lane) -> Result<[Form; 2], Failure> {
    let invoice = priced(desk)?;
    let matter = Matter::Invoice(Numbered::new(&invoice, MODEL));
    let machine = Machine { desk, matter };
    let begun = desk.authority.begin(&matter);
    let (progress, _sealed) = machine.step(begun, Event::Started)?;
    let (progress, post) = machine.send(progress, Event::Due)?;
    let body = text(post.body.as_deref());
    let answer = lane.send((method(post.method), &post.path), body).await?;
    let Priced { uid } = serde_json::from_slice(&answer)?;
    let replied = Event::Replied(Response { status: 200, body: answer });
    let (_, confirm) = machine.send(progress, replied)?;
    Ok([Form::new(&post, MODEL), Form::new(&confirm, &uid)])
}

fn priced(desk: &Desk) -> Result<Invoice, Failure> {
    let facts = PricingFacts {
        seller: desk.seller.clone(),
        today: desk.zone.date(desk.clock.now()),
        original: None,
        replaces: None,
        reference_rates: desk.known_rates(),
    };
    let priced = desk.authority.price(&fixture::draft(), &facts);
    priced.map_err(|faults| Failure::unusable(format!("{faults:?}")))
}

struct Machine<'a> {
    desk: &'a Desk,
    matter: Matter<'a>,
}

impl Machine<'_> {
    fn step(&self, progress: Progress, event: Event) -> Result<(Progress, Step), Failure> {
        let now = self.desk.clock.now();
        let stepped = self.desk.authority.step(&self.matter, progress, event, now);
        stepped.map_err(Failure::unusable)
    }

    fn send(&self, progress: Progress, event: Event) -> Result<(Progress, Request), Failure> {
        match self.step(progress, event)? {
            (progress, Step::Send(request)) => Ok((progress, request)),
            (_, other) => Err(Failure::unusable(format!("nothing is sent: {other:?}"))),
        }
    }
}

impl Form {
    fn new(request: &Request, gap: &str) -> Self {
        Self {
            method: method(request.method),
            path: Text::new(&request.path, gap),
            body: Text::new(&text(request.body.as_deref()), gap),
        }
    }
}

impl Text {
    fn new(text: &str, gap: &str) -> Self {
        match text.split_once(gap) {
            Some((before, after)) => {
                Self { before: before.to_owned(), after: Some(after.to_owned()) }
            }
            None => Self { before: text.to_owned(), after: None },
        }
    }

    pub(super) fn with(&self, filled: &str) -> String {
        match &self.after {
            Some(after) => [&self.before, filled, after].concat(),
            None => self.before.clone(),
        }
    }
}

fn text(body: Option<&[u8]>) -> String {
    String::from_utf8_lossy(body.unwrap_or_default()).into_owned()
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
    }
}

/// The number of the invoice that the requests are learnt from: as long as those that follow.
const MODEL: &str = "PLAIN-MODELLLLL";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_filled_wherever_it_is_and_what_has_none_stays() {
        for (text, filled) in [("a/GAP/b", "a/1/b"), ("GAP", "1"), ("a", "a")] {
            assert_eq!(Text::new(text, "GAP").with("1"), filled);
        }
    }
}
