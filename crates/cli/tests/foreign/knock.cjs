// Knocks at a taxpayer's own services with the npm package dgii-ecf, found through NODE_PATH.
// node knock.cjs HOST KEY.pem CERT.pem ISSUED.json FOLDER
'use strict';
const assert = require('node:assert');
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const FormData = require('form-data');
const net = require('dgii-ecf/dist/networking/restClient');
const api = require('dgii-ecf/dist/networking/RestApi');
const { default: ECF, ENVIRONMENT, Signature } = require('dgii-ecf');

const [host, keyFile, certFile, issuedFile, folder] = process.argv.slice(2);
const [key, cert] = [keyFile, certFile].map((file) => readFileSync(file, 'utf8'));
// What the taxpayer issued to us: {tax_id, number, issued_on, total, buyer}.
const issued = JSON.parse(readFileSync(issuedFile, 'utf8'));

const signature = new Signature(key, cert);
const client = new ECF({ key, cert }, ENVIRONMENT.DEV);
const now = new Date(Date.now() - 4 * 3_600_000).toISOString();
const date = (iso) => iso.slice(0, 10).split('-').reverse().join('-');
const stamp = `${date(now)} ${now.slice(11, 19)}`;

const invoice = (encf, name) => `<?xml version="1.0" encoding="utf-8"?>
<ECF xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <Encabezado>
    <Version>1.0</Version>
    <IdDoc><TipoeCF>31</TipoeCF><eNCF>${encf}</eNCF><FechaVencimientoSecuencia>31-12-2028</FechaVencimientoSecuencia>
      <IndicadorMontoGravado>0</IndicadorMontoGravado><TipoIngresos>01</TipoIngresos><TipoPago>1</TipoPago></IdDoc>
    <Emisor><RNCEmisor>${issued.buyer}</RNCEmisor><RazonSocialEmisor>SUPLIDORA &amp; COMPAÑÍA</RazonSocialEmisor>
      <DireccionEmisor>CALLE 1 "A"</DireccionEmisor><FechaEmision>${date(now)}</FechaEmision></Emisor>
    <Comprador><RNCComprador>${issued.tax_id}</RNCComprador><RazonSocialComprador>COMPRADORA</RazonSocialComprador></Comprador>
    <Totales><MontoGravadoTotal>100.00</MontoGravadoTotal><MontoGravadoI1>100.00</MontoGravadoI1><ITBIS1>18</ITBIS1>
      <TotalITBIS>18.00</TotalITBIS><TotalITBIS1>18.00</TotalITBIS1><MontoTotal>118.00</MontoTotal></Totales>
  </Encabezado>
  <DetallesItems><Item><NumeroLinea>1</NumeroLinea><IndicadorFacturacion>1</IndicadorFacturacion>
    <NombreItem>${name}</NombreItem><IndicadorBienoServicio>1</IndicadorBienoServicio><CantidadItem>1.00</CantidadItem>
    <PrecioUnitarioItem>100.0000</PrecioUnitarioItem><MontoItem>100.00</MontoItem></Item></DetallesItems>
  <FechaHoraFirma>${stamp}</FechaHoraFirma>
</ECF>`;

const approval = (encf) => `<?xml version="1.0" encoding="utf-8"?><ACECF><DetalleAprobacionComercial>
<Version>1.0</Version><RNCEmisor>${issued.tax_id}</RNCEmisor><eNCF>${encf}</eNCF><FechaEmision>${date(issued.issued_on)}</FechaEmision>
<MontoTotal>${issued.total}</MontoTotal><RNCComprador>${issued.buyer}</RNCComprador><Estado>1</Estado>
<FechaHoraAprobacionComercial>${stamp}</FechaHoraAprobacionComercial></DetalleAprobacionComercial></ACECF>`;

const send = (signed, encf) => client.sendElectronicDocument(signed, `${issued.buyer}${encf}.xml`, host);

async function documents() {
  const encf = 'E310000000007';
  const signed = signature.signXml(invoice(encf, 'PRODUCTO'), 'ECF');
  await assert.rejects(send(signed, encf), (error) => error.status === 401);
  const token = await client.authenticate(host);
  assert.match(token.expira, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const receipt = await send(signed, encf);
  assert.match(receipt, /<Estado>0<\/Estado>/);
  writeFileSync(join(folder, 'sent.xml'), signed);
  writeFileSync(join(folder, 'receipt.xml'), receipt);
  assert.strictEqual(await send(signed, encf), receipt);
  const other = await send(signature.signXml(invoice(encf, 'OTRO'), 'ECF'), encf);
  assert.match(other, /<Estado>1<\/Estado><CodigoMotivoNoRecibido>3</);
  writeFileSync(join(folder, 'duplicate.xml'), other);
  const altered = await send(signed.replace('PRODUCTO', 'OTRA COSA'), 'E310000000007');
  assert.match(altered, /<Estado>1<\/Estado><CodigoMotivoNoRecibido>2</);
}

// The package has the path, and no function for it: its own HTTP client and its signature do.
async function approve(encf) {
  const form = new FormData();
  const signed = signature.signXml(approval(encf), 'ACECF');
  const options = { filename: `${issued.buyer}${encf}.xml`, contentType: 'application/xml' };
  form.append('xml', Buffer.from(signed), options);
  const path = api.ENDPOINTS_SENDER_RECEIVER.SEND_COMMERCIAL_APPROVAL;
  const headers = form.getHeaders();
  return net.restClient.post(path, form, { baseURL: host, headers, validateStatus: () => true });
}

async function main() {
  await documents();
  assert.strictEqual((await approve(issued.number)).status, 200);
  assert.strictEqual((await approve('E310000000999')).status, 400);
  console.log('OK');
}

main().catch((error) => {
  console.error('FAILED', error);
  process.exit(1);
});
