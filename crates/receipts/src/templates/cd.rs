//! The Congolese *facture normalisée*: the mentions a to x of SFE 1.2.1, in the manner of the
//! model in the MCF-SFE protocol, chapter 2.

use ::invoice::{
    Amount, DocumentRole, GroupTotal as Group, Invoice, Line, PriceMode, Regime, SealedInvoice,
    SecurityElements, SpecificMeasure, TaxTreatment,
};

use super::Presentation;
use crate::{
    Attestation, CaptionedQr, Code, CurrencyNames, Decimal, Error, ErrorCorrection, GroupTotal,
    Item, Labels, Mention, Noun, NumberStyle, Numerals, PriceChange, Qr, Receipt, Row, Section,
    Seller, SpecificTax, Text, Tone, Total, Weight, in_words,
};

pub(super) fn receipt(
    sealed: &SealedInvoice,
    regime: &Regime,
    presentation: &Presentation,
) -> Result<Receipt, Error> {
    let invoice = &sealed.invoice;
    Ok(Receipt {
        language: "fr".into(),
        sealed_at: jiff::Timestamp::from_microsecond(sealed.statement.sealed_at.micros())
            .expect("a seal's time is within the calendar"),
        numbers: NumberStyle::dotted(),
        labels: Labels::french(price_mode(invoice)),
        seller: seller(invoice),
        title: title(invoice, regime),
        number: Row::text("No", sealed.number()),
        mentions: mentions(sealed, regime, presentation),
        header: header(sealed, presentation),
        client: Some(client(invoice, regime)),
        items: items(invoice, regime)?,
        groups: groups(invoice, regime)?,
        totals: totals(invoice)?,
        words: Some(words(invoice)?),
        foreign: foreign(invoice)?,
        payments: payments(invoice, regime)?,
        item_count: Row::quantity("Nombre d’articles", count(invoice)?),
        comments: comments(invoice),
        security: sealed.elements.as_ref().map(security).transpose()?,
        seal: Some(seal(sealed, presentation)?),
        footer: Vec::new(),
        form: None,
        carried: None,
    })
}

/// SFE 1.5.4: the mode is printed on each invoice.
fn price_mode(invoice: &Invoice) -> &'static str {
    match invoice.price_mode() {
        PriceMode::TaxIncluded => "T.T.C.",
        PriceMode::TaxExcluded => "H.T.",
    }
}

/// Mentions a to d and j.
fn seller(invoice: &Invoice) -> Seller {
    let seller = invoice.seller();
    let register = seller.register.as_deref().map(|register| Row::text("RCCM", register));
    let phone = seller.phone.as_deref().map(|phone| Text::new(&format!("Tél. : {phone}")));
    let email = seller.email.as_deref().map(|email| Text::new(&format!("Email : {email}")));
    Seller {
        trade_name: None,
        legal_name: seller.name.as_str().into(),
        ids: [Row::text("NIF", seller.tax_id.as_str())].into_iter().chain(register).collect(),
        shop: Some(seller.outlet_name.as_str().into()),
        address: vec![seller.address.as_str().into()],
        contacts: phone.into_iter().chain(email).collect(),
        regime: seller.regime_label.as_deref().map(Into::into),
    }
}

fn title(invoice: &Invoice, regime: &Regime) -> Text {
    let kind = regime.document_kind(invoice.kind()).expect("the regime priced this invoice");
    kind.coded.label.to_uppercase().as_str().into()
}

