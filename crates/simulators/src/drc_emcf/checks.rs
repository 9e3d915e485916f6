//! Whether an invoice can be accepted: the first rule that it breaks, or its totals.

use crate::drc_emcf::articles::{self, Article};
use crate::drc_emcf::codes::{
    EXPORT_GROUP, INVOICE_NUMBER, INVOICE_TYPE, ISF, NIF, PRICE_MODE, Refusal, TOO_LONG,
};
use crate::drc_emcf::credit::{self, Credit};
use crate::drc_emcf::limits::{LONGEST_IDENTIFIER, LONGEST_INVOICE_NUMBER, LONGEST_TEXT};
use crate::drc_emcf::rates::{Group, VatRates};
use crate::drc_emcf::request::InvoiceRequest;
use crate::drc_emcf::totals::{Line, PriceMode, Totals};
use crate::drc_emcf::{CurrencyRate, Dialect, currency, parties, payments};
use rust_decimal::Decimal;

/// What the rules need to know besides the invoice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    /// The taxpayer of the token.
    pub(super) nif: &'a str,
    pub(super) rates: &'a VatRates,
    pub(super) currencies: &'a [CurrencyRate],
    pub(super) dialect: &'a Dialect,
}

/// An invoice that broke no rule it could break on its own.
#[derive(Clone, Debug)]
pub(super) struct Acceptable {
    pub(super) kind: Kind,
    pub(super) articles: Vec<Article>,
    pub(super) totals: Totals,
    /// The total in the invoice's currency, where it names one that is not the franc.
    pub(super) currency_total: Option<Decimal>,
    pub(super) credit: Option<Credit>,
}

/// The six types of invoice (SFE 1.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Sale,
    Deposit,
    CreditNote,
    ExportSale,
    ExportDeposit,
    ExportCreditNote,
}

/// Reads an invoice by the rules.
pub(super) fn accept(request: &InvoiceRequest, rules: &Rules) -> Result<Acceptable, Refusal> {
    let (kind, mode) = header(request, rules)?;
    lengths(request)?;
    parties::check(request, rules.dialect.strict)?;
    let credit = credit::nature(request, kind)?;
    let articles = articles::read(request.items(), mode, rules)?;
    parties::check_comment_for_groups(request, &articles)?;
    if rules.dialect.strict && kind.is_export() {
        export_groups(&articles)?;
    }
    let lines: Vec<Line> = articles.iter().map(|article| article.line).collect();
    let totals = Totals::of(&lines, mode, rules.rates, rules.dialect.rounding);
    payments::check(request.payments(), totals.total)?;
    let currency_total = currency::check(request, rules.currencies, totals.total)?;
    Ok(Acceptable { kind, articles, totals, currency_total, credit })
}

impl Kind {
    pub(super) const ALL: [Self; 6] = [
        Self::Sale,
        Self::Deposit,
        Self::CreditNote,
        Self::ExportSale,
        Self::ExportDeposit,
        Self::ExportCreditNote,
    ];

    pub(super) fn letters(self) -> &'static str {
        match self {
            Self::Sale => "FV",
            Self::Deposit => "FT",
            Self::CreditNote => "FA",
            Self::ExportSale => "EV",
            Self::ExportDeposit => "ET",
            Self::ExportCreditNote => "EA",
        }
    }

    pub(super) fn is_credit(self) -> bool {
        matches!(self, Self::CreditNote | Self::ExportCreditNote)
    }

    pub(super) fn is_export(self) -> bool {
        matches!(self, Self::ExportSale | Self::ExportDeposit | Self::ExportCreditNote)
    }
}

