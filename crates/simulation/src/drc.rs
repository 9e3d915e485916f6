//! The scene of the control modules: two outlets that count for themselves, and two that draw from
//! ranges (`ranged`). One of each seals by itself, the other asks first.

use fiscal::Keys;

use crate::dice::Dice;
use crate::ends::Ends;
use crate::module::Module;
use crate::ranged::{FIRST_RANGES, FIRST_UNGIVEN, KIND};
use crate::requests::{Request, What};
use crate::scene::Scene;

pub(crate) static MODULES: Scene = Scene {
    channels: &CHANNELS,
    seals_first: SEALS_FIRST,
    ranged: RANGED,
    kinds: &[KIND],
    own_kind: Some(KIND),
    codes_itself: false,
    zone: "Africa/Kinshasa",
    tax_id: "A1234567B",
    address: None,
    registered_settings: r#"{"isf":"SIM"}"#,
    settings,
    first_ranges: FIRST_RANGES,
    first_ungiven: FIRST_UNGIVEN,
    draft,
    quantity_again: |_| 1,
    ends,
    keys: Keys::default,
};

const CHANNELS: [&str; 4] = ["drc/emcf", "drc/cloud", "drc/cloud", "drc/emcf"];
pub(crate) const SEALS_FIRST: usize = 1;
pub(crate) const RANGED: [usize; 2] = [2, 3];

/// The module tells of finalised invoices, or does not.
fn settings(_: usize, tells_finalised: bool) -> String {
    format!(r#"{{"isf":"SIM","ask_finalised":{tells_finalised}}}"#)
}

fn ends(_: &mut Dice) -> Ends {
    Ends::Modules((0..CHANNELS.len()).map(Module::new).collect())
}

/// Nothing tells two requests apart but the customer, who bears the mark. What one unit of each
/// article costs: nothing has to be rounded at sixteen per cent.
const LINES: &str = r#"
    { "code": "1", "kind": "goods", "name": "one", "quantity": "QUANTITY",
      "unit_price": "100.00", "tax_group": "A" },
    { "code": "2", "kind": "goods", "name": "two", "quantity": "QUANTITY",
      "unit_price": "116.00", "tax_group": "B" }"#;

fn draft(request: &Request) -> String {
    let lines = LINES.replace("QUANTITY", &request.quantity.to_string());
    let (kind, besides) = match &request.what {
        What::Credit(original) => (
            "credit_note",
            format!(r#""credit": {{ "nature": "return", "original": {{ "id": "{original}" }} }},"#),
        ),
        What::Again(refused) => ("sale", format!(r#""replaces": "{refused}","#)),
        What::Sale | What::Delivery => ("sale", String::new()),
    };
    let mark = &request.mark;
    format!(
        r#"{{ "kind": "{kind}", "prices": "tax_included", {besides}
              "operator": {{ "name": "till" }}, "customer": {{ "kind": "person", "name": "{mark}" }},
              "lines": [{lines}] }}"#
    )
}
