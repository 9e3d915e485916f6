//! The codes of the DGII that have been seen in answers. It publishes no list. Whatever has no known
//! code here is answered with 0, as rejections with nothing but a text have been seen to be.

/// No known code; the text tells.
pub(super) const GENERIC: u32 = 0;
/// A debit note that voids (`CodigoModificacion` 1): the text is empty and the number stays free.
pub(super) const VOIDING_DEBIT: u32 = 64;
/// A summary with a number that is not authorised: accepted under a condition.
pub(super) const SUMMARY_UNAUTHORISED: u32 = 75;
/// `FechaVencimientoSecuencia` is not the authorised one.
pub(super) const EXPIRY: u32 = 145;
pub(super) const CREDIT_NOTE_INDICATOR: u32 = 156;
/// `IndicadorMontoGravado` is missing although lines are taxed.
pub(super) const TAX_INCLUDED_INDICATOR: u32 = 176;
/// The type allows one billing indicator only.
pub(super) const ONLY_EXEMPT: u32 = 244;
pub(super) const ITBIS_RETAINED: u32 = 260;
/// Type 47 is for services.
pub(super) const ONLY_SERVICES: u32 = 294;
/// The modified document was never issued.
pub(super) const NOT_ISSUED: u32 = 614;
/// The modified document's balance is spent, or its buyer is another.
pub(super) const BALANCE: u32 = 615;
/// `FechaNCFModificado` is not the original's date.
pub(super) const MODIFIED_DATE: u32 = 634;
/// `FechaLimitePago` is missing on credit.
pub(super) const PAYMENT_LIMIT: u32 = 1_100;
pub(super) const BUYER_MISSING: u32 = 1_381;
/// The buyer's RNC is not a taxpayer's: a condition.
pub(super) const BUYER_UNKNOWN: u32 = 1_385;
pub(super) const BUYER_NAME: u32 = 1_406;
/// The breakdown by rate is missing or makes no sense.
pub(super) const BREAKDOWN: u32 = 1_930;
/// A taxed amount is not the sum of its lines: a condition.
pub(super) const TAXED_SUM: u32 = 1_934;
pub(super) const EXEMPT: u32 = 1_960;
pub(super) const SUB_DISCOUNT: u32 = 2_020;
pub(super) const SUB_SURCHARGE: u32 = 2_030;
pub(super) const SUB_QUANTITY: u32 = 2_150;
/// `MontoTotal` of a summary is wrong: a condition.
pub(super) const SUMMARY_TOTAL: u32 = 3_205;
/// `TotalITBIS1` is not its base times the rate: a condition. 16 % and 0 % follow in tens.
pub(super) const ITBIS_18: u32 = 11_014;
/// Not seen; between the two that were.
pub(super) const ITBIS_16: u32 = 11_024;
pub(super) const ITBIS_0: u32 = 11_034;
/// `MontoTotal` is wrong: a condition.
pub(super) const TOTAL: u32 = 11_105;
/// `MontoPeriodo` is wrong: a condition.
pub(super) const PERIOD: u32 = 11_123;
/// `TotalISRRetencion` is missing in a 47.
pub(super) const ISR_RETAINED: u32 = 11_170;

/// "El campo X del área Y de la sección Z no es válido."
pub(super) fn invalid(field: &str, area: &str, section: &str) -> String {
    format!("El campo {field} del área {area} de la sección {section} no es válido.")
}

/// "El campo X del área Y de la sección Z es obligatorio."
pub(super) fn mandatory(field: &str, area: &str, section: &str) -> String {
    format!("El campo {field} del área {area} de la sección {section} es obligatorio.")
}

/// The same about a global discount or surcharge.
pub(super) fn invalid_adjustment(field: &str, place: usize) -> String {
    format!("El campo {field} de la línea {place} de la sección DescuentosORecargos no es válido.")
}

/// The same about one line.
pub(super) fn invalid_in_line(field: &str, line: usize) -> String {
    format!("El campo {field} de la línea {line} de la sección DetallesItems no es válido.")
}
