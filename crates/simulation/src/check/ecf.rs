//! What must never be seen of documents that their outlet signs and codes itself.

use super::{Found, Record};
use crate::ends::Ends;
use crate::world::{Complaint, World};

impl World {
    pub(super) fn check_ecf(&self, found: &Found) -> Result<(), Complaint> {
        if let Some(complaint) = self.net.with_ends(Ends::complaints).into_iter().next() {
            return Err(complaint);
        }
        found.is_what_was_signed(&self.net.with_ends(Ends::books))?;
        found.keeps_what_is_used(&self.net.with_ends(Ends::burnt))
    }
}

impl Found {
    /// Invariant 5: what the authority accepted is what its customer holds.
    fn is_what_was_signed(
        &self,
        books: &[(Option<usize>, Vec<crate::module::Registered>)],
    ) -> Result<(), Complaint> {
        for registered in books.iter().flat_map(|(_, book)| book) {
            let is_it = |record: &&Record| record.own_code.as_ref() == Some(&registered.code);
            if !self.records.iter().any(|record| is_it(&record)) {
                let (number, code) = (&registered.document.number, &registered.code);
                return Err(format!(
                    "invariant 5: {number} is registered as {code}, not sealed so"
                ));
            }
        }
        Ok(())
    }

    /// Invariant 5: a number that the authority counts as used is not taken to be free.
    fn keeps_what_is_used(&self, burnt: &[(String, String)]) -> Result<(), Complaint> {
        for (number, code) in burnt {
            let is_freed =
                |record: &Record| record.is_number_back && record.own_code.as_ref() == Some(code);
            if self.records.iter().any(is_freed) {
                return Err(format!("invariant 5: {number} is used there, and free here"));
            }
        }
        Ok(())
    }
}
