//! Taxes beyond the ITBIS, by the codes of `TipoImpuesto` (Formato e-CF, table of taxes).

use invoice::Decimal;
use jiff::civil::{Date, date};

use self::TaxKind as K;

/// An additional tax.
#[derive(Clone, Copy, Debug)]
pub struct AdditionalTax {
    /// Three digits.
    pub code: &'static str,
    pub name: &'static str,
    pub kind: TaxKind,
    /// What was in force from when, the oldest first; none of a tax whose amount is each quarter's
    /// own.
    pub figures: &'static [DatedFigure],
}

/// How a tax is reckoned, and so which element its amount stands in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum TaxKind {
    /// A percentage of what is charged: legal tip, telecommunications, insurance.
    OfAmount,
    /// A percentage of one article's price: the first plate of a vehicle.
    FirstPlate,
    /// Pesos by the litre of pure alcohol.
    SpecificAlcohol,
    /// Pesos by the pack.
    SpecificCigarettes,
    /// A percentage of the retail price of a drink.
    AdValoremAlcohol,
    /// A percentage of the retail price of a pack.
    AdValoremCigarettes,
}

/// A percentage or an amount of pesos, as its tax says: what `TasaImpuestoAdicional` bears.
pub type Figure = Decimal<2>;

/// A figure with the day from which it was in force.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DatedFigure {
    pub since: Date,
    pub figure: Figure,
}

impl AdditionalTax {
    /// What was in force on a day; nothing of a tax whose amount is each quarter's own.
    pub fn figure_on(&self, day: Date) -> Option<Figure> {
        let in_force = self.figures.iter().rev().find(|dated| dated.since <= day);
        in_force.map(|dated| dated.figure)
    }
}

impl TaxKind {
    /// The element that its amount stands in.
    pub const fn amount_element(self) -> &'static str {
        match self {
            Self::OfAmount | Self::FirstPlate => "OtrosImpuestosAdicionales",
            Self::SpecificAlcohol | Self::SpecificCigarettes => {
                "MontoImpuestoSelectivoConsumoEspecifico"
            }
            Self::AdValoremAlcohol | Self::AdValoremCigarettes => {
                "MontoImpuestoSelectivoConsumoAdvalorem"
            }
        }
    }

    /// Whether the ITBIS is reckoned on this tax too: on the selective taxes it is.
    pub const fn is_in_itbis_base(self) -> bool {
        match self {
            Self::OfAmount | Self::FirstPlate => false,
            Self::SpecificAlcohol
            | Self::SpecificCigarettes
            | Self::AdValoremAlcohol
            | Self::AdValoremCigarettes => true,
        }
    }
}

/// The tax of a code.
pub fn additional_tax(code: &str) -> Option<&'static AdditionalTax> {
    let number: usize = code.parse().ok()?;
    ADDITIONAL_TAXES.get(number.checked_sub(1)?).filter(|tax| tax.code == code)
}

/// The first e-CFs: the older of the certification sets is dated in this year.
const FIRST: Date = date(2018, 1, 1);

/// `hundredths` of a percent or of a peso.
const fn since(since: Date, hundredths: i128) -> DatedFigure {
    DatedFigure { since, figure: Figure::from_units(hundredths) }
}

const TEN: &[DatedFigure] = &[since(FIRST, 1000)];
const TWO: &[DatedFigure] = &[since(FIRST, 200)];
const SIXTEEN: &[DatedFigure] = &[since(FIRST, 1600)];
const SEVENTEEN: &[DatedFigure] = &[since(FIRST, 1700)];
const TWENTY: &[DatedFigure] = &[since(FIRST, 2000)];
/// Pesos by the litre of pure alcohol and by the pack follow inflation each quarter: they are no
/// figures of the format, whose 632.58 is an example. `excise_on` of the regime knows a quarter's.
const QUARTERLY: &[DatedFigure] = &[];

const fn row(
    code: &'static str,
    name: &'static str,
    kind: TaxKind,
    figures: &'static [DatedFigure],
) -> AdditionalTax {
    AdditionalTax { code, name, kind, figures }
}