/// Mentions f to i, and what our own modes add.
fn mentions(sealed: &SealedInvoice, regime: &Regime, presentation: &Presentation) -> Vec<Mention> {
    let kind = regime.document_kind(sealed.invoice.kind());
    let notice = |text: &str, detail: Option<Text>| Mention {
        text: text.into(),
        detail,
        tone: Tone::Notice,
    };
    let warning = |text: &str, detail: &str| Mention {
        text: text.into(),
        detail: Some(detail.into()),
        tone: Tone::Warning,
    };
    let mut mentions = Vec::new();
    if presentation.test {
        mentions.push(warning("SPÉCIMEN", "Point de vente de test : sans valeur fiscale"));
    }
    if presentation.refused {
        mentions.push(warning("REFUSÉE PAR LA DGI", "Ce document n’est pas valable"));
    }
    if presentation.duplicate {
        mentions.push(notice("DUPLICATA", None));
    }
    if kind.is_some_and(|kind| kind.role == DocumentRole::CreditNote) {
        mentions.push(notice("FACTURE D’AVOIR", credit_detail(&sealed.invoice, regime)));
    }
    if kind.is_some_and(|kind| kind.export) {
        mentions.push(notice("EXPORTATION", None));
    }
    if kind.is_some_and(|kind| kind.role == DocumentRole::Advance) {
        mentions.push(notice("FACTURE D’ACOMPTE", None));
    }
    if sealed.elements.is_none() {
        let detail = "Scellée ; le module de contrôle n’a pas encore rendu ses éléments";
        mentions.push(warning("EN ATTENTE DU CODE DGI", detail));
    }
    mentions
}

/// SFE 1.2.1 g: the nature, and the original's number and code.
fn credit_detail(invoice: &Invoice, regime: &Regime) -> Option<Text> {
    let credit = invoice.credit()?;
    let nature = regime.credit_nature(&credit.nature)?.coded;
    let original = credit.original.as_ref().map(|original| {
        let code = original.code.as_deref().and_then(|code| Code::new(code).ok());
        let code = code.map(|code| format!(" – {}", code.grouped())).unwrap_or_default();
        format!(" – facture originale {}{code}", original.number)
    });
    let detail = format!("{} – {}{}", nature.code, nature.label, original.unwrap_or_default());
    Some(detail.as_str().into())
}

/// Mentions u, v and w.
fn header(sealed: &SealedInvoice, presentation: &Presentation) -> Vec<Row> {
    let invoice = &sealed.invoice;
    let time = presentation.zone.format(sealed.statement.sealed_at, "%d/%m/%Y %H:%M:%S");
    let mut rows = vec![
        Row::text("Date", time.as_str()),
        Row::text("Vendeur", invoice.operator().name.as_str()),
    ];
    rows.extend(invoice.seller().system_id.as_deref().map(|isf| Row::text("ISF", isf)));
    rows.push(Row::text("Mode de prix", price_mode(invoice).replace('.', "").as_str()));
    rows.extend(invoice.reference().map(|reference| Row::text("Votre référence", reference)));
    rows
}

/// Mention e.
fn client(invoice: &Invoice, regime: &Regime) -> Section {
    let customer = invoice.customer();
    let kind = regime.customer_kind(&customer.kind).expect("the regime priced this invoice").coded;
    let contact = [&customer.phone, &customer.email].into_iter().flatten().cloned();
    let contact: Vec<String> = contact.collect();
    let kind = format!("[{}] {}", kind.code, kind.label);
    let optional = [
        ("NIF de l’acheteur", customer.tax_id.clone()),
        ("Nom de l’acheteur", customer.name.clone()),
        ("RCCM de l’acheteur", customer.register.clone()),
        ("Adresse", customer.address.clone()),
        ("Contact", (!contact.is_empty()).then(|| contact.join(" – "))),
    ];
    let rows = optional.into_iter().filter_map(|(label, value)| Some(Row::text(label, value?)));
    let first = Row::text("Type de l’acheteur", kind);
    Section { title: "Acheteur".into(), rows: [first].into_iter().chain(rows).collect() }
}

/// Mentions l and t.
fn items(invoice: &Invoice, regime: &Regime) -> Result<Vec<Item>, Error> {
    (1..).zip(invoice.lines()).map(|(index, line)| item(index, line, regime)).collect()
}

