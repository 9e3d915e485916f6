//! Create an outlet.

use authorities::{Environment, authority_named};
use axum::Json as JsonBody;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fiscal::AlertSettings;
use invoice::{Json, OutletId, TaxpayerId, Zone};
use ledger::{LedgerError, NumberTemplate, Outlet};
use utoipa::ToSchema;

use super::issuer;
use super::new_outlets::NewOutlets;
use super::unusable::{self, CODE_MALFORMED, WIRE_UNKNOWN, ZONE_UNKNOWN};
use super::view::OutletView;
use crate::call::{Call, OutletsWrite};
use crate::document::Document;
use crate::examples;
use crate::fields::Fields;
use crate::problem::{CONFLICT, NOT_PERMITTED, OUTLETS_NOT_CREATED_HERE, Problem, ProblemView};
use crate::rights::Reach;

/// A new outlet. It gets the environment of the API key.
#[derive(ToSchema)]
#[schema(title = "NewOutlet")]
#[expect(dead_code, reason = "it is only documented; the body is read strictly by hand")]
pub(crate) struct NewOutletBody {
    /// The taxpayer that it belongs to; may be left out where the tenant has exactly one.
    #[schema(example = "tp_aeaqcaibaeaqcaib")]
    taxpayer: Option<String>,
    /// As numbers bear it: unique within the taxpayer, for ever.
    #[schema(example = "KIN01")]
    code: String,
    /// Its name as printed.
    #[schema(example = "Marché central")]
    name: String,
    /// Its postal address.
    address: Option<String>,
    /// Its town.
    city: Option<String>,
    /// Its telephone.
    phone: Option<String>,
    /// Its mail address.
    email: Option<String>,
    /// The IANA name of its time zone.
    #[schema(example = json!(examples::ZONE))]
    zone: String,
    /// How its numbers are written; `{outlet}-{year}-{seq:6}` without it.
    #[schema(example = "{outlet}-{year}-{seq:6}")]
    number_template: Option<String>,
    /// Its authority and the channel to it.
    #[schema(example = json!(examples::CHANNEL))]
    authority: String,
    /// What the authority wants to know of it, and how it is reached.
    settings: NewOutletSettings,
}

/// The settings of a new outlet.
#[derive(ToSchema)]
#[schema(title = "NewOutletSettings")]
#[expect(dead_code, reason = "it is only documented; the body is read strictly by hand")]
pub(crate) struct NewOutletSettings {
    /// From when on people are told that numbers run out: `numbers_low`, `numbers_expire_days`.
    #[schema(value_type = Object, required = false)]
    alerts: Option<()>,
    /// What the authority wants to know of the outlet.
    #[schema(value_type = Object, required = false)]
    authority: Option<()>,
    /// The name of a wire that the operator of the server configured.
    #[schema(example = "test-system")]
    wire: String,
}

