// The digits as they were sealed, grouped as the reader's language groups them. Through no number:
// a total may have more digits than one holds.
function money(text, currency, language) {
  const parts = /^(-?)([0-9]+)(?:[.]([0-9]+))?$/.exec(text);
  if (!parts) return `${text} ${currency}`;
  const [, sign, whole, fraction] = parts;
  const format = new Intl.NumberFormat(language, { useGrouping: "always" });
  const separator = format.formatToParts(1.5).find((part) => part.type === "decimal").value;
  const decimals = fraction === undefined ? "" : separator + fraction;
  return `${sign}${format.format(BigInt(whole))}${decimals}\u00a0${currency}`;
}

// A seal knows no zone, so that its instant is told in UTC, and beside it as the reader's own clock
// tells it.
function instant(micros, language, zone) {
  const time = new Date(Number(micros / 1000n));
  const told = (timeZone) => new Intl.DateTimeFormat(language,
    { dateStyle: "long", timeStyle: "long", timeZone }).format(time);
  const [utc, local] = [told("UTC"), told(zone)];
  return utc === local ? utc : `${utc}\n${local}`;
}

const TONES = { genuine: "good", test: "test", forged: "bad", otherSeller: "bad", stranger: "bad",
  malformed: "doubt", empty: "", offline: "doubt", unable: "doubt", malformedFile: "doubt", noProof: "doubt", notLogged: "bad", otherInvoice: "bad", notAReceipt: "doubt", working: "" };

if (typeof document !== "undefined") {
  let language = "fr", found = { verdict: "working" }, turn = 0;
  const one = (selector) => document.querySelector(selector);

  const rows = (list, pairs) => {
    list.replaceChildren(...pairs.flatMap(([name, value, style]) => {
      const term = document.createElement("dt"), definition = document.createElement("dd");
      term.textContent = WORDS[language][name];
      definition.textContent = value;
      if (style) definition.className = style;
      return [term, definition];
    }));
  };

  const list = (element, texts) => {
    element.replaceChildren(...texts.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
  };

  const show = () => {
    const words = WORDS[language], { verdict, facts, proof, invoice, log } = found;
    // What is shown of a test says so wherever it is looked at, and not at its head alone.
    const isTest = found.environment === "test";
    const headed = (heading) => isTest ? `${heading} · ${words.testMark}` : heading;
    document.documentElement.lang = language;
    document.title = headed(words.title);
    one("#verdict").className = TONES[verdict];
    one("#verdict h1").textContent = words[verdict][0];
    one("#verdict p").textContent = words[verdict][1];
    // What is not proved is not shown, lest somebody believe it.
    one("#facts").hidden = one("#proof").hidden = !proof;
    for (const hidden of ["#facts dl", "#proof dl", "#goods ul"]) one(hidden).replaceChildren();
    if (proof) {
      one("#facts h2").textContent = headed(words.facts);
      rows(one("#facts dl"), [
        ["number", facts.number, "big"],
        ["total", money(facts.total, facts.currency, language), "big"],
        ["taxpayer", facts.taxpayer],
        ["sealedAt", instant(facts.sealedAt, language), "lines"],
        ["code", proof.code, "mono"],
      ]);
      one("#proof h2").textContent = words.proof;
      rows(one("#proof dl"), [
        ["outlet", facts.outlet, "mono"], ["sequence", facts.sequence], ["regime", facts.regime],
        ["keyId", facts.keyId, "mono"], ["entryHash", proof.entryHash, "mono"],
        ["previous", facts.previous, "mono"], ["payloadHash", facts.payloadHash, "mono"],
        ...(log ? [["log", `${log.place} / ${log.size}`]] : []),
      ]);
    }
    one("#goods").hidden = !invoice;
    if (invoice) {
      one("#goods h2").textContent = headed(words.goods);
      list(one("#goods ul"), (invoice.lines ?? []).map(({ quantity, unit, name, amount }) =>
        `${quantity}${unit ? ` ${unit}` : ""} · ${name} · ${money(amount, invoice.currency, language)}`));
    }
    one("#file label").textContent = words.openFile;
    one("#file p").textContent = words.drop;
    one("#limits h2").textContent = words.limits;
    const isOwnerSaid = !proof || found.environment;
    list(one("#limits ul"), isOwnerSaid ? words.limitsList : [...words.limitsList, words.ownerNotSaid]);
    for (const button of document.querySelectorAll("nav button")) {
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
    }
  };

  const loadKeys = async () => {
    // Asked anew: an outlet may have sold for the first time since the browser kept the list.
    const answer = await fetch("/.well-known/stalela-keys.json", { credentials: "omit", cache: "no-cache" });
    if (!answer.ok) throw new Error("no keys");
    return (await answer.json()).keys;
  };

  // Only what was asked for last may tell its verdict: keys and files come when they come, and a true
  // seal that was asked for before a forged file must not speak for the file.
  const tell = async (judging) => {
    const mine = ++turn;
    found = { verdict: "working" };
    show();
    const verdict = await judging();
    if (mine !== turn) return;
    found = verdict;
    show();
  };

  const verify = () => tell(() => judge(location.hash.slice(1), loadKeys));

  const open = (file) => file && tell(async () => {
    // What is longer is no receipt, and need not be read to know it.
    if (file.size > FILE_BYTES_MAX) return { verdict: "malformedFile" };
    let bytes;
    // A folder that was dropped, or a file that is gone, cannot be read.
    try { bytes = await file.arrayBuffer(); } catch { return { verdict: "malformedFile" }; }
    return judgeFile(new Uint8Array(bytes), loadKeys);
  });

  for (const button of document.querySelectorAll("nav button")) {
    button.addEventListener("click", () => { language = button.dataset.language; show(); });
  }
  one("#opened").addEventListener("change", (event) => open(event.target.files[0]));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    open(event.dataTransfer.files[0]);
  });
  addEventListener("hashchange", verify);
  verify();
}
