//! The names under which documents are sent (Informe Técnico e-CF, nombre de los archivos).

use invoice::Timestamp;

use super::encf::Encf;
use super::moment::write_moment;
use super::rnc::Rnc;

/// Of an e-CF or its summary, by who issued it; of an approval or an acknowledgement, by the buyer
/// who says so.
pub fn file_name(of: &Rnc, encf: Encf) -> String {
    format!("{of}{encf}.xml")
}

/// Of an annulment, whose name is free behind the RNC.
pub fn annulment_file_name(issuer: &Rnc, at: Timestamp) -> String {
    let digits: String = write_moment(at).chars().filter(char::is_ascii_digit).collect();
    format!("{issuer}ANECF{digits}.xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_the_taxpayer() {
        let rnc = Rnc::parse("101000000").unwrap();
        let encf = Encf::parse("E310000000001").unwrap();
        assert_eq!(file_name(&rnc, encf), "101000000E310000000001.xml");
        let at = Timestamp::parse("2026-11-20T14:00:00Z").unwrap();
        assert_eq!(annulment_file_name(&rnc, at), "101000000ANECF20112026100000.xml");
    }
}
