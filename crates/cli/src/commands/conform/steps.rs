//! The fifteen steps of the certification, as the portal counts them (Proceso de Certificación para
//! ser Emisor Electrónico).

/// A step.
pub(super) struct Step {
    pub(super) number: u8,
    pub(super) title: &'static str,
    /// What a person does for it, where there is something that is not walked here.
    pub(super) by_hand: &'static str,
}

const fn step(number: u8, title: &'static str, by_hand: &'static str) -> Step {
    Step { number, title, by_hand }
}

pub(super) const STEPS: [Step; 15] = [
    step(
        1,
        "Application",
        "sign the application that the portal gives, with `stalela ecf sign --unchecked`, and upload \
         it",
    ),
    step(
        2,
        "Data test",
        "upload the small consumer invoices, as they were signed, where the portal asks for them",
    ),
    step(3, "Commercial approvals", "wait until the portal opens the step"),
    step(
        4,
        "Simulation with own data",
        "issue through `stalela serve`, by an outlet whose setting `environment` is \
         `certification`: 4 of 31, 2 of 32 from RD$ 250,000, 1 of 33, 2 of 34, 2 each of 41 and 43 \
         to 47, and 4 of 32 below, whose summaries go by themselves",
    ),
    step(
        5,
        "Printed representations",
        "upload one PDF for each of the eleven places, at most 10 MB each: `stalela show ID --receipt \
         pdf`",
    ),
    step(6, "Review of the printed representations", "wait for the DGII, which looks at them"),
    step(
        7,
        "Addresses for the test",
        "tell the portal where your receiving services are: `https://HOST/receive/test/RNC`",
    ),
    step(
        8,
        "The DGII sends e-CFs",
        "have `stalela serve` reachable there, and start the step in the portal",
    ),
    step(9, "Acknowledgements, both ways", "nothing: the server signs one for each"),
    step(
        10,
        "The DGII sends approvals",
        "leave `stalela serve` reachable, and start the step in the portal",
    ),
    step(11, "Approvals, both ways", "decide on what was received: `stalela inbox approve`"),
    step(
        12,
        "Addresses for production",
        "tell the portal where they will be: `https://HOST/receive/live/RNC`",
    ),
    step(13, "Sworn declaration", "sign it with `stalela ecf sign --unchecked`, and upload it"),
    step(14, "Standing of the taxpayer", "wait for the DGII's check"),
    step(
        15,
        "Authorisation",
        "record the number ranges that the DGII gives: `stalela sequence add`",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_fifteen_in_their_order() {
        assert!(STEPS.iter().map(|step| step.number).eq(1..=15));
    }
}
