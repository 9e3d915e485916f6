//! Whether each outlet can work. One that cannot is told of, and stops nobody else.

use std::sync::Arc;

use fiscal::{Desk, DeskError, Desks};
use invoice::Json;
use ledger::{Alert, LedgerError, Outlet};

/// What came of opening every outlet of a store.
#[derive(Debug, Default)]
pub struct Opened {
    /// How many can work.
    pub usable: usize,
    pub unusable: Vec<Unusable>,
}

/// An outlet that cannot work, and why.
#[derive(Debug)]
pub struct Unusable {
    pub outlet: Outlet,
    pub error: DeskError,
}

/// Opens the desk of every outlet of every tenant. One that cannot be opened is logged as an error
/// and raised as the alert `outlet.unusable`, until it can.
pub async fn open_all(desks: &Desks) -> Result<Opened, LedgerError> {
    let mut opened = Opened::default();
    for tenant in desks.ledger().tenants().await? {
        for outlet in desks.ledger().outlets(&tenant.id).await? {
            match open(desks, &outlet).await? {
                Ok(_) => opened.usable += 1,
                Err(error) => opened.unusable.push(Unusable { outlet, error }),
            }
        }
    }
    Ok(opened)
}

/// The desk of one outlet, or why it has none; the alert is raised or cleared.
pub(crate) async fn open(
    desks: &Desks,
    outlet: &Outlet,
) -> Result<Result<Arc<Desk>, DeskError>, LedgerError> {
    let key = format!("unusable/{}", outlet.id);
    match desks.desk(&outlet.tenant, &outlet.id).await {
        Ok(desk) => {
            desks.ledger().clear_alert(&outlet.tenant, &key).await?;
            Ok(Ok(desk))
        }
        Err(error) => {
            tracing::error!(
                outlet.id = %outlet.id,
                "outlet {} cannot be used: {}. Put right what it names: its settings with `stalela \
                 outlet set` (of a ledger in a file while no server runs); a file of a key or of a token is looked for \
                 again at the next request",
                outlet.code, error.in_full()
            );
            desks.ledger().raise_alert(alert(outlet, &error, key, desks)).await?;
            Ok(Err(error))
        }
    }
}

impl std::fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} ({}): {}", self.outlet.code, self.outlet.id, self.error.in_full())
    }
}

/// What is wrong in one word: the tenant reads its events, and where keys and tokens lie is the
/// operator's to know.
fn alert(outlet: &Outlet, error: &DeskError, key: String, desks: &Desks) -> Alert {
    let what = match error {
        DeskError::UnknownOutlet(_) => "outlet",
        DeskError::Settings { .. } | DeskError::Wire { .. } | DeskError::Zone { .. } => "settings",
        DeskError::Authority { .. } => "authority",
        DeskError::Key { .. } => "key",
        DeskError::Ledger(_) => "ledger",
        DeskError::ForeignZone { .. } => "zone",
    };
    let body = Json::Object(vec![("what".to_owned(), Json::string(what))]);
    Alert {
        tenant: outlet.tenant.clone(),
        outlet: Some(outlet.id.clone()),
        kind: "outlet.unusable".to_owned(),
        key,
        body: String::from_utf8_lossy(&body.to_canonical_bytes()).into_owned(),
        at: desks.clock().now(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Store;

    #[tokio::test]
    async fn a_broken_outlet_is_told_of_once_and_the_others_open() {
        let store = Store::new().await;
        store.outlet("GOOD", r#"{"wire": {}}"#).await;
        let broken = store.outlet("BAD", r#"{"wire": {"broken": "file:/secret"}}"#).await;
        for _ in 0..2 {
            let opened = open_all(&store.desks).await.unwrap();
            assert_eq!((opened.usable, opened.unusable.len()), (1, 1));
            let words = opened.unusable[0].to_string();
            assert!(words.contains("BAD") && words.contains("the wire is broken"), "{words}");
        }
        let events = store.events("outlet.unusable").await;
        assert_eq!(events.len(), 1, "once");
        assert_eq!(events[0].outlet.as_ref(), Some(&broken));
        assert!(events[0].body.contains("settings") && !events[0].body.contains("secret"));

        let ledger = store.desks.ledger();
        let mended = r#"{"authority": {"isf": "T"}, "wire": {}}"#;
        ledger.update_outlet_settings(&store.tenant, &broken, mended).await.unwrap();
        assert_eq!(open_all(&store.desks).await.unwrap().usable, 2);
        let cleared = ledger.clear_alert(&store.tenant, &format!("unusable/{broken}")).await;
        assert!(!cleared.unwrap(), "it is cleared already");
    }
}
