//! Receipts as a mapper would compose them: from the shortest to the awkward.

use receipts::{
    Attestation, CaptionedQr, Code, Decimal, ErrorCorrection, GroupTotal, Item, Labels, Mention,
    NumberStyle, PriceChange, Qr, Receipt, Row, Section, Seller, SpecificTax, Tone, Total, Weight,
};

pub(crate) const LEGAL_PAYLOAD: &str =
    "RDCDEF01;XX01710090-1;TESTFACTHQBAX2F3K22NMDYR;A9000011T;20241204123456";

/// Every sample with its name.
pub(crate) fn all() -> [(&'static str, Receipt); 5] {
    [
        ("short", short()),
        ("rich", rich()),
        ("awkward", awkward()),
        ("pending", pending()),
        ("long", long(120)),
    ]
}

pub(crate) fn figure(written: &str) -> Decimal {
    written.parse().expect(written)
}

/// The invoice of the authority's own model.
pub(crate) fn short() -> Receipt {
    Receipt {
        language: "fr".into(),
        sealed_at: "2024-12-04T11:34:56Z".parse().unwrap(),
        numbers: NumberStyle::dotted(),
        labels: Labels::french("T.T.C."),
        seller: seller(),
        title: "FACTURE DE VENTE".into(),
        number: Row::text("No", "345/2024"),
        mentions: vec![],
        header: header(),
        client: Some(client("ABC SARL")),
        items: vec![
            item(1, "EAU", "A-EX", ("5", "720.00", "3600.00")),
            item(2, "LAIT GR", "B", ("1", "464.00", "464.00")),
        ],
        groups: vec![taxable("400.00", "64.00", "464.00"), exempt("3600.00")],
        totals: vec![total("Total TVA", "64.00", Weight::Normal), grand("4064.00")],
        words: Some(Row::text(
            "Arrêtée la présente facture à la somme de",
            "quatre mille soixante-quatre francs congolais",
        )),
        foreign: vec![],
        payments: vec![Row::amount("ESPÈCES", figure("4064.00"))],
        item_count: Row::quantity("Nombre d’articles", figure("2")),
        comments: vec![],
        security: Some(security()),
        seal: Some(seal()),
        footer: vec!["Merci de votre visite. Exigez la facture normalisée.".into()],
        form: None,
        carried: None,
    }
}

/// Discounts, specific tax, dollars, comments.
pub(crate) fn rich() -> Receipt {
    let mut receipt = short();
    receipt.items[0].price_change = Some(PriceChange {
        label: "Prix initial".into(),
        original: figure("1440.00"),
        reason: "Remise 50%".into(),
    });
    receipt.items[1].specific_tax =
        Some(SpecificTax { label: "T.S. 10%".into(), amount: figure("40.00") });
    receipt.items.push(Item {
        code: Some("CIM-42".into()),
        unit: Some("sac".into()),
        ..item(3, CEMENT, "B", ("12.5", "24300.50", "303756.25"))
    });
    receipt.items.push(item(4, "Livraison à domicile", "C", ("1", "15000.00", "15000.00")));
    receipt.items[3].tags[1] = "SER".into();
    receipt.groups[0] = taxable("262258.84", "41961.41", "304220.25");
    receipt.totals = vec![
        total("Total H.T.", "280144.55", Weight::Normal),
        total("Total TVA", "42675.70", Weight::Normal),
        total("Taxe spécifique", "40.00", Weight::Normal),
        grand("322820.25"),
    ];
    receipt.words = Some(Row::text(
        "Arrêtée la présente facture à la somme de",
        "trois cent vingt-deux mille huit cent vingt francs congolais et vingt-cinq centimes",
    ));
    receipt.foreign = vec![
        Row::amount("Équivalent en USD", figure("140.36")),
        Row::quantity("Taux (CDF pour 1 USD)", figure("2300.00")),
    ];
    receipt.payments = vec![
        Row::amount("ESPÈCES", figure("22820.25")),
        Row::amount("MOBILE MONEY", figure("300000.00")),
    ];
    receipt.comments = vec![Row::text("Réf. Exo.", "ATT/2024/0042/DGI/KIN du 12/11/2024")];
    receipt
}

/// A duplicate of a credit note, exported, under test, with names that do not fit.
pub(crate) fn awkward() -> Receipt {
    let mut receipt = rich();
    receipt.seller.legal_name =
        "ÉTABLISSEMENTS KABASELE, MUKENDI & FILS – IMPORT-EXPORT ET COMMERCE GÉNÉRAL SARLU".into();
    receipt.client = Some(client(
        "Ambassade de la République Kɔ́ngɔ-Ŋgala auprès des organisations internationales \
         établies à Kinshasa",
    ));
    receipt.title = "FACTURE D’AVOIR".into();
    receipt.mentions = vec![
        mention("TEST – SANS VALEUR FISCALE", None, Tone::Warning),
        mention("DUPLICATA", None, Tone::Notice),
        mention(
            "FACTURE D’AVOIR",
            Some("RAM – Avoir suite reprise. Réf. TEST-E64H-2J6I-LT3E-B5TH-DUMA"),
            Tone::Notice,
        ),
        mention("EXPORTATION", None, Tone::Notice),
    ];
    receipt.items[0].designation =
        "Groupe électrogène insonorisé 250 kVA avec inverseur automatique, armoire de commande, \
         réservoir journalier de 500 litres et mise en service sur site"
            .into();
    receipt.items[0].amount = figure("123456789012.75");
    receipt
}

/// Not yet acknowledged: no security elements, a notice instead.
pub(crate) fn pending() -> Receipt {
    let mut receipt = short();
    receipt.security = None;
    receipt.client = None;
    receipt.mentions =
        vec![mention("EN ATTENTE DU CODE DEF/DGI", Some("pending DGI code"), Tone::Warning)];
    receipt
}

/// Several pages.
pub(crate) fn long(lines: u32) -> Receipt {
    let mut receipt = rich();
    receipt.items = (1..=lines)
        .map(|index| {
            let name = ["Riz parfumé 25 kg", "Huile végétale 5 L", CEMENT][index as usize % 3];
            item(index, name, "B", ("3", "1250.00", "3750.00"))
        })
        .collect();
    receipt
}

fn seller() -> Seller {
    Seller {
        trade_name: None,
        legal_name: "SUPERMARCHÉ CENTRAL".into(),
        ids: vec![Row::text("NIF", "A9000011T"), Row::text("RCCM", "RCCM/2024/12/13/14")],
        shop: Some("SUPERMARCHÉ CENTRAL – GOMBE".into()),
        address: vec!["BOULEVARD 30 JUIN, KINSHASA".into()],
        contacts: vec!["Tél. : 012345678".into(), "Email : info@test.cd".into()],
        regime: Some("Régime : réel – assujetti à la TVA".into()),
    }
}

fn header() -> Vec<Row> {
    vec![
        Row::text("Date", "04/12/2024 12:34:56"),
        Row::text("Vendeur", "JACQUES"),
        Row::text("ISF", "AB01710090"),
        Row::text("Mode de prix", "TTC"),
    ]
}

fn client(name: &str) -> Section {
    Section {
        title: "Acheteur".into(),
        rows: vec![
            Row::text("Type de l’acheteur", "[PM] Personne morale"),
            Row::text("NIF de l’acheteur", "A9001255A"),
            Row::text("Nom de l’acheteur", name),
        ],
    }
}

pub(crate) fn item(
    index: u32,
    designation: &str,
    group: &str,
    (quantity, price, amount): (&str, &str, &str),
) -> Item {
    Item {
        index,
        code: None,
        designation: designation.into(),
        tags: vec![group.into(), "BIE".into()],
        quantity: figure(quantity),
        unit: None,
        unit_price: figure(price),
        amount: figure(amount),
        price_change: None,
        specific_tax: None,
        mark: None,
        note: None,
        cells: vec![],
    }
}

fn taxable(base: &str, tax: &str, sum: &str) -> GroupTotal {
    GroupTotal {
        tag: "B".into(),
        label: "Taxable".into(),
        rate: Some(figure("16")),
        base_label: "Total H.T. [B] 16%".into(),
        base: figure(base),
        tax: Some(("Total TVA [B] 16%".into(), figure(tax))),
        total: figure(sum),
    }
}

fn exempt(sum: &str) -> GroupTotal {
    GroupTotal {
        tag: "A".into(),
        label: "Exonéré et hors champ".into(),
        rate: None,
        base_label: "Total EXONÉRÉS [A]".into(),
        base: figure(sum),
        tax: None,
        total: figure(sum),
    }
}

fn total(label: &str, amount: &str, weight: Weight) -> Total {
    Total { label: label.into(), amount: figure(amount), weight }
}

fn grand(amount: &str) -> Total {
    total("TOTAL TTC (CDF)", amount, Weight::Large)
}

fn mention(text: &str, detail: Option<&str>, tone: Tone) -> Mention {
    Mention { text: text.into(), detail: detail.map(Into::into), tone }
}

fn security() -> Attestation {
    Attestation {
        title: "CODE DEF/DGI".into(),
        code: Code::new("TEST-FACT-HQBA-X2F3-K22N-MDYR").unwrap(),
        rows: vec![
            Row::text("DEF NIM", "XX01710090-1"),
            Row::text("DEF Compteurs", "3/9 FV"),
            Row::text("DEF Heure", "04/12/2024 12:34:56"),
        ],
        qr: Some(CaptionedQr {
            qr: Qr::new(LEGAL_PAYLOAD, ErrorCorrection::Medium).unwrap(),
            caption: "Facture normalisée DGI".into(),
        }),
    }
}

fn seal() -> Attestation {
    Attestation {
        title: "SCEAU STALELA".into(),
        code: Code::new("MZXW6YTBOI2DKNRXHA4TUOZ4").unwrap(),
        rows: vec![
            Row::text("Scellée le", "04/12/2024 12:34:56 +01"),
            Row::text("Écriture", "1 204"),
            Row::text("Clé", "1d7c1b641ac19360"),
        ],
        qr: Some(CaptionedQr {
            qr: Qr::new(seal_payload(), ErrorCorrection::Low).unwrap(),
            caption: "Vérifier cette facture".into(),
        }),
    }
}

/// As long as a statement and a signature in base64url are.
pub(crate) fn seal_payload() -> String {
    let statement = "c3RhbGVsYS9lbnRyeS8xAAAACUE5MDAwMDExVAAAAAhraW4tZ29tYmU".repeat(6);
    format!("https://verify.example.cd/#s={statement}")
}

const CEMENT: &str = "Ciment Portland CEM II 42,5 R, sac de 50 kg";
