//! Whose a new outlet is.

use authorities::issuer_fault;
use ledger::Taxpayer;

use crate::call::{Call, OutletsWrite};
use crate::fields::Fields;
use crate::problem::Problem;

/// The taxpayer that a request names, or the only one that there is; nothing with a fault.
pub(super) async fn taxpayer(
    call: &Call<OutletsWrite>,
    fields: &mut Fields<'_>,
) -> Result<Option<Taxpayer>, Problem> {
    let mut taxpayers = call.app.ledger().taxpayers(&call.caller.tenant).await?;
    if fields.member("taxpayer").is_none() {
        if taxpayers.len() == 1 {
            return Ok(taxpayers.pop());
        }
        fields.missing("taxpayer");
        return Ok(None);
    }
    Ok(fields.parsed("taxpayer", |text| {
        let found = taxpayers.into_iter().find(|taxpayer| taxpayer.id.as_str() == text);
        found.ok_or("there is no such taxpayer")
    }))
}

/// A number that the authority cannot know would fail at the first document otherwise.
pub(super) fn check(taxpayer: Option<&Taxpayer>, authority: &str, fields: &mut Fields<'_>) {
    let fault = taxpayer.and_then(|taxpayer| issuer_fault(authority, &taxpayer.tax_id));
    if let Some(why) = fault {
        fields.unusable("taxpayer", &why);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::TestApp;

    #[tokio::test]
    async fn the_taxpayers_number_is_one_that_the_authority_can_know() {
        let app = TestApp::direct().await;
        let outlet = json!({
            "code": "STO01", "name": "Centro", "zone": "America/Santo_Domingo",
            "authority": "dom/ecf", "settings": {"authority": {}, "wire": "test-system"},
        });
        let answer = app.post("/v1/outlets", &outlet).await;
        answer.assert_problem(422, "invalid_document");
        assert_eq!(answer.text("/faults/0/pointer"), "/taxpayer");
        assert!(answer.text("/faults/0/message").contains("nine digits"), "{}", answer.json);
        assert_eq!(answer.at("/faults").as_array().unwrap().len(), 1, "{}", answer.json);
        assert_eq!(app.ledger().outlets(&app.tenant).await.unwrap().len(), 1);
    }
}