fn item(index: u32, line: &Line, regime: &Regime) -> Result<Item, Error> {
    let group = regime.tax_group(&line.tax_group).expect("the regime priced this line");
    let kind = regime.line_kind(&line.kind).expect("the regime priced this line");
    Ok(Item {
        index,
        code: line.code.as_deref().map(Into::into),
        designation: line.name.as_str().into(),
        tags: vec![group.tag.into(), kind.code.into()],
        quantity: figure(line.quantity)?,
        unit: line.unit.as_deref().map(Into::into),
        unit_price: figure(line.unit_price)?,
        amount: figure(line.amount)?,
        price_change: match &line.discount {
            None => None,
            Some(discount) => Some(PriceChange {
                label: "Prix initial".into(),
                original: figure(discount.original_price)?,
                reason: discount.reason.as_str().into(),
            }),
        },
        specific_tax: specific_tax(line)?,
        mark: None,
        note: None,
        cells: Vec::new(),
    })
}

/// SFE 1.5.9: the specific tax is shown for each article.
fn specific_tax(line: &Line) -> Result<Option<SpecificTax>, Error> {
    let Some(tax) = &line.specific_tax else { return Ok(None) };
    let measure = match tax.measure {
        SpecificMeasure::LumpSum => String::new(),
        SpecificMeasure::PerUnit(each) => format!(" {} / unité", each.to_short_string()),
        SpecificMeasure::Percent(percent) => format!(" {}%", percent.to_short_string()),
    };
    let name = tax.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
    let label = format!("T.S.{name}{measure}");
    Ok(Some(SpecificTax { label: label.as_str().into(), amount: figure(tax.amount)? }))
}

/// Mentions m, n and o.
fn groups(invoice: &Invoice, regime: &Regime) -> Result<Vec<GroupTotal>, Error> {
    invoice.groups().iter().map(|group| group_total(group, regime)).collect()
}

fn group_total(group: &Group, regime: &Regime) -> Result<GroupTotal, Error> {
    let of_regime = regime.tax_group(&group.group).expect("the regime priced this group");
    let letter = &group.group;
    let rate = group.rate.to_short_string();
    let rated = group.rate.is_positive();
    let whole_tax = of_regime.treatment == TaxTreatment::WholeAmountIsTax;
    let (base_label, tax_label) = if rated {
        (format!("Total H.T. [{letter}] {rate}%"), Some(format!("Total TVA [{letter}] {rate}%")))
    } else if whole_tax {
        (format!("Total H.T. [{letter}]"), Some(format!("Total TVA spécifique [{letter}]")))
    } else if letter == "A" {
        ("Total EXONÉRÉS [A]".to_owned(), None)
    } else {
        (format!("Total [{letter}]"), None)
    };
    Ok(GroupTotal {
        tag: letter.as_str().into(),
        label: of_regime.label.into(),
        rate: rated.then(|| figure(group.rate)).transpose()?,
        base_label: base_label.as_str().into(),
        base: figure(group.base)?,
        tax: match tax_label {
            Some(label) => Some((label.as_str().into(), figure(group.tax)?)),
            None => None,
        },
        total: figure(group.total)?,
    })
}

/// Mention p, with the total of taxes and of reductions.
fn totals(invoice: &Invoice) -> Result<Vec<Total>, Error> {
    let sums = invoice.totals();
    let total = |label: &str, amount: Amount, weight: Weight| {
        Ok(Total { label: label.into(), amount: figure(amount)?, weight })
    };
    let mut totals = Vec::new();
    if sums.discount.is_positive() {
        totals.push(total("Total des réductions", sums.discount, Weight::Normal)?);
    }
    if sums.specific_tax.is_positive() {
        totals.push(total("Total T.S.", sums.specific_tax, Weight::Normal)?);
    }
    totals.push(total("Total H.T.", sums.base, Weight::Normal)?);
    totals.push(total("Total TVA", sums.tax, Weight::Normal)?);
    totals.push(total("TOTAL TTC (CDF)", sums.total, Weight::Large)?);
    Ok(totals)
}

/// Mention q.
fn words(invoice: &Invoice) -> Result<Row, Error> {
    let total = invoice.totals().total;
    let words = in_words(total.units(), &FRANCS, Numerals::Decimal)?;
    Ok(Row::text("Arrêtée la présente facture à la somme de", words))
}

