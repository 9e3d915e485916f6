//! The OpenAPI 3.1 document: the routes' own words, and what is the same for all of them.

use std::sync::LazyLock;

use serde_json::{Value, json};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder,
};

use crate::app::{keyed_routes, open_routes};
use crate::examples;
use crate::problem::KINDS;

/// The document as it is served, and committed as a snapshot for the clients.
pub fn document_text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let mut text = serde_json::to_string_pretty(&document()).expect("it has string keys only");
        text.push('\n');
        text
    });
    &TEXT
}

/// What the routes are added to.
pub(crate) fn base() -> OpenApi {
    let mut components = Components::new();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key: `sk_test_…` or `sk_live_…`."));
    components.add_security_scheme("api_key", SecurityScheme::Http(bearer.build()));
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Stalela")
                .version("1")
                .description(Some(DESCRIPTION))
                .contact(Some(ContactBuilder::new().name(Some("Stalela")).build()))
                .license(Some(
                    LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build(),
                ))
                .build(),
        )
        .tags(Some(
            TAGS.map(|(name, words)| TagBuilder::new().name(name).description(Some(words)).build()),
        ))
        .components(Some(components))
        .build()
}

const DESCRIPTION: &str = "Seals invoices, proves them, and reports them to the tax authority.\n\n\
    Decimals are strings, times are RFC 3339 in UTC. What goes wrong is told as a problem document \
    (RFC 9457) with a stable `code` and sentences in French, Spanish and English.";

const TAGS: [(&str, &str); 10] = [
    ("invoices", "Issue invoices, read them, print them."),
    ("outlets", "Places of sale, and what their drafts may name."),
    ("sequences", "Numbers that an authority gives out, and what outlets have left of them."),
    ("submissions", "The duty to tell the authority, and where it stands."),
    ("paper_receipts", "Receipts that were issued on paper, and the invoices that stand for them."),
    ("inbox", "Documents of other taxpayers, and the word of their buyer on them."),
    ("events", "What happened, in order."),
    ("api_keys", "Keys that may do no more than the one that makes them."),
    ("verification", "What anybody needs to verify a seal."),
    ("operation", "For those who run the server or generate clients."),
];

fn document() -> Value {
    let keyed = keyed_routes().to_openapi();
    let open = open_routes().to_openapi();
    let mut keyed = serde_json::to_value(keyed).expect("it has string keys only");
    for operation in operations(&mut keyed) {
        operation["security"] = json!([{"api_key": []}]);
        add(operation, "401", "Unauthenticated");
        add(operation, "403", "Forbidden");
        add(operation, "429", "TooManyRequests");
    }
    let mut open = serde_json::to_value(open).expect("it has string keys only");
    let paths = open["paths"].take();
    let schemas = open["components"]["schemas"].take();
    absorb(&mut keyed["paths"], paths);
    absorb(&mut keyed["components"]["schemas"], schemas);
    for operation in operations(&mut keyed) {
        add(operation, "default", "Problem");
    }
    keyed["components"]["responses"] = shared_responses();
    keyed["x-problem-kinds"] = problem_kinds();
    refuse_nulls_in_requests(&mut keyed);
    name_by_titles(&mut keyed);
    keyed
}

/// What is optional in a request is left out and never null; the macros cannot say so.
fn refuse_nulls_in_requests(document: &mut Value) {
    let mut names = Vec::new();
    for operation in operations(document) {
        if let Some(parameters) = operation.get_mut("parameters") {
            refuse_nulls(parameters);
        }
        if let Some(body) = operation.get("requestBody") {
            references(body, &mut names);
        }
    }
    let mut done = 0;
    while let Some(name) = names.get(done).cloned() {
        let schema = &mut document["components"]["schemas"][&name];
        refuse_nulls(schema);
        references(schema, &mut names);
        done += 1;
    }
}

