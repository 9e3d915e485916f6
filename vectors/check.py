#!/usr/bin/env python3
"""Recomputes every vector with nothing but the standard library; exits 1 where one differs."""
import base64, hashlib, json, pathlib, re, struct, sys, unicodedata

here = pathlib.Path(__file__).parent
checks = 0


def load(name):
    return json.loads((here / name).read_text(encoding="utf-8"))


def same(what, ours, theirs):
    global checks
    checks += 1
    if ours != theirs:
        sys.exit(f"{what}:\n  recomputed {ours!r}\n  the vector {theirs!r}")


def canonical(value):
    """RFC 8785 for trees whose only numbers are small integers."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(canonical(k) + ":" + canonical(v) for k, v in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def tagged(tag, data):
    return hashlib.sha256(tag.encode() + b"\0" + data).digest()


def field(data):
    return struct.pack(">H", len(data)) + data


def statement(f):
    texts = lambda *names: b"".join(field(f[name].encode()) for name in names)
    hashes = lambda *names: b"".join(field(bytes.fromhex(f[name])) for name in names)
    return (field(b"stalela/entry/1") + texts("taxpayer", "outlet")
            + field(struct.pack(">Q", f["sequence"])) + texts("kind", "number", "total", "currency")
            + field(struct.pack(">q", f["sealed_at_micros"])) + texts("regime")
            + hashes("payload_hash", "previous") + texts("key_id") + hashes("elements_hash"))


# FIPS 186-5, curve P-256: slow, and without a library.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = ((3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b
             else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    total = None
    while k:
        total, point, k = add(total, point) if k & 1 else total, add(point, point), k >> 1
    return total


def verifies(key, message, signature):
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    z, w = int.from_bytes(hashlib.sha256(message).digest(), "big"), pow(s, -1, N)
    point = add(times(z * w % N, G), times(r * w % N, key))
    return 0 < r < N and 0 < s < N and point is not None and point[0] % N == r


def normalised(raw):
    text = raw.strip()
    hidden = "\u061c\u200b\u200e\u200f\ufeff"
    ranges = [(0x2028, 0x202E), (0x2060, 0x2069), (0xFFF9, 0xFFFF), (0xE000, 0xF8FF),
              (0xE0000, 0xE007F), (0xF0000, 0x10FFFF)]
    if any(unicodedata.category(c) == "Cc" or c in hidden
           or any(low <= ord(c) <= high for low, high in ranges) for c in text):
        return {"error": "forbidden"}
    text = unicodedata.normalize("NFC", text)
    if not text:
        return {"error": "empty"}
    return {"error": "too_long"} if len(text) > 255 else {"text": text}


def decimal(text, scale):
    match = re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]+))?", text, re.ASCII)
    if not match:
        return {"error": "malformed"}
    sign, whole, fraction = match[1], match[2].lstrip("0") or "0", (match[3] or "").rstrip("0")
    if len(whole) > 14:
        return {"error": "too_large"}
    if len(fraction) > scale:
        return {"error": "too_precise"}
    return ("" if whole == "0" and not fraction else sign) + f"{whole}.{fraction.ljust(scale, '0')}"


def urlsafe(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


for row in load("canonical.json"):
    same(row["name"], canonical(row["tree"]), row["canonical"])
for row in load("invoices.json") + load("do.json"):
    same(row["name"], canonical(row["invoice"]), row["canonical"])
    hashed = tagged("stalela/invoice/1", row["canonical"].encode()).hex()
    same(row["name"], hashed, row["payload_hash"])
for row in load("texts.json"):
    same(repr(row["raw"]), {"raw": row["raw"], **normalised(row["raw"])}, row)
for row in load("decimals.json"):
    for name, scale in (("amount", 2), ("quantity", 3), ("price", 4)):
        same(f"{row['text']!r} as {name}", decimal(row["text"], scale), row[name])
seals = load("statements.json")
same("elements", tagged("stalela/elements/1", seals["elements"]["canonical"].encode()).hex(),
     seals["elements"]["hash"])
same("note", tagged("stalela/note/1", seals["note"]["text"].encode()).hex(), seals["note"]["hash"])
key = tuple(int(seals["public_key"][axis], 16) for axis in "xy")
previous = bytes(32)
for row in seals["entries"]:
    data, signature = statement(row["fields"]), bytes.fromhex(row["signature"])
    same(row["name"], data.hex(), row["statement"])
    same(row["name"], row["fields"]["previous"], previous.hex())
    previous = hashlib.sha256(b"\0" + data).digest()
    same(row["name"], previous.hex(), row["entry_hash"])
    same(row["name"], (b"\0" + data).hex(), row["signed_message"])
    code = base64.b32encode(tagged("stalela/code/1", signature)[:15]).decode()
    same(row["name"], "-".join(re.findall("....", code)), row["authentication_code"])
    url = f"{seals['verify_base']}/v/#{urlsafe(data)}.{urlsafe(signature)}"
    same(row["name"], url, row["verify_url"])
    same(f"{row['name']}: signature", verifies(key, b"\0" + data, signature), True)
print(f"{checks} checks")
