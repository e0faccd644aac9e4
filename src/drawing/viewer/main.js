// The page itself: the list of sentences, the cards of the chosen one, and the controls.
"use strict";

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const palette = data.palette;
const sentences = groupByLine(data.records);
const kRowHeight = 68;

const state = {
  matches: [],
  selected: 0,  // in matches
  candidate: 0,
  units: "piece",
  layer: "attention",
  descending: false,
  cards: [],
};

// ---- The list. Only the rows in sight exist, so that its length costs nothing. ----

function highlighted(text, query) {
  const at = query ? text.toLowerCase().indexOf(query) : -1;
  if (at < 0) return [text];
  const start = Math.max(0, at - 24);  // so that the match can be seen in a narrow list
  return [(start > 0 ? "…" : "") + text.slice(start, at),
    element("mark", "", text.slice(at, at + query.length)), text.slice(at + query.length)];
}

function sentenceRow(index) {
  const {best, candidates, line} = state.matches[index];
  const query = byId("search").value.trim().toLowerCase();
  const row = element("div", "sentence");
  row.id = "row-" + index;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", index === state.selected);
  row.style.top = index * kRowHeight + "px";
  row.style.height = kRowHeight + "px";
  const facts = element("div", "facts");
  facts.append(element("b", "", String(line + 1)));
  if (best.score !== null) facts.append(`  score ${formatted(best.score)}`);
  if (best.numbers.entropy !== null) facts.append(`  entropy ${formatted(best.numbers.entropy)}`);
  if (candidates.length > 1) facts.append(`  ${candidates.length} candidates`);
  row.append(facts);
  for (const side of ["source", "target"]) {
    const text = element("div", "text " + side);
    text.dir = "auto";
    text.append(...highlighted(best[side + "Text"], query));
    row.append(text);
  }
  row.addEventListener("click", () => select(index));
  return row;
}

function drawList() {
  const list = byId("list");
  byId("rows").style.height = state.matches.length * kRowHeight + "px";
  const first = Math.max(0, Math.floor(list.scrollTop / kRowHeight) - 4);
  const last = Math.min(state.matches.length,
      Math.ceil((list.scrollTop + list.clientHeight) / kRowHeight) + 4);
  const rows = [];
  for (let index = first; index < last; ++index) rows.push(sentenceRow(index));
  byId("rows").replaceChildren(...rows);
  list.setAttribute("aria-activedescendant", "row-" + state.selected);
}

function updateMatches() {
  const current = state.matches[state.selected];
  showMatches();
  select(Math.max(0, state.matches.indexOf(current)));
}

function showMatches() {
  state.matches =
      selectSentences(sentences, byId("search").value, byId("sort").value, state.descending);
  byId("direction").textContent = state.descending ? "↓" : "↑";
  byId("count").textContent = state.matches.length === sentences.length ?
      `${sentences.length} sentences` : `${state.matches.length} of ${sentences.length}`;
}

function setDescending(descending) {
  state.descending = descending;
  updateMatches();
}

// Takes in new records, whose lines count from 0, and shows the first of them.
function addRecords(records) {
  const first = sentences.length;
  for (const record of records) record.line += first;
  sentences.push(...groupByLine(records));
  byId("search").value = "";
  showMatches();
  select(state.matches.indexOf(sentences[first]));
}

function select(index) {
  state.selected = Math.max(0, Math.min(state.matches.length - 1, index));
  state.candidate = 0;
  const list = byId("list");
  const top = state.selected * kRowHeight;
  if (top < list.scrollTop) list.scrollTop = top;
  const bottom = top + kRowHeight - list.clientHeight;
  if (bottom > list.scrollTop) list.scrollTop = bottom;
  drawList();
  drawSentence();
}

// ---- The chosen sentence ----

