//! Units of measure (Formato e-CF, table of units).

/// A unit that a quantity is counted in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unit {
    /// What the XML has.
    pub code: &'static str,
    /// What a printed representation has.
    pub abbreviation: &'static str,
    pub name: &'static str,
}

/// The unit of a code written without zeros before it.
pub fn unit(code: &str) -> Option<&'static Unit> {
    let number: usize = code.parse().ok()?;
    UNITS.get(number.checked_sub(1)?).filter(|unit| unit.code == code)
}

/// Whether a number is the code of a unit.
pub(in crate::dom) fn is_unit(number: u8) -> bool {
    (1..=UNITS.len()).contains(&usize::from(number))
}

/// Sold without a package (*granel*): no specific selective tax is owed on it.
pub const BULK: &str = "18";

const fn row(code: &'static str, abbreviation: &'static str, name: &'static str) -> Unit {
    Unit { code, abbreviation, name }
}

/// All of them; the code of each is its place, counting from one.
#[rustfmt::skip]
pub const UNITS: &[Unit] = &[
    row("1", "BARR", "Barril"),
    row("2", "BOL", "Bolsa"),
    row("3", "BOT", "Bote"),
    row("4", "BULTO", "Bultos"),
    row("5", "BOTELLA", "Botella"),
    row("6", "CAJ", "Caja/Cajón"),
    row("7", "CAJETILLA", "Cajetilla"),
    row("8", "CM", "Centímetro"),
    row("9", "CIL", "Cilindro"),
    row("10", "CONJ", "Conjunto"),
    row("11", "CONT", "Contenedor"),
    row("12", "DÍA", "Día"),
    row("13", "DOC", "Docena"),
    row("14", "FARD", "Fardo"),
    row("15", "GL", "Galones"),
    row("16", "GRAD", "Grado"),
    row("17", "GR", "Gramo"),
    row("18", "GRAN", "Granel"),
    row("19", "HOR", "Hora"),
    row("20", "HUAC", "Huacal"),
    row("21", "KG", "Kilogramo"),
    row("22", "kWh", "Kilovatio Hora"),
    row("23", "LB", "Libra"),
    row("24", "LITRO", "Litro"),
    row("25", "LOT", "Lote"),
    row("26", "M", "Metro"),
    row("27", "M2", "Metro Cuadrado"),
    row("28", "M3", "Metro Cúbico"),
    row("29", "MMBTU", "Millones de Unidades Térmicas"),
    row("30", "MIN", "Minuto"),
    row("31", "PAQ", "Paquete"),
    row("32", "PAR", "Par"),
    row("33", "PIE", "Pie"),
    row("34", "PZA", "Pieza"),
    row("35", "ROL", "Rollo"),
    row("36", "SOBR", "Sobre"),
    row("37", "SEG", "Segundo"),
    row("38", "TANQUE", "Tanque"),
    row("39", "TONE", "Tonelada"),
    row("40", "TUB", "Tubo"),
    row("41", "YD", "Yarda"),
    row("42", "YD2", "Yarda cuadrada"),
    row("43", "UND", "Unidad"),
    row("44", "EA", "Elemento"),
    row("45", "MILLAR", "Millar"),
    row("46", "SAC", "Saco"),
    row("47", "LAT", "Lata"),
    row("48", "DIS", "Display"),
    row("49", "BID", "Bidón"),
    row("50", "RAC", "Ración"),
    row("51", "Q", "Quintal"),
    row("52", "GRT", "Toneladas de registro bruto"),
    row("53", "P2", "Pie Cuadrado"),
    row("54", "PAX", "Pasajero"),
    row("55", "PULG", "Pulgadas"),
    row("56", "STAY", "Parqueo Barcos En Muelle"),
    row("57", "BDJ", "Bandeja"),
    row("58", "HA", "Hectárea"),
    row("59", "ML", "Mililitro"),
    row("60", "MG", "Miligramo"),
    row("61", "OZ", "Onzas"),
    row("62", "OZT", "Onzas Troy"),
];
