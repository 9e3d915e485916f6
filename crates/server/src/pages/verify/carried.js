// What a file carries: `{ proof, invoice, fragment }`. A proof alone has no invoice, and the API's
// answer may have no proof; it alone names the seal itself, as the part of an address behind "#", and
// its proof has to be of that one. Null where it is a receipt's file and carries nothing. Throws where
// it is none of what is known. Kinds are told apart as the command line does it, in the same order:
// of a file that is two kinds at once both say the same.

const FILE_BYTES_MAX = 2 ** 25, PART_BYTES_MAX = 2 ** 21, STREAMS_MAX = 64, DICTIONARY_MAX = 2048;

async function carriedBy(given) {
  const bytes = typeof given === "string" ? encoder.encode(given) : given;
  if (bytes.length > FILE_BYTES_MAX) throw new Error("too long");
  // One sign a byte, so that places in the text are places in the bytes.
  const raw = new TextDecoder("latin1").decode(bytes);
  if (/^[ \t\n\f\r]*[{]/.test(raw)) return carriedByAnswer(utf8(bytes));
  if (raw.slice(0, 1024).includes("%PDF-")) return carriedByPdf(bytes, raw);
  // The first signs may be the mark of UTF-8.
  if (/^(?:\u00ef\u00bb\u00bf)?[ \t\n\f\r]*</.test(raw)) return carriedByPage(utf8(bytes));
  return { proof: utf8(bytes) };
}

// As it stands, with a mark of UTF-8 if one is there: other readers see it too.
function utf8(bytes) {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

// The API's answer: what was sealed, its seal, and the proof if it is there.
function carriedByAnswer(text) {
  const { seal, invoice, proof } = readJson(text), url = seal?.verify_url;
  if (typeof url !== "string" || invoice === undefined) throw new Error("not whole");
  const [, fragment] = /#([A-Za-z0-9_-]+[.][A-Za-z0-9_-]+)$/.exec(url);
  return { fragment, invoice, ...(typeof proof === "string" ? { proof } : {}) };
}

// In a page the element holds no sign that could end it: JSON writes those by their numbers. Looked
// for place by place, each of them once, however often a page says "<script".
function carriedByPage(text) {
  let found = null;
  for (let at = text.indexOf("<script"); at >= 0; at = text.indexOf("<script", at)) {
    const start = text.indexOf(">", at) + 1;
    if (start === 0) break;
    const isOurs = text.slice(at, start).includes('id="stalela-receipt"');
    at = start;
    if (!isOurs) continue;
    const end = text.indexOf("</script", start);
    if (end < 0) throw new Error("cut off");
    if (found !== null) throw new Error("several");
    if (end - start > 3 * PART_BYTES_MAX) throw new Error("too long");
    const { proof, invoice } = readJson(text.slice(start, end));
    if (typeof proof !== "string" || invoice === undefined) throw new Error("not whole");
    found = { proof, invoice };
    at = end;
  }
  return found;
}

// In a PDF they are attached files, whose streams stand in the clear with their dictionaries.
async function carriedByPdf(bytes, raw) {
  const proofs = new Set(), invoices = new Set();
  let looked = 0;
  for (const { index } of raw.matchAll(/[/]EmbeddedFile(?![A-Za-z0-9])/g)) {
    if (++looked > STREAMS_MAX) break;
    const content = await attached(bytes, raw, index);
    if (content === null) continue;
    if (content.startsWith("c2sp.org/tlog-proof@")) proofs.add(content);
    else if (content.startsWith("{")) invoices.add(content);
  }
  if (proofs.size === 0) return null;
  if (proofs.size > 1 || invoices.size !== 1) throw new Error("not one of each");
  const [[proof], [invoice]] = [proofs, invoices];
  return { proof, invoice: readJson(invoice) };
}

// The file that is attached there as text; null where there is none, or it is too long.
async function attached(bytes, raw, place) {
  const start = raw.lastIndexOf("obj", place) + 3, end = raw.indexOf("stream", place);
  if (start < 3 || end < 0 || end - start > DICTIONARY_MAX) return null;
  const dictionary = raw.slice(start, end);
  let at = end + "stream".length;
  if (raw[at] === "\r") at += 1;
  if (raw[at] === "\n") at += 1;
  const told = /[/]Length\s+([0-9]{1,8})(?!\s+[0-9]+\s+R|[0-9])/.exec(dictionary);
  let length = told ? Number(told[1]) : -1;
  if (length < 0 || !/^\s*endstream/.test(raw.slice(at + length, at + length + 16))) {
    // The line's end before it is not the stream's.
    let end = raw.indexOf("endstream", at);
    if (end > at && raw[end - 1] === "\n") end -= 1;
    if (end > at && raw[end - 1] === "\r") end -= 1;
    length = end - at;
  }
  if (length < 0 || length > 2 * PART_BYTES_MAX) return null;
  const stream = bytes.subarray(at, at + length);
  try {
    const content = dictionary.includes("/FlateDecode") ? await unpacked(stream) : stream;
    return content && content.length <= PART_BYTES_MAX ? utf8(content) : null;
  } catch { return null; }
}

// No more comes out than a part may have, whatever it would grow to.
async function unpacked(stream) {
  const reader = new Blob([stream]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(...parts);
    parts.push(value);
    length += value.length;
    if (length > PART_BYTES_MAX) { await reader.cancel(); return null; }
  }
}
