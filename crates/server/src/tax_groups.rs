//! What an outlet's drafts may name: tax groups with their dated rates, and the keys of kinds.

use axum::Json;
use invoice::{Coded, DocumentRole, Regime, TaxGroup, TaxTreatment};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::call::{Call, OutletsRead};
use crate::examples;
use crate::parameters::Parameters;
use crate::problem::{OUTLET_UNKNOWN, Problem, ProblemView};

/// Whose tables to show.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The outlet. May be left out where the API key is for exactly one.
    #[param(example = "ou_aeaqcaibaeaqcaib")]
    outlet: Option<String>,
}

/// The tax data of an outlet's country, as drafts are priced by it.
#[derive(Serialize, ToSchema)]
#[schema(title = "TaxData")]
pub(crate) struct TaxView {
    /// The edition of these tables, as it stands in every invoice.
    #[schema(example = json!(examples::REGIME))]
    pub regime: String,
    /// What amounts are counted in. ISO 4217.
    #[schema(example = json!(examples::CURRENCY))]
    pub currency: String,
    /// Currencies in which a payment or a total may be shown besides.
    pub foreign_currencies: Vec<&'static str>,
    /// The tax groups.
    pub tax_groups: Vec<TaxGroupView>,
    /// Kinds of documents: the `kind` of a draft.
    pub document_kinds: Vec<DocumentKindView>,
    /// Kinds of customers: `customer.kind`.
    pub customer_kinds: Vec<CustomerKindView>,
    /// Kinds of articles: `lines[].kind`.
    pub line_kinds: Vec<KeyView>,
    /// Why a credit note is given: `credit.nature`.
    pub credit_natures: Vec<KeyView>,
    /// How something is paid: `payments[].method`.
    pub payment_methods: Vec<KeyView>,
    /// The documents of the law or the authority that these tables are taken from.
    pub sources: Vec<&'static str>,
}

/// A tax group: which lines may stand in it and what they owe.
#[derive(Serialize, ToSchema)]
#[schema(title = "TaxGroup")]
pub(crate) struct TaxGroupView {
    /// The letter by which a line names it.
    #[schema(example = "B")]
    pub code: &'static str,
    /// What it is.
    #[schema(example = "Taxable, standard rate")]
    pub label: &'static str,
    /// What stands behind an article on the receipt.
    #[schema(example = "B")]
    pub tag: &'static str,
    /// `rated`: by its rate; `whole_amount_is_tax`: all of it is tax.
    #[schema(example = "rated")]
    pub treatment: &'static str,
    /// Its rates with the days from which they hold, the oldest first.
    pub rates: Vec<RateView>,
    /// Kinds of articles that may stand in it.
    pub line_kinds: Vec<&'static str>,
    /// Whether the draft must name a document that exempts the customer.
    #[schema(example = false)]
    pub exemption_required: bool,
    /// Whether it may stand on an export invoice.
    #[schema(example = true)]
    pub allowed_in_export: bool,
}

/// A rate and the first day on which it holds.
#[derive(Serialize, ToSchema)]
#[schema(title = "DatedRate")]
pub(crate) struct RateView {
    /// The first day.
    #[schema(example = "2026-01-01", format = Date)]
    pub since: String,
    /// In percent.
    #[schema(example = "16.00")]
    pub percent: String,
}

/// A key with the authority's own code and its label.
#[derive(Serialize, ToSchema)]
#[schema(title = "Key")]
pub(crate) struct KeyView {
    /// The key that a draft names.
    #[schema(example = "goods")]
    pub key: &'static str,
    /// The authority's code for it.
    #[schema(example = "G")]
    pub code: &'static str,
    /// What it is, in the authority's language.
    #[schema(example = "Goods")]
    pub label: &'static str,
}

/// A kind of document.
#[derive(Serialize, ToSchema)]
#[schema(title = "DocumentKind")]
pub(crate) struct DocumentKindView {
    #[serde(flatten)]
    pub key: KeyView,
    /// `sale`, `advance`, `credit_note`, `debit_note` or `purchase`.
    #[schema(example = "sale")]
    pub role: &'static str,
    /// Whether it is for an export.
    #[schema(example = false)]
    pub export: bool,
}

/// A kind of customer, and what must be known of it.
#[derive(Serialize, ToSchema)]
#[schema(title = "CustomerKind")]
pub(crate) struct CustomerKindView {
    #[serde(flatten)]
    pub key: KeyView,
    /// Whether the draft must give the name.
    #[schema(example = true)]
    pub name_required: bool,
    /// Whether the draft must give the tax id.
    #[schema(example = true)]
    pub tax_id_required: bool,
    /// Whether the draft must name a document that exempts the customer.
    #[schema(example = false)]
    pub exemption_required: bool,
}

