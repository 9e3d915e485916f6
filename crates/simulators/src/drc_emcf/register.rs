//! The life of an invoice at the authority: pending for two minutes, then registered, cancelled or
//! expired.

use std::collections::HashMap;

use aws_lc_rs::hmac;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::drc_emcf::articles::Article;
use crate::drc_emcf::checks::{Acceptable, Kind};
use crate::drc_emcf::codes::{
    NOT_PENDING, NUMBER_REUSED, PROCESSING, Refusal, TOO_MANY_PENDING, TOTAL_MISMATCH,
};
use crate::drc_emcf::credit::{self, Credit};
use crate::drc_emcf::elements::{Sealing, SecurityElements};
use crate::drc_emcf::limits::{MOST_PENDING, MOST_REGISTERED, PENDING_LIFE};
use crate::drc_emcf::request::{Confirmation, Exact, InvoiceRequest};
use crate::drc_emcf::{Dialect, InvoiceNumberReuse};
use crate::ring::Ring;

/// Everything that was ever asked for and not forgotten.
#[derive(Debug, Default)]
pub(super) struct Register {
    pending: Vec<Pending>,
    registered: Vec<Registered>,
    by_code: HashMap<String, usize>,
    by_uid: HashMap<String, usize>,
    by_number: HashMap<(String, String), usize>,
    last: HashMap<String, usize>,
    counters: HashMap<(String, Option<Kind>), u64>,
    ended: Ring<Ended>,
}

/// A demande that waits for its confirm.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    /// Lower case; it is looked up in any case.
    pub(super) uid: String,
    pub(super) nim: String,
    pub(super) at: i64,
    pub(super) request: InvoiceRequest,
    pub(super) invoice: Acceptable,
}

/// A normalised invoice.
#[derive(Clone, Debug)]
pub(super) struct Registered {
    pub(super) uid: String,
    pub(super) rn: String,
    pub(super) nif: String,
    pub(super) nim: String,
    pub(super) kind: Kind,
    pub(super) total: Decimal,
    pub(super) vat: Decimal,
    pub(super) reference: String,
    pub(super) elements: SecurityElements,
    /// How many confirms came for it. The first registered it; the others were answered 20.
    pub(super) confirmed_count: u64,
    /// What credit notes took back so far.
    pub(super) credited: Decimal,
    pub(super) articles: Vec<Article>,
    pub(super) returned: Vec<Article>,
}

/// A demande that will never be registered.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Ended {
    pub(super) uid: String,
    pub(super) rn: String,
    pub(super) nim: String,
    pub(super) how: Ending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ending {
    Cancelled,
    Expired,
}

impl Register {
    /// Takes a demande in, or says why not.
    pub(super) fn submit(
        &mut self,
        demande: Pending,
        dialect: &Dialect,
    ) -> Result<&Pending, Refusal> {
        if self.pending_of(&demande.nim).count() >= MOST_PENDING {
            return Err(TOO_MANY_PENDING.because(format!("{MOST_PENDING} en attente")));
        }
        self.check_number(&demande, dialect)?;
        self.check_credit(&demande, dialect)?;
        self.pending.push(demande);
        Ok(self.pending.last().expect("it was pushed just now"))
    }

    /// Registers a pending invoice whose totals the client repeats, and issues its security
    /// elements.
    pub(super) fn confirm(
        &mut self,
        (uid, nim): (&str, &str),
        confirmation: &Confirmation,
        now: i64,
        sealing: (&hmac::Key, &Dialect),
    ) -> Result<&Registered, Refusal> {
        let (key, dialect) = sealing;
        let Some(place) = self.place_of(uid, nim) else {
            return Err(self.not_pending(uid, nim));
        };
        let demande = self.pending[place].clone();
        check_totals(&demande.invoice, confirmation)?;
        // Another demande may have been confirmed since this one was taken in.
        self.check_number(&demande, dialect)?;
        self.check_credit(&demande, dialect)?;
        if self.registered.len() >= MOST_REGISTERED {
            let detail = format!("le simulateur garde {MOST_REGISTERED} factures : redémarrez-le");
            return Err(PROCESSING.because(detail));
        }
        self.pending.remove(place);
        Ok(self.enter(demande, now, key))
    }

    /// Ends a pending demande.
    pub(super) fn cancel(&mut self, uid: &str, nim: &str) -> Result<(), Refusal> {
        let place = self.place_of(uid, nim).ok_or_else(|| self.why_not_pending(uid, nim))?;
        self.end(place, Ending::Cancelled);
        Ok(())
    }

    /// A pending demande.
    pub(super) fn details(&self, uid: &str, nim: &str) -> Result<&Pending, Refusal> {
        let place = self.place_of(uid, nim).ok_or_else(|| self.why_not_pending(uid, nim))?;
        Ok(&self.pending[place])
    }

    /// Ends what has waited for two minutes.
    pub(super) fn expire(&mut self, now: i64) {
        while let Some(place) = self.pending.iter().position(|each| now - each.at >= PENDING_LIFE) {
            self.end(place, Ending::Expired);
        }
    }

    pub(super) fn pending(&self) -> &[Pending] {
        &self.pending
    }

    pub(super) fn pending_of<'a>(&'a self, nim: &'a str) -> impl Iterator<Item = &'a Pending> {
        self.pending.iter().filter(move |each| each.nim == nim)
    }

    pub(super) fn registered(&self) -> &[Registered] {
        &self.registered
    }

    pub(super) fn ended(&self) -> impl Iterator<Item = &Ended> {
        self.ended.entries()
    }

