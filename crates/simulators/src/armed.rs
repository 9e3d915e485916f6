//! Faults that a test has ordered through a management port.

use serde::Deserialize;

use crate::FaultKind;

/// A fault for the next `count` requests of an operation.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Order<O> {
    /// Any of them if absent.
    operation: Option<O>,
    kind: FaultKind,
    /// One if absent.
    count: Option<u64>,
}

/// The orders that have not all befallen somebody yet, oldest first.
#[derive(Debug)]
pub(crate) struct Armed<O>(Vec<Waiting<O>>);

#[derive(Debug)]
struct Waiting<O> {
    operation: Option<O>,
    kind: FaultKind,
    count: u64,
}

/// How many requests one order may befall.
const MOST_COUNT: u64 = 1_000_000;

/// Orders that wait at most: more is no test.
const MOST_ORDERS: usize = 1_000;

impl<O> Default for Armed<O> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<O: Copy + PartialEq> Armed<O> {
    /// Takes an order, and says how many requests will meet a fault; or why it is none.
    pub(crate) fn take(&mut self, order: &Order<O>) -> Result<u64, String> {
        let count = order.count.unwrap_or(1);
        if count == 0 || count > MOST_COUNT || self.0.len() >= MOST_ORDERS {
            let bounds =
                format!("count is 1 to {MOST_COUNT}, and {MOST_ORDERS} orders wait at most");
            return Err(bounds);
        }
        self.0.push(Waiting { operation: order.operation, kind: order.kind, count });
        Ok(self.0.iter().map(|waiting| waiting.count).sum())
    }

    /// The fault that was ordered for the next request of an operation.
    pub(crate) fn strike(&mut self, operation: O) -> Option<FaultKind> {
        let is_for = |order: &Waiting<O>| order.operation.is_none_or(|each| each == operation);
        let place = self.0.iter().position(is_for)?;
        let order = &mut self.0[place];
        let kind = order.kind;
        order.count -= 1;
        if order.count == 0 {
            self.0.remove(place);
        }
        Some(kind)
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(operation: Option<u8>, kind: FaultKind, count: u64) -> Order<u8> {
        Order { operation, kind, count: Some(count) }
    }

    #[test]
    fn orders_befall_who_they_are_for_the_oldest_first_and_end() {
        let mut armed = Armed::default();
        assert_eq!(armed.take(&order(Some(7), FaultKind::LostReply, 1)), Ok(1));
        assert_eq!(armed.take(&order(None, FaultKind::Slow, 2)), Ok(3));
        let struck: Vec<_> = [8, 7, 7, 7].map(|operation| armed.strike(operation)).into();
        let (slow, lost) = (Some(FaultKind::Slow), Some(FaultKind::LostReply));
        assert_eq!(struck, [slow, lost, slow, None]);
        armed.take(&order(None, FaultKind::Slow, 1)).unwrap();
        armed.clear();
        assert_eq!(armed.strike(1), None);
    }

    #[test]
    fn orders_are_bounded() {
        let mut armed = Armed::default();
        for count in [0, MOST_COUNT + 1] {
            assert!(armed.take(&order(None, FaultKind::Slow, count)).is_err(), "{count}");
        }
        for _ in 0..MOST_ORDERS {
            armed.take(&order(None, FaultKind::Slow, 1)).unwrap();
        }
        assert!(armed.take(&order(None, FaultKind::Slow, 1)).is_err());
    }
}
