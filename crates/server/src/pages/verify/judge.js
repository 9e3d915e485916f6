"use strict";

// Everything is recomputed here, from the part of the address behind "#", which no browser sends.
// From the server come the public keys alone.

const encoder = new TextEncoder();

// One text for the same bytes and no other: the last sign's bits that no byte takes are zero. `atob`
// does not look at them, and other readers refuse the text.
const BASE64URL = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

// Of 32 bytes.
const HASH = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

function fromBase64Url(text) {
  if (!BASE64URL.test(text)) throw new Error("not base64url");
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}

function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

// A statement is fourteen fields, each led by its length in two bytes.
function readStatement(bytes) {
  const fields = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 2 > bytes.length) throw new Error("cut short");
    const length = bytes[at] * 256 + bytes[at + 1];
    at += 2;
    if (at + length > bytes.length) throw new Error("cut short");
    fields.push(bytes.subarray(at, at + length));
    at += length;
  }
  if (fields.length !== 14) throw new Error("not fourteen fields");
  const text = (field) => new TextDecoder("utf-8", { fatal: true }).decode(field);
  const integer = (field) => {
    if (field.length !== 8) throw new Error("not an integer");
    return new DataView(field.buffer, field.byteOffset, 8).getBigInt64(0);
  };
  if (text(fields[0]) !== "stalela/entry/1") throw new Error("another tag");
  return {
    taxpayer: text(fields[1]),
    outlet: text(fields[2]),
    sequence: integer(fields[3]).toString(),
    kind: text(fields[4]),
    number: text(fields[5]),
    total: text(fields[6]),
    currency: text(fields[7]),
    sealedAt: integer(fields[8]),
    regime: text(fields[9]),
    payloadHash: toHex(fields[10]),
    previous: toHex(fields[11]),
    keyId: text(fields[12]),
    elementsHash: toHex(fields[13]),
  };
}

// Whose entry a statement is: the hash of the taxpayer and the outlet, as both stand in it behind its
// tag.
async function sellerOf(statement) {
  const behind = (at) => at + 2 + statement[at] * 256 + statement[at + 1];
  const taxpayer = behind(0), end = behind(behind(taxpayer));
  const tag = joined(encoder.encode("stalela/seller/1"), [0]);
  return toBase64Url(await sha256(joined(tag, statement.subarray(taxpayer, end))));
}

// Whether a published key is that seller's: "live" or "test", as the outlet is; "another" where the
// list says that it is somebody else's, or nobody's; null where it does not say whose.
function whoseKey(keys, kid, seller) {
  const said = keys.filter((key) => key.kid === kid && key.outlets !== undefined);
  if (said.length === 0) return null;
  const outlets = said.flatMap(({ outlets }) => readOutlets(outlets));
  const own = outlets.filter((outlet) => outlet.seller === seller);
  if (own.length === 0) return "another";
  // Of an outlet that is said to test and to be live, nothing is believed but the test.
  return own.some(({ environment }) => environment === "test") ? "test" : "live";
}

// The sellers are compared as texts: there is one for each, and a list may hold a hundred thousand.
function readOutlets(outlets) {
  if (!Array.isArray(outlets)) throw new Error("not a list of outlets");
  for (const { seller, environment } of outlets) {
    if (typeof seller !== "string" || !HASH.test(seller)) throw new Error("not a seller");
    if (environment !== "live" && environment !== "test") throw new Error("not an environment");
  }
  return outlets;
}

// RFC 4648 base32 of the first 15 bytes, six groups of four: what the receipt prints.
async function authenticationCode(signature) {
  const hash = await sha256(joined(encoder.encode("stalela/code/1"), [0], signature));
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let code = "", bits = 0, value = 0;
  for (const byte of hash.subarray(0, 15)) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) { bits -= 5; code += alphabet[(value >> bits) & 31]; }
    value &= (1 << bits) - 1;
  }
  return code.match(/.{4}/g).join("-");
}

function signatureHolds(jwk, statement, signature) {
  return ecdsaHolds(jwk, joined([0], statement), signature);
}

async function ecdsaHolds(jwk, message, signature) {
  const { kty, crv, x, y } = jwk;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, algorithm, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, message);
}

