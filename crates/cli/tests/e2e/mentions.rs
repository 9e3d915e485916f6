//! What the customer holds, of an invoice that the real server sealed: every mention that the law
//! wants (SFE 1.2.1 a to x), the duplicata, and a QR that a foreign reader reads.

use std::process::Command;

use serde_json::{Value, json};
use simulators::drc_emcf::Options;

use crate::shop::{SALE, Shop, binary};

fn receipt(shop: &Shop, id: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(binary())
        .args(["show", id, "--receipt"])
        .args(arguments)
        .env("STALELA_URL", shop.url().unwrap())
        .env("STALELA_API_KEY", &shop.api_key)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn text(shop: &Shop, id: &str) -> String {
    let text = String::from_utf8(receipt(shop, id, &["text"])).unwrap();
    // Lines are broken where the paper ends; a mention may go over two.
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn sealed(shop: &Shop, key: &str, draft: &Value) -> Value {
    let (status, invoice) = shop.try_issue(key, &draft.to_string()).await.unwrap();
    assert_eq!(status, 201, "{invoice}");
    invoice
}

async fn shop() -> Shop {
    let shop = Shop::new("drc/emcf", Options::calm).await;
    shop.start();
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn sfe_1_2_1_every_mention_stands_on_the_receipt() {
    let shop = shop().await;
    let draft = json!({
        "kind": "sale", "prices": "tax_included",
        "operator": { "name": "JACQUES" },
        "customer": {
            "kind": "company", "name": "ABC SARL", "tax_id": "A9001255A",
            "address": "Avenue du Port 7", "phone": "+243 810 000 000",
        },
        "lines": [
            { "code": "001", "kind": "goods", "name": "EAU", "quantity": "5",
              "unit_price": "720.00", "tax_group": "A" },
            { "code": "002", "kind": "goods", "name": "JUS", "quantity": "4",
              "unit_price": "500.00", "tax_group": "B",
              "specific_tax": { "per_unit": "75.00" },
              "discount": { "original_price": "1000.00", "reason": "Remise 50%" } },
        ],
        "exchange": { "currency": "USD", "rate": "2300.00" },
    });
    let invoice = sealed(&shop, "a", &draft).await;
    let text = text(&shop, invoice["id"].as_str().unwrap());
    let number = invoice["number"].as_str().unwrap();
    let code = invoice["authority"]["code_formatted"].as_str().unwrap();
    for (mention, words) in [
        ("a, the seller's name", "SUPERMARCHÉ CENTRAL"),
        ("b, its tax number", "A1234567B"),
        ("c, the place of sale", "Kinshasa"),
        ("d, its contacts", "info@example.cd"),
        ("e, the customer", "ABC SARL"),
        ("e, its number", "A9001255A"),
        ("e, its kind", "[PM] Personne morale"),
        ("j, the tax regime", "Assujetti à la TVA"),
        ("k, the number", number),
        ("l, the article, its group and kind", "EAU (A-EX)(BIE)"),
        ("l, quantity and price", "5 x 720"),
        ("l, the price before", "Prix initial 1.000"),
        ("m, sales of the group", "Total H.T. [B] 16%"),
        ("n, its rate", "16%"),
        ("o, its tax", "Total TVA [B] 16%"),
        ("p, the total", "TOTAL TTC (CDF)"),
        ("q, in words", "cinq mille neuf cent quarante-huit francs congolais"),
        ("r, in dollars", "Total USD"),
        ("r, at which rate", "2.300"),
        ("s, how it was paid", "ESPÈCES"),
        ("t, the specific tax", "T.S. 75 / unité"),
        ("u, date and time", "Date:"),
        ("v, the system", "STLTEST01"),
        ("w, the operator", "JACQUES"),
        ("x, the code", code),
        ("x, the device", "CD01000001-1"),
        ("x, its counters", "DEF Compteurs"),
        ("x, its time", "DEF Heure"),
    ] {
        assert!(text.contains(words), "{mention}: {words:?} is not in\n{text}");
    }
    assert!(!text.contains("DUPLICATA") && !text.contains("AVOIR"), "mentions f and g");
}

#[tokio::test(flavor = "multi_thread")]
async fn sfe_1_2_1_g_h_i_each_kind_says_what_it_is() {
    let shop = shop().await;
    let sale: Value = serde_json::from_str(SALE).unwrap();
    let original = sealed(&shop, "sale", &sale).await;
    let line = |group: &str| {
        json!([{ "code": "001", "kind": "goods", "name": "EAU", "quantity": "1",
                 "unit_price": "720.00", "tax_group": group }])
    };
    let of_kind = |kind: &str, lines: Value| {
        let mut draft = sale.clone();
        draft["kind"] = json!(kind);
        draft["lines"] = lines;
        draft
    };
    let mut note = of_kind("credit_note", line("A"));
    note["credit"] = json!({ "nature": "return", "original": { "id": original["id"] } });
    for (key, draft, words) in [
        ("g", note, vec!["FACTURE D’AVOIR", "RAM", original["number"].as_str().unwrap()]),
        ("h", of_kind("export_sale", line("E")), vec!["EXPORTATION"]),
        ("i", of_kind("advance", line("A")), vec!["FACTURE D’ACOMPTE"]),
    ] {
        let invoice = sealed(&shop, key, &draft).await;
        let text = text(&shop, invoice["id"].as_str().unwrap());
        for word in words {
            assert!(text.contains(word), "{key}: {word} is not in\n{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sfe_1_1_8_and_1_1_15_a_duplicata_says_so_and_keeps_the_number() {
    let shop = shop().await;
    let invoice = sealed(&shop, "1", &serde_json::from_str(SALE).unwrap()).await;
    let (id, number) = (invoice["id"].as_str().unwrap(), invoice["number"].as_str().unwrap());
    let copy = String::from_utf8(receipt(&shop, id, &["text", "--copy"])).unwrap();
    assert!(copy.contains("DUPLICATA") && copy.contains(number), "{copy}");
    let next = sealed(&shop, "2", &serde_json::from_str(SALE).unwrap()).await;
    assert!(next["number"].as_str().unwrap().ends_with("000002"), "a copy takes no number");
}

#[tokio::test(flavor = "multi_thread")]
async fn sfe_1_1_29_the_printed_qr_is_the_modules_own() {
    let shop = shop().await;
    let invoice = sealed(&shop, "1", &serde_json::from_str(SALE).unwrap()).await;
    let pdf = shop.folder.path().join("receipt.pdf");
    std::fs::write(&pdf, receipt(&shop, invoice["id"].as_str().unwrap(), &["pdf"])).unwrap();
    let page = shop.folder.path().join("page");
    let rendered =
        Command::new("pdftoppm").args(["-r", "300", "-png"]).arg(&pdf).arg(&page).status();
    let read = Command::new("zbarimg")
        .args(["--quiet", "--raw"])
        .arg(shop.folder.path().join("page-1.png"))
        .output();
    let (Ok(rendered), Ok(read)) = (rendered, read) else {
        println!("skipped: pdftoppm or zbarimg is not installed");
        return;
    };
    assert!(rendered.success());
    let read = String::from_utf8_lossy(&read.stdout).into_owned();
    let registered = shop.managed("/registered?from=0&limit=10").await;
    let qr = registered[0]["qrCode"].as_str().unwrap();
    assert!(qr.starts_with("RDCDEF01;"));
    assert!(read.lines().any(|line| line == qr), "{qr} is not among {read}");
    let verify_url = invoice["seal"]["verify_url"].as_str().unwrap();
    assert!(read.lines().any(|line| line == verify_url), "{verify_url} is not among {read}");
}
