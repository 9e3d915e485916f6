#!/usr/bin/env python3
"""A small stand-alone client of the DGI's e-MCF API, in the manner of the public Congolese ones.

    emcf_client.py BASE_URL TOKEN

BASE_URL is what stands before /api/invoice. It sends a trailing slash, an action in capitals,
prices in quotes and the currencyCode/currencyRate pair; it computes every total for itself and
compares. It ends with "OK", or with an assertion. Standard library only.
"""

import base64
import json
import re
import sys
import urllib.error
import urllib.request
from decimal import ROUND_HALF_UP, Decimal

CENTIME = Decimal("0.01")
GROUPS = "abcdefghijklmnop"


class Emcf:
    """One e-MCF, reached through its token."""

    def __init__(self, base, token):
        self.base, self.token = base.rstrip("/"), token
        self.nif, self.nim = claims(token)["unique_name"].split("|")

    def call(self, method, path, body=None, token=None):
        """The status and the decoded body; amounts are decimals, never floats."""
        headers = {
            "Authorization": "Bearer " + (self.token if token is None else token),
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status, decoded(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, decoded(error.read())

    def submit(self, invoice):
        status, reply = self.call("POST", "/api/invoice/", invoice)
        assert status == 200, (status, reply)
        return reply

    def finalise(self, uid, action, total, vtotal):
        body = {"total": float(total), "vtotal": float(vtotal)}
        status, reply = self.call("PUT", f"/api/invoice/{uid}/{action}", body)
        assert status == 200, (status, reply)
        return reply

    def normalise(self, invoice):
        """Submits, compares the totals with its own, confirms, and reads the security elements."""
        reply = self.submit(invoice)
        assert "errorCode" not in reply and "errorDesc" not in reply, reply
        assert re.fullmatch(r"[0-9A-Fa-f-]{36}", reply["uid"]), reply
        expected = totals(invoice, self.rates())
        for key, value in expected.items():
            assert reply[key] == value, (key, reply[key], value)
        sealed = self.finalise(reply["uid"], "CONFIRM", expected["total"], expected["vtotal"])
        assert "errorCode" not in sealed, sealed
        self.check_elements(sealed, invoice["type"])
        return reply, sealed

    def rates(self):
        _, groups = self.call("GET", "/api/info/taxGroups")
        assert sorted(groups) == list(GROUPS), groups
        return groups

    def check_elements(self, sealed, kind):
        code = sealed["codeDEFDGI"].replace("-", "")
        assert re.fullmatch(r"[A-Z2-7]{24}", code), sealed
        assert re.fullmatch(r"\d+/\d+ " + kind, sealed["counters"]), sealed
        day, month, year, hours = re.fullmatch(
            r"(\d\d)/(\d\d)/(\d{4}) (\d\d:\d\d:\d\d)", sealed["dateTime"]
        ).groups()
        moment = year + month + day + hours.replace(":", "")
        assert sealed["nim"] == self.nim, sealed
        assert sealed["qrCode"] == f"RDCDEF01;{self.nim};{code};{self.nif};{moment}", sealed


def decoded(content):
    return json.loads(content, parse_float=Decimal, parse_int=Decimal) if content else None


def claims(token):
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def rounded(amount):
    return amount.quantize(CENTIME, ROUND_HALF_UP)


def totals(invoice, rates):
    """The totals as the specification has them: by group, to the nearest centime, N wholly VAT."""
    sums = {group: [Decimal(0), Decimal(0)] for group in GROUPS}
    for item in invoice["items"]:
        of_group = sums[item["taxGroup"].lower()]
        of_group[0] += rounded(Decimal(item["price"]) * Decimal(str(item["quantity"])))
        of_group[1] += Decimal(str(item["taxSpecificAmount"]))
    specific_tax = sum(specific for _, specific in sums.values())
    result = {"ts": specific_tax, "total": Decimal(0), "vtotal": Decimal(0)}
    for group, (amount, specific) in sums.items():
        factor = 1 + rates[group] / 100
        if group == "n":
            total, taxable = amount, Decimal(0)
        elif invoice["mode"] == "ttc":
            total = rounded(amount + specific * factor)
            taxable = rounded(total / factor)
        else:
            taxable = amount + specific
            total = taxable + rounded(taxable * (factor - 1))
        result["ta" + group], result["ha" + group] = total, taxable
        result["va" + group] = total - taxable
        result["t" + group] = rates[group]
        result["total"] += total
        result["vtotal"] += total - taxable
    return result


def item(name, price, quantity, group, kind="BIE", specific=("0", 0)):
    return {
        "code": name[:3], "type": kind, "name": name, "price": price, "quantity": quantity,
        "taxGroup": group, "taxSpecificValue": specific[0], "taxSpecificAmount": specific[1],
        "originalPrice": price, "priceModification": "",
    }


def invoice(nif, number, items, mode="ttc", kind="FV", **more):
    """Everything that the public clients send, and two fields that nobody asked for."""
    base = {
        "id": 7, "status": "DRAFT",
        "nif": nif, "rn": number, "mode": mode, "isf": "SFEABC001", "type": kind, "items": items,
        "client": {"nif": "", "name": "PP", "contact": "", "address": "", "type": "PP",
                   "typeDesc": "Personne physique"},
        "operator": {"id": "1123", "name": "JACQUES"},
        "reference": "", "referenceType": "", "referenceDesc": "",
        "cmta": "", "cmtb": "", "cmtc": "", "cmtd": "",
        "cmte": "", "cmtf": "", "cmtg": "", "cmth": "",
        "curCode": "CDF", "curDate": "2026-03-20T19:11:06.086", "curRate": 0,
    }
    base.update(more)
    return base


def paid(amount):
    return [{"name": "ESPECES", "amount": amount, "currencyCode": "CDF", "currencyRate": 0}]


def converse(emcf):
    status, standing = emcf.call("GET", "/api/invoice/")
    assert status == 200 and standing["status"] is True, standing
    assert (standing["nif"], standing["nim"]) == (emcf.nif, emcf.nim), standing
    assert standing["serverDateTime"].endswith("+01:00"), standing

    water_and_milk = [item("EAU", "720.00", 5, "A"), item("LAIT GR", "464.00", 1, "B")]
    sale = invoice(emcf.nif, "PY-0001", water_and_milk, payment=paid(4064.00))
    reply, sealed = emcf.normalise(sale)
    assert (reply["total"], reply["vtotal"], reply["hab"]) == (4064, 64, 400), reply
    again = emcf.finalise(reply["uid"], "CONFIRM", 4064, 64)
    assert again["errorCode"] == "20", again
    print("sale", sealed["codeDEFDGI"], sealed["counters"])

    mixed = [
        item("SPECIAL", "500.00", "4", "B", specific=("75", "300")),
        item("COURSE", "33.33", 3, "C", kind="SER"),
        item("TVA", "150.25", 1, "N", kind="TAX"),
        item("PRELEVEMENT", "40", 1, "L", kind="TAX"),
        item("PAIN", "49.90", "0.125", "O"),
    ]
    in_dollars = {"curCode": "USD", "curRate": "2300", "curDate": "2026-06-01 10:00:00"}
    before_tax = invoice(emcf.nif, "PY-0002", mixed, mode="ht", **in_dollars)
    reply, _ = emcf.normalise(before_tax)
    assert reply["ts"] == 300 and reply["han"] == 0 and reply["van"] == Decimal("150.25"), reply
    assert reply["curTotal"] == rounded(reply["total"] / 2300), reply
    print("before tax", reply["total"], reply["curTotal"])

    reference = {"reference": sealed["codeDEFDGI"].replace("-", ""), "referenceType": "RAM"}
    one_milk = [item("LAIT GR", "464.00", 1, "B")]
    emcf.normalise(invoice(emcf.nif, "PY-0003", one_milk, kind="FA", **reference))
    rebate = {"reference": "RRR", "referenceType": "RRR", "referenceDesc": "Remise"}
    emcf.normalise(invoice(emcf.nif, "PY-0004", one_milk, kind="FA", **rebate))
    print("two credit notes")

    refuse(emcf, reference)
    given_up = emcf.submit(invoice(emcf.nif, "PY-0005", one_milk))
    gone = emcf.finalise(given_up["uid"], "ANNULER", 464, 64)
    assert not gone["codeDEFDGI"] and not gone["qrCode"] and "errorCode" not in gone, gone
    print("cancelled")


def refuse(emcf, reference):
    """What must not pass."""
    milk = [item("LAIT GR", "464.00", 1, "B")]
    beyond = [item("EAU", "720.00", 9, "A")]
    for code, wrong in [
        ("3", invoice(emcf.nif, "X", milk, kind="XX")),
        ("4", invoice(emcf.nif, "X", milk, kind="FA")),
        ("5", invoice(emcf.nif, "X", milk, kind="FA", reference="ABC", referenceType="COR")),
        ("7", invoice(emcf.nif, "X", milk, payment=[{"name": "OR", "amount": 464}])),
        ("8", invoice(emcf.nif, "X", [])),
        ("9", invoice(emcf.nif, "X", [item("EAU", "1", 1, "Z")])),
        ("11", invoice(emcf.nif, "X", milk, kind="FA", reference="A" * 24, referenceType="COR")),
        ("12", invoice(emcf.nif, "X", beyond, kind="FA", **reference)),
        ("24", invoice(emcf.nif, "X", [item("EAU", "1", 1, "A", kind="ART")])),
        ("33", invoice(emcf.nif, "X", milk, mode="TTC")),
    ]:
        reply = emcf.submit(wrong)
        assert reply["uid"] is None and reply["errorDesc"], (code, reply)
        assert reply["errorCode"] == code, (code, reply)
    status, _ = emcf.call("GET", "/api/invoice/", token="a.b.c")
    assert status == 401, status
    status, _ = emcf.call("POST", "/api/invoice/")
    assert status == 400, status
    print("refusals")


if __name__ == "__main__":
    converse(Emcf(sys.argv[1], sys.argv[2]))
    print("OK")