function drawSentence() {
  byId("tooltip").hidden = true;
  const sentence = state.matches[state.selected];
  const candidates = sentence ? sentence.candidates : [];
  const compare = byId("compare").checked && candidates.length > 1;
  byId("compare-label").hidden = candidates.length < 2;
  drawCandidates(candidates, compare);
  drawLayers(candidates[state.candidate]);
  for (const units of ["piece", "word"]) {
    byId("units-" + units).setAttribute("aria-pressed", state.units === units);
  }
  const shown = compare ? candidates : candidates.slice(state.candidate, state.candidate + 1);
  byId("cards").replaceChildren();
  if (!sentence) byId("cards").append(element("p", "nothing",
      sentences.length === 0 ? "No sentence yet." : "No sentence matches."));
  state.cards = shown.map((record) => addCard(record, candidates, shown.length === 1));
  if (sentence) history.replaceState(null, "", "#" + (sentence.line + 1));
}

function drawCandidates(candidates, compare) {
  const [first] = candidates;
  byId("candidates").hidden = compare || (candidates.length < 2 && first?.text === undefined);
  byId("candidates").replaceChildren(...candidates.map((record, i) => {
    const button = element("button");
    const text = element("span", "text", record.targetText);
    text.dir = "auto";
    button.append(element("b", "", String(i + 1)),
        element("span", "score", record.score === null ? "" : formatted(record.score)), text);
    button.setAttribute("aria-pressed", i === state.candidate);
    button.addEventListener("click", () => showCandidate(i));
    return button;
  }));
}

function showCandidate(index) {
  const {candidates} = state.matches[state.selected];
  state.candidate = (index + candidates.length) % candidates.length;
  drawSentence();
}

function drawLayers(record) {
  const names = record ? layerNames(record) : ["attention"];
  byId("layer-label").hidden = names.length < 2;
  byId("layer").replaceChildren(...names.map((name) => {
    const option = element("option", "", name);
    option.value = name;
    return option;
  }));
  byId("layer").value = names.includes(state.layer) ? state.layer : "attention";
}

function numbersLine(record) {
  const line = element("p", "numbers");
  const add = (name, value, title) => {
    if (value === null) return;
    const part = element("span", "", name + " ");
    part.append(element("b", "", formatted(value)));
    part.title = title;
    line.append(part);
  };
  const numbers = record.numbers;
  add("score", record.score, "log-probability in nats");
  add("entropy", numbers.entropy, "nats, mean over target pieces; 0 looks at one place only");
  add("sharpness", numbers.sharpness, "mean of the largest weights");
  add("coverage", numbers.coverage, "how much of the source was read");
  add("monotonicity", numbers.monotonicity, "share of steps that do not go backwards");
  add("on " + kEnd, numbers.endShare, "share of the attention that rests on the end");
  return line;
}

function addCard(record, candidates, isOnly) {
  const card = {
    shown: view(record, state.units, byId("layer").value),
    element: element("section", "card" + (isOnly ? " only" : "")),
    canvas: element("canvas"),
    scale: byId("scale").value,
    showValues: byId("values").checked,
    focus: null,
    pinned: null,
    isOnly,
  };
  const rank = candidates.length > 1 ? `, candidate ${candidates.indexOf(record) + 1}` : "";
  card.point = (focus) => setFocus(card, focus ?? card.pinned);
  card.pin = (focus) => {
    const same = card.pinned && card.pinned.t === focus.t && card.pinned.s === focus.s;
    card.pinned = same ? null : focus;
    setFocus(card, focus);
  };
  card.links = element("div", "links");
  card.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  card.links.append(card.svg, tokenRow(card, card.shown.source, "source"),
      tokenRow(card, card.shown.target, "target"));
  const matrix = element("div", "matrix");
  matrix.append(card.canvas);
  card.element.append(element("h2", "", `Sentence ${record.line + 1}${rank}`),
      numbersLine(record), card.links, matrix);
  byId("cards").append(card.element);
  listenToMatrix(card);
  drawMatrix(card);
  drawLinks(card);
  return card;
}

function setFocus(card, focus) {
  card.focus = focus;
  drawLinks(card);
  drawMatrix(card);
}

