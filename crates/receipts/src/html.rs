//! The receipt as one self-contained HTML page: printable, readable by a screen reader, light or
//! dark as the reader's system is, without a script and without a request to anyone.
//!
//! Everything that is not ours passes through [`escaped`], and a content security policy in the
//! page forbids whatever an escape could have missed.

mod form;

use std::fmt::Write as _;

use crate::carried::element;
use crate::model::{Attestation, Item, Mention, Receipt, Row, Seller, Tone, Total, Weight};
use crate::qr::QUIET_ZONE;
use crate::{NumberStyle, Qr};

/// Renders the page.
pub fn render(receipt: &Receipt) -> String {
    let numbers = receipt.settled_numbers();
    let mut page = Page { out: String::with_capacity(16_384), numbers };
    page.head(receipt);
    page.masthead(receipt);
    page.facts(receipt);
    page.items(receipt);
    page.sums(receipt);
    page.settlement(receipt);
    if let Some(form) = &receipt.form {
        page.stamp(form);
    }
    page.proofs(receipt);
    page.footer(receipt);
    page.out
}

struct Page {
    out: String,
    numbers: NumberStyle,
}

impl Page {
    fn head(&mut self, receipt: &Receipt) {
        let language = escaped(receipt.language.as_str());
        let number = receipt.number.value.written(self.numbers);
        let title = escaped(&format!("{} {number}", receipt.title));
        let form_style = if receipt.form.is_some() { form::STYLE } else { "" };
        self.raw(&format!(
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"robots\" content=\"noindex\">\n\
             <title>{title}</title>\n<style>\n{STYLE}{form_style}</style>\n</head>\n<body>\n<main>\n"
        ));
    }

    fn masthead(&mut self, receipt: &Receipt) {
        self.raw("<header>\n<div>\n");
        self.seller(&receipt.seller);
        self.raw("</div>\n<div>\n");
        self.element("h1", "", receipt.title.as_str());
        let number = receipt.number.value.written(self.numbers);
        self.element("p", "number", &format!("{} {number}", receipt.number.label));
        if let Some(form) = &receipt.form {
            self.rows(&form.document);
        }
        for mention in &receipt.mentions {
            self.mention(mention);
        }
        self.raw("</div>\n</header>\n");
    }

    fn seller(&mut self, seller: &Seller) {
        let (name, legal) = seller.names();
        self.element("p", "name", name.as_str());
        if let Some(legal) = legal {
            self.element("p", "shop", legal.as_str());
        }
        if let Some(shop) = &seller.shop {
            self.element("p", "shop", shop.as_str());
        }
        for line in seller.address.iter().chain(&seller.contacts) {
            self.element("p", "quiet", line.as_str());
        }
        self.rows(&seller.ids);
        if let Some(regime) = &seller.regime {
            self.element("p", "quiet", regime.as_str());
        }
    }

    fn mention(&mut self, mention: &Mention) {
        let tone = match mention.tone {
            Tone::Notice => "mention",
            Tone::Warning => "mention warning",
        };
        self.raw(&format!("<div class=\"{tone}\">"));
        self.element("strong", "", mention.text.as_str());
        if let Some(detail) = &mention.detail {
            self.element("p", "quiet", detail.as_str());
        }
        self.raw("</div>\n");
    }

    fn facts(&mut self, receipt: &Receipt) {
        self.raw("<div class=\"facts\">\n");
        if let Some(client) = &receipt.client {
            self.raw("<div>");
            self.element("h2", "", client.title.as_str());
            self.rows(&client.rows);
            self.raw("</div>\n");
        }
        self.raw("<div>");
        self.rows(&receipt.header);
        self.raw("</div>\n</div>\n");
    }

    fn items(&mut self, receipt: &Receipt) {
        if let Some(form) = &receipt.form {
            return self.items_of(receipt, form);
        }
        let labels = &receipt.labels;
        self.raw("<section class=\"scroll\">\n<table class=\"items\" role=\"table\">\n");
        self.raw("<thead><tr role=\"row\">");
        self.heading(labels.index.as_str(), "");
        self.heading(labels.designation.as_str(), "");
        for figure in [&labels.quantity, &labels.unit_price, &labels.amount] {
            self.heading(figure.as_str(), "figure");
        }
        self.raw("</tr></thead>\n<tbody>\n");
        for item in &receipt.items {
            self.item(item);
        }
        self.raw("</tbody>\n</table>\n</section>\n");
    }

    fn item(&mut self, item: &Item) {
        // The roles are spelt out because on a narrow screen the rows are set as grids, and a
        // table that is no table by style loses its meaning for some screen readers.
        self.raw("<tr role=\"row\">");
        self.cell("", &item.index.to_string());
        self.raw("<td role=\"cell\">");
        self.element("span", "", item.designation.as_str());
        let code = item.code.as_ref().map_or("", crate::Text::as_str);
        self.element("span", "quiet", format!("{} {code}", item.bracketed_tags()).trim());
        if let Some(change) = &item.price_change {
            let written = change.written(self.numbers);
            self.element("span", "quiet", &written);
        }
        if let Some(tax) = &item.specific_tax {
            let amount = self.numbers.amount(tax.amount);
            self.element("span", "quiet", &format!("{} : {amount}", tax.label));
        }
        self.raw("</td>");
        let price = self.numbers.amount(item.unit_price);
        let amount = self.numbers.amount(item.amount);
        for figure in [item.measured(self.numbers), price, amount] {
            self.cell("figure", &figure);
        }
        self.raw("</tr>\n");
    }

