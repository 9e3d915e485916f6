//! Elements and the members of a draft that they are made from.

/// Elements of one group by name, each with a pointer: from the root, or from what repeats.
pub(super) type Table = &'static [(&'static str, &'static str)];

#[rustfmt::skip]
pub(super) const ID: Table = &[
    ("TipoeCF", "/kind"),
    ("IndicadorMontoGravado", "/prices"),
    ("IndicadorServicioTodoIncluido", "/do/all_inclusive"),
    ("IndicadorNotaCredito", "/do/reference/issued_on"),
    ("TipoIngresos", "/do/income_type"),
    ("TipoPago", "/do/payment_terms/kind"),
    ("FechaLimitePago", "/do/payment_terms/due_on"),
    ("TerminoPago", "/do/payment_terms/term"),
    ("TipoCuentaPago", "/do/payment_terms/account/kind"),
    ("NumeroCuentaPago", "/do/payment_terms/account/number"),
    ("BancoPago", "/do/payment_terms/account/bank"),
    ("FechaDesde", "/do/period/from"),
    ("FechaHasta", "/do/period/to"),
    ("TotalPaginas", "/do/lines_per_page"),
];
pub(super) const PAYMENT: Table = &[("FormaPago", "/method"), ("MontoPago", "/amount")];
/// What comes of the taxpayer's own data is the whole's.
#[rustfmt::skip]
pub(super) const SELLER: Table = &[
    ("RNCEmisor", ""),
    ("RazonSocialEmisor", ""),
    ("DireccionEmisor", ""),
    ("CorreoEmisor", ""),
    ("FechaEmision", "/issued_on"),
    ("InformacionAdicionalEmisor", "/comments/0"),
    ("NombreComercial", "/do/seller/trade_name"),
    ("Sucursal", "/do/seller/branch"),
    ("Municipio", "/do/seller/municipality"),
    ("Provincia", "/do/seller/province"),
    ("TablaTelefonoEmisor", "/do/seller/phones"),
    ("TelefonoEmisor", "/do/seller/phones"),
    ("WebSite", "/do/seller/website"),
    ("ActividadEconomica", "/do/seller/economic_activity"),
    ("CodigoVendedor", "/do/seller/salesperson"),
    ("NumeroFacturaInterna", "/do/seller/invoice_number"),
    ("NumeroPedidoInterno", "/do/seller/order_number"),
    ("ZonaVenta", "/do/seller/sales_zone"),
    ("RutaVenta", "/do/seller/sales_route"),
];
#[rustfmt::skip]
pub(super) const BUYER: Table = &[
    ("RNCComprador", "/customer/tax_id"),
    ("IdentificadorExtranjero", "/customer/tax_id"),
    ("RazonSocialComprador", "/customer/name"),
    ("CorreoComprador", "/customer/email"),
    ("DireccionComprador", "/customer/address"),
    ("ContactoComprador", "/customer/do/contact"),
    ("MunicipioComprador", "/customer/do/municipality"),
    ("ProvinciaComprador", "/customer/do/province"),
    ("PaisComprador", "/customer/do/country"),
    ("FechaEntrega", "/customer/do/delivery/on"),
    ("ContactoEntrega", "/customer/do/delivery/contact"),
    ("DireccionEntrega", "/customer/do/delivery/address"),
    ("TelefonoAdicional", "/customer/do/delivery/phone"),
    ("FechaOrdenCompra", "/customer/do/purchase_order/on"),
    ("NumeroOrdenCompra", "/customer/do/purchase_order/number"),
    ("CodigoInternoComprador", "/customer/do/internal_code"),
    ("ResponsablePago", "/customer/do/payer"),
    ("InformacionAdicionalComprador", "/customer/do/additional_information"),
];
#[rustfmt::skip]
pub(super) const SHIPMENT: Table = &[
    ("FechaEmbarque", "/do/shipment/shipped_on"),
    ("NumeroEmbarque", "/do/shipment/number"),
    ("NumeroContenedor", "/do/shipment/container"),
    ("NumeroReferencia", "/do/shipment/reference"),
    ("NombrePuertoEmbarque", "/do/shipment/port_of_loading"),
    ("CondicionesEntrega", "/do/shipment/delivery_terms"),
    ("TotalFob", "/do/shipment/total_fob"),
    ("Seguro", "/do/shipment/insurance"),
    ("Flete", "/do/shipment/freight"),
    ("OtrosGastos", "/do/shipment/other_charges"),
    ("TotalCif", "/do/shipment/total_cif"),
    ("RegimenAduanero", "/do/shipment/customs_regime"),
    ("NombrePuertoSalida", "/do/shipment/port_of_departure"),
    ("NombrePuertoDesembarque", "/do/shipment/port_of_discharge"),
    ("PesoBruto", "/do/shipment/gross_weight"),
    ("PesoNeto", "/do/shipment/net_weight"),
    ("UnidadPesoBruto", "/do/shipment/gross_weight_unit"),
    ("UnidadPesoNeto", "/do/shipment/net_weight_unit"),
    ("CantidadBulto", "/do/shipment/packages"),
    ("UnidadBulto", "/do/shipment/packages_unit"),
    ("VolumenBulto", "/do/shipment/volume"),
    ("UnidadVolumen", "/do/shipment/volume_unit"),
];
#[rustfmt::skip]
pub(super) const TRANSPORT: Table = &[
    ("ViaTransporte", "/do/transport/mode"),
    ("PaisOrigen", "/do/transport/country_of_origin"),
    ("DireccionDestino", "/do/transport/destination_address"),
    ("PaisDestino", "/do/transport/country_of_destination"),
    ("RNCIdentificacionCompaniaTransportista", "/do/transport/carrier_id"),
    ("NombreCompaniaTransportista", "/do/transport/carrier_name"),
    ("NumeroViaje", "/do/transport/voyage"),
    ("Conductor", "/do/transport/driver"),
    ("DocumentoTransporte", "/do/transport/document"),
    ("Ficha", "/do/transport/vehicle"),
    ("Placa", "/do/transport/plate"),
    ("RutaTransporte", "/do/transport/route"),
    ("ZonaTransporte", "/do/transport/zone"),
    ("NumeroAlbaran", "/do/transport/delivery_note"),
];
#[rustfmt::skip]
pub(super) const TOTALS: Table = &[
    ("MontoPeriodo", "/do/balance/show_period"),
    ("SaldoAnterior", "/do/balance/previous"),
    ("MontoAvancePago", "/do/balance/advance"),
    ("ValorPagar", "/do/balance"),
];
pub(super) const SUBTOTAL: Table =
    &[("DescripcionSubtotal", "/title"), ("Orden", "/position"), ("Lineas", "/last_line")];
