//! Documents of one's own for the simulation: as many of each type as the portal counts, each with
//! something of its own to say (Proceso de Certificación, paso 4).

use serde_json::{Value, json};

/// One of them.
pub(super) struct Planned {
    /// The code of its type.
    pub(super) code: &'static str,
    pub(super) draft: Value,
    /// Which of those before it a note modifies.
    pub(super) original: Option<usize>,
}

/// All of them, in the order in which they are issued. The first four are those that notes modify.
pub(super) fn planned() -> Vec<Planned> {
    let mut planned: Vec<Planned> = (0..4).map(fiscal_credit).collect();
    planned.extend((0..2).map(large_consumer));
    let pair = |make: fn(u32) -> Planned| [make(1), make(2)];
    for make in [purchase, petty_expense, special_regime, government, export, abroad] {
        planned.extend(pair(make));
    }
    planned.push(note("33", 0, "Flete no facturado", "1"));
    planned.push(note("34", 1, "Mercancía devuelta", "2"));
    planned.push(note("34", 2, "Descuento acordado", "1"));
    planned.extend((1..=4).map(small_consumer));
    planned
}

fn document(code: &'static str, kind: &str, customer: &Value, lines: &[Value]) -> Planned {
    let draft = json!({
        "kind": kind, "prices": "tax_excluded", "operator": { "id": "1", "name": "Certificación" },
        "customer": customer, "lines": lines,
    });
    Planned { code, draft, original: None }
}

fn line(name: &str, quantity: &str, price: &str, group: &str) -> Value {
    json!({
        "kind": "goods", "name": name, "unit": "Unidad", "quantity": quantity, "unit_price": price,
        "tax_group": group,
    })
}

fn service(name: &str, price: &str, group: &str) -> Value {
    json!({
        "kind": "service", "name": name, "quantity": "1", "unit_price": price, "tax_group": group,
    })
}

fn company() -> Value {
    json!({
        "kind": "company", "name": "Cliente de Prueba SRL", "tax_id": "131888888",
        "address": "Av. España 55, Santo Domingo Este",
    })
}

/// Of one rate, of all, with a discount, and one that takes several pages.
fn fiscal_credit(place: usize) -> Planned {
    let cement = line("Cemento gris", "40", "515", "itbis_18");
    let mixed = vec![
        cement.clone(),
        line("Aceite de soya", "12", "389.50", "itbis_16"),
        line("Arroz", "20", "32.75", "exempt"),
    ];
    let mut discounted = line("Varilla 3/8", "80", "342.75", "itbis_18");
    discounted["do"] = json!({ "discounts": [{ "percent": "4" }] });
    let many = (1..=40).map(|number| line(&format!("Pieza {number}"), "3", "75.40", "itbis_18"));
    let lines = match place {
        0 => vec![cement],
        1 => mixed,
        2 => vec![discounted],
        _ => many.collect(),
    };
    document("31", "tax_credit_invoice", &company(), &lines)
}

/// From RD$ 250,000 on its buyer is named.
fn large_consumer(place: u32) -> Planned {
    let person = json!({ "kind": "person", "name": "Ramón Peralta", "tax_id": "00113918205" });
    let price = format!("{}", 295_000 + 10_000 * place);
    let lines = [line("Motocicleta", "1", &price, "itbis_18")];
    document("32", "consumer_invoice", &person, &lines)
}

fn small_consumer(place: u32) -> Planned {
    let lines = [
        line("Detergente", &place.to_string(), "212.50", "itbis_18"),
        line("Queso", "2", "310", "exempt"),
    ];
    document("32", "consumer_invoice", &json!({ "kind": "consumer" }), &lines)
}

fn purchase(place: u32) -> Planned {
    let person = json!({ "kind": "person", "name": "Ramón Peralta", "tax_id": "00113918205" });
    let mut line = service("Reparación eléctrica", &format!("{}", 9_000 * place), "itbis_18");
    line["do"] = json!({ "withholding": { "itbis_percent": "100", "income_tax_percent": "10" } });
    document("41", "purchase", &person, &[line])
}

fn petty_expense(place: u32) -> Planned {
    let lines = [service("Parqueo y peaje", &format!("{}", 230 * place), "exempt")];
    document("43", "minor_expense", &json!({ "kind": "consumer" }), &lines)
}

fn special_regime(place: u32) -> Planned {
    let mission =
        json!({ "kind": "foreigner", "name": "Misión Diplomática", "tax_id": "DIP-0471" });
    let lines = [service("Alquiler de vehículo", &format!("{}", 2_900 * place), "exempt")];
    document("44", "special_regime_invoice", &mission, &lines)
}

fn government(place: u32) -> Planned {
    let town =
        json!({ "kind": "government", "name": "Ayuntamiento de Prueba", "tax_id": "401007479" });
    let lines = [line("Impresora láser", &place.to_string(), "21400", "itbis_18")];
    document("45", "government_invoice", &town, &lines)
}

fn export(place: u32) -> Planned {
    let importer = json!({
        "kind": "foreigner", "name": "Oslo Import AS", "tax_id": "NO-998877",
        "do": { "country": "Noruega" },
    });
    let lines = [line("Mango banilejo", &format!("{}", 800 * place), "9.15", "itbis_0")];
    let mut planned = document("46", "export_invoice", &importer, &lines);
    planned.draft["do"] = json!({
        "transport": { "mode": "sea", "country_of_destination": "Noruega" },
    });
    planned
}

fn abroad(place: u32) -> Planned {
    let seller =
        json!({ "kind": "foreigner", "name": "Nordic Cloud AS", "tax_id": "NO-912345678" });
    let lines = [service("Licencia de software", &format!("{}", 18_000 * place), "exempt")];
    let mut planned = document("47", "foreign_payment", &seller, &lines);
    planned.draft["do"] = json!({ "transport": { "country_of_destination": "Noruega" } });
    planned
}

fn note(code: &'static str, original: usize, reason: &str, quantity: &str) -> Planned {
    let kind = if code == "33" { "debit_note" } else { "credit_note" };
    let lines = [line("Cemento gris", quantity, "100", "itbis_18")];
    let mut planned = document(code, kind, &company(), &lines);
    planned.draft["do"] = json!({ "reference": { "reason": reason } });
    Planned { original: Some(original), ..planned }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the portal counts: 4 of 31, 2 of 32 from RD$ 250,000 and 4 below, 1 of 33, 2 of 34, and 2
    /// each of the others.
    #[test]
    fn there_are_as_many_of_each_type_as_the_portal_wants() {
        let planned = planned();
        let count = |code| planned.iter().filter(|planned| planned.code == code).count();
        let counts = ["31", "32", "33", "34", "41", "43", "44", "45", "46", "47"].map(count);
        assert_eq!(counts, [4, 6, 1, 2, 2, 2, 2, 2, 2, 2]);
        for (place, planned) in planned.iter().enumerate() {
            assert!(planned.original.is_none_or(|original| original < place.min(4)));
        }
    }
}
