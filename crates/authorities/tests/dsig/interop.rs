//! The examples that two independent signers agreed on.

use authorities::dom::dsig::{Form, verify};

use crate::kit::Holder;
use crate::tools::interop;

fn holder() -> Option<Holder> {
    Some(Holder::from_pem(&interop("k.pem")?, &interop("c.pem")?))
}

#[test]
fn the_signed_bytes_are_those_of_other_signers() {
    let Some(holder) = holder() else { return };
    for name in ["ecf31", "semilla"] {
        let unsigned = interop(&format!("{name}_unsigned.xml")).unwrap();
        let expected = interop(&format!("{name}_signed_py.xml")).unwrap();
        assert_eq!(holder.sign_text(&unsigned), expected, "{name}");
    }
}

#[test]
fn what_other_signers_signed_verifies() {
    for (name, code) in [("ecf31", "EGsZ9E"), ("semilla", "e/Htil")] {
        for signer in ["py", "xmlsec1"] {
            let Some(signed) = interop(&format!("{name}_signed_{signer}.xml")) else { return };
            let verified = verify(signed.as_bytes()).unwrap();
            assert_eq!(verified.form(), Form::AsReceived);
            assert_eq!(verified.security_code().as_str(), code);
            assert_eq!(verified.certificate().common_name(), Some("PRUEBA INTEROP"));
            assert_eq!(verified.certificate().taxpayer_number(), Some("00100000019"));
        }
    }
}
