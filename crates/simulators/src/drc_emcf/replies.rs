//! The authority's replies, in its own words.

use crate::drc_emcf::awkward::Voice;
use crate::drc_emcf::codes::Refusal;
use crate::drc_emcf::lists::Listed;
use crate::drc_emcf::rates::{Group, VatRates};
use crate::drc_emcf::register::{Pending, Registered};
use crate::drc_emcf::{CurrencyRate, Emcf, moment};
use crate::json::Json;

/// What both status replies begin with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    pub(super) emcf: &'a Emcf,
    pub(super) token_expires: i64,
    pub(super) now: i64,
}

/// `StatusResponseDto`.
pub(super) fn status<'a>(
    standing: Standing,
    pending: impl Iterator<Item = &'a Pending>,
    voice: &mut Voice,
) -> Json {
    let mut list = Vec::new();
    for each in pending {
        let members =
            vec![member("date", voice.moment(each.at)), member("uid", voice.uid(&each.uid))];
        list.push(voice.object(members));
    }
    let mut members = standing_members(standing, voice);
    let count = i64::try_from(list.len()).expect("ten at most");
    members.push(member("pendingRequestsCount", Json::whole(count)));
    members.push(member("pendingRequestsList", Json::List(list)));
    voice.object(members)
}

/// `InfoResponseDto`.
pub(super) fn info_status<'a>(
    standing: Standing,
    emcfs: impl Iterator<Item = &'a Emcf>,
    voice: &mut Voice,
) -> Json {
    let list = emcfs.map(|emcf| shop(emcf, voice)).collect();
    let mut members = standing_members(standing, voice);
    members.push(member("emcfList", Json::List(list)));
    voice.object(members)
}

/// `InvoiceResponseDataDto`. There is no `errorCode` key: one public client takes its presence for
/// a failure.
pub(super) fn totals(pending: &Pending, rates: &VatRates, voice: &mut Voice) -> Json {
    let totals = &pending.invoice.totals;
    let mut members = vec![member("uid", voice.uid(&pending.uid))];
    for group in Group::all() {
        let rate = Json::whole(i64::from(rates.shown(group)));
        members.push((format!("t{}", group.letter()), rate));
    }
    for group in Group::all() {
        let (sums, letter) = (totals.groups[group.index()], group.letter());
        members.push((format!("ta{letter}"), voice.amount(sums.total)));
        members.push((format!("ha{letter}"), voice.amount(sums.taxable)));
        members.push((format!("va{letter}"), voice.amount(sums.vat)));
    }
    members.push(member("ts", voice.amount(totals.specific_tax)));
    members.push(member("total", voice.amount(totals.total)));
    members.push(member("vtotal", voice.amount(totals.vat)));
    if let Some(total) = pending.invoice.currency_total {
        members.push(member("curTotal", voice.amount(total)));
    }
    voice.object(members)
}

/// `FinalizeInvoiceResponseDataDto` of a confirm.
pub(super) fn confirmed(registered: &Registered, voice: &mut Voice) -> Json {
    let elements = &registered.elements;
    let members = vec![
        member("dateTime", Json::text(&elements.date_time)),
        member("qrCode", Json::text(&elements.qr_code)),
        member("codeDEFDGI", voice.code(&elements.code)),
        member("counters", Json::text(&elements.counters)),
        member("nim", Json::text(&registered.nim)),
    ];
    voice.object(members)
}

/// `FinalizeInvoiceResponseDataDto` of a cancel: no code, no QR.
pub(super) fn cancelled(nim: &str, now: i64, voice: &mut Voice) -> Json {
    let members = vec![
        member("dateTime", Json::text(moment::french(now))),
        member("qrCode", voice.optional("")),
        member("codeDEFDGI", voice.optional("")),
        member("counters", voice.optional("")),
        member("nim", Json::text(nim)),
    ];
    voice.object(members)
}

/// A business error: HTTP 200, `errorCode` as a string.
pub(super) fn refused(refusal: &Refusal, finalising: bool, voice: &mut Voice) -> Json {
    let mut members = vec![
        member("errorCode", Json::text(refusal.code.number)),
        member("errorDesc", Json::Text(refusal.description())),
    ];
    if finalising {
        members.extend(voice.idle(&["dateTime", "qrCode", "codeDEFDGI", "counters", "nim"]));
    } else {
        members.insert(0, member("uid", Json::Null));
        members.extend(voice.idle(&["total", "vtotal", "ts", "curTotal"]));
    }
    voice.object(members)
}

/// The rates of the sixteen groups, under lower-case letters; nothing but numbers stands among
/// them.
pub(super) fn tax_groups(rates: &VatRates, voice: &mut Voice) -> Json {
    let rate = |group| (group_key(group), Json::whole(i64::from(rates.shown(group))));
    voice.numbers(Group::all().map(rate).collect())
}

/// One of the lists of types.
pub(super) fn types(list: &[Listed], voice: &mut Voice) -> Json {
    let mut types = Vec::new();
    for (kind, description) in list {
        let members = vec![
            member("type", Json::text(*kind)),
            member("description", Json::text(*description)),
        ];
        types.push(voice.object(members));
    }
    Json::List(types)
}

/// The rates of the day.
pub(super) fn currency_rates(rates: &[CurrencyRate], now: i64, voice: &mut Voice) -> Json {
    let mut list = Vec::new();
    for CurrencyRate { code, description, rate } in rates {
        let members = vec![
            member("type", Json::text(code)),
            member("description", Json::text(description)),
            member("date", Json::Text(moment::utc_milliseconds(now))),
            member("rate", voice.amount(*rate)),
        ];
        list.push(voice.object(members));
    }
    Json::List(list)
}

fn standing_members(standing: Standing, voice: &mut Voice) -> Vec<(String, Json)> {
    let Standing { emcf, token_expires, now } = standing;
    vec![
        member("status", Json::Bool(true)),
        member("version", Json::text("1.0")),
        member("nif", Json::text(&emcf.nif)),
        member("nim", Json::text(&emcf.nim)),
        member("tokenValid", voice.moment(token_expires)),
        member("serverDateTime", voice.moment(now)),
    ]
}

fn shop(emcf: &Emcf, voice: &mut Voice) -> Json {
    let members = vec![
        member("nim", Json::text(&emcf.nim)),
        member("status", Json::text(emcf.status())),
        member("shopName", Json::text(&emcf.shop_name)),
        member("address1", Json::text(&emcf.street)),
        member("address2", voice.optional("")),
        member("address3", Json::text(&emcf.city)),
        member("contact1", Json::text(&emcf.phone)),
        member("contact2", voice.optional(emcf.email.as_deref().unwrap_or_default())),
        member("contact3", voice.optional("")),
    ];
    voice.object(members)
}

fn group_key(group: Group) -> String {
    group.letter().to_string()
}

fn member(key: &str, value: Json) -> (String, Json) {
    (key.to_owned(), value)
}