/// Create an outlet.
///
/// The key that signs for it and the wires to its authority are the operator's to configure; a wire
/// is chosen by its name. An outlet that could not work is not created.
///
/// It takes no `Idempotency-Key`: `code` is one. Repeating a request gives the outlet that it made,
/// with 200; the same code with anything else is a `conflict`.
#[utoipa::path(
    post,
    path = "/v1/outlets",
    operation_id = "createOutlet",
    tag = "outlets",
    request_body(content = NewOutletBody, description = "The outlet.",
        example = json!(examples::new_outlet())),
    responses(
        (status = 200, description = "The same request made it before. Nothing was written.",
            headers(("Location" = String, description = "The outlet's address.")),
            body = OutletView, example = json!(examples::outlet())),
        (status = 201, description = "Created.",
            headers(("Location" = String, description = "The outlet's address.")),
            body = OutletView, example = json!(examples::outlet())),
        (status = 409, description = "`conflict`: the taxpayer has another outlet of this code.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("conflict", 409))),
        (status = 422, description = "`invalid_document`: everything that is wrong with it.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::invalid_document())),
    )
)]
pub(crate) async fn create(
    call: Call<OutletsWrite>,
    document: Document,
) -> Result<Response, Problem> {
    // A key that is bound to some outlets would make one that it does not reach itself.
    if call.caller.reach != Reach::All {
        return Err(Problem::new(NOT_PERMITTED).with("operation", "outlets:write (all outlets)"));
    }
    let given = call.app.settings().new_outlets.as_ref();
    let given = given.ok_or_else(|| Problem::new(OUTLETS_NOT_CREATED_HERE))?;
    let outlet = read(&call, &document.json, given).await?;
    if let Some(earlier) = earlier(&call, &outlet).await? {
        return answer(&call, StatusCode::OK, earlier).await;
    }
    call.app
        .desks()
        .check(&outlet)
        .await
        .map_err(|error| unusable::problem(error, &outlet.code))?;
    match call.app.ledger().create_outlet(outlet.clone()).await {
        Ok(()) => answer(&call, StatusCode::CREATED, outlet).await,
        // Two requests at once: the other one was first.
        Err(error @ LedgerError::Conflict(_)) => match earlier(&call, &outlet).await? {
            Some(earlier) => answer(&call, StatusCode::OK, earlier).await,
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

async fn answer(
    call: &Call<OutletsWrite>,
    status: StatusCode,
    outlet: Outlet,
) -> Result<Response, Problem> {
    let location = format!("/v1/outlets/{}", outlet.id);
    let view = OutletView::in_full(&call.app, outlet).await?;
    Ok((status, [(LOCATION, location)], JsonBody(view)).into_response())
}

/// The outlet that the same request made before; a conflict where its code is another's.
async fn earlier(call: &Call<OutletsWrite>, new: &Outlet) -> Result<Option<Outlet>, Problem> {
    let outlets = call.app.ledger().outlets(&call.caller.tenant).await?;
    let of_code = |known: &Outlet| {
        (&known.taxpayer, known.environment, &known.code)
            == (&new.taxpayer, new.environment, &new.code)
    };
    let Some(known) = outlets.into_iter().find(of_code) else { return Ok(None) };
    // What a request does not say may have changed since: the server's key and its clock.
    let as_known = Outlet {
        id: known.id.clone(),
        key_uri: known.key_uri.clone(),
        created_at: known.created_at,
        ..new.clone()
    };
    if as_known == known {
        return Ok(Some(known));
    }
    Err(Problem::new(CONFLICT).with("what", format!("outlet {}", known.code)))
}

const FIELDS: &[&str] = &[
    "taxpayer",
    "code",
    "name",
    "address",
    "city",
    "phone",
    "email",
    "zone",
    "number_template",
    "authority",
    "settings",
];

async fn read(
    call: &Call<OutletsWrite>,
    json: &Json,
    given: &NewOutlets,
) -> Result<Outlet, Problem> {
    let mut fields = Fields::of(json, FIELDS);
    let taxpayer = issuer::taxpayer(call, &mut fields).await?;
    let settings = settings(call, &mut fields, given);
    let environment = fiscal::environment(call.caller.environment);
    let authority = authority(&mut fields, &settings, environment);
    issuer::check(taxpayer.as_ref(), &authority, &mut fields);
    let template = match fields.member("number_template") {
        Some(_) => fields.parsed("number_template", NumberTemplate::parse),
        None => None,
    };
    let usual = || NumberTemplate::parse(NUMBER_TEMPLATE).expect("it is a template");
    let zone = fields.known("zone", ZONE_UNKNOWN, Zone::parse);
    let outlet = Outlet {
        tenant: call.caller.tenant.clone(),
        taxpayer: taxpayer.map_or_else(|| TaxpayerId::from_random([0; 10]), |taxpayer| taxpayer.id),
        id: OutletId::from_random(call.app.desks().chance().bytes()),
        code: fields.known("code", CODE_MALFORMED, code).unwrap_or_default(),
        name: fields.text("name"),
        address: fields.optional_text("address"),
        city: fields.optional_text("city"),
        phone: fields.optional_text("phone"),
        email: fields.optional_text("email"),
        zone: zone.map(|zone| zone.name().to_owned()).unwrap_or_default(),
        number_template: template.unwrap_or_else(usual),
        authority,
        environment: call.caller.environment,
        key_uri: given.key_uri.clone(),
        settings: String::from_utf8_lossy(&settings.to_canonical_bytes()).into_owned(),
        created_at: call.app.now(),
    };
    // The stand-ins above go with a fault each.
    fields.finish()?;
    Ok(outlet)
}

/// What an outlet's numbers look like where nobody says.
const NUMBER_TEMPLATE: &str = "{outlet}-{year}-{seq:6}";

/// Letters and digits: the code stands in numbers, and numbers in the names of files.
fn code(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_plain && text.len() <= CODE_BYTES_MAX).then(|| text.to_owned())
}

/// A number of 30 characters still fits a line of a receipt.
const CODE_BYTES_MAX: usize = 16;

/// Only what is the caller's to say, and the wire that goes by the name it chose.
fn settings(call: &Call<OutletsWrite>, fields: &mut Fields<'_>, given: &NewOutlets) -> Json {
    let Some(mut settings) = fields.within("settings", &["alerts", "authority", "wire"]) else {
        fields.missing("settings");
        return Json::Object(Vec::new());
    };
    let mut members = Vec::new();
    match settings.member("authority") {
        Some(member) if member.is_canonical() => {
            members.push(("authority".to_owned(), member.clone()));
        }
        Some(_) => settings
            .unusable("authority", &"numbers other than small integers are written as strings"),
        None => {}
    }
    if let Some(alerts) = settings.member("alerts") {
        let given = Json::Object(vec![("alerts".to_owned(), alerts.clone())]);
        match AlertSettings::read(&given) {
            Ok(_) => members.push(("alerts".to_owned(), alerts.clone())),
            Err(reason) => settings.unusable("alerts", &reason),
        }
    }
    let tenant = call.caller.tenant.as_str();
    let wire = settings.known("wire", WIRE_UNKNOWN, |name| wire_named(given, name, tenant));
    members.extend(wire.map(|wire| ("wire".to_owned(), wire)));
    fields.absorb(settings);
    Json::Object(members)
}

/// The wire of a name, if it is there for this tenant at all.
fn wire_named(given: &NewOutlets, name: &str, tenant: &str) -> Option<Json> {
    let is_for_tenant = |wire: &&Json| match wire.member("tenant") {
        Some(only) => only.as_str() == Some(tenant),
        None => true,
    };
    given.wires.get(name).filter(is_for_tenant).cloned()
}

fn authority(fields: &mut Fields<'_>, settings: &Json, environment: Environment) -> String {
    let none = Json::Object(Vec::new());
    let settings = settings.member("authority").unwrap_or(&none);
    let name = fields.text("authority");
    if name.is_empty() {
        // It goes with a fault already.
        return name;
    }
    match authority_named(&name, settings, environment) {
        Ok(authority) => authority.id().to_owned(),
        Err(error) => {
            fields.push(unusable::authority(&error));
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{TestApp, draft};

    fn outlet() -> Value {
        json!({
            "code": "GOM02", "name": "Goma", "zone": "Africa/Lubumbashi",
            "authority": "drc/cloud",
            "settings": {"authority": {"isf": "TEST01"}, "wire": "test-system"},
        })
    }

    #[tokio::test]
    async fn a_new_outlet_issues_at_once() {
        let app = TestApp::direct().await;
        let created = app.post("/v1/outlets", &outlet()).await;
        created.assert_status(201);
        assert_eq!(created.at("/ready"), &json!(true));
        assert_eq!(created.text("/environment"), "test");
        let mut draft = draft();
        draft["outlet"] = created.at("/id").clone();
        let issued = app.post_with("/v1/invoices", &draft, &[("idempotency-key", "k")]).await;
        issued.assert_status(201);
        assert!(issued.text("/number").starts_with("GOM02-"));
    }

    #[tokio::test]
    async fn the_same_request_again_gives_the_same_outlet_and_another_is_a_conflict() {
        let app = TestApp::direct().await;
        let created = app.post("/v1/outlets", &outlet()).await;
        created.assert_status(201);
        app.clock.advance(invoice::SECOND);
        let again = app.post("/v1/outlets", &outlet()).await;
        again.assert_status(200);
        assert_eq!(again.at("/id"), created.at("/id"));
        assert_eq!(again.header("location"), created.header("location"));
        for (member, value) in [
            ("name", json!("Goma 2")),
            ("zone", json!("Africa/Kinshasa")),
            ("city", json!("Goma")),
            ("number_template", json!("{outlet}/{year}/{seq:6}")),
            ("settings", json!({"authority": {"isf": "TEST02"}, "wire": "test-system"})),
        ] {
            let mut other = outlet();
            other[member] = value;
            app.post("/v1/outlets", &other).await.assert_problem(409, "conflict");
        }
        assert_eq!(app.ledger().outlets(&app.tenant).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn of_two_requests_at_once_one_creates_and_both_get_the_outlet() {
        let app = TestApp::direct().await;
        let body = outlet();
        let all = four_at_once(&app, &body).await;
        let mut statuses: Vec<u16> = all.iter().map(|one| one.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 201]);
        assert!(all.iter().all(|one| one.at("/id") == all[0].at("/id")));
    }

    async fn four_at_once(app: &TestApp, body: &Value) -> [crate::testing::Answer; 4] {
        let post = || app.post("/v1/outlets", body);
        let (one, two, three, four) = tokio::join!(post(), post(), post(), post());
        [one, two, three, four]
    }

    #[tokio::test]
    async fn everything_that_is_wrong_is_told_at_once() {
        let app = TestApp::direct().await;
        let answer = app
            .post(
                "/v1/outlets",
                &json!({
                    "code": "no spaces", "zone": "Mars/Olympus", "authority": "nowhere/none",
                    "number_template": "x", "key_uri": "file:/etc/shadow",
                    "settings": {"taxpayer_key": "file:/etc/shadow"},
                }),
            )
            .await;
        answer.assert_problem(422, "invalid_document");
        let mut pointers: Vec<&str> = answer
            .at("/faults")
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["pointer"].as_str().unwrap())
            .collect();
        pointers.sort_unstable();
        let expected = [
            "/authority",
            "/code",
            "/key_uri",
            "/name",
            "/number_template",
            "/settings/taxpayer_key",
            "/settings/wire",
            "/zone",
        ];
        assert_eq!(pointers, expected);
    }

    #[tokio::test]
    async fn a_zone_is_one_of_the_authoritys() {
        let app = TestApp::direct().await;
        let mut outlet = outlet();
        for zone in ["Pacific/Kiritimati", "UTC", "America/Santo_Domingo"] {
            outlet["zone"] = json!(zone);
            let answer = app.post("/v1/outlets", &outlet).await;
            answer.assert_problem(422, "invalid_document");
            assert_eq!(answer.text("/faults/0/pointer"), "/zone", "{zone}");
            assert_eq!(answer.at("/faults").as_array().unwrap().len(), 1, "{zone}");
            let words = answer.text("/faults/0/message");
            assert!(words.contains("Africa/Kinshasa, Africa/Lubumbashi"), "{words}");
        }
        assert_eq!(app.ledger().outlets(&app.tenant).await.unwrap().len(), 1, "nothing is written");
        for (code, zone) in [("KIN09", "Africa/Kinshasa"), ("GOM09", "Africa/Lubumbashi")] {
            (outlet["code"], outlet["zone"]) = (json!(code), json!(zone));
            app.post("/v1/outlets", &outlet).await.assert_status(201);
        }
    }

    #[tokio::test]
    async fn an_outlets_alert_settings_are_checked_and_kept() {
        let app = TestApp::direct().await;
        let mut outlet = outlet();
        for wrong in [json!(1), json!({"numbers": 1}), json!({"numbers_low": 1.5})] {
            outlet["settings"]["alerts"] = wrong;
            let answer = app.post("/v1/outlets", &outlet).await;
            answer.assert_problem(422, "invalid_document");
            assert_eq!(answer.text("/faults/0/pointer"), "/settings/alerts");
        }
        outlet["settings"]["alerts"] = json!({"numbers_low": 500});
        let made = app.post("/v1/outlets", &outlet).await;
        made.assert_status(201);
        let id = invoice::OutletId::parse(made.text("/id")).unwrap();
        let kept = app.ledger().outlet(&app.tenant, &id).await.unwrap().unwrap();
        assert!(kept.settings.contains(r#""alerts":{"numbers_low":500}"#), "{}", kept.settings);
    }

    #[tokio::test]
    async fn a_key_that_is_bound_to_outlets_creates_none() {
        let app = TestApp::direct().await;
        let narrow = app.key_for(&app.outlet).await;
        let answer = app.post_as(&narrow, "/v1/outlets", &outlet()).await;
        answer.assert_problem(403, "operation_not_permitted");
    }

    /// A caller names a wire; it never says where one leads or which token it bears.
    #[tokio::test]
    async fn a_wire_is_one_that_the_operator_configured() {
        let app = TestApp::direct().await;
        let foreign = [
            json!({"base_url": "http://127.0.0.1:1", "token": "file:/etc/shadow"}),
            json!({}),
            json!("nowhere"),
            json!("of-another"),
            json!("broken"),
            json!(null),
        ];
        for wire in foreign {
            let mut outlet = outlet();
            outlet["settings"]["wire"] = wire;
            let answer = app.post("/v1/outlets", &outlet).await;
            answer.assert_problem(422, "invalid_document");
            assert_eq!(answer.text("/faults/0/pointer"), "/settings/wire");
            let words = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!words.contains("/secret"), "where it leads is not told: {words}");
        }
        assert_eq!(app.get("/v1/outlets").await.at("/items").as_array().unwrap().len(), 1);
        app.post("/v1/outlets", &outlet()).await.assert_status(201);
        let stored = app.ledger().outlets(&app.tenant).await.unwrap();
        let stored = stored.iter().find(|outlet| outlet.code == "GOM02").unwrap();
        assert!(stored.settings.contains("file:of-the-operator"), "{}", stored.settings);
    }

    #[tokio::test]
    async fn where_the_operator_gives_nothing_none_is_created() {
        let app = TestApp::without_new_outlets().await;
        app.post("/v1/outlets", &outlet()).await.assert_problem(403, "outlets_not_created_here");
    }

    #[tokio::test]
    async fn one_whose_key_cannot_be_used_is_not_written() {
        let app = TestApp::direct().await;
        app.remove_key();
        app.post("/v1/outlets", &outlet()).await.assert_problem(422, "invalid_document");
        assert_eq!(app.ledger().outlets(&app.tenant).await.unwrap().len(), 1);
    }
}
