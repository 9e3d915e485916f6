//! `stalela sequence annul`

use clap::Args;
use fiscal::{AnnulmentTold, Desks, NumbersOfRange, NumbersToAnnul};
use invoice::OutletId;
use serde_json::{Value, json};

use super::{failure, find};
use crate::anchors::Anchors;
use crate::api::{self, TestHosts};
use crate::client::{Client, Remote, ServerUrl};
use crate::failure::Failure;
use crate::print;
use crate::stores::StoresArgs;

/// Annul numbers that no document bears, and tell the authority with a signed document.
///
/// Numbers that were never used, and those that came back because the authority does not hold them.
/// They are out of use at once and for good. One that a document bears cannot be annulled: correct
/// the document with a credit note. Where the authority does not answer, the state is `recorded`,
/// and a running server tells it again; where it refuses, its words are told, and the exit code is 1.
/// Where it takes no annulments of the outlet at all, nothing is recorded.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela sequence annul ou_… --kind 31 --first E310000000051 --last E310000000100
  stalela sequence annul ou_… --kind 31 --first E310000000051 --last E310000000100 --url http://127.0.0.1:8080")]
pub(crate) struct Annul {
    /// An outlet of the taxpayer that has the numbers: its line and its keys tell the authority.
    #[arg(value_parser = OutletId::parse)]
    outlet: OutletId,
    /// The authority's own code of the kind of document.
    #[arg(long)]
    kind: String,
    /// The first number, as printed.
    #[arg(long)]
    first: String,
    /// The last number, as printed.
    #[arg(long)]
    last: String,
    /// Address of a running server; without it the store is opened.
    #[arg(long, requires = "api_key")]
    url: Option<ServerUrl>,
    /// A key with the right `outlets:write`, for the server. Better given by the environment.
    #[arg(long, env = "STALELA_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    #[command(flatten)]
    anchors: Anchors,
    #[command(flatten)]
    store: StoresArgs,
    #[command(flatten)]
    test_hosts: TestHosts,
}

impl Annul {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let annulled = match (&self.url, &self.api_key) {
            (Some(url), Some(api_key)) => {
                let remote = Remote { url: url.clone(), api_key: api_key.clone() };
                self.ask(&Client::new(remote)).await?
            }
            _ => self.write().await?,
        };
        if text(&annulled, "/state") == "refused" {
            return Err(refused(annulled));
        }
        if json {
            print::json(&annulled);
        } else {
            tell(&annulled);
        }
        Ok(())
    }

    async fn ask(&self, client: &Client) -> Result<Value, Failure> {
        let Self { outlet, kind, first, last, .. } = self;
        let body = json!({
            "outlet": outlet.as_str(), "kind": kind, "first": first, "last": last,
        });
        let body = body.to_string().into_bytes();
        client.post("/v1/annulments", None, body).await?.successful()?.json()
    }

    async fn write(&self) -> Result<Value, Failure> {
        let stores = self.store.existing()?;
        self.anchors.check(&stores)?;
        let store = stores.of_outlet(&self.outlet).await?;
        let desks = api::open_anchored(&store, &self.anchors, &self.test_hosts.lines()).await?;
        let annulled = self.annul(&desks).await;
        desks.ledger().close().await;
        annulled
    }

    async fn annul(&self, desks: &Desks) -> Result<Value, Failure> {
        let outlet = find(desks.ledger(), &self.outlet).await?;
        let desk = desks.desk(&outlet.tenant, &outlet.id).await?;
        let Self { kind, first, last, .. } = self;
        let numbers =
            NumbersToAnnul { kind: kind.clone(), first: first.clone(), last: last.clone() };
        let range = fiscal::range_of(&desk, &numbers).await.map_err(failure)?;
        let numbers =
            NumbersOfRange { range: range.clone(), first: first.clone(), last: last.clone() };
        let annulled = fiscal::annul_numbers(&desk, numbers).await.map_err(failure)?;
        let told = fiscal::tell_annulment(&desk, (&range, annulled.first)).await?;
        let standing = desks.ledger().range(&outlet.tenant, &range).await?;
        let runs = standing.iter().flat_map(|standing| &standing.annulled);
        let state = runs.clone().find(|run| run.first == annulled.first).map(|run| run.state);
        let state = state.unwrap_or(annulled.state);
        Ok(json!({
            "sequence": range.as_str(), "kind": kind, "first": first, "last": last,
            "state": state.as_str(), "words": words(told),
        }))
    }
}

/// What the authority or the line has just said.
fn words(told: AnnulmentTold) -> Option<String> {
    match told {
        AnnulmentTold::Answered => None,
        AnnulmentTold::Waits(trouble) => Some(trouble.to_string()),
        AnnulmentTold::Refused(refusal) => Some(authorities::coded(&refusal.code, &refusal.words)),
    }
}

fn tell(annulled: &Value) {
    println!("{}", line(annulled));
    if text(annulled, "/state") == "recorded" {
        let why = print::text(annulled, "/words").filter(|why| !why.is_empty());
        let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
        println!("the authority has not answered{why}: a running server tells it again");
    }
}

/// The authority's no. Its words are known when it has just said it, and to the events ever after.
fn refused(annulled: Value) -> Failure {
    let why = print::text(&annulled, "/words").unwrap_or_else(|| {
        "it said so before, and the event numbers.annulment_refused has its words".to_owned()
    });
    let text = format!(
        "{}\nthe authority will not have them annulled: {why}\nThey stay out of use",
        line(&annulled)
    );
    Failure::Refused { text, body: Some(annulled) }
}

fn line(annulled: &Value) -> String {
    let text = |pointer| text(annulled, pointer);
    format!("{} to {}  {}", text("/first"), text("/last"), text("/state"))
}

fn text(annulled: &Value, pointer: &str) -> String {
    print::text(annulled, pointer).unwrap_or_else(|| "—".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annulled(words: Option<&str>) -> Value {
        json!({"first": "N1", "last": "N2", "state": "refused", "words": words})
    }

    #[test]
    fn a_refusal_fails_in_the_authoritys_own_words() {
        let failure = refused(annulled(Some("2 ya utilizado")));
        assert_eq!(failure.exit_code(), 1);
        let told = failure.to_string();
        assert!(told.starts_with("N1 to N2  refused\n") && told.contains(": 2 ya utilizado\n"));
        assert_eq!(failure.to_json()["words"], "2 ya utilizado");
        let before = refused(annulled(None)).to_string();
        assert!(before.contains("numbers.annulment_refused"), "{before}");
    }
}