#[rustfmt::skip]
pub(super) const ADJUSTMENT: Table = &[
    ("TipoAjuste", "/kind"),
    ("IndicadorNorma1007", "/norm_10_07"),
    ("DescripcionDescuentooRecargo", "/description"),
    ("ValorDescuentooRecargo", "/percent"),
    ("MontoDescuentooRecargo", "/amount"),
    ("IndicadorFacturacionDescuentooRecargo", "/group"),
];
#[rustfmt::skip]
pub(super) const REFERENCE: Table = &[
    ("NCFModificado", "/do/reference/number"),
    ("RNCOtroContribuyente", "/do/reference/other_tax_id"),
    ("FechaNCFModificado", "/do/reference/issued_on"),
    ("CodigoModificacion", "/credit/nature"),
    ("RazonModificacion", "/do/reference/reason"),
];
#[rustfmt::skip]
pub(super) const LINE: Table = &[
    ("TablaCodigosItem", "/do/codes"),
    ("IndicadorFacturacion", "/tax_group"),
    ("Retencion", "/do/withholding"),
    ("NombreItem", "/name"),
    ("IndicadorBienoServicio", "/kind"),
    ("DescripcionItem", "/do/description"),
    ("CantidadItem", "/quantity"),
    ("UnidadMedida", "/unit"),
    ("CantidadReferencia", "/do/reference_quantity"),
    ("UnidadReferencia", "/do/reference_unit"),
    ("TablaSubcantidad", "/do/subquantities"),
    ("GradosAlcohol", "/do/alcohol_degrees"),
    ("PrecioUnitarioReferencia", "/do/reference_price"),
    ("FechaElaboracion", "/do/made_on"),
    ("FechaVencimientoItem", "/do/expires_on"),
    ("Mineria", "/do/mining"),
    ("PrecioUnitarioItem", "/unit_price"),
    ("DescuentoMonto", "/do/discounts"),
    ("TablaSubDescuento", "/do/discounts"),
    ("RecargoMonto", "/do/surcharges"),
    ("TablaSubRecargo", "/do/surcharges"),
    ("TablaImpuestoAdicional", "/do/taxes"),
    ("OtraMonedaDetalle", "/do/foreign_price"),
];
pub(super) const CODE: Table = &[("TipoCodigo", "/kind"), ("CodigoItem", "/code")];
#[rustfmt::skip]
pub(super) const CHANGE: Table = &[
    ("SubDescuentoPorcentaje", "/percent"),
    ("MontoSubDescuento", "/amount"),
    ("SubRecargoPorcentaje", "/percent"),
    ("MontoSubRecargo", "/amount"),
];
pub(super) const SUBQUANTITY: Table =
    &[("Subcantidad", "/quantity"), ("CodigoSubcantidad", "/unit")];
#[rustfmt::skip]
pub(super) const WITHHOLDING: Table = &[
    ("IndicadorAgenteRetencionoPercepcion", "/do/withholding/kind"),
    ("MontoITBISRetenido", "/do/withholding/itbis"),
    ("MontoISRRetenido", "/do/withholding/income_tax"),
];
#[rustfmt::skip]
pub(super) const MINING: Table = &[
    ("PesoNetoKilogramo", "/do/mining/net_weight_kilograms"),
    ("PesoNetoMineria", "/do/mining/net_weight"),
    ("TipoAfiliacion", "/do/mining/affiliation"),
    ("Liquidacion", "/do/mining/settlement"),
];
