//! Small documents, written out: whoever reads a test sees what is sent.

/// The fields of a plain e-CF that tests change.
#[derive(Clone, Debug)]
pub(crate) struct Sale {
    pub(crate) kind: u8,
    pub(crate) sequence: u64,
    pub(crate) issuer: &'static str,
    pub(crate) issued: String,
    /// Quantity of one item at 100.00 without tax, at 18 %.
    pub(crate) quantity: u64,
}

impl Sale {
    /// A tax credit invoice of one line: 100.00 and 18.00 of ITBIS.
    pub(crate) fn credit(sequence: u64) -> Self {
        let issued = "20-11-2026".to_owned();
        Self { kind: 31, sequence, issuer: "101000000", issued, quantity: 1 }
    }

    /// A consumer invoice.
    pub(crate) fn consumer(sequence: u64, quantity: u64) -> Self {
        Self { kind: 32, quantity, ..Self::credit(sequence) }
    }

    pub(crate) fn encf(&self) -> String {
        format!("E{}{:010}", self.kind, self.sequence)
    }

    pub(crate) fn total(&self) -> String {
        format!("{}.00", self.quantity * 118)
    }

    fn expiry(&self) -> &'static str {
        if self.kind == 32 {
            ""
        } else {
            "<FechaVencimientoSecuencia>31-12-2028</FechaVencimientoSecuencia>"
        }
    }

    /// The root element, ready to be signed.
    pub(crate) fn xml(&self) -> String {
        let Self { kind, issuer, issued, quantity, .. } = self;
        let (net, tax) = (quantity * 100, quantity * 18);
        format!(
            "<ECF><Encabezado><Version>1.0</Version><IdDoc><TipoeCF>{kind}</TipoeCF><eNCF>{}</eNCF>\
             {}<IndicadorMontoGravado>0</IndicadorMontoGravado><TipoIngresos>01</TipoIngresos>\
             <TipoPago>1</TipoPago></IdDoc><Emisor><RNCEmisor>{issuer}</RNCEmisor><RazonSocialEmisor>\
             EMISOR &amp; PRUEBA</RazonSocialEmisor><DireccionEmisor>CALLE 1</DireccionEmisor>\
             <FechaEmision>{issued}</FechaEmision></Emisor><Comprador><RNCComprador>102000000\
             </RNCComprador><RazonSocialComprador>COMPRADOR Ñ</RazonSocialComprador></Comprador>\
             <Totales><MontoGravadoTotal>{net}.00</MontoGravadoTotal><MontoGravadoI1>{net}.00\
             </MontoGravadoI1><ITBIS1>18</ITBIS1><TotalITBIS>{tax}.00</TotalITBIS><TotalITBIS1>{tax}.00\
             </TotalITBIS1><MontoTotal>{}</MontoTotal></Totales></Encabezado><DetallesItems><Item>\
             <NumeroLinea>1</NumeroLinea><IndicadorFacturacion>1</IndicadorFacturacion><NombreItem>\
             PRODUCTO</NombreItem><IndicadorBienoServicio>1</IndicadorBienoServicio><CantidadItem>\
             {quantity}.00</CantidadItem><PrecioUnitarioItem>100.0000</PrecioUnitarioItem><MontoItem>\
             {net}.00</MontoItem></Item></DetallesItems><FechaHoraFirma>20-11-2026 10:50:00\
             </FechaHoraFirma></ECF>",
            self.encf(),
            self.expiry(),
            self.total(),
        )
    }

    /// The summary of a consumer invoice with this security code.
    pub(crate) fn summary(&self, security_code: &str) -> String {
        let Self { issuer, issued, quantity, .. } = self;
        let (net, tax) = (quantity * 100, quantity * 18);
        format!(
            "<RFCE><Encabezado><Version>1.0</Version><IdDoc><TipoeCF>32</TipoeCF><eNCF>{}</eNCF>\
             <TipoIngresos>01</TipoIngresos><TipoPago>1</TipoPago></IdDoc><Emisor><RNCEmisor>{issuer}\
             </RNCEmisor><RazonSocialEmisor>EMISOR &amp; PRUEBA</RazonSocialEmisor><FechaEmision>\
             {issued}</FechaEmision></Emisor><Comprador><RNCComprador>102000000</RNCComprador>\
             <RazonSocialComprador>COMPRADOR Ñ</RazonSocialComprador></Comprador><Totales>\
             <MontoGravadoTotal>{net}.00</MontoGravadoTotal><MontoGravadoI1>{net}.00</MontoGravadoI1>\
             <TotalITBIS>{tax}.00</TotalITBIS><TotalITBIS1>{tax}.00</TotalITBIS1><MontoTotal>{}\
             </MontoTotal></Totales><CodigoSeguridadeCF>{security_code}</CodigoSeguridadeCF>\
             </Encabezado></RFCE>",
            self.encf(),
            self.total(),
        )
    }
}

/// A note on E310000000001 of the same issuer.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// 33 or 34.
    pub(crate) kind: u8,
    pub(crate) sequence: u64,
    pub(crate) issued: String,
    pub(crate) buyer: &'static str,
    pub(crate) quantity: u64,
    /// `IndicadorNotaCredito`.
    pub(crate) indicator: u8,
    pub(crate) modified: String,
    pub(crate) modified_on: String,
    /// `CodigoModificacion`.
    pub(crate) code: u8,
}

impl Note {
    /// A credit note of one piece, today.
    pub(crate) fn credit(sequence: u64) -> Self {
        Self {
            kind: 34,
            sequence,
            issued: "20-11-2026".to_owned(),
            buyer: "102000000",
            quantity: 1,
            indicator: 0,
            modified: "E310000000001".to_owned(),
            modified_on: "20-11-2026".to_owned(),
            code: 3,
        }
    }

    /// The root element, ready to be signed.
    pub(crate) fn xml(&self) -> String {
        let Self { kind, sequence, issued, buyer, quantity, indicator, .. } = self;
        let Self { modified, modified_on, code, .. } = self;
        let sale = Sale {
            kind: *kind,
            sequence: *sequence,
            issued: issued.clone(),
            quantity: *quantity,
            ..Sale::credit(0)
        };
        let expiry = "<FechaVencimientoSecuencia>31-12-2028</FechaVencimientoSecuencia>";
        let head = if *kind == 34 {
            format!("<IndicadorNotaCredito>{indicator}</IndicadorNotaCredito>")
        } else {
            expiry.to_owned()
        };
        let reference = format!(
            "</DetallesItems><InformacionReferencia><NCFModificado>{modified}</NCFModificado>\
             <FechaNCFModificado>{modified_on}</FechaNCFModificado><CodigoModificacion>{code}\
             </CodigoModificacion></InformacionReferencia>"
        );
        sale.xml().replacen(expiry, &head, 1).replacen("</DetallesItems>", &reference, 1).replacen(
            "102000000",
            buyer,
            1,
        )
    }
}