/// Show the tax groups.
///
/// With everything else that a draft names by a key: kinds of documents, customers and articles,
/// natures of credit notes, payment methods.
#[utoipa::path(
    get,
    path = "/v1/tax-groups",
    operation_id = "showTaxGroups",
    tag = "outlets",
    params(Wanted),
    responses(
        (status = 200, description = "The tables of the outlet's country.", body = TaxView,
            example = json!(examples::tax_groups())),
        (status = 404, description = "`outlet_unknown`: the key reaches no such outlet.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
    )
)]
pub(crate) async fn tax_groups(
    call: Call<OutletsRead>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<TaxView>, Problem> {
    let sole = call.caller.reach.sole().map(ToString::to_string);
    let unnamed = || Problem::new(OUTLET_UNKNOWN).with("outlet", "(parameter outlet)");
    let text = wanted.outlet.or(sole).ok_or_else(unnamed)?;
    let outlet = call.outlet(&text).await?;
    let desk = call.desk(&outlet.id).await?;
    Ok(Json(TaxView::of(desk.authority.regime())))
}

impl TaxView {
    fn of(regime: &Regime) -> Self {
        let document_kinds = regime.document_kinds.iter().map(|kind| DocumentKindView {
            key: KeyView::of(&kind.coded),
            role: role(kind.role),
            export: kind.export,
        });
        let customer_kinds = regime.customer_kinds.iter().map(|kind| CustomerKindView {
            key: KeyView::of(&kind.coded),
            name_required: kind.name_required,
            tax_id_required: kind.tax_id_required,
            exemption_required: kind.exemption_required,
        });
        let natures = regime.credit_natures.iter().map(|nature| KeyView::of(&nature.coded));
        Self {
            regime: regime.version.to_owned(),
            currency: regime.currency.to_owned(),
            foreign_currencies: regime.foreign_currencies.to_vec(),
            tax_groups: regime.tax_groups.iter().map(TaxGroupView::of).collect(),
            document_kinds: document_kinds.collect(),
            customer_kinds: customer_kinds.collect(),
            line_kinds: regime.line_kinds.iter().map(KeyView::of).collect(),
            credit_natures: natures.collect(),
            payment_methods: regime.payment_methods.iter().map(KeyView::of).collect(),
            sources: regime.sources.iter().map(|source| source.title).collect(),
        }
    }
}

impl TaxGroupView {
    fn of(group: &TaxGroup) -> Self {
        let rates = group.rates.iter().map(|rate| RateView {
            since: rate.since.to_string(),
            percent: rate.percent.to_string(),
        });
        Self {
            code: group.code,
            label: group.label,
            tag: group.tag,
            treatment: match group.treatment {
                TaxTreatment::Rated => "rated",
                TaxTreatment::WholeAmountIsTax => "whole_amount_is_tax",
            },
            rates: rates.collect(),
            line_kinds: group.line_kinds.to_vec(),
            exemption_required: group.exemption_required,
            allowed_in_export: group.allowed_in_export,
        }
    }
}

impl KeyView {
    fn of(coded: &Coded) -> Self {
        Self { key: coded.key, code: coded.code, label: coded.label }
    }
}

const fn role(role: DocumentRole) -> &'static str {
    match role {
        DocumentRole::Sale => "sale",
        DocumentRole::Advance => "advance",
        DocumentRole::CreditNote => "credit_note",
        DocumentRole::DebitNote => "debit_note",
        DocumentRole::Purchase => "purchase",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::TestApp;

    #[tokio::test]
    async fn shows_the_groups_of_the_outlets_country() {
        let app = TestApp::direct().await;
        let shown = app.get(&format!("/v1/tax-groups?outlet={}", app.outlet)).await;
        shown.assert_status(200);
        let groups = shown.at("/tax_groups").as_array().unwrap();
        let standard = groups.iter().find(|group| group["code"] == "B").unwrap();
        assert_eq!(standard["rates"].as_array().unwrap().last().unwrap()["percent"], "16.00");
        assert!(
            shown
                .at("/document_kinds")
                .as_array()
                .unwrap()
                .iter()
                .any(|kind| kind["key"] == "sale" && kind["role"] == json!("sale"))
        );
    }

    #[tokio::test]
    async fn a_key_of_one_outlet_need_not_name_it() {
        let app = TestApp::direct().await;
        let narrow = app.key_for(&app.outlet).await;
        app.get_as(&narrow, "/v1/tax-groups").await.assert_status(200);
        app.get("/v1/tax-groups").await.assert_problem(404, "outlet_unknown");
    }
}
