//! The documents beside the e-CF, and what an e-CF says of itself: numbers, times, file names,
//! stamps.

mod acecf;
mod anecf;
mod arecf;
mod document_type;
mod encf;
mod file_name;
mod header;
mod moment;
mod reading;
mod rfce;
mod rnc;
mod seed;
mod stamp;

pub use acecf::{Acecf, REASON_MAX, Reason, Verdict};
pub use anecf::{Anecf, AnecfError, EncfRange, RANGES_MAX};
pub use arecf::{Arecf, Motive, Receipt};
pub use document_type::DocumentType;
pub use encf::{Encf, EncfError, SEQUENCE_MAX};
pub use file_name::{annulment_file_name, file_name};
pub use header::{EcfHeader, Modified};
pub use moment::{day, read_date, read_moment, write_date, write_moment};
pub use rfce::{Rfce, SummaryBuyer, SummaryPayment, SummaryTax, SummaryTotals};
pub use rnc::{Rnc, RncError};
pub use seed::{SEED_MAX, Seed};
pub use stamp::{Environment, NoStamp, SUMMARISED_BELOW, is_summarised, stamp_url};

#[cfg(test)]
#[path = "document/tests.rs"]
mod tests;
