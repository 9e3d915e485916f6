//! An outlet as it is answered. Its settings may hold secrets, so they never are.

use ledger::Outlet;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::examples;
use crate::problem::Problem;

/// A place of sale.
#[derive(Serialize, ToSchema)]
#[schema(title = "Outlet", as = Outlet)]
pub(crate) struct OutletView {
    /// Its id.
    #[schema(example = "ou_aeaqcaibaeaqcaib")]
    pub id: String,
    /// The taxpayer that it belongs to.
    #[schema(example = "tp_aeaqcaibaeaqcaib")]
    pub taxpayer: String,
    /// As numbers bear it.
    #[schema(example = "KIN01")]
    pub code: String,
    /// Its name as printed.
    #[schema(example = "Marché central")]
    pub name: String,
    /// Its postal address.
    pub address: Option<String>,
    /// Its town.
    pub city: Option<String>,
    /// Its telephone.
    pub phone: Option<String>,
    /// Its mail address.
    pub email: Option<String>,
    /// The IANA name of its time zone.
    #[schema(example = json!(examples::ZONE))]
    pub zone: String,
    /// How its numbers are written.
    #[schema(example = "{outlet}-{year}-{seq:6}")]
    pub number_template: String,
    /// Its authority and the channel to it.
    #[schema(example = json!(examples::CHANNEL))]
    pub authority: String,
    /// `test` or `live`.
    #[schema(example = "test")]
    pub environment: &'static str,
    /// When it was created.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    pub created_at: String,
    /// Whether it can issue. Only where one outlet is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub ready: Option<bool>,
    /// Why it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub trouble: Option<String>,
    /// The end of its chain. Only where one outlet is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub head: Option<HeadView>,
}

/// The end of an outlet's chain.
#[derive(Serialize, ToSchema)]
#[schema(title = "Head")]
pub(crate) struct HeadView {
    /// The last entry's place in the chain; 0 while there is none.
    #[schema(example = 17)]
    pub sequence: u64,
    /// The last entry's hash.
    #[schema(example = "5b1c…")]
    pub hash: String,
    /// The last entry's time.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    pub at: Option<String>,
}

impl OutletView {
    pub(crate) fn of(outlet: Outlet) -> Self {
        Self {
            id: outlet.id.to_string(),
            taxpayer: outlet.taxpayer.to_string(),
            code: outlet.code,
            name: outlet.name,
            address: outlet.address,
            city: outlet.city,
            phone: outlet.phone,
            email: outlet.email,
            zone: outlet.zone,
            number_template: outlet.number_template.as_str().to_owned(),
            authority: outlet.authority,
            environment: outlet.environment.as_str(),
            created_at: outlet.created_at.to_string(),
            ready: None,
            trouble: None,
            head: None,
        }
    }

    /// With whether it can work, which opening its desk tells, and the end of its chain.
    pub(crate) async fn in_full(app: &App, outlet: Outlet) -> Result<Self, Problem> {
        let head = app.ledger().head(&outlet.tenant, &outlet.id).await?;
        let opened = app.desks().desk(&outlet.tenant, &outlet.id).await;
        let trouble =
            opened.err().map(|error| Problem::from(error).words(invoice::Language::English));
        let head = head.map(|head| HeadView {
            sequence: head.sequence,
            hash: head.hash.to_hex(),
            at: head.at.map(|at| at.to_string()),
        });
        Ok(Self { ready: Some(trouble.is_none()), trouble, head, ..Self::of(outlet) })
    }
}