// The verdict on what stands behind "#". `loadKeys` gives the published keys, or throws.
async function judge(fragment, loadKeys) {
  if (fragment === "") return { verdict: "empty" };
  let statement, signature, facts;
  try {
    const parts = fragment.split(".");
    if (parts.length !== 2) throw new Error("not two parts");
    [statement, signature] = parts.map(fromBase64Url);
    if (signature.length !== 64) throw new Error("not a signature");
    facts = readStatement(statement);
  } catch { return { verdict: "malformed" }; }
  if (!globalThis.crypto || !crypto.subtle) return { verdict: "unable", facts };
  let keys;
  try { keys = await loadKeys(); } catch { return { verdict: "offline", facts }; }
  const jwk = keys.find((key) => key.kid === facts.keyId);
  if (!jwk) return { verdict: "stranger", facts };
  let holds = false, environment;
  try { holds = await signatureHolds(jwk, statement, signature); } catch { holds = false; }
  if (!holds) return { verdict: "forged", facts };
  // That the list cannot be read says nothing of the receipt.
  try { environment = whoseKey(keys, jwk.kid, await sellerOf(statement)); }
  catch { return { verdict: "offline", facts }; }
  if (environment === "another") return { verdict: "otherSeller", facts };
  const proof = {
    code: await authenticationCode(signature),
    entryHash: toHex(await sha256(joined([0], statement))),
  };
  if (facts.kind !== "sealed") return { verdict: "notAReceipt", facts, proof, environment };
  return { verdict: environment === "test" ? "test" : "genuine", facts, proof, environment };
}

// A number as the texts of a log have it.
function readDecimal(text) {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text ?? "")) throw new Error("not a number");
  return BigInt(text);
}

function fromBase64(text) {
  if (!BASE64.test(text)) throw new Error("not base64");
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

function toBase64Url(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replace(/[+]/g, "-").replace(/[/]/g, "_").replace(/=/g, "");
}

function readNode(line) {
  const node = fromBase64(line);
  if (node.length !== 32) throw new Error("not a hash");
  return node;
}

// A proof in the form c2sp.org/tlog-proof@v1, whose extra data are the entry's statement, led by its
// length in two bytes, and its signature.
function readProof(text) {
  if (text.length > 2 ** 21) throw new Error("too long");
  const border = text.indexOf("\n\n");
  if (border < 0) throw new Error("no checkpoint");
  const [tag, extra, index, ...path] = text.slice(0, border).split("\n");
  if (tag !== "c2sp.org/tlog-proof@v1" || !extra.startsWith("extra ")) throw new Error("another form");
  const entry = fromBase64(extra.slice(6)), length = entry[0] * 256 + entry[1];
  if (entry.length !== 2 + length + 64 || path.length > 64) throw new Error("another form");
  if (!index.startsWith("index ")) throw new Error("another form");
  return {
    statement: entry.subarray(2, 2 + length), signature: entry.subarray(2 + length),
    index: readDecimal(index.slice(6)), path: path.map(readNode),
    checkpoint: readCheckpoint(text.slice(border + 2)),
  };
}

// A signed note: a text, an empty line, and lines of signatures.
function readCheckpoint(note) {
  const border = note.lastIndexOf("\n\n");
  if (border < 0 || !note.endsWith("\n")) throw new Error("not a note");
  const text = note.slice(0, border + 1), [origin, size, root] = text.split("\n");
  const signatures = note.slice(border + 2, -1).split("\n").map((line) => {
    const [dash, name, base64, ...rest] = line.split(" ");
    if (dash !== "\u2014" || rest.length) throw new Error("not a signature");
    const bytes = fromBase64(base64);
    return { name, id: toHex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) };
  });
  return { text, origin, size: readDecimal(size), root: readNode(root), signatures };
}

// RFC 9162, 2.1.3.2: whether the path leads from the leaf to the root.
async function leadsToRoot(leaf, { index, path, checkpoint }) {
  let place = index, last = checkpoint.size - 1n, hash = leaf;
  if (index > last) return false;
  for (const sibling of path) {
    if (last === 0n) return false;
    if (place & 1n || place === last) {
      hash = await sha256(joined([1], sibling, hash));
      while (place && !(place & 1n)) { place >>= 1n; last >>= 1n; }
    } else {
      hash = await sha256(joined([1], hash, sibling));
    }
    place >>= 1n;
    last >>= 1n;
  }
  return last === 0n && toHex(hash) === toHex(checkpoint.root);
}

