// Drives the simulator with the npm package dgii-ecf. node drive.cjs URL KEY.pem CERT.pem
'use strict';
const assert = require('node:assert');
const { readFileSync } = require('node:fs');
const net = require('dgii-ecf/dist/networking/restClient');
const { default: ECF, ENVIRONMENT, Signature, convertECF32ToRFCE } = require('dgii-ecf');
const { default: RestApi } = require('dgii-ecf/dist/networking/RestApi');

const [url, keyFile, certFile] = process.argv.slice(2);
const [key, cert] = [keyFile, certFile].map((file) => readFileSync(file, 'utf8'));
// The hosts are an enum, compiled to an object that can be changed.
net.BaseUrl.ECF = net.BaseUrl.CF = net.BaseUrl.STATUS = url;
net.restClient.defaults.baseURL = url;

const ISSUER = '101000000';
const BUYER = '102000000';
const signature = new Signature(key, cert);
const now = new Date(Date.now() - 4 * 3_600_000).toISOString();
const today = now.slice(0, 10).split('-').reverse().join('-');
const stamp = `${today} ${now.slice(11, 19)}`;

function invoice(kind, encf) {
  const expiry =
    kind === 32 ? '' : '<FechaVencimientoSecuencia>31-12-2028</FechaVencimientoSecuencia>';
  return `<?xml version="1.0" encoding="utf-8"?>
<ECF xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <Encabezado>
    <Version>1.0</Version>
    <IdDoc><TipoeCF>${kind}</TipoeCF><eNCF>${encf}</eNCF>${expiry}<IndicadorMontoGravado>0</IndicadorMontoGravado>
      <TipoIngresos>01</TipoIngresos><TipoPago>1</TipoPago></IdDoc>
    <Emisor><RNCEmisor>${ISSUER}</RNCEmisor><RazonSocialEmisor>EMISOR &amp; COMPAÑÍA</RazonSocialEmisor>
      <DireccionEmisor>CALLE 1 "A"</DireccionEmisor><FechaEmision>${today}</FechaEmision></Emisor>
    <Comprador><RNCComprador>${BUYER}</RNCComprador><RazonSocialComprador>COMPRADOR</RazonSocialComprador></Comprador>
    <Totales><MontoGravadoTotal>100.00</MontoGravadoTotal><MontoGravadoI1>100.00</MontoGravadoI1><ITBIS1>18</ITBIS1>
      <TotalITBIS>18.00</TotalITBIS><TotalITBIS1>18.00</TotalITBIS1><MontoTotal>118.00</MontoTotal></Totales>
  </Encabezado>
  <DetallesItems><Item><NumeroLinea>1</NumeroLinea><IndicadorFacturacion>1</IndicadorFacturacion>
    <NombreItem>PRODUCTO</NombreItem><IndicadorBienoServicio>1</IndicadorBienoServicio><CantidadItem>1.00</CantidadItem>
    <PrecioUnitarioItem>100.0000</PrecioUnitarioItem><MontoItem>100.00</MontoItem></Item></DetallesItems>
  <FechaHoraFirma>${stamp}</FechaHoraFirma>
</ECF>`;
}

const approval = (encf) => `<?xml version="1.0" encoding="utf-8"?><ACECF><DetalleAprobacionComercial>
<Version>1.0</Version><RNCEmisor>${ISSUER}</RNCEmisor><eNCF>${encf}</eNCF><FechaEmision>${today}</FechaEmision>
<MontoTotal>118.00</MontoTotal><RNCComprador>${BUYER}</RNCComprador><Estado>1</Estado>
<FechaHoraAprobacionComercial>${stamp}</FechaHoraAprobacionComercial></DetalleAprobacionComercial></ACECF>`;

const annulment = (from, to) => `<?xml version="1.0" encoding="utf-8"?><ANECF><Encabezado><Version>1.0</Version>
<RncEmisor>${ISSUER}</RncEmisor><CantidadeNCFAnulados>3</CantidadeNCFAnulados><FechaHoraAnulacioneNCF>${stamp}</FechaHoraAnulacioneNCF>
</Encabezado><DetalleAnulacion><Anulacion><NoLinea>1</NoLinea><TipoeCF>31</TipoeCF><TablaRangoSecuenciasAnuladaseNCF>
<Secuencias><SecuenciaeNCFDesde>${from}</SecuenciaeNCFDesde><SecuenciaeNCFHasta>${to}</SecuenciaeNCFHasta></Secuencias>
</TablaRangoSecuenciasAnuladaseNCF><CantidadeNCFAnulados>3</CantidadeNCFAnulados></Anulacion></DetalleAnulacion></ANECF>`;

