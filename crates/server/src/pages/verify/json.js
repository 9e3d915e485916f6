// JSON as the command line reads it, and nothing looser. What the browser has keeps the last of two
// members of one name without a word, where another reader takes the first: who draws the one and
// seals the other would be believed. The bounds are those of the command line too.

const DEPTH_MAX = 127, MEMBERS_MAX = 64;

function readJson(text) {
  const reader = { text, at: 0 };
  const value = readValue(reader, 0);
  if (signAhead(reader) !== undefined) throw new Error("more than one value");
  return value;
}

function signAhead(reader) {
  while (" \t\n\r".includes(reader.text[reader.at] ?? "none")) reader.at += 1;
  return reader.text[reader.at];
}

// Whether the next sign is this one, which is then behind us.
function passes(reader, sign) {
  const isNext = signAhead(reader) === sign;
  if (isNext) reader.at += 1;
  return isNext;
}

function expect(reader, sign) {
  if (!passes(reader, sign)) throw new Error(`no ${sign}`);
}

function readValue(reader, depth) {
  const sign = signAhead(reader);
  if (sign === '"') return readString(reader);
  if (sign !== "{" && sign !== "[") return readWord(reader);
  if (depth === DEPTH_MAX) throw new Error("too deep");
  reader.at += 1;
  return sign === "{" ? readObject(reader, depth + 1) : readArray(reader, depth + 1);
}

function readObject(reader, depth) {
  const members = new Map();
  if (passes(reader, "}")) return {};
  do {
    if (signAhead(reader) !== '"') throw new Error("no name");
    const name = readString(reader);
    if (members.has(name)) throw new Error("a name stands twice");
    if (members.size === MEMBERS_MAX) throw new Error("too many members");
    expect(reader, ":");
    members.set(name, readValue(reader, depth));
  } while (passes(reader, ","));
  expect(reader, "}");
  // Defined and not assigned, so that no name, "__proto__" neither, does more than name its member.
  return Object.fromEntries(members);
}

function readArray(reader, depth) {
  const items = [];
  if (passes(reader, "]")) return items;
  do items.push(readValue(reader, depth)); while (passes(reader, ","));
  expect(reader, "]");
  return items;
}

// Its end is looked for sign by sign; what stands within is the browser's to read.
function readString(reader) {
  const { text, at } = reader;
  let end = at + 1;
  while (text[end] !== '"') {
    if (end >= text.length) throw new Error("cut off");
    end += text[end] === "\\" ? 2 : 1;
  }
  reader.at = end + 1;
  const string = JSON.parse(text.slice(at, end + 1));
  if (/\p{Surrogate}/u.test(string)) throw new Error("half a sign");
  return string;
}

// A number, of which only small integers are told apart: no other has a canonical form.
function readWord(reader) {
  const word = /[-+.0-9A-Za-z]*/y;
  word.lastIndex = reader.at;
  const [text] = word.exec(reader.text), value = JSON.parse(text);
  reader.at += text.length;
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) throw new Error("too large");
  return /^(?:0|-?[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(value) ? value : NaN;
}