fn header(request: &InvoiceRequest, rules: &Rules) -> Result<(Kind, PriceMode), Refusal> {
    if request.nif != rules.nif {
        let detail = format!("nif {:?} n'est pas celui du jeton, {:?}", request.nif, rules.nif);
        return Err(NIF.because(detail));
    }
    let kind = Kind::ALL.into_iter().find(|kind| kind.letters() == request.kind);
    let kind = kind.ok_or_else(|| INVOICE_TYPE.because(format!("type {:?}", request.kind)))?;
    if request.rn.is_empty() || request.rn.chars().count() > LONGEST_INVOICE_NUMBER {
        let detail = format!("rn doit avoir 1 à {LONGEST_INVOICE_NUMBER} caractères");
        return Err(INVOICE_NUMBER.because(detail));
    }
    let mode = match request.mode.as_str() {
        "ht" => PriceMode::BeforeTax,
        "ttc" => PriceMode::AllTaxes,
        other => return Err(PRICE_MODE.because(format!("mode {other:?}"))),
    };
    if request.isf.is_empty() || request.isf.len() > LONGEST_IDENTIFIER {
        return Err(ISF.because(format!("isf doit avoir 1 à {LONGEST_IDENTIFIER} caractères")));
    }
    Ok((kind, mode))
}

/// The texts outside the articles.
fn lengths(request: &InvoiceRequest) -> Result<(), Refusal> {
    let comments = request.comments();
    let others = [
        request.reference_type.as_str(),
        &request.reference_desc,
        &request.cur_code,
        &request.cur_date,
    ];
    let client = request.client.iter().flat_map(|client| {
        [&client.nif, &client.name, &client.contact, &client.address, &client.type_desc]
    });
    let operator = request.operator.iter().flat_map(|operator| [&operator.id, &operator.name]);
    let texts =
        comments.into_iter().chain(others).chain(client.chain(operator).map(String::as_str));
    within("commentaires, client, operator, reference", texts)
}

/// Refuses a text that is too long; `place` says where to look.
pub(super) fn within<'a>(
    place: &str,
    mut texts: impl Iterator<Item = &'a str>,
) -> Result<(), Refusal> {
    if texts.any(|text| text.chars().count() > LONGEST_TEXT) {
        Err(TOO_LONG.because(format!("{place} : plus de {LONGEST_TEXT} caractères")))
    } else {
        Ok(())
    }
}

