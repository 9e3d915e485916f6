//! The public API, as the command line uses it: like any other client.

mod server_url;

use clap::Args;
use serde_json::Value;

pub(crate) use self::server_url::ServerUrl;

use crate::failure::Failure;

/// Where the server is, and who calls.
#[derive(Clone, Debug, Args)]
pub(crate) struct Remote {
    /// Address of the server.
    #[arg(long, env = "STALELA_URL", default_value = "http://127.0.0.1:8080")]
    pub url: ServerUrl,
    /// API key, as `stalela api-key new` prints it. Better given by the environment: command lines are
    /// seen by others.
    #[arg(long, env = "STALELA_API_KEY", hide_env_values = true, value_name = "STALELA_API_KEY")]
    pub api_key: String,
}

/// What follows a query that has begun: `&name=value` of each, whatever stands in the values.
pub(crate) fn query_of(pairs: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://localhost/").expect("it is an address");
    url.query_pairs_mut().extend_pairs(pairs);
    let query = url.query().unwrap_or_default();
    if query.is_empty() { String::new() } else { format!("&{query}") }
}

/// A connection to a server.
pub(crate) struct Client {
    http: reqwest::Client,
    remote: Remote,
}

/// An answer: its status and its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Client {
    pub(crate) fn new(remote: Remote) -> Self {
        // A proxy elsewhere would reach another machine, and read the API key.
        let builder = reqwest::Client::builder();
        let builder = if remote.url.is_local() { builder.no_proxy() } else { builder };
        let http = builder.build().expect("the client is built from constants");
        Self { http, remote }
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        let request = self.http.get(format!("{}{path}", self.remote.url));
        self.send(request).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Answer, Failure> {
        self.send(self.http.delete(format!("{}{path}", self.remote.url))).await
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        key: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Answer, Failure> {
        let request = self
            .http
            .post(format!("{}{path}", self.remote.url))
            .header("Content-Type", "application/json")
            .body(body);
        let request = match key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        };
        self.send(request).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, Failure> {
        let sent = request.bearer_auth(&self.remote.api_key).send().await;
        let reply = sent.map_err(|error| self.unanswered(&error))?;
        let status = reply.status().as_u16();
        Ok(Answer { status, body: reply.bytes().await?.to_vec() })
    }

    fn unanswered(&self, error: &reqwest::Error) -> Failure {
        if !error.is_connect() {
            return Failure::from_error(error);
        }
        Failure::NotSent(format!(
            "no server can be reached at {}. Start one with `stalela serve`, or name another with \
             --url or STALELA_URL",
            self.remote.url
        ))
    }
}

impl Answer {
    /// The body, if the server did what was asked; its problem document as a failure if not.
    pub(crate) fn successful(self) -> Result<Self, Failure> {
        if self.status < 400 {
            return Ok(self);
        }
        let body: Option<Value> = serde_json::from_slice(&self.body).ok();
        let text = match &body {
            Some(problem) if self.status == 401 => {
                format!("{} Here it is what STALELA_API_KEY holds", problem_text(problem))
            }
            Some(problem) => problem_text(problem),
            None => format!("the server answered {}", self.status),
        };
        match self.status {
            500.. => Err(Failure::Unusable(text)),
            _ => Err(Failure::Refused { text, body }),
        }
    }

    pub(crate) fn json(&self) -> Result<Value, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// A problem document as a person reads it: what is wrong and what to do, then each fault with its
/// place.
fn problem_text(problem: &Value) -> String {
    let faults = problem["faults"].as_array().map(Vec::as_slice).unwrap_or_default();
    let head = match (word(problem, "code"), faults.len()) {
        ("invalid_document", 1) => "The document breaks a rule. Nothing was written:".to_owned(),
        ("invalid_document", 2..) => {
            format!("The document breaks {} rules. Nothing was written:", faults.len())
        }
        // The detail says all that the title does, and with its values.
        _ => match word(problem, "detail") {
            "" => word(problem, "title").to_owned(),
            detail => detail.to_owned(),
        },
    };
    let lines = faults.iter().map(|fault| {
        let (pointer, code) = (word(fault, "pointer"), word(fault, "code"));
        let message = if code == "outlet_missing" { NAME_IT } else { word(fault, "message") };
        format!("  {pointer}  {message}  [{code}]")
    });
    std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The API names its own field; at a terminal there are shorter ways.
const NAME_IT: &str =
    "This key is not for one outlet alone: name yours with --outlet, or in STALELA_OUTLET.";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(status: u16, body: &Value) -> String {
        let answer = Answer { status, body: body.to_string().into_bytes() };
        answer.successful().unwrap_err().to_string()
    }

    #[test]
    fn who_gives_no_key_is_told_the_variable() {
        #[derive(Debug, clap::Parser)]
        struct Command {
            #[command(flatten)]
            _remote: Remote,
        }
        if std::env::var_os("STALELA_API_KEY").is_none() {
            let refused = <Command as clap::Parser>::try_parse_from(["show"]).unwrap_err();
            assert!(refused.to_string().contains("<STALELA_API_KEY>"), "{refused}");
        }
    }

    #[test]
    fn a_problem_is_told_once_and_each_fault_with_its_place() {
        let problem = json!({
            "title": "The document breaks rules", "status": 422,
            "detail": "The document breaks 1 rule(s).",
            "faults": [{"code": "not_positive", "pointer": "/lines/0/quantity", "message": "No."}],
        });
        let expected = "The document breaks 1 rule(s).\n  /lines/0/quantity  No.  [not_positive]";
        assert_eq!(refused(422, &problem), expected);
        let fault = json!({"code": "outlet_missing", "pointer": "/outlet", "message": "(field)"});
        let mut problem = json!({"code": "invalid_document", "faults": [fault]});
        let told = refused(422, &problem);
        assert!(told.starts_with("The document breaks a rule. Nothing was written:\n  /outlet  "));
        assert!(told.contains("--outlet") && !told.contains("field"), "{told}");
        problem["faults"] = json!([fault, fault]);
        assert!(refused(422, &problem).starts_with("The document breaks 2 rules."));
        assert_eq!(refused(404, &json!({"title": "Gone"})), "Gone");
        assert!(refused(401, &json!({"detail": "Give a key."})).contains("STALELA_API_KEY"));
    }

    #[tokio::test]
    async fn where_no_server_is_nothing_is_sent_and_it_says_what_to_do() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", free.local_addr().unwrap());
        drop(free);
        let remote = Remote { url: url.parse().unwrap(), api_key: "sk_test_x".to_owned() };
        let client = Client::new(remote);
        let failure = client.get("/v1/invoices").await.unwrap_err();
        assert!(matches!(failure, Failure::NotSent(_)));
        let text = failure.to_string();
        assert!(text.contains(&url) && text.contains("stalela serve"), "{text}");
    }
}
