"use strict";
// The report's views over its own data. Text of articles becomes text nodes, never markup.
(() => {
  const PAGE = 25, PRINTED = 100, PAPER = 620, BARS = 12, MOST_COLUMNS = 60, TICK = 84, NOBODY = "not known";
  const data = JSON.parse(document.getElementById("data").textContent);
  const { labels, parties, names, articles, texts } = data;
  const of = data.stances, total = of.label.length;
  const $ = (id) => document.getElementById(id);
  const colours = labels.map((label) => (["support", "condemnation", "warning"].includes(label) ? label : "other"));
  const days = Int32Array.from(articles, (a) => (a.day ? Math.round(Date.parse(a.day) / 864e5) : -1e9));
  const everyone = [...Array(total).keys()];
  const formatter = new Intl.NumberFormat("en");

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === false) continue;
      if (name === "text") element.textContent = value;
      else if (name === "style") for (const [key, part] of Object.entries(value)) element.style.setProperty(key, part);
      else if (name === "click") element.addEventListener("click", value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== ""));
    return element;
  }
  const number = (n) => formatter.format(n);
  const counted = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
  const isolated = (text) => make("bdi", { text });
  const nameOf = (party) => (party < 0 ? NOBODY : parties[party].name);
  const full = (party) => nameOf(party) + (party >= 0 && parties[party].code ? ` (${parties[party].code})` : "");
  const short = (text, most = 80) => (text.length > most ? text.slice(0, most) + "…" : text);

  // --- filters

  const nothing = () => ({ labels: new Set(labels.keys()), source: null, target: null, words: "", from: "", to: "", confidence: 0 });
  let state = nothing();
  const found = { words: null, source: null, target: null };
  const lower = (text) => text.toLowerCase();
  const sentence = (i) => texts[of.text[i]].slice(of.start[i], of.end[i]);

  // Parties whose name, code or wording holds what was typed; one alone where that is exactly its name and code.
  function partiesOf(typed) {
    const every = [...parties.keys()], exact = every.filter((party) => full(party) === typed);
    return new Set(exact.length ? exact : every.filter((party) => holds(party, lower(typed))));
  }
  const holds = (party, wanted) => [parties[party].name, parties[party].code, ...parties[party].forms].some((form) => lower(form).includes(wanted));

  const tests = {
    labels: (i) => state.labels.has(of.label[i]),
    source: (i) => found.source === null || found.source.has(of.source[i]),
    target: (i) => found.target === null || found.target.has(of.target[i]),
    words: (i) => found.words === null || found.words.has(i),
    dates: (i) => (state.from === null || days[of.article[i]] >= state.from) && (state.to === null || (days[of.article[i]] <= state.to && days[of.article[i]] > -1e9)),
    confidence: (i) => state.confidence === 0 || of.confidence[i] === null || of.confidence[i] >= state.confidence,
  };
  // The stances that pass every filter but those left aside: a view does not filter itself.
  function passing(...aside) {
    const asked = Object.entries(tests).filter(([name]) => !aside.includes(name)).map(([, test]) => test);
    return everyone.filter((i) => asked.every((test) => test(i)));
  }

  function read() {
    const day = (id) => ($(id).value ? Math.round(Date.parse($(id).value) / 864e5) : null);
    state.labels = new Set([...document.querySelectorAll("#labels input")].flatMap((box, k) => (box.checked ? [k] : [])));
    state.source = $("source").value.trim();
    state.target = $("target").value.trim();
    state.words = $("words").value.trim();
    [state.from, state.to] = [day("from"), day("to")];
    state.confidence = Number($("confidence").value);
    $("least").value = state.confidence.toFixed(2);
    for (const role of ["source", "target"]) {
      found[role] = !state[role] ? null : state[role] === NOBODY ? new Set([-1]) : partiesOf(state[role]);
    }
    const wanted = lower(state.words);
    found.words = wanted ? new Set(everyone.filter((i) => lower(sentence(i)).includes(wanted))) : null;
  }

  function choose(values, away = true) {
    for (const [id, value] of Object.entries(values)) {
      if (id === "label") document.querySelectorAll("#labels input").forEach((box, k) => (box.checked = value === null || k === value));
      else $(id).value = value;
    }
    update();
    if (!away) return;
    $("evidence-title").focus({ preventScroll: true });
    $("evidence-title").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth", block: "start" });
  }

  // --- counting

  const zeros = () => new Int32Array(labels.length);
  function tally(stances, key) {
    const counts = new Map();
    for (const i of stances) {
      const k = key(i);
      if (k === null) continue;
      if (!counts.has(k)) counts.set(k, zeros());
      counts.get(k)[of.label[i]]++;
    }
    return counts;
  }
  const sum = (counts) => counts.reduce((a, b) => a + b, 0);
  const told = (counts) => labels.flatMap((label, k) => (counts[k] ? [`${number(counts[k])} ${label}`] : [])).join(", ");
  const ranked = (counts) => [...counts].map(([key, c]) => [key, c, sum(c)]).sort((a, b) => b[2] - a[2] || a[0] - b[0]);
  const balance = (counts) => (counts[0] - counts[1]) / Math.max(1, sum(counts));

  function wilson(k, n) {
    const z = 1.959964, p = k / n, middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
    const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
    return [Math.max(0, middle - half), Math.min(1, middle + half)].map((x) => (100 * x).toFixed(0));
  }

  const mixed = (b) => (b === 0 ? "color-mix(in srgb, var(--quiet) 22%, var(--ground))" : `color-mix(in srgb, var(--${b > 0 ? "support" : "condemnation"}) ${Math.round(14 + 40 * Math.abs(b))}%, var(--ground))`);
  const parts = (counts, width) => make("span", { class: "parts", "aria-hidden": "true", style: width === undefined ? {} : { width: `${width}%` } },
    ...labels.map((_, k) => (counts[k] ? make("i", { class: colours[k], style: { flex: `${counts[k]} 0 0` } }) : null)));

  // --- views

  function showShares(stances) {
    const counts = zeros();
    for (const i of passing("labels")) counts[of.label[i]]++;
    const n = sum(counts);
    document.querySelectorAll("#labels .share").forEach((place, k) => {
      const [low, high] = n ? wilson(counts[k], n) : [0, 0];
      place.textContent = n ? `${number(counts[k])} · ${((100 * counts[k]) / n).toFixed(0)} % (${low}–${high})` : "0";
    });
    const inArticles = new Set(stances.map((i) => of.article[i])).size;
    $("status").textContent = stances.length === total ? `All ${counted(total, "stance")} in ${counted(inArticles, "article")}`
      : `${counted(stances.length, "stance")} of ${number(total)}, in ${counted(inArticles, "article")}`;
  }

  const one = (role) => (found[role] && found[role].size === 1 ? [...found[role]][0] : null);

  const shownParty = (party) => party >= 0 && (!$("coded").checked || parties[party].code !== "");

  // The parties of the most frequent pairs, so that no row or column is empty, by how often they occur.
  function frequent(cells, stances, most) {
    const roles = ["source", "target"], chosen = roles.map(() => new Set());
    const totals = roles.map((role) => new Map(ranked(tally(stances, (i) => of[role][i])).map(([party, , n]) => [party, n])));
    const pairs = [...cells].map(([key, counts]) => [[Math.floor(key / parties.length), key % parties.length], sum(counts)]);
    const often = ([source, target]) => totals[0].get(source) + totals[1].get(target);
    for (const [pair] of pairs.sort((a, b) => b[1] - a[1] || often(b[0]) - often(a[0]))) {
      if (pair.every((party, r) => chosen[r].has(party) || chosen[r].size < most)) pair.forEach((party, r) => chosen[r].add(party));
    }
    return chosen.map((some, r) => [...totals[r].keys()].filter((party) => some.has(party)));
  }

  function showMatrix() {
    const stances = passing("source", "target").filter((i) => shownParty(of.source[i]) && shownParty(of.target[i]));
    const cells = tally(stances, (i) => of.source[i] * parties.length + of.target[i]);
    const [down, across] = frequent(cells, stances, Number($("size").value));
    const header = (role, party, extra = {}) => make("button", { type: "button", class: "cut", title: full(party), click: () => choose({ [role]: full(party) }), ...extra }, isolated(short(nameOf(party))));
    const table = make("table", { class: "matrix", "aria-label": "Sources down, targets across" });
    table.append(make("thead", {}, make("tr", {}, make("td"), ...across.map((p) => make("th", { scope: "col" }, header("target", p))))));
    const body = make("tbody");
    let inside = 0, first = true;
    for (const s of down) {
      const row = make("tr", {}, make("th", { scope: "row" }, header("source", s)));
      for (const t of across) {
        const counts = cells.get(s * parties.length + t);
        const cell = make("td");
        if (counts) {
          const n = sum(counts);
          inside += n;
          const words = `${full(s)} toward ${full(t)}: ${told(counts)}`;
          cell.append(make("button", {
            type: "button", title: words, "aria-label": words, tabindex: first ? "0" : "-1",
            "aria-pressed": String(one("source") === s && one("target") === t), style: { "--cell": mixed(balance(counts)) },
            click: () => choose({ source: full(s), target: full(t) }),
          }, number(n), parts(counts)));
          first = false;
        }
        row.append(cell);
      }
      body.append(row);
    }
    table.append(body);
    table.addEventListener("keydown", walk);
    $("matrix").replaceChildren(down.length ? table : make("p", { class: "quiet", text: "Nothing passes the filters." }));
    const nobody = passing("source", "target").length - stances.length;
    const notes = [];
    if (stances.length > inside) notes.push(`${counted(stances.length - inside, "stance")} of less frequent parties`);
    if (nobody) notes.push(`${counted(nobody, "stance")} whose source or target is ${$("coded").checked ? "no country or organisation known" : NOBODY}`);
    $("matrix-rest").textContent = notes.length ? `Not in the matrix: ${notes.join(", ")}.` : "";
  }

  // Arrow keys among the buttons of a table.
  function walk(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const at = event.target.closest("td");
    if (!step || !at) return;
    event.preventDefault();
    const rows = [...at.closest("tbody").rows];
    let [y, x] = [rows.indexOf(at.parentElement), at.cellIndex];
    for (;;) {
      [y, x] = [y + step[0], x + step[1]];
      if (!rows[y] || !rows[y].cells[x] || rows[y].cells[x].tagName === "TH") return;
      const button = rows[y].cells[x].querySelector("button");
      if (button) return move(event.target.closest("button"), button);
    }
  }
  function move(from, to) {
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }

  const asDate = (day) => new Date(day * 864e5);
  const iso = (day) => asDate(day).toISOString().slice(0, 10);
  const months = (day) => asDate(day).getUTCFullYear() * 12 + asDate(day).getUTCMonth();
  const units = {
    day: { of: (day) => day, start: (k) => k },
    week: { of: (day) => Math.floor((day + 3) / 7), start: (k) => k * 7 - 3 },
    month: { of: months, start: (k) => Date.UTC(Math.floor(k / 12), k % 12, 1) / 864e5 },
    year: { of: (day) => asDate(day).getUTCFullYear(), start: (k) => Date.UTC(k, 0, 1) / 864e5 },
  };

  function showTime(width = $("timeline").clientWidth) {
    const all = passing("dates"), dated = all.filter((i) => days[of.article[i]] > -1e9);
    $("time").hidden = !days.some((day) => day > -1e9);
    const who = state.source || state.target ? `: ${state.source || "anybody"} → ${state.target || "anybody"}` : "";
    $("time-title").replaceChildren("Over time", isolated(short(who)));
    $("time-rest").textContent = all.length > dated.length ? `Without a date that can be read: ${counted(all.length - dated.length, "stance")}.` : "";
    if (!dated.length) return $("timeline").replaceChildren(make("p", { class: "quiet", text: "Nothing passes the filters." }));
    let [low, high] = [Infinity, -Infinity];
    for (const i of dated) [low, high] = [Math.min(low, days[of.article[i]]), Math.max(high, days[of.article[i]])];
    const many = (name) => units[name].of(high) - units[name].of(low) + 1;
    const name = $("unit").value || Object.keys(units).find((unit) => many(unit) <= MOST_COLUMNS) || "year";
    const unit = units[name], counts = tally(dated, (i) => unit.of(days[of.article[i]]));
    if (many(name) > 2000) return $("timeline").replaceChildren(make("p", { class: "quiet", text: `${number(many(name))} ${name}s do not fit; choose a longer unit or fewer dates.` }));
    const highest = Math.max(...[...counts.values()].map(sum));
    const plot = make("div", { class: "plot", role: "group", "aria-label": `Stances by ${name}` }), ticks = make("div", { class: "ticks", "aria-hidden": "true" });
    const each = Math.ceil((many(name) * TICK) / Math.max(TICK, width, 5 * many(name)));
    let first = true;
    for (let k = unit.of(low); k <= unit.of(high); k++) {
      const c = counts.get(k) ?? zeros(), [from, to] = [iso(unit.start(k)), iso(unit.start(k + 1) - 1)];
      const words = `${name === "day" ? from : `${from} to ${to}`}: ${told(c) || "none"}`;
      plot.append(make("button", {
        type: "button", title: words, "aria-label": words, tabindex: first ? "0" : "-1", "aria-pressed": String($("from").value === from && $("to").value === to),
        click: () => choose({ from, to }),
      }, ...labels.map((_, l) => (c[l] ? make("i", { class: colours[l], style: { height: `${(96 * c[l]) / highest}%` } }) : null))));
      const at = k - unit.of(low);
      ticks.append(make("span", { text: at % each ? "" : name === "year" ? from.slice(0, 4) : name === "month" ? from.slice(0, 7) : from }));
      first = false;
    }
    plot.addEventListener("keydown", (event) => {
      const to = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" }[event.key];
      const at = event.target.closest("button");
      if (to && at[to]) event.preventDefault(), move(at, at[to]);
    });
    const mark = (kind, text) => make("span", { class: `${kind} quiet`, "aria-hidden": "true", text });
    const line = make("div", { class: "line", style: { "min-width": `${40 + 5 * many(name)}px` } }, mark("most", number(highest)), mark("zero", "0"), plot, ticks);
    $("timeline").replaceChildren(line);
  }

  function showBars(role) {
    const rows = ranked(tally(passing(role), (i) => (shownParty(of[role][i]) ? of[role][i] : null))), place = $(`${role}-bars`);
    const most = rows.length ? rows[0][2] : 1, many = Number(place.dataset.many ?? BARS);
    place.replaceChildren(...rows.slice(0, many).map(([party, counts, n]) => make("li", {}, make("button", {
      type: "button", title: `${full(party)}: ${told(counts)}`, "aria-label": `${full(party)}: ${told(counts)}`, "aria-pressed": String(one(role) === party),
      click: () => choose({ [role]: full(party) }),
    }, make("span", { class: "cut" }, isolated(short(nameOf(party)))), parts(counts, (100 * n) / most), make("span", { class: "n", text: number(n) })))));
    if (rows.length > many) {
      const more = () => { place.dataset.many = many + 50; showBars(role); place.children[many].querySelector("button").focus(); };
      place.append(make("li", {}, make("button", { type: "button", class: "quiet", click: more, text: `${number(rows.length - many)} more` })));
    }
    if (!rows.length) place.append(make("li", { class: "quiet", text: "Nothing passes the filters." }));
  }

  // --- evidence

  // The text between two places cut where spans begin and end, spans ([from, to, role]) as marks.
  function marked(text, from, to, spans) {
    const inside = spans.filter(([a, b]) => a >= from && b <= to && a < b);
    const cuts = [...new Set([from, to, ...inside.flatMap(([a, b]) => [a, b])])].sort((a, b) => a - b);
    return cuts.slice(1).map((end, k) => {
      const here = inside.filter(([a, b]) => a <= cuts[k] && end <= b), piece = text.slice(cuts[k], end);
      if (!here.length) return piece;
      const ends = [...new Set(inside.filter(([, b]) => b === end).map(([, , role]) => role))];
      return make("mark", { class: [...new Set(here.map(([, , role]) => role))].join(" "), "data-role": ends.length ? ends.join(", ") : null, text: piece });
    });
  }
  const spansOf = (i) => [[of.s0[i], of.s1[i], "source"], [of.t0[i], of.t1[i], "target"]].filter(([a]) => a >= 0);

  function whoIs(i, role) {
    const party = of[role][i], name = of[`${role}Name`][i] >= 0 ? names[of[`${role}Name`][i]] : null;
    const code = party >= 0 ? parties[party].code : "";
    return isolated(short(party < 0 ? NOBODY : name ? name + (code ? ` (${code})` : "") : full(party), 160));
  }

  function evidence(i) {
    const article = articles[of.article[i]], label = of.label[i];
    const item = make("li", { class: `case ${colours[label]}` });
    item.append(make("p", { class: "who" },
      make("span", { class: `label ${colours[label]}` }, isolated(labels[label])), of.confidence[i] === null ? "" : ` ${of.confidence[i].toFixed(2)}`, " · ", whoIs(i, "source"), " → ", whoIs(i, "target")));
    item.append(make("p", { class: "text", dir: "auto" }, ...marked(texts[of.text[i]], of.start[i], of.end[i], spansOf(i))));
    const facts = [article.day || article.date, article.outlet, article.id ? `article ${article.id}` : "article without id"].filter(Boolean);
    item.append(make("p", { class: "quiet" }, ...facts.flatMap((fact, k) => [k ? " · " : "", isolated(short(fact, 200))])));
    if (article.text >= 0) {
      const details = make("details", {}, make("summary", { class: "quiet", text: "In the article" }));
      details.addEventListener("toggle", () => details.children.length > 1 || details.append(wholeText(i)), { once: true });
      item.append(details);
    }
    return item;
  }

  function wholeText(chosen) {
    const article = of.article[chosen], text = texts[articles[article].text];
    const there = everyone.filter((i) => of.article[i] === article), box = make("div", { class: "article", tabindex: "0", dir: "auto", role: "region", "aria-label": "The article" });
    let at = 0;
    for (const start of [...new Set(there.map((i) => of.start[i]))]) {
      const here = there.filter((i) => of.start[i] === start), end = of.end[here[0]];
      const tags = here.map((i) => make("span", { class: `tag label ${colours[of.label[i]]}`, text: ` ${labels[of.label[i]]}` }));
      const sentence = make("span", { class: start === of.start[chosen] ? "here" : null }, ...marked(text, start, end, here.flatMap(spansOf)), ...tags);
      box.append(text.slice(at, start), sentence);
      at = end;
    }
    box.append(text.slice(at));
    requestAnimationFrame(() => (box.scrollTop = box.querySelector(".here").offsetTop - box.offsetTop - 40));
    return box;
  }

  let listed = [], drawn = 0;
  function more(many, focus) {
    const before = drawn;
    $("evidence").append(...listed.slice(drawn, drawn + many).map(evidence));
    drawn = Math.min(listed.length, drawn + many);
    $("more").hidden = drawn >= listed.length;
    $("more").textContent = `Show ${Math.min(PAGE, listed.length - drawn)} more`;
    $("evidence-status").textContent = listed.length ? `${number(drawn)} of ${number(listed.length)}` : "Nothing passes the filters.";
    if (focus) Object.assign($("evidence").children[before], { tabIndex: -1 }).focus();
  }

  function showEvidence(stances) {
    const sure = (i) => of.confidence[i] ?? 1;
    const orders = { "": () => 0, new: (a, b) => days[of.article[b]] - days[of.article[a]], sure: (a, b) => sure(b) - sure(a), unsure: (a, b) => sure(a) - sure(b) };
    listed = [...stances].sort(orders[$("order").value]);
    drawn = 0;
    $("evidence").replaceChildren();
    more(PAGE);
    const chip = (text, values) => make("button", { type: "button", "aria-label": `Remove the filter ${text}`, click: () => choose(values, false) }, isolated(short(text)), " ×");
    const chips = [];
    if (state.labels.size < labels.length) chips.push(chip(`label: ${[...state.labels].map((k) => labels[k]).join(", ") || "none"}`, { label: null }));
    for (const id of ["source", "target", "words"]) if (state[id]) chips.push(chip(`${id}: ${state[id]}`, { [id]: "" }));
    if (state.from !== null || state.to !== null) chips.push(chip(`dates: ${$("from").value || "…"} to ${$("to").value || "…"}`, { from: "", to: "" }));
    if (state.confidence) chips.push(chip(`confidence ≥ ${state.confidence.toFixed(2)}`, { confidence: 0 }));
    $("chips").replaceChildren(...chips);
  }

  function update() {
    read();
    const stances = passing();
    showShares(stances);
    showMatrix();
    showTime();
    showBars("source");
    showBars("target");
    showEvidence(stances);
  }

  // --- start

  $("labels").append(...labels.map((label, k) => make("label", { class: colours[k] }, make("input", { type: "checkbox", checked: true, class: colours[k] }), make("span", { class: `label ${colours[k]}` }, isolated(label)), make("span", { class: "share" }))));
  for (const role of ["source", "target"]) {
    const rows = ranked(tally(everyone, (i) => of[role][i]));
    $(`${role}s`).append(...rows.slice(0, 500).map(([party]) => make("option", { value: full(party) })));
  }
  $("scale").style.background = `linear-gradient(90deg, ${[-1, -0.5, -0.01, 0.01, 0.5, 1].map(mixed).join(", ")})`;
  $("key").replaceChildren("bars: ", ...labels.flatMap((label, k) => [make("span", { class: `label ${colours[k]}` }, "■ ", isolated(label)), " "]));
  let timer = 0;
  $("filters").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(update, 120); });
  $("filters").addEventListener("reset", () => setTimeout(update));
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("size").addEventListener("change", showMatrix);
  $("coded").addEventListener("change", () => [showMatrix(), showBars("source"), showBars("target")]);
  $("unit").addEventListener("change", () => showTime());
  $("order").addEventListener("change", () => showEvidence(passing()));
  $("more").addEventListener("click", () => more(PAGE, true));
  addEventListener("beforeprint", () => { more(Math.max(0, PRINTED - drawn)); showTime(PAPER); });
  addEventListener("afterprint", () => showTime());
  update();
})();