fn refuse_nulls(value: &mut Value) {
    let is_null = |one: &Value| one == "null" || one["type"] == "null";
    match value {
        Value::Object(members) => {
            for key in ["type", "oneOf"] {
                let Some(Value::Array(kinds)) = members.get_mut(key) else { continue };
                kinds.retain(|kind| !is_null(kind));
                if let [sole] = kinds.as_mut_slice() {
                    let sole = sole.take();
                    members.remove(key);
                    match sole {
                        Value::Object(inner) => members.extend(inner),
                        word => drop(members.insert(key.to_owned(), word)),
                    }
                }
            }
            members.values_mut().for_each(refuse_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(refuse_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The schemas that a value refers to, each once.
fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = name.and_then(|one| one.strip_prefix(SCHEMAS))
                && !names.iter().any(|known| known == name)
            {
                names.push(name.to_owned());
            }
            members.values().for_each(|one| references(one, names));
        }
        Value::Array(items) => items.iter().for_each(|one| references(one, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

const SCHEMAS: &str = "#/components/schemas/";

/// Clients are generated with these names, so they are the trade's and not our types'.
fn name_by_titles(document: &mut Value) {
    let schemas = document["components"]["schemas"].take();
    let Value::Object(schemas) = schemas else { return };
    let mut titles = Vec::new();
    let mut renamed = serde_json::Map::new();
    for (name, schema) in schemas {
        let title = schema["title"].as_str().unwrap_or(&name).to_owned();
        titles.push((format!("{SCHEMAS}{name}"), format!("{SCHEMAS}{title}")));
        let before = renamed.insert(title, schema);
        assert!(before.is_none(), "two schemas have the title of {name}");
    }
    document["components"]["schemas"] = Value::Object(renamed);
    rename_references(document, &titles);
}

fn rename_references(value: &mut Value, titles: &[(String, String)]) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref")
                && let Some((_, title)) = titles.iter().find(|(name, _)| name == reference)
            {
                reference.clone_from(title);
            }
            members.values_mut().for_each(|one| rename_references(one, titles));
        }
        Value::Array(items) => items.iter_mut().for_each(|one| rename_references(one, titles)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document["paths"].as_object_mut().expect("paths are an object");
    paths
        .values_mut()
        .flat_map(|item| item.as_object_mut().expect("a path item is an object").values_mut())
}

fn add(operation: &mut Value, status: &str, response: &str) {
    let responses = operation["responses"].as_object_mut().expect("responses are an object");
    let reference = json!({"$ref": format!("#/components/responses/{response}")});
    responses.entry(status).or_insert(reference);
}

fn absorb(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn shared_responses() -> Value {
    let headers = json!({"Request-Id": {
        "description": "The id of this request.", "schema": {"type": "string"},
    }});
    let response = |description: &str, code: &str, status: u16| {
        json!({
            "description": description,
            "headers": headers,
            "content": {"application/problem+json": {
                "schema": {"$ref": "#/components/schemas/ProblemView"},
                "example": examples::problem(code, status),
            }},
        })
    };
    let mut limited =
        response("`rate_limited`: too many requests with this key.", "rate_limited", 429);
    for (name, words) in [
        ("Retry-After", "Seconds until the next request."),
        ("RateLimit-Limit", "Requests at once."),
        ("RateLimit-Remaining", "Requests that are left."),
        ("RateLimit-Reset", "Seconds until all are left again."),
    ] {
        limited["headers"][name] = json!({"description": words, "schema": {"type": "integer"}});
    }
    json!({
        "Unauthenticated": response("`unauthenticated`, `api_key_expired`, `api_key_revoked`.",
            "unauthenticated", 401),
        "Forbidden": response("`operation_not_permitted`: the key lacks the right. \
            `wrong_environment`: a test key at a live outlet, or the reverse.",
            "operation_not_permitted", 403),
        "TooManyRequests": limited,
        "Problem": response("Any other problem; `code` says which.", "internal_error", 500),
    })
}

/// Every kind of problem, for the page of the documentation and for clients that list them.
fn problem_kinds() -> Value {
    let kind = |kind: &&crate::problem::Kind| {
        json!({
            "code": kind.rule.code, "status": kind.status.as_u16(), "title": kind.title,
            "messages": {"fr": kind.rule.fr, "es": kind.rule.es, "en": kind.rule.en},
        })
    };
    KINDS.iter().map(kind).collect()
}

#[cfg(test)]
#[path = "openapi_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "examples_tests.rs"]
mod examples_tests;
