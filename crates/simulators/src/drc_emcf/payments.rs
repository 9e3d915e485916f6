//! The payments of an invoice. Where there are none, all of it was paid in cash.

use rust_decimal::Decimal;

use crate::drc_emcf::codes::{
    AMOUNT_NOT_POSITIVE, DECIMALS, PAYMENT_TYPE, PAYMENTS, Refusal, TOO_LONG,
};
use crate::drc_emcf::limits::{LARGEST_AMOUNT, MOST_PAYMENTS};
use crate::drc_emcf::lists::PAYMENT_TYPES;
use crate::drc_emcf::request::{Exact, Payment};

/// Known types, and together the invoice's total (SFE 1.1.18-1.1.19).
pub(super) fn check(payments: &[Payment], total: Decimal) -> Result<(), Refusal> {
    if payments.len() > MOST_PAYMENTS {
        return Err(TOO_LONG.because(format!("payment : plus de {MOST_PAYMENTS}")));
    }
    let mut paid = Decimal::ZERO;
    for payment in payments {
        paid += amount(payment)?;
    }
    if payments.is_empty() || paid == total {
        Ok(())
    } else {
        Err(PAYMENTS.because(format!("payé {paid}, total {total}")))
    }
}

fn amount(payment: &Payment) -> Result<Decimal, Refusal> {
    let name = &payment.name;
    if !PAYMENT_TYPES.iter().any(|(known, _)| known == name) {
        return Err(PAYMENT_TYPE.because(format!("payment.name {name:?}")));
    }
    let Some(Exact(amount)) = payment.amount else {
        return Err(PAYMENTS.because(format!("payment {name} sans amount")));
    };
    if amount < Decimal::ZERO {
        return Err(AMOUNT_NOT_POSITIVE.because(format!("payment {name} {amount}")));
    }
    if amount.normalize().scale() > 2 {
        return Err(DECIMALS.because(format!("payment {name} {amount}")));
    }
    if amount < Decimal::from(LARGEST_AMOUNT) * Decimal::ONE_THOUSAND {
        Ok(amount)
    } else {
        Err(TOO_LONG.because(format!("payment {name} {amount}")))
    }
}