const FRANCS: CurrencyNames<'_> = CurrencyNames {
    major: Noun { singular: "franc congolais", plural: "francs congolais" },
    minor: Noun { singular: "centime", plural: "centimes" },
};

/// Mention r: the total in dollars, and each payment that was made in them, with its rate.
fn foreign(invoice: &Invoice) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    if let (Some(exchange), Some(total)) = (invoice.exchange(), invoice.foreign_total()) {
        rows.push(Row::amount(format!("Total {}", exchange.currency), figure(total)?));
        rows.push(Row::quantity(rate_label(&exchange.currency), figure(exchange.rate)?));
    }
    for foreign in invoice.payments().iter().filter_map(|payment| payment.foreign.as_ref()) {
        let currency = &foreign.exchange.currency;
        rows.push(Row::amount(format!("Payé en {currency}"), figure(foreign.amount)?));
        rows.push(Row::quantity(rate_label(currency), figure(foreign.exchange.rate)?));
    }
    Ok(rows)
}

fn rate_label(currency: &str) -> String {
    format!("Taux {currency}/CDF")
}

/// Mention s.
fn payments(invoice: &Invoice, regime: &Regime) -> Result<Vec<Row>, Error> {
    let row = |payment: &::invoice::Payment| {
        let method = regime.payment_method(&payment.method).expect("the regime priced this");
        Ok(Row::amount(method.label.to_uppercase(), figure(payment.amount)?))
    };
    invoice.payments().iter().map(row).collect()
}

fn count(invoice: &Invoice) -> Result<Decimal, Error> {
    let lines = i128::try_from(invoice.lines().len()).expect("an invoice has few lines");
    Decimal::new(lines, 0)
}

/// SFE annex "commentaires": line A is the exemption's reference, B to H are free.
fn comments(invoice: &Invoice) -> Vec<Row> {
    let exemption = invoice.exemption_reference().map(|text| Row::text("Réf. Exo.", text));
    let free = ('B'..='H')
        .zip(invoice.comments())
        .map(|(letter, text)| Row::text(letter.to_string(), text.as_str()));
    exemption.into_iter().chain(free).collect()
}

/// Mention x: what the control module gave, with the QR at level M (MCF-SFE protocol, chapter 5).
fn security(elements: &SecurityElements) -> Result<Attestation, Error> {
    let rows = [("DEF NIM", "nim"), ("DEF Compteurs", "counters"), ("DEF Heure", "time")];
    let rows = rows.into_iter();
    Ok(Attestation {
        title: "CODE DEF/DGI".into(),
        code: Code::new(&elements.code)?,
        rows: rows
            .filter_map(|(label, name)| Some(Row::text(label, elements.detail(name)?)))
            .collect(),
        qr: match &elements.qr {
            None => None,
            Some(payload) => Some(CaptionedQr {
                qr: Qr::new(payload.as_str(), ErrorCorrection::Medium)?,
                caption: "Facture normalisée DGI".into(),
            }),
        },
    })
}

/// To the second, in local time with its offset: the symbol carries the instant to the microsecond.
fn seal(sealed: &SealedInvoice, presentation: &Presentation) -> Result<Attestation, Error> {
    let statement = &sealed.statement;
    let time = presentation.zone.format(statement.sealed_at, "%d/%m/%Y %H:%M:%S %:::z");
    Ok(Attestation {
        title: "SCEAU".into(),
        code: Code::new(&sealed.authentication_code())?,
        rows: vec![
            Row::text("Scellée le", time),
            Row::text("Écriture", statement.sequence.to_string()),
            Row::text("Clé", statement.key_id.as_str()),
        ],
        qr: Some(CaptionedQr {
            qr: Qr::new(sealed.verify_url(&presentation.verify_base), ErrorCorrection::Low)?,
            caption: "Vérifier ce sceau".into(),
        }),
    })
}

/// The same figure, without going through text.
fn figure<const SCALE: u32>(decimal: ::invoice::Decimal<SCALE>) -> Result<Decimal, Error> {
    Decimal::new(decimal.units(), SCALE)
}
