//! The arithmetic by hand, what a draft can break, and what holds of any draft.

mod amounts;
mod any;
mod coverage;
mod excise;
mod faults;
mod notes;
mod paper;
mod sums;
mod withholding;
