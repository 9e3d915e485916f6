//! The short code tables of the formats, with the words that a printed representation bears.

use super::{Code, row};

/// `TipoMoneda`. The codes are DGII's own: `CHY` and `SCP` are in no other list.
#[rustfmt::skip]
pub const CURRENCIES: &[Code] = &[
    row("BRL", "Real brasileño"),
    row("CAD", "Dólar canadiense"),
    row("CHF", "Franco suizo"),
    row("CHY", "Yuan chino"),
    row("XDR", "Derecho especial de giro"),
    row("DKK", "Corona danesa"),
    row("EUR", "Euro"),
    row("GBP", "Libra esterlina"),
    row("JPY", "Yen japonés"),
    row("NOK", "Corona noruega"),
    row("SCP", "Libra escocesa"),
    row("SEK", "Corona sueca"),
    row("USD", "Dólar estadounidense"),
    row("VEF", "Bolívar fuerte venezolano"),
    row("HTG", "Gurda haitiana"),
    row("MXN", "Peso mexicano"),
    row("COP", "Peso colombiano"),
];

/// `TipoIngresos`.
#[rustfmt::skip]
pub const INCOMES: &[Code] = &[
    row("01", "Ingresos por operaciones (No financieros)"),
    row("02", "Ingresos Financieros"),
    row("03", "Ingresos Extraordinarios"),
    row("04", "Ingresos por Arrendamientos"),
    row("05", "Ingresos por Venta de Activo Depreciable"),
    row("06", "Otros Ingresos"),
];

/// `TipoPago`.
#[rustfmt::skip]
pub const PAYMENT_TERMS: &[Code] = &[
    row("1", "Contado"),
    row("2", "Crédito"),
    row("3", "Gratuito"),
];

/// `FormaPago`.
#[rustfmt::skip]
pub const PAYMENT_FORMS: &[Code] = &[
    row("1", "Efectivo"),
    row("2", "Cheque/Transferencia/Depósito"),
    row("3", "Tarjeta de Débito/Crédito"),
    row("4", "Venta a Crédito"),
    row("5", "Bonos o Certificados de regalo"),
    row("6", "Permuta"),
    row("7", "Nota de crédito"),
    row("8", "Otras Formas de pago"),
];

/// `TipoCuentaPago`.
#[rustfmt::skip]
pub const ACCOUNTS: &[Code] = &[
    row("CT", "Cuenta corriente"),
    row("AH", "Ahorro"),
    row("OT", "Otra"),
];

/// `IndicadorFacturacion`: how a line is taxed.
#[rustfmt::skip]
pub const BILLING: &[Code] = &[
    row("0", "No facturable"),
    row("1", "ITBIS 18%"),
    row("2", "ITBIS 16%"),
    row("3", "ITBIS 0%"),
    row("4", "Exento"),
];

/// `IndicadorBienoServicio`.
#[rustfmt::skip]
pub const GOODS_OR_SERVICE: &[Code] = &[
    row("1", "Bien"),
    row("2", "Servicio"),
];

/// `IndicadorAgenteRetencionoPercepcion`.
#[rustfmt::skip]
pub const WITHHOLDING: &[Code] = &[
    row("1", "Retención"),
    row("2", "Percepción"),
];

/// `CodigoModificacion`: what a note does with the document that it names.
#[rustfmt::skip]
pub const MODIFICATIONS: &[Code] = &[
    row("1", "Anula el NCF modificado"),
    row("2", "Corrige Texto del Comprobante Fiscal modificado"),
    row("3", "Corrige montos del NCF modificado"),
    row("4", "Reemplazo NCF emitido en contingencia"),
    row("5", "Referencia Factura Consumo Electrónica"),
];

/// `TipoAjuste`.
#[rustfmt::skip]
pub const ADJUSTMENTS: &[Code] = &[
    row("D", "Descuento"),
    row("R", "Recargo"),
];

/// `ViaTransporte`.
#[rustfmt::skip]
pub const ROUTES: &[Code] = &[
    row("01", "Terrestre"),
    row("02", "Marítimo"),
    row("03", "Aérea"),
];

/// `TipoAfiliacion`, of mining.
#[rustfmt::skip]
pub const AFFILIATIONS: &[Code] = &[
    row("1", "Afiliada"),
    row("2", "No afiliada"),
];

/// `Liquidacion`, of mining.
#[rustfmt::skip]
pub const SETTLEMENTS: &[Code] = &[
    row("1", "Provisional"),
    row("2", "Final"),
];
