//! Drafts drawn from a seed: any quantities, prices, groups, changes and taxes that a type takes.

use serde_json::{Value, json};

use crate::dom::world::BUYER;

/// The same draws for the same seed (`SplitMix64`).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let place = self.below(all.len().try_into().unwrap());
        &all[usize::try_from(place).unwrap()]
    }

    /// A decimal of so many places, from one unit of the last place to below the end; small ones as
    /// often as large ones.
    fn decimal(&mut self, places: u32, end: u64) -> String {
        let end = 1 + self.below(end);
        let (units, one) = (1 + self.below(end), 10_u64.pow(places));
        format!("{}.{:0width$}", units / one, units % one, width = places as usize)
    }

    pub(super) fn draft(&mut self, kind: &str, originals: &[(String, Value)]) -> Value {
        if !originals.is_empty() && self.one_in(2) {
            return self.note_of_ledger(kind, originals);
        }
        let special = self.below(12);
        let count = 1 + self.below(8);
        let lines: Vec<Value> = match (kind, special) {
            (TAX_CREDIT | CONSUMER, 0) => (0..count).map(|_| self.construction()).collect(),
            (TAX_CREDIT, 1) => (0..count).map(|_| self.phone_card()).collect(),
            _ => (0..count).map(|_| self.line(kind)).collect(),
        };
        let is_phone = (kind, special) == (TAX_CREDIT, 1);
        let mut draft = json!({
            "kind": kind,
            "prices": if is_phone || self.one_in(2) { "tax_included" } else { "tax_excluded" },
            "operator": {"name": "Yesenia"},
            "customer": self.customer(kind),
            "lines": lines,
            "do": {"balance": {"show_period": self.one_in(2), "show_payable": self.one_in(2)}},
        });
        self.whole(kind, is_phone, &mut draft);
        draft
    }

    /// What is said of a document as a whole.
    fn whole(&mut self, kind: &str, is_phone: bool, draft: &mut Value) {
        let count = draft["lines"].as_array().unwrap().len();
        if self.one_in(3) {
            let currency = *self.pick(&["USD", "EUR"]);
            let rate = format!("{}.{:04}", 40 + self.below(40), self.below(10_000));
            draft["exchange"] = json!({"currency": currency, "rate": rate});
        }
        if is_phone {
            let amount = self.decimal(2, 1_000);
            draft["do"]["adjustments"] = json!([{"kind": "discount", "group": "itbis_18",
                "amount": amount, "norm_10_07": true}]);
        } else if !PLAIN.contains(&kind) && self.one_in(2) {
            let groups: Vec<Value> = draft["lines"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line["tax_group"].clone())
                .collect();
            let adjustments: Vec<Value> = (0..=self.below(3))
                .map(|_| {
                    let mut adjustment = self.change();
                    adjustment["kind"] =
                        json!(if self.one_in(2) { "discount" } else { "surcharge" });
                    adjustment["group"] = self.pick(&groups).clone();
                    adjustment
                })
                .collect();
            draft["do"]["adjustments"] = json!(adjustments);
        }
        if self.one_in(3) {
            draft["do"]["lines_per_page"] = json!(1 + self.below(4));
        }
        if self.one_in(4) {
            let last = 1 + self.below(count.try_into().unwrap());
            let first = 1 + self.below(last);
            draft["do"]["subtotals"] = json!([{"title": "Parcial", "position": 1,
                "first_line": first, "last_line": last}]);
        }
        if self.one_in(4) {
            draft["do"]["balance"]["previous"] = json!(self.decimal(2, 100_000));
            draft["do"]["balance"]["advance"] = json!(self.decimal(2, 10_000));
        }
        if kind.ends_with("_note") {
            self.refer_to_paper(draft);
        }
    }

    fn refer_to_paper(&mut self, draft: &mut Value) {
        // Of this month, or so long ago that a credit note gives no ITBIS back.
        let day = *self.pick(&["2026-11-02", "2026-11-19", "2026-09-30", "2026-10-20"]);
        draft["credit"] = json!({"nature": "amount_correction"});
        draft["do"]["reference"] = json!({"number": "B0100000201", "issued_on": day,
            "reason": "Precio facturado por error"});
    }

    /// Some lines of an invoice that the DGII has, or all of it again.
    fn note_of_ledger(&mut self, kind: &str, originals: &[(String, Value)]) -> Value {
        let (number, original) = self.pick(originals).clone();
        let mut note = original;
        note["kind"] = json!(kind);
        note["credit"] = json!({"nature": "amount_correction", "original": {"number": number}});
        let lines = note["lines"].as_array().unwrap();
        let kept = usize::try_from(1 + self.below(lines.len().try_into().unwrap())).unwrap();
        let mut lines = lines[..kept].to_vec();
        for line in &mut lines {
            line["quantity"] = json!(self.decimal(2, 20));
            line["do"]["discounts"] = json!([]);
        }
        note["lines"] = json!(lines);
        note["do"] = json!({"balance": note["do"]["balance"]});
        note
    }

    fn customer(&mut self, kind: &str) -> Value {
        let abroad = json!({"kind": "foreigner", "name": "Oslo Import AS", "tax_id": "NO-998877",
            "do": {"country": "Noruega"}});
        let company = json!({"kind": "company", "name": "Ferreteria Ozama SRL", "tax_id": BUYER});
        match kind {
            "minor_expense" => json!({"kind": "consumer"}),
            "foreign_payment" => {
                json!({"kind": "foreigner", "name": "Nordic Cloud AS", "tax_id": "NO-1"})
            }
            "export_invoice" if self.one_in(2) => abroad,
            "purchase" => {
                json!({"kind": "person", "name": "Ramon Peralta", "tax_id": "00113918205"})
            }
            "government_invoice" => {
                json!({"kind": "government", "name": "Ministerio", "tax_id": "401007452"})
            }
            CONSUMER if self.one_in(2) => json!({"kind": "consumer", "name": "Maria Polanco",
                "tax_id": "00113918205"}),
            _ => company,
        }
    }

    /// An amount, or a percentage of what it is taken of.
    fn change(&mut self) -> Value {
        if self.one_in(2) {
            json!({"amount": self.decimal(2, 5_000)})
        } else {
            json!({"percent": self.decimal(2, 3_000)})
        }
    }

    fn changes(&mut self, most: u64) -> Vec<Value> {
        (0..self.below(most + 1)).map(|_| self.change()).collect()
    }

    fn line(&mut self, kind: &str) -> Value {
        let groups: &[&str] = match kind {
            "minor_expense" | "foreign_payment" => &["exempt"],
            "special_regime_invoice" => &["exempt", "exempt", "non_billable"],
            "export_invoice" => &["itbis_0", "itbis_0", "non_billable"],
            "purchase" => &["itbis_18", "itbis_16", "itbis_0", "exempt"],
            _ => &["itbis_18", "itbis_18", "itbis_16", "itbis_0", "exempt", "non_billable"],
        };
        let group = *self.pick(groups);
        let mut line = json!({
            "kind": if kind == "foreign_payment" || self.one_in(2) { "service" } else { "goods" },
            "name": "Articulo",
            "quantity": self.decimal(2, 100_000),
            "unit_price": self.decimal(4, 1_000_000_000),
            "tax_group": group,
            "do": {},
        });
        if !PLAIN.contains(&kind) {
            line["do"] = json!({"discounts": self.changes(2), "surcharges": self.changes(1)});
        }
        match kind {
            "purchase" => line["do"]["withholding"] = self.withheld(group),
            "minor_expense" | "foreign_payment" | "export_invoice" => {}
            _ => self.taxed(group, &mut line),
        }
        line
    }

    fn withheld(&mut self, group: &str) -> Value {
        let itbis = *self.pick(&["30", "75", "100"]);
        let income = *self.pick(&["2", "10", "27.5"]);
        match self.below(3) {
            0 if !group.starts_with("exempt") => json!({"itbis_percent": itbis}),
            1 => json!({"itbis_percent": itbis, "income_tax_percent": income}),
            _ => json!({"itbis_percent": "0", "income_tax_percent": income}),
        }
    }

    /// With taxes besides the ITBIS, now and then: of the amount, or selective ones with all that
    /// they are reckoned with.
    fn taxed(&mut self, group: &str, line: &mut Value) {
        let codes: &[&str] = match self.below(6) {
            0 => &["001"],
            1 => self.pick::<&[&str]>(OF_AMOUNT),
            2 if group == "itbis_18" => return self.drink(line),
            _ => return,
        };
        let codes: Vec<_> = codes.iter().map(|code| json!({"code": code})).collect();
        line["do"]["taxes"] = json!(codes);
    }

    fn drink(&mut self, line: &mut Value) {
        // Specific taxes of drinks go from 006 to 018, and each has its ad valorem 17 further on.
        let specific = 6 + self.below(13);
        let [specific, ad_valorem] = [specific, specific + 17].map(|code| format!("{code:03}"));
        let litres = format!("0.{:03}", 200 + self.below(800));
        line["do"]["taxes"] = json!([{"code": specific, "rate": "745.60"}, {"code": ad_valorem}]);
        line["do"]["reference_quantity"] = json!((1 + self.below(24)).to_string());
        line["do"]["reference_unit"] = json!("Botella");
        line["do"]["subquantities"] = json!([{"quantity": litres, "unit": "Litro"}]);
        line["do"]["alcohol_degrees"] = json!(self.decimal(2, 5_000));
        line["do"]["reference_price"] = json!(format!("{}.50", 600 + self.below(4_000)));
    }

    /// Norma 07-07: one line that the document divides.
    fn construction(&mut self) -> Value {
        json!({"kind": "service", "name": "Obra", "quantity": "1",
            "unit_price": self.decimal(4, 10_000_000_000), "tax_group": "itbis_18",
            "do": {"norm_07_07": true}})
    }

    /// Norma 10-07: a commission off prepaid cards.
    fn phone_card(&mut self) -> Value {
        json!({"kind": "service", "name": "Tarjeta", "quantity": (1 + self.below(500)).to_string(),
            "unit_price": *self.pick(&["60", "130", "200", "333.33"]), "tax_group": "itbis_18",
            "do": {"taxes": [{"code": "002"}, {"code": "004"}]}})
    }
}