function listenToMatrix(card) {
  const {canvas, shown} = card;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.addEventListener("pointermove", (event) => {
    const cell = cellAt(card, event);
    showTooltip(card, cell, event.clientX, event.clientY);
    if (cell?.t !== card.focus?.t || cell?.s !== card.focus?.s) card.point(cell);
  });
  canvas.addEventListener("pointerleave", () => {
    byId("tooltip").hidden = true;
    card.point(null);
  });
  canvas.addEventListener("click", (event) => {
    const cell = cellAt(card, event);
    if (cell) card.pin(cell);
  });
  canvas.addEventListener("keydown", (event) => {
    const step = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};
    if (!step[event.key] || shown.values.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const move = (from, by, length) => Math.max(0, Math.min(length - 1, (from ?? -by) + by));
    const [down, right] = step[event.key];
    const cell = {t: move(card.focus?.t, down, shown.target.length),
      s: move(card.focus?.s, right, shown.source.length)};
    card.pinned = cell;
    setFocus(card, cell);
    const box = canvas.getBoundingClientRect();
    const place = card.geometry;
    showTooltip(card, cell, box.left + place.left + place.cell * (cell.s + 1),
        box.top + place.top + place.cell * (cell.t + 1));
  });
}

function showTooltip({shown}, cell, x, y) {
  const tooltip = byId("tooltip");
  tooltip.hidden = cell === null;
  if (!cell) return;
  const bare = (text) => text.replace(kMark, "");
  tooltip.replaceChildren(
      element("bdi", "", bare(shown.target[cell.t])), " ← ",
      element("bdi", "", bare(shown.source[cell.s])), "  ",
      element("b", "", formatted(shown.values[cell.t * shown.source.length + cell.s])));
  const {width, height} = tooltip.getBoundingClientRect();
  tooltip.style.left = Math.min(x + 14, innerWidth - width - 4) + "px";
  tooltip.style.top = Math.min(y + 14, innerHeight - height - 4) + "px";
}

// ---- Controls ----

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  drawSentence();
}

function setUnits(units) {
  state.units = units;
  drawSentence();
}

const toggle = (id) => byId(id).click();
const nextLayer = () => {
  const menu = byId("layer");
  menu.selectedIndex = (menu.selectedIndex + 1) % menu.length;
  menu.dispatchEvent(new Event("change"));
};
const kKeys = {
  j: () => select(state.selected + 1),
  ArrowDown: () => select(state.selected + 1),
  k: () => select(state.selected - 1),
  ArrowUp: () => select(state.selected - 1),
  n: () => state.matches.length && showCandidate(state.candidate + 1),
  p: () => state.matches.length && showCandidate(state.candidate - 1),
  "/": () => byId("search").focus(),
  w: () => setUnits(state.units === "word" ? "piece" : "word"),
  l: nextLayer,
  v: () => toggle("values"),
  c: () => toggle("compare"),
  t: () => toggle("theme"),
  "?": () => toggle("help-button"),
};

function onKey(event) {
  const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (event.key === "Escape" && event.target.id === "search") {
    event.target.value = "";
    updateMatches();
    byId("list").focus();
    return;
  }
  const vertical = event.key === "ArrowDown" || event.key === "ArrowUp";
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  if (typing && !(vertical && event.target.id === "search")) return;
  if (!kKeys[event.key]) return;
  event.preventDefault();
  kKeys[event.key]();
}

function listen() {
  byId("search").addEventListener("input", updateMatches);
  byId("sort").addEventListener("change", updateMatches);
  byId("direction").addEventListener("click", () => setDescending(!state.descending));
  byId("list").addEventListener("scroll", drawList);
  byId("units-piece").addEventListener("click", () => setUnits("piece"));
  byId("units-word").addEventListener("click", () => setUnits("word"));
  byId("layer").addEventListener("change", () => {
    state.layer = byId("layer").value;
    drawSentence();
  });
  for (const id of ["scale", "values", "compare"]) {
    byId(id).addEventListener("change", drawSentence);
  }
  byId("theme").addEventListener("click",
      () => setTheme(isDark() ? "light" : "dark"));
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  document.addEventListener("keydown", onKey);
  addEventListener("resize", () => {
    drawList();
    for (const card of state.cards) setFocus(card, card.focus);
  });
}

document.title = data.title;
byId("title").textContent = data.title;
document.documentElement.dataset.theme =
    matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
listen();
const wantedLine = location.hash.slice(1);  // drawing a sentence changes it
updateMatches();
const wanted = state.matches.findIndex((sentence) => String(sentence.line + 1) === wantedLine);
if (wanted > 0) select(wanted);