    fn sums(&mut self, receipt: &Receipt) {
        self.raw("<section>\n<div class=\"sums\">\n");
        self.groups(receipt);
        self.raw("<dl class=\"money\">\n");
        for total in &receipt.totals {
            self.total(total);
        }
        for row in &receipt.foreign {
            self.pair(row);
        }
        self.raw("</dl>\n</div>\n");
        if let Some(Row { label, value }) = &receipt.words {
            self.raw("<div class=\"words\">");
            self.element("p", "quiet", label.as_str());
            let value = value.written(self.numbers);
            self.element("strong", "", &value);
            self.raw("</div>\n");
        }
        self.raw("</section>\n");
    }

    fn groups(&mut self, receipt: &Receipt) {
        if receipt.groups.is_empty() {
            return;
        }
        let labels = &receipt.labels;
        self.raw("<div class=\"scroll\"><table>\n<thead><tr>");
        self.heading(labels.group.as_str(), "");
        for figure in [&labels.rate, &labels.base, &labels.tax, &labels.total] {
            self.heading(figure.as_str(), "figure");
        }
        self.raw("</tr></thead>\n<tbody>\n");
        for group in &receipt.groups {
            let rate = group.rate.map_or(String::new(), |rate| self.numbers.rate(rate));
            let tax = group.tax.as_ref();
            let tax = tax.map_or("–".to_owned(), |(_, tax)| self.numbers.amount(*tax));
            let (base, total) = (self.numbers.amount(group.base), self.numbers.amount(group.total));
            self.raw("<tr>");
            self.cell("", &format!("[{}] {}", group.tag, group.label));
            for figure in [rate, base, tax, total] {
                self.cell("figure", &figure);
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody>\n</table></div>\n");
    }

    fn total(&mut self, total: &Total) {
        let class = match total.weight {
            Weight::Normal => "normal",
            Weight::Strong => "strong",
            Weight::Large => "large",
        };
        self.raw(&format!("<div class=\"{class}\">"));
        self.element("dt", "", total.label.as_str());
        let amount = self.numbers.amount(total.amount);
        self.element("dd", "", &amount);
        self.raw("</div>\n");
    }

    fn settlement(&mut self, receipt: &Receipt) {
        self.raw("<section class=\"sums\">\n<div>");
        self.element("h2", "", receipt.labels.payments.as_str());
        self.raw("<dl class=\"money\">\n");
        for row in receipt.payments.iter().chain([&receipt.item_count]) {
            self.pair(row);
        }
        self.raw("</dl></div>\n");
        if !receipt.comments.is_empty() {
            self.raw("<div>");
            self.element("h2", "", receipt.labels.comments.as_str());
            self.rows(&receipt.comments);
            self.raw("</div>\n");
        }
        self.raw("</section>\n");
    }

    fn proofs(&mut self, receipt: &Receipt) {
        if receipt.security.is_none() && receipt.seal.is_none() {
            return;
        }
        self.raw("<section class=\"proofs\">\n");
        for attestation in receipt.security.iter().chain(&receipt.seal) {
            self.proof(attestation);
        }
        self.raw("</section>\n");
    }

    fn proof(&mut self, attestation: &Attestation) {
        self.raw("<div class=\"proof\">\n");
        if let Some(captioned) = &attestation.qr {
            self.raw("<figure>");
            self.symbol(&captioned.qr, captioned.caption.as_str());
            self.element("figcaption", "quiet", captioned.caption.as_str());
            self.raw("</figure>\n");
        }
        self.raw("<div>");
        self.element("h2", "", attestation.title.as_str());
        // A break may fall between two groups, never inside one.
        let groups = escaped(&attestation.code.grouped()).replace('-', "-<wbr>");
        self.raw(&format!("<code>{groups}</code>"));
        self.rows(&attestation.rows);
        self.raw("</div>\n</div>\n");
    }

    fn symbol(&mut self, qr: &Qr, caption: &str) {
        let side = qr.side() + 2 * QUIET_ZONE;
        let (caption, path) = (escaped(caption), qr.svg_path());
        self.raw(&format!(
            "<svg role=\"img\" aria-label=\"{caption}\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
             <path fill=\"#000\" d=\"{path}\"/></svg>"
        ));
    }

    fn footer(&mut self, receipt: &Receipt) {
        self.raw("<footer>\n");
        for line in &receipt.footer {
            self.element("p", "quiet", line.as_str());
        }
        self.raw("</footer>\n</main>\n");
        if let Some(carried) = &receipt.carried {
            self.raw(&element(carried));
        }
        self.raw("</body>\n</html>\n");
    }

    fn rows(&mut self, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        self.raw("<dl>\n");
        for row in rows {
            self.pair(row);
        }
        self.raw("</dl>\n");
    }

    fn pair(&mut self, Row { label, value }: &Row) {
        self.element("dt", "", label.as_str());
        let value = value.written(self.numbers);
        self.element("dd", "", &value);
        self.raw("\n");
    }

    fn heading(&mut self, text: &str, class: &str) {
        let text = escaped(text);
        let role = "columnheader";
        self.raw(&format!("<th scope=\"col\" role=\"{role}\" class=\"{class}\">{text}</th>"));
    }

    fn cell(&mut self, class: &str, text: &str) {
        let text = escaped(text);
        self.raw(&format!("<td role=\"cell\" class=\"{class}\"><bdi>{text}</bdi></td>"));
    }

    /// An element of ours around a text of theirs, isolated so that its direction stays its own.
    fn element(&mut self, name: &str, class: &str, text: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let text = escaped(text);
        write!(self.out, "<{name}{class}><bdi>{text}</bdi></{name}>").expect("a string takes all");
    }

    fn raw(&mut self, html: &str) {
        self.out.push_str(html);
    }
}

/// Safe between tags and inside double or single quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

const STYLE: &str = include_str!("html/style.css");
