//! What of the certification happens in the portal, or between servers, and so is not walked here
//! (Proceso de Certificación para ser Emisor Electrónico).

/// A step, or several that belong together.
pub(super) struct Step {
    /// As the portal counts them.
    pub(super) number: &'static str,
    pub(super) what: &'static str,
}

pub(super) const STEPS: [Step; 9] = [
    Step {
        number: "1",
        what: "sign the application that the portal gives, with `stalela ecf sign --unchecked`, \
               and upload it",
    },
    Step {
        number: "2",
        what: "upload the small consumer invoices, as they were signed, where the portal asks for \
               them",
    },
    Step {
        number: "4",
        what: "simulation: issue with your own data through `stalela serve`, in the environment \
               certification: 4 of 31, 2 of 32 from RD$ 250,000, 1 of 33, 2 of 34, 2 each of 41 and \
               43 to 47, and 4 of 32 below with their summaries",
    },
    Step {
        number: "5-6",
        what: "printed representations: `stalela show ID --receipt pdf` of one of each type, \
               uploaded, at most 10 MB each; then DGII's review of them",
    },
    Step { number: "7", what: "tell the portal the test addresses of your receiving services" },
    Step {
        number: "8-11",
        what: "with `stalela serve` reachable there: DGII sends e-CFs and wants an acknowledgement \
               of each, then sends approvals",
    },
    Step { number: "12", what: "tell the portal the production addresses" },
    Step {
        number: "13",
        what: "sign the sworn declaration, with `stalela ecf sign --unchecked`, and upload it",
    },
    Step { number: "14-15", what: "wait for DGII's check of the taxpayer's standing" },
];
