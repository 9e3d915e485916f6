//! The documents that the counterpart issues: one of each type that taxpayers send to each other.

use super::directory::{COUNTERPART_NAME, COUNTERPART_RNC};
use super::number::Number;
use super::xml::escaped;

/// A document that somebody is to receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sample<'a> {
    pub(super) number: Number,
    pub(super) buyer_rnc: &'a str,
    /// `dd-MM-yyyy`.
    pub(super) issued: &'a str,
    /// `dd-MM-yyyy HH:mm:ss`.
    pub(super) signed: &'a str,
    /// The number and the date of the document that a note modifies.
    pub(super) modified: Option<(&'a str, &'a str)>,
}

impl Sample<'_> {
    /// The whole document, unsigned.
    pub(super) fn xml(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><ECF><Encabezado><Version>1.0</Version>{}\
             <Emisor><RNCEmisor>{COUNTERPART_RNC}</RNCEmisor><RazonSocialEmisor>{COUNTERPART_NAME}\
             </RazonSocialEmisor><DireccionEmisor>AVENIDA MEXICO 48</DireccionEmisor><FechaEmision>{}\
             </FechaEmision></Emisor><Comprador><RNCComprador>{}</RNCComprador><RazonSocialComprador>\
             CONTRIBUYENTE EN PRUEBAS</RazonSocialComprador></Comprador>{}</Encabezado>\
             <DetallesItems><Item><NumeroLinea>1</NumeroLinea><IndicadorFacturacion>{}\
             </IndicadorFacturacion><NombreItem>SERVICIO DE PRUEBA</NombreItem>\
             <IndicadorBienoServicio>2</IndicadorBienoServicio><CantidadItem>1.00</CantidadItem>\
             <PrecioUnitarioItem>1000.0000</PrecioUnitarioItem><MontoItem>1000.00</MontoItem></Item>\
             </DetallesItems>{}<FechaHoraFirma>{}</FechaHoraFirma></ECF>",
            self.identification(),
            self.issued,
            escaped(self.buyer_rnc),
            self.totals(),
            if self.is_exempt() { 4 } else { 1 },
            self.reference(),
            self.signed,
        )
    }

    fn is_exempt(&self) -> bool {
        self.number.kind == 44
    }

    fn identification(&self) -> String {
        let kind = self.number.kind;
        let note = if kind == 34 { "<IndicadorNotaCredito>0</IndicadorNotaCredito>" } else { "" };
        let expiry = if kind == 34 {
            ""
        } else {
            "<FechaVencimientoSecuencia>31-12-2028</FechaVencimientoSecuencia>"
        };
        let included =
            if self.is_exempt() { "" } else { "<IndicadorMontoGravado>0</IndicadorMontoGravado>" };
        format!(
            "<IdDoc><TipoeCF>{kind}</TipoeCF><eNCF>{}</eNCF>{note}{expiry}{included}<TipoIngresos>01\
             </TipoIngresos><TipoPago>1</TipoPago></IdDoc>",
            self.number
        )
    }

    fn totals(&self) -> &'static str {
        if self.is_exempt() {
            return "<Totales><MontoExento>1000.00</MontoExento><MontoTotal>1000.00</MontoTotal>\
                    </Totales>";
        }
        "<Totales><MontoGravadoTotal>1000.00</MontoGravadoTotal><MontoGravadoI1>1000.00\
         </MontoGravadoI1><ITBIS1>18</ITBIS1><TotalITBIS>180.00</TotalITBIS><TotalITBIS1>180.00\
         </TotalITBIS1><MontoTotal>1180.00</MontoTotal></Totales>"
    }

    fn reference(&self) -> String {
        let Some((number, date)) = self.modified else { return String::new() };
        format!(
            "<InformacionReferencia><NCFModificado>{number}</NCFModificado><FechaNCFModificado>{date}\
             </FechaNCFModificado><CodigoModificacion>3</CodigoModificacion></InformacionReferencia>"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::{schema, xml};
    use super::*;

    #[test]
    fn every_sample_is_well_made_but_for_its_signature() {
        for kind in super::super::counterpart::SENT {
            let modified = matches!(kind, 33 | 34).then_some(("E310000000001", "20-11-2026"));
            let sample = Sample {
                number: Number { kind, sequence: 7 },
                buyer_rnc: "101000000",
                issued: "20-11-2026",
                signed: "20-11-2026 10:00:00",
                modified,
            };
            let why =
                schema::check(&xml::parse(sample.xml().as_bytes()).unwrap().root).unwrap_err();
            assert!(why.contains("Signature"), "{kind}: {why}");
        }
    }
}
