// Signs documents with the npm package `dgii-ecf`, found through NODE_PATH.
// Usage: node sign.cjs KEY.pem CERTIFICATE.pem DOCUMENTS.json; the documents are a JSON array of
// texts, and so is the answer. Ends with 3 where the package is not installed.
const { readFileSync } = require('node:fs');

let Signature;
try {
  Signature = require('dgii-ecf').Signature;
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  process.exit(3);
}
const [key, certificate, documents] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'));
const signature = new Signature(key, certificate);
const signed = JSON.parse(documents).map((xml) => signature.signXml(xml));
process.stdout.write(JSON.stringify(signed));