// ECDSA-Sig-Value in DER to the two numbers of 32 bytes that a browser verifies.
function fromDer(der) {
  const part = (at) => {
    if (der[at] !== 2 || der[at + 1] > 33) throw new Error("not a signature");
    const end = at + 2 + der[at + 1];
    const digits = toHex(der.subarray(at + 2, end)).replace(/^00/, "").padStart(64, "0");
    if (end > der.length || digits.length !== 64) throw new Error("not a signature");
    return [end, digits];
  };
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw new Error("not a signature");
  const [middle, r] = part(2), [end, s] = part(middle);
  if (end !== der.length) throw new Error("not a signature");
  return Uint8Array.from((r + s).match(/../g), (byte) => parseInt(byte, 16));
}

// Whether a published key signed the checkpoint, which is the seller's or does not say whose it is. A
// key's id begins with the note's.
async function isSigned({ text, origin, signatures }, keys, seller) {
  for (const { name, id, bytes } of signatures.filter((one) => one.name === origin)) {
    for (const jwk of keys.filter((key) => key.kid.startsWith(id))) {
      if (whoseKey(keys, jwk.kid, seller) === "another") continue;
      if (await ecdsaHolds(jwk, encoder.encode(text), fromDer(bytes))) return true;
    }
  }
  return false;
}

// The verdict on a file: a receipt that carries its proof, a proof, or the JSON of an invoice.
async function judgeFile(given, loadKeys) {
  let carried, proof, fragment, text;
  try {
    carried = await carriedBy(given);
    if (!carried) return { verdict: "noProof" };
    proof = carried.proof === undefined ? null : readProof(carried.proof);
    fragment = carried.fragment ?? `${toBase64Url(proof.statement)}.${toBase64Url(proof.signature)}`;
    text = carried.invoice === undefined ? null : canonical(carried.invoice);
  } catch { return { verdict: "malformedFile" }; }
  // Asked for once: keys that come for the seal and not for its place would make a true file false.
  let loaded;
  const load = () => loaded ??= loadKeys();
  const found = await judge(fragment, load), { facts } = found;
  if (found.verdict === "malformed") return { verdict: "malformedFile" };
  if (!found.proof) return found;
  if (text !== null && await hashOfInvoice(text) !== facts.payloadHash) {
    return { verdict: "otherInvoice", facts };
  }
  const { invoice } = carried;
  if (!proof) return { ...found, invoice };
  const statement = fromBase64Url(fragment.split(".")[0]);
  let holds = false;
  try { holds = await isLogged(statement, proof, facts, await load()); } catch { holds = false; }
  if (!holds) return { verdict: "notLogged", facts };
  return { ...found, invoice, log: { place: facts.sequence, size: proof.checkpoint.size.toString() } };
}

// Whether the proof is of that entry, in its place of its outlet's log.
async function isLogged(statement, proof, { outlet, sequence }, keys) {
  const { checkpoint, index } = proof, { origin } = checkpoint;
  // After a recovery the outlet's log has another name: its own, a slash, and which one it is.
  const name = `stalela/${outlet}`;
  const isItsLog = origin.startsWith(name) && /^(?:|\/(?:[2-9]|[1-9][0-9]+))$/.test(origin.slice(name.length));
  if (!isItsLog || (index + 1n).toString() !== sequence) return false;
  if (!await leadsToRoot(await sha256(joined([0], statement)), proof)) return false;
  return await isSigned(checkpoint, keys, await sellerOf(statement));
}

async function hashOfInvoice(text) {
  return toHex(await sha256(joined(encoder.encode("stalela/invoice/1"), [0], encoder.encode(text))));
}

// RFC 8785 of a tree without numbers but small integers.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (Number.isNaN(value)) throw new Error("a number that no sealed invoice holds");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const member = (name) => `${JSON.stringify(name)}:${canonical(value[name])}`;
  return `{${Object.keys(value).sort().map(member).join(",")}}`;
}