const code = (signed) => signed.match(/<SignatureValue>([^<]{6})/)[1];
const step = (name, value) => (console.log(name, JSON.stringify(value)), value);

async function result(client, trackId) {
  for (let count = 0; count < 10; count += 1) {
    const status = await client.statusTrackId(trackId);
    if (status.estado !== 'En Proceso') return status;
  }
  throw new Error(`${trackId} is in process for ever`);
}

async function invoices(client) {
  const signed = signature.signXml(invoice(31, 'E310000000001'), 'ECF');
  const sent = step('sent', await client.sendElectronicDocument(signed, `${ISSUER}E310000000001.xml`));
  const status = step('result', await result(client, sent.trackId));
  assert.deepStrictEqual([status.codigo, status.estado], ['1', 'Aceptado']);
  const tracks = step('trackIds', await client.trackStatuses(ISSUER, 'E310000000001'));
  assert.strictEqual(tracks[0].trackId, sent.trackId);
  const inquiry = await client.inquiryStatus(ISSUER, 'E310000000001', BUYER, code(signed));
  assert.strictEqual(step('inquiry', inquiry).estado, 'Aceptado');
}

async function summaries(client) {
  const signed = signature.signXml(invoice(32, 'E320000000001'), 'ECF');
  const { xml, securityCode } = convertECF32ToRFCE(signed);
  assert.strictEqual(securityCode, code(signed));
  const summary = signature.signXml(xml, 'RFCE');
  const sent = step('summary', await client.sendSummary(summary, `${ISSUER}E320000000001.xml`));
  assert.deepStrictEqual([sent.codigo, sent.estado], [1, 'Aceptado']);
  const inquiry = await client.getSummaryInvoiceInquiry(ISSUER, 'E320000000001', securityCode);
  assert.strictEqual(step('summary inquiry', inquiry).codigo, 1);
}

async function others(client) {
  const directory = step('directory', await client.getCustomerDirectory(BUYER));
  assert.ok(directory[0].urlRecepcion.endsWith('/testecf/emisorreceptor'));
  const approved = await client.sendCommercialApproval(
    signature.signXml(approval('E310000000001'), 'ACECF'), `${BUYER}E310000000001.xml`);
  assert.strictEqual(step('approval', approved).codigo, '01');
  const annulled = await client.voidENCF(
    signature.signXml(annulment('E310000000007', 'E310000000009'), 'ANECF'), `${ISSUER}ANULACION.xml`);
  assert.match(step('annulment', annulled).mensajes[0], /anuladas correctamente/);
  return directory[0].urlRecepcion;
}

async function status() {
  const api = new RestApi(ENVIRONMENT.DEV);
  const key = 'Apikey clave-de-prueba';
  const [services, windows, verified] = await Promise.all(
    ['SERVICES_STATUS', 'SERVICE_MAINTENANCE_WINDOW', 'SERVICE_VERIFICATION'].map((operation) =>
      api.dgiiCloudServicesStatusApi(require('dgii-ecf/dist/networking/types').StatusOperation[operation], key)));
  assert.strictEqual(services[0].estatus, 'Disponible');
  assert.deepStrictEqual(windows, { ventanaMantenimientos: [] });
  assert.strictEqual(step('status', verified).estado, 'Disponible');
}

async function betweenTaxpayers(host) {
  const client = new ECF({ key, cert }, ENVIRONMENT.DEV);
  const token = await client.authenticate(host);
  net.setAuthToken(token.token);
  const signed = signature.signXml(invoice(31, 'E310000000002'), 'ECF');
  const receipt = await client.sendElectronicDocument(signed, `${ISSUER}E310000000002.xml`, host);
  assert.match(step('acknowledgement', receipt), /<Estado>0<\/Estado>/);
  assert.match(receipt, /<Signature /);
}

async function main() {
  const client = new ECF({ key, cert }, ENVIRONMENT.DEV);
  const token = step('token', await client.authenticate());
  assert.match(token.expira, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  await invoices(client);
  await summaries(client);
  const host = await others(client);
  await status();
  await betweenTaxpayers(host);
  console.log('OK');
}

main().catch((error) => {
  console.error('FAILED', error);
  process.exit(1);
});