    fn place_of(&self, uid: &str, nim: &str) -> Option<usize> {
        let same = |each: &Pending| each.uid.eq_ignore_ascii_case(uid) && each.nim == nim;
        self.pending.iter().position(same)
    }

    fn end(&mut self, place: usize, how: Ending) {
        let Pending { uid, nim, request, .. } = self.pending.remove(place);
        self.ended.push(Ended { uid, rn: request.rn, nim, how });
    }

    /// The refusal of a confirm; if the invoice is registered already, the confirm is counted.
    fn not_pending(&mut self, uid: &str, nim: &str) -> Refusal {
        let refusal = self.why_not_pending(uid, nim);
        if let Some(place) = self.by_uid.get(&uid.to_ascii_lowercase()) {
            let registered = &mut self.registered[*place];
            registered.confirmed_count += u64::from(registered.nim == nim);
        }
        refusal
    }

    fn why_not_pending(&self, uid: &str, nim: &str) -> Refusal {
        let registered = self.by_uid.get(&uid.to_ascii_lowercase());
        let ended = || self.ended().find(|each| each.uid.eq_ignore_ascii_case(uid));
        NOT_PENDING.because(match (registered, ended().map(|each| (each.nim == nim, each.how))) {
            (Some(place), _) if self.registered[*place].nim == nim => "déjà finalisée",
            (_, Some((true, Ending::Cancelled))) => "annulée",
            (_, Some((true, Ending::Expired))) => "expirée",
            (Some(_), _) | (None, Some((false, _)) | None) => "inconnue de cet e-MCF",
        })
    }

    fn check_number(&self, demande: &Pending, dialect: &Dialect) -> Result<(), Refusal> {
        let rn = &demande.request.rn;
        let taken = match dialect.invoice_number_reuse {
            InvoiceNumberReuse::Accepted => false,
            InvoiceNumberReuse::RefusedIfLast => {
                let last = self.last.get(&demande.nim);
                last.is_some_and(|place| self.registered[*place].rn == *rn)
            }
            InvoiceNumberReuse::Refused => {
                self.by_number.contains_key(&(demande.nim.clone(), rn.clone()))
            }
        };
        if taken { Err(NUMBER_REUSED.because(format!("rn {rn:?}"))) } else { Ok(()) }
    }

    fn check_credit(&self, demande: &Pending, dialect: &Dialect) -> Result<(), Refusal> {
        let Some(Credit::Of(code)) = &demande.invoice.credit else {
            return Ok(());
        };
        let original = self.by_code.get(code).map(|place| &self.registered[*place]);
        // Another taxpayer's invoice is no original, and its existence is not told.
        let original = original.filter(|original| original.nif == demande.request.nif);
        credit::check_against(original, &demande.invoice, dialect.strict)
    }

    fn enter(&mut self, demande: Pending, now: i64, key: &hmac::Key) -> &Registered {
        let Pending { uid, nim, request, invoice, .. } = demande;
        self.take_back(&invoice);
        let counters = self.count(&nim, invoice.kind);
        let sealing =
            Sealing { uid: &uid, nif: &request.nif, nim: &nim, counters: &counters, at: now };
        let elements = SecurityElements::issue(key, &sealing);
        let place = self.registered.len();
        self.by_code.insert(elements.code.clone(), place);
        self.by_uid.insert(uid.clone(), place);
        self.by_number.insert((nim.clone(), request.rn.clone()), place);
        self.last.insert(nim.clone(), place);
        self.registered.push(Registered {
            uid,
            rn: request.rn,
            nif: request.nif,
            nim,
            kind: invoice.kind,
            total: invoice.totals.total,
            vat: invoice.totals.vat,
            reference: request.reference,
            elements,
            confirmed_count: 1,
            credited: Decimal::ZERO,
            articles: invoice.articles,
            returned: Vec::new(),
        });
        &self.registered[place]
    }

    fn take_back(&mut self, note: &Acceptable) {
        let Some(Credit::Of(code)) = &note.credit else {
            return;
        };
        let place = self.by_code[code];
        let original = &mut self.registered[place];
        original.credited += note.totals.total;
        assert!(original.credited <= original.total, "the confirm has checked it");
        original.returned.extend(note.articles.iter().cloned());
    }

    /// `{of this type}/{of all types} {type}`, counted for each e-MCF.
    fn count(&mut self, nim: &str, kind: Kind) -> String {
        let mut next = |of: Option<Kind>| {
            let counter = self.counters.entry((nim.to_owned(), of)).or_default();
            *counter += 1;
            *counter
        };
        let (of_kind, of_all) = (next(Some(kind)), next(None));
        format!("{of_kind}/{of_all} {}", kind.letters())
    }
}

/// A confirm repeats the two totals exactly; whether the authority allows a tolerance is unknown.
fn check_totals(invoice: &Acceptable, confirmation: &Confirmation) -> Result<(), Refusal> {
    let repeated = [confirmation.total, confirmation.vtotal];
    let totals = [invoice.totals.total, invoice.totals.vat];
    if repeated == totals.map(|total| Some(Exact(total))) {
        return Ok(());
    }
    let shown = |each: Option<Exact>| each.map_or("absent".to_owned(), |Exact(n)| n.to_string());
    let [total, vtotal] = repeated.map(shown);
    let detail = format!("total {total}, vtotal {vtotal}; attendus {} et {}", totals[0], totals[1]);
    Err(TOTAL_MISMATCH.because(detail))
}
