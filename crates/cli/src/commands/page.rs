//! A page of a list that a server keeps: which one is wanted, and how it is told.

use clap::Args;
use invoice::OutletId;
use serde_json::Value;

use crate::client::{Client, Remote};
use crate::failure::Failure;
use crate::print;

/// Which page of a list.
#[derive(Debug, Args)]
pub(super) struct Page {
    /// Of this outlet; of all that the key reaches if absent.
    #[arg(long, value_parser = OutletId::parse)]
    outlet: Option<OutletId>,
    /// How many a page has at most.
    #[arg(long, default_value_t = LIMIT, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Where the page before ended, as it was printed.
    #[arg(long)]
    cursor: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

/// Fills a terminal, and is read at a glance.
const LIMIT: u32 = 50;

/// A list, and how it is told.
pub(super) struct Listed<'a> {
    /// Where the server has it.
    pub path: &'static str,
    /// What is asked for besides the page, as the server takes it: `&unsettled=true`.
    pub query: &'a str,
    /// The words of the command, with what is asked for besides the page.
    pub command: &'a str,
    /// What is said where it is empty.
    pub empty: &'static str,
    /// The heads of the columns.
    pub heads: String,
    pub line: fn(&Value) -> String,
}

impl Page {
    pub(super) async fn run(self, listed: &Listed<'_>, json: bool) -> Result<(), Failure> {
        let (path, again) = (self.path(listed), self.again(listed));
        let page = Client::new(self.remote).get(&path).await?.successful()?.json()?;
        if json {
            print::json(&page);
        } else {
            print::lines(&lines_of(&page, listed, &again));
        }
        Ok(())
    }

    fn path(&self, listed: &Listed<'_>) -> String {
        let Listed { path, query, .. } = listed;
        let outlet = self.outlet.as_ref().map(|outlet| format!("&outlet={outlet}"));
        let cursor = self.cursor.as_ref().map(|cursor| format!("&cursor={cursor}"));
        let (outlet, cursor) = (outlet.unwrap_or_default(), cursor.unwrap_or_default());
        format!("{path}?limit={}{query}{outlet}{cursor}", self.limit)
    }

    /// The command for the same list, wanting a cursor.
    fn again(&self, Listed { command, .. }: &Listed<'_>) -> String {
        let outlet = self.outlet.as_ref().map(|outlet| format!(" --outlet {outlet}"));
        let limit = (self.limit != LIMIT).then(|| format!(" --limit {}", self.limit));
        format!("{command}{}{}", outlet.unwrap_or_default(), limit.unwrap_or_default())
    }
}

fn lines_of(page: &Value, listed: &Listed<'_>, again: &str) -> Vec<String> {
    let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut lines = match items {
        [] => vec![listed.empty.to_owned()],
        items => [listed.heads.clone()].into_iter().chain(items.iter().map(listed.line)).collect(),
    };
    let cursor = page["next_cursor"].as_str();
    lines.extend(cursor.map(|cursor| format!("older ones: {again} --cursor {cursor}")));
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listed() -> Listed<'static> {
        Listed {
            path: "/v1/things",
            query: "&broken=true",
            command: "stalela thing list --broken",
            empty: "no things",
            heads: "NAME".to_owned(),
            line: |thing| print::text(thing, "/name").unwrap_or_default(),
        }
    }

    fn page(outlet: Option<&str>, limit: u32, cursor: Option<&str>) -> Page {
        let url = "http://localhost:8080".parse().unwrap();
        let remote = Remote { url, api_key: String::new() };
        let outlet = outlet.map(|outlet| OutletId::parse(outlet).unwrap());
        Page { outlet, limit, cursor: cursor.map(str::to_owned), remote }
    }

    #[test]
    fn a_page_is_asked_for_and_the_next_is_named_with_the_same_words() {
        let page = page(Some("ou_aeaqcaibaeaqcaib"), 7, Some("abc"));
        let asked = "/v1/things?limit=7&broken=true&outlet=ou_aeaqcaibaeaqcaib&cursor=abc";
        assert_eq!(page.path(&listed()), asked);
        let again = "stalela thing list --broken --outlet ou_aeaqcaibaeaqcaib --limit 7";
        assert_eq!(page.again(&listed()), again);
        let told = json!({"items": [{"name": "a"}], "next_cursor": "def"});
        let lines = lines_of(&told, &listed(), again);
        assert_eq!(lines, ["NAME", "a", &format!("older ones: {again} --cursor def")]);
    }

    #[test]
    fn an_empty_page_has_no_heads() {
        let page = page(None, LIMIT, None);
        assert_eq!(page.path(&listed()), "/v1/things?limit=50&broken=true");
        let again = page.again(&listed());
        assert_eq!(again, "stalela thing list --broken");
        assert_eq!(lines_of(&json!({"items": []}), &listed(), &again), ["no things"]);
    }
}