/// One integrator saw export invoices refused with other groups than these.
fn export_groups(articles: &[Article]) -> Result<(), Refusal> {
    let foreign =
        |article: &&Article| ![Group::E, Group::L, Group::N].contains(&article.line.group);
    match articles.iter().find(foreign) {
        Some(article) => Err(EXPORT_GROUP.because(format!("{:?}", article.name))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::{Value, json};

    use super::*;
    use crate::drc_emcf::SpecificTaxBase;

    /// Where the worked example is changed, to what, and the code that it then meets; `-` for none.
    /// A pointer that ends in `!` takes the member away. `;` makes two changes.
    const TABLE: &str = r#"
    /nif            "A9999999Z"                     | 13
    /nif            null                            | 13
    /type           "XX"                            | 3
    /type           "fv"                            | 3
    /rn             ""                              | 14
    /rn!            0                               | 14
    /rn             "1234567890123456789012345678901234567890123456789012345678901234"  | -
    /rn             "12345678901234567890123456789012345678901234567890123456789012345" | 14
    /mode           "TTC"                           | 33
    /mode!          0                               | 33
    /isf            ""                              | 15
    /isf            "SFE-123-ABCDEFGHIJKLMNOPQRSTUVWXYZ"   | 15
    /operator       null                            | 28
    /operator/name  ""                              | 28
    /client!        0                               | -
    /client/type    "XX"                            | 16
    /client/type    ""                              | -
    /client/nif     ""                              | 17
    /client/name    null                            | 17
    /client         {"type":"PP"}                   | -
    /client         {"type":"PC","name":"X"}        | 17
    /client         {"type":"PL","nif":"A"}         | 17
    /client         {"type":"AO"}                   | 17
    /client         {"type":"AO","name":"AMB"}      | 18
    /client         {"type":"AO","name":"AMB"} ; /cmta "EXO 12" | -
    /items          []                              | 8
    /items          null                            | 8
    /items/0/type   "BIEN"                          | 24
    /items/0/type!  0                               | 24
    /items/0/taxGroup "Q"                           | 9
    /items/0/taxGroup "a"                           | 9
    /items/0/taxGroup null                          | 9
    /items/0/taxGroup "L"                           | 19
    /items/0/taxGroup "N"                           | 19
    /items/0/type   "TAX"                           | 19
    /items/0/type   "TAX" ; /items/0/taxGroup "L"   | -
    /items/0/type   "TAX" ; /items/0/taxGroup "N"   | -
    /items/0/type   "SER"                           | -
    /items/0/taxGroup "D"                           | 18
    /items/0/taxGroup "D" ; /cmta "DEROG 7"         | -
    /items/0/name   ""                              | 34
    /items/0/price! 0                               | 34
    /items/0/price  0                               | 21
    /items/0/price  -720                            | 21
    /items/0/price  720.000                         | -
    /items/0/price  720.001                         | 22
    /items/0/price  "720.00"                        | -
    /items/0/price  10000000000000                  | 31
    /items/0/price  0.01 ; /items/0/quantity 0.001 | 21
    /items/0/quantity 0                             | 21
    /items/0/quantity -5                            | 21
    /items/0/quantity 5.0000                        | -
    /items/0/quantity 5.0001                        | 22
    /items/0/quantity "5"                           | -
    /items/0/quantity 1000000000                    | 31
    /items/0/originalPrice 800.005                  | 22
    /items/0/taxSpecificAmount -1                   | 21
    /items/0/taxSpecificAmount 0.001                | 22
    /items/0/taxSpecificValue "10 %"                | 29
    /items/0/taxSpecificValue "-1"                  | 29
    /items/0/taxSpecificValue "10%" ; /items/0/taxSpecificAmount 360 ; /payment [] | -
    /items/0/taxSpecificValue "10%" ; /items/0/taxSpecificAmount 361 ; /payment [] | 29
    /items/0/taxSpecificValue "75" ; /items/0/taxSpecificAmount! 0 ; /payment []   | -
    /payment        []                              | -
    /payment!       0                               | -
    /payment/0/name "BITCOIN"                       | 7
    /payment/0/amount 4063.99                       | 27
    /payment/0/amount "4064"                        | -
    /payment/0/amount! 0                            | 27
    /payment/0/amount -4064                         | 21
    /payment/0/amount 4064.001                      | 22
    /curCode        "CDF" ; /curRate -1             | -
    /curCode        "USD" ; /curRate 2300           | -
    /curCode        "USD" ; /curRate "2277"         | -
    /curCode        "USD" ; /curRate 2323           | -
    /curCode        "USD" ; /curRate 2323.01        | 25
    /curCode        "USD" ; /curRate 2276.99        | 25
    /curCode        "USD" ; /curRate 79228162514264337593543950335 | 25
    /curCode        "USD" ; /curRate -2300          | 25
    /curCode        "USD" ; /curRate null           | 25
    /curCode        "XAF" ; /curRate 4              | 25
    /type           "FA"                            | 4
    /type           "EA" ; /reference "RRR"         | 26
    /type           "FA" ; /reference "RRR" ; /referenceType "RRR"  | -
    /type           "FA" ; /reference "RRR" ; /referenceType "COR"  | 5
    /type           "FA" ; /reference "ABC" ; /referenceType "RRR"  | 26
    /type           "FA" ; /reference "ABC" ; /referenceType "XYZ"  | 26
    /type           "FA" ; /reference "TESTFACTHQBAX2F3K22NMDY" ; /referenceType "RAN"       | 5
    /type           "FA" ; /reference "TEST-FACT-HQBA-X2F3-K22N-MDYR" ; /referenceType "RAN" | 5
    /type           "FA" ; /reference "TESTFACTHQBAX2F3K22NMDYR" ; /referenceType "RAM"      | -
    "#;

    fn example() -> Value {
        json!({
            "nif": "A1234567B", "rn": "FAC01/2026", "mode": "ttc", "isf": "SFEABC001", "type": "FV",
            "items": [
                {"code": "001", "type": "BIE", "name": "EAU", "price": 720.00, "quantity": 5,
                 "taxGroup": "A", "taxSpecificValue": "0%", "taxSpecificAmount": 0,
                 "originalPrice": 720.00, "priceModification": ""},
                {"code": "002", "type": "BIE", "name": "LAIT GR", "price": 464.00, "quantity": 1,
                 "taxGroup": "B"}],
            "client": {"nif": "A9001255A", "name": "ABC SARL", "type": "PM"},
            "operator": {"id": "1123", "name": "JACQUES"},
            "payment": [{"name": "ESPECES", "amount": 4064.00}],
            "curCode": "CDF", "curRate": 0
        })
    }

    /// The value keeps the digits of the table: the example is spliced as text.
    fn changed(changes: &str) -> String {
        let mut example = example();
        let mut numbers = Vec::new();
        for change in changes.split(" ; ") {
            let (path, value) = change.trim().split_once(' ').unwrap();
            let (parent, key) = path.trim_end_matches('!').rsplit_once('/').unwrap();
            let members = example.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            if path.ends_with('!') {
                members.remove(key);
                continue;
            }
            let mark = format!("@{}@", numbers.len());
            members.insert(key.to_owned(), json!(mark));
            numbers.push((format!("\"{mark}\""), value.trim().to_owned()));
        }
        let text = example.to_string();
        numbers.iter().fold(text, |text, (mark, value)| text.replace(mark, value))
    }

    fn judged(json: &str, dialect: &Dialect) -> Result<Acceptable, Refusal> {
        let request: InvoiceRequest = serde_json::from_str(json).unwrap();
        let rates = VatRates::on(date(2026, 6, 8));
        let currencies = CurrencyRate::of_an_ordinary_day();
        accept(
            &request,
            &Rules { nif: "A1234567B", rates: &rates, currencies: &currencies, dialect },
        )
    }

    #[test]
    fn the_table_of_refusals() {
        for row in TABLE.lines().filter(|row| !row.trim().is_empty()) {
            let (changes, expected) = row.rsplit_once('|').unwrap();
            let judgement = judged(&changed(changes), &Dialect::default());
            let code = judgement.map_or_else(|refusal| refusal.code.number, |_| "-");
            assert_eq!(code, expected.trim(), "{row}");
        }
    }

    #[test]
    fn too_much_of_anything_is_refused() {
        let long = "x".repeat(LONGEST_TEXT + 1);
        let item = example()["items"][0].clone();
        for (path, value) in [
            ("/cmth", json!(long)),
            ("/client", json!({"type": "PP", "address": long})),
            ("/operator", json!({"name": long})),
            ("/items", json!(vec![item.clone(); 1_001])),
            ("/items", json!([{"type": "BIE", "taxGroup": "A", "price": 1, "name": long}])),
            ("/payment", json!(vec![json!({"name": "ESPECES", "amount": 1}); 51])),
        ] {
            let refusal =
                judged(&changed(&format!("{path} {value}")), &Dialect::default()).unwrap_err();
            assert_eq!(refusal.code, TOO_LONG, "{path}");
        }
    }

    #[test]
    fn the_strict_dialect_refuses_what_is_tolerated_today() {
        let strict = Dialect { strict: true, ..Dialect::default() };
        for (changes, code) in
            [("/client! 0", "16"), ("/client/type \"\"", "16"), ("/type \"EV\"", "35")]
        {
            assert_eq!(judged(&changed(changes), &strict).unwrap_err().code.number, code);
            assert!(judged(&changed(changes), &Dialect::default()).is_ok());
        }
    }

    #[test]
    fn a_foreign_currency_gives_a_second_total() {
        let json = changed("/curCode \"USD\" ; /curRate \"2300\"");
        let judged = judged(&json, &Dialect::default()).unwrap();
        assert_eq!(judged.currency_total.unwrap().to_string(), "1.77");
    }

    #[test]
    fn the_base_of_a_percentage_is_a_choice() {
        let changes = "/items/1/price 500 ; /items/1/quantity 4 ; \
                       /items/1/taxSpecificValue \"10%\" ; /payment []";
        let tax = |base| {
            let dialect = Dialect { specific_tax_base: base, ..Dialect::default() };
            judged(&changed(changes), &dialect).unwrap().totals.specific_tax.to_string()
        };
        assert_eq!(tax(SpecificTaxBase::BeforeTax), "172.41");
        assert_eq!(tax(SpecificTaxBase::EnteredPrice), "200");
    }
}