/// All of them; the code of each is its place, counting from one.
#[rustfmt::skip]
pub const ADDITIONAL_TAXES: &[AdditionalTax] = &[
    row("001", "Propina Legal", K::OfAmount, TEN),
    row("002", "Contribución al Desarrollo de las Telecomunicaciones Ley 153-98 Art. 45", K::OfAmount, TWO),
    row("003", "Servicios Seguros en general", K::OfAmount, SIXTEEN),
    row("004", "Servicios de Telecomunicaciones", K::OfAmount, TEN),
    row("005", "Expedición de la primera placa", K::FirstPlate, SEVENTEEN),
    row("006", "Cerveza", K::SpecificAlcohol, QUARTERLY),
    row("007", "Vinos de uva", K::SpecificAlcohol, QUARTERLY),
    row("008", "Vermut y demás vinos de uvas frescas", K::SpecificAlcohol, QUARTERLY),
    row("009", "Demás bebidas fermentadas", K::SpecificAlcohol, QUARTERLY),
    row("010", "Alcohol Etílico sin desnaturalizar (Mayor o igual a 80%)", K::SpecificAlcohol, QUARTERLY),
    row("011", "Alcohol Etílico sin desnaturalizar (inferior a 80%)", K::SpecificAlcohol, QUARTERLY),
    row("012", "Aguardientes de uva", K::SpecificAlcohol, QUARTERLY),
    row("013", "Whisky", K::SpecificAlcohol, QUARTERLY),
    row("014", "Ron y demás aguardientes de caña", K::SpecificAlcohol, QUARTERLY),
    row("015", "Gin y Ginebra", K::SpecificAlcohol, QUARTERLY),
    row("016", "Vodka", K::SpecificAlcohol, QUARTERLY),
    row("017", "Licores", K::SpecificAlcohol, QUARTERLY),
    row("018", "Los demás (Bebidas y Alcoholes)", K::SpecificAlcohol, QUARTERLY),
    row("019", "Cigarrillos que contengan tabaco cajetilla 20 unidades", K::SpecificCigarettes, QUARTERLY),
    row("020", "Los demás Cigarrillos que contengan 20 unidades", K::SpecificCigarettes, QUARTERLY),
    row("021", "Cigarrillos que contengan 10 unidades", K::SpecificCigarettes, QUARTERLY),
    row("022", "Los demás Cigarrillos que contengan 10 unidades", K::SpecificCigarettes, QUARTERLY),
    row("023", "Cerveza", K::AdValoremAlcohol, TEN),
    row("024", "Vinos de uva", K::AdValoremAlcohol, TEN),
    row("025", "Vermut y demás vinos de uvas frescas", K::AdValoremAlcohol, TEN),
    row("026", "Demás bebidas fermentadas", K::AdValoremAlcohol, TEN),
    row("027", "Alcohol Etílico sin desnaturalizar (Mayor o igual a 80%)", K::AdValoremAlcohol, TEN),
    row("028", "Alcohol Etílico sin desnaturalizar (inferior a 80%)", K::AdValoremAlcohol, TEN),
    row("029", "Aguardientes de uva", K::AdValoremAlcohol, TEN),
    row("030", "Whisky", K::AdValoremAlcohol, TEN),
    row("031", "Ron y demás aguardientes de caña", K::AdValoremAlcohol, TEN),
    row("032", "Gin y Ginebra", K::AdValoremAlcohol, TEN),
    row("033", "Vodka", K::AdValoremAlcohol, TEN),
    row("034", "Licores", K::AdValoremAlcohol, TEN),
    row("035", "Los demás (Bebidas y Alcoholes)", K::AdValoremAlcohol, TEN),
    row("036", "Cigarrillos que contengan tabaco cajetilla 20 unidades", K::AdValoremCigarettes, TWENTY),
    row("037", "Los demás Cigarrillos que contengan 20 unidades", K::AdValoremCigarettes, TWENTY),
    row("038", "Cigarrillos que contengan 10 unidades", K::AdValoremCigarettes, TWENTY),
    row("039", "Los demás Cigarrillos que contengan 10 unidades", K::AdValoremCigarettes, TWENTY),
];