const TAX_CREDIT: &str = "tax_credit_invoice";
const CONSUMER: &str = "consumer_invoice";
/// Their format has no place for changes of a price.
const PLAIN: [&str; 2] = ["minor_expense", "foreign_payment"];

/// What a draft has of what is hard to reckon.
pub(super) fn parts(draft: &Value) -> Vec<&'static str> {
    let text = draft.to_string();
    PARTS.iter().map(|(part, _)| *part).filter(|part| text.contains(part)).collect()
}

/// As it stands in the text of a draft, and in which types it has to come through.
pub(super) const PARTS: &[(&str, &[&str])] = &[
    ("exchange", ALL),
    ("lines_per_page", ALL),
    ("advance", ALL),
    ("discounts\":[{", CHANGED),
    ("adjustments", CHANGED),
    ("percent\":", CHANGED),
    ("tax_included", ALL),
    ("\"itbis_16", &[TAX_CREDIT, CONSUMER, DEBIT, CREDIT, "purchase", GOVERNMENT]),
    (
        "\"non_billable",
        &[TAX_CREDIT, CONSUMER, DEBIT, CREDIT, GOVERNMENT, SPECIAL, "export_invoice"],
    ),
    ("code\":\"001", TAXED),
    ("code\":\"003", TAXED),
    ("code\":\"004", TAXED),
    ("code\":\"005", TAXED),
    ("alcohol_degrees", &[TAX_CREDIT, CONSUMER, DEBIT, CREDIT, GOVERNMENT]),
    ("norm_07_07", &[TAX_CREDIT, CONSUMER]),
    ("norm_10_07", &[TAX_CREDIT]),
    ("income_tax_percent", &["purchase"]),
    ("B0100000201", &[DEBIT, CREDIT]),
    ("2026-09-30", &[DEBIT, CREDIT]),
    ("\"original\":{", &[DEBIT, CREDIT]),
];

const ALL: &[&str] = &[
    TAX_CREDIT,
    CONSUMER,
    DEBIT,
    CREDIT,
    "purchase",
    "minor_expense",
    SPECIAL,
    GOVERNMENT,
    "export_invoice",
    "foreign_payment",
];
const CHANGED: &[&str] =
    &[TAX_CREDIT, CONSUMER, DEBIT, CREDIT, "purchase", SPECIAL, GOVERNMENT, "export_invoice"];
const TAXED: &[&str] = &[TAX_CREDIT, CONSUMER, DEBIT, CREDIT, SPECIAL, GOVERNMENT];
const DEBIT: &str = "debit_note";
const CREDIT: &str = "credit_note";
const SPECIAL: &str = "special_regime_invoice";
const GOVERNMENT: &str = "government_invoice";
/// Codes of taxes that are reckoned from the amount, as they stand on one line.
const OF_AMOUNT: &[&[&str]] = &[&["002", "004"], &["003"], &["002"], &["005"], &["001", "004"]];
