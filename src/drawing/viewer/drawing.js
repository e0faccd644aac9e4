// Drawing one record: its two sentences with links between them, and its matrix. A card is
// {view, element, focus}; `focus` is the pair {t, s} the reader points at, either may be null.
"use strict";

const kLinkThreshold = 0.04;  // of the largest value; thinner links only blur the picture
const kLabelAngle = -Math.PI / 3;
const kMaxLabelWidth = 150;  // pixels

function element(tag, className, text) {
  const created = document.createElement(tag);
  if (className) created.className = className;
  if (text !== undefined) created.textContent = text;
  return created;
}

function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const isDark = () => document.documentElement.dataset.theme === "dark";
const formatted = (value) => value.toFixed(Math.abs(value) < 0.1 ? 3 : 2).replace("-", "−");

// The value of the strongest colour.
function colourLimit(shown, scale) {
  const whole = scale === "one" && shown.layer === "attention";
  return whole ? 1 : shown.largest || 1;
}

// On a dark page the sequential scale runs the other way, from dark to light.
function colourOf(shown, value, limit) {
  const share = Math.max(-1, Math.min(1, value / limit));
  if (shown.signed) return palette.diverging[Math.round((share + 1) / 2 * 254)];
  return palette.sequential[Math.round((isDark() ? 1 - share : share) * 254)];
}

// Black or white, whichever can be read on `colour`.
function inkOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#1a1c21" : "#ffffff";
}

// ---- Sentences and links ----

function isRightToLeft(text) {
  const strong = /\p{L}/u.exec(text);
  return strong !== null && /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(strong[0]);
}

function tokenRow(card, labels, side) {
  const row = element("div", "tokens " + side);
  row.dir = isRightToLeft(labels.join(" ")) ? "rtl" : "ltr";
  labels.forEach((text, i) => {
    const token = element("span", "token");
    token.dir = "auto";
    const marked = text.startsWith(kMark);
    if (marked) token.append(element("span", "piece-mark", kMark));
    token.append(marked ? text.slice(1) : text);
    const focus = side === "source" ? {t: null, s: i} : {t: i, s: null};
    token.addEventListener("pointerenter", () => card.point(focus));
    token.addEventListener("pointerleave", () => card.point(null));
    token.addEventListener("click", () => card.pin(focus));
    row.append(token);
  });
  return row;
}

function drawLinks(card) {
  const {shown, focus} = card;
  // Where a sentence takes several lines the links of all words would cross each other's text.
  const wraps = [...card.links.querySelectorAll(".tokens")].some((row) => row.clientHeight > 40);
  const box = card.links.getBoundingClientRect();
  const sources = [...card.links.querySelectorAll(".source .token")];
  const targets = [...card.links.querySelectorAll(".target .token")];
  const centre = (token, edge) => {
    const place = token.getBoundingClientRect();
    return [place.left + place.width / 2 - box.left, place[edge] - box.top];
  };
  const limit = shown.largest || 1;
  const paths = [];
  targets.forEach((target, t) => sources.forEach((source, s) => {
    const share = Math.abs(shown.values[t * sources.length + s]) / limit;
    const inFocus = focus && (focus.t === null || focus.t === t) &&
        (focus.s === null || focus.s === s);
    if (share < kLinkThreshold || (focus ? !inFocus : wraps)) return;
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const [x1, y1] = centre(source, "bottom");
    const [x2, y2] = centre(target, "top");
    const middle = (y1 + y2) / 2;
    path.setAttribute("d", `M${x1},${y1} C${x1},${middle} ${x2},${middle} ${x2},${y2}`);
    path.setAttribute("fill", "none");
    path.setAttribute("stroke", style("--accent"));
    path.setAttribute("stroke-width", (0.5 + 3 * share).toFixed(2));
    path.setAttribute("stroke-opacity", (focus ? 0.25 + 0.75 * share : 0.7 * share).toFixed(3));
    paths.push(path);
  }));
  card.svg.replaceChildren(...paths);
  paintTokens(card, sources, targets);
}

// Words take the colour of their weight for the word in focus.
function paintTokens(card, sources, targets) {
  const {shown, focus} = card;
  const limit = colourLimit(shown, "largest");
  const paint = (tokens, own, other, weightOf) => tokens.forEach((token, i) => {
    token.classList.toggle("focus", own === i);
    const colour = other !== null && own === null ? colourOf(shown, weightOf(i), limit) : "";
    token.style.background = colour;
    token.style.color = colour ? inkOn(colour) : "";
  });
  const [t, s] = focus ? [focus.t, focus.s] : [null, null];
  paint(sources, s, t, (i) => shown.values[t * sources.length + i]);
  paint(targets, t, s, (i) => shown.values[i * sources.length + s]);
}

// ---- The matrix ----

function matrixGeometry(card, context) {
  const {shown} = card;
  const widest = (labels) => labels.reduce(
      (most, text) => Math.max(most, context.measureText(fitted(context, text)).width), 0);
  const left = widest(shown.target) + 8;
  const top = widest(shown.source) * Math.sin(-kLabelAngle) + 16;
  const overhang = widest(shown.source.slice(-8)) * Math.cos(kLabelAngle);
  const room = card.element.clientWidth - left - overhang;
  const fit = card.isOnly ? Math.floor(room / Math.max(1, shown.source.length)) : 20;
  const cell = Math.max(card.showValues ? 27 : 15, Math.min(32, fit));
  return {
    left, top, cell,
    width: left + cell * shown.source.length + overhang,
    height: top + cell * shown.target.length + 2,
  };
}

// `text` as far as there is room for it.
function fitted(context, text) {
  const thin = text.replace(kMark, "_");  // the mark itself is a heavy bar
  if (context.measureText(thin).width <= kMaxLabelWidth) return thin;
  let length = thin.length;
  while (length > 1 && context.measureText(thin.slice(0, length) + "…").width > kMaxLabelWidth) {
    length = Math.floor(length * 0.9);
  }
  return thin.slice(0, length) + "…";
}

const kMatrixFont = '12px system-ui, "Noto Sans", "DejaVu Sans", sans-serif';

function drawMatrix(card) {
  const {canvas, shown} = card;
  const context = canvas.getContext("2d");
  context.font = kMatrixFont;
  const place = card.geometry = matrixGeometry(card, context);
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.ceil(place.width * ratio);
  canvas.height = Math.ceil(place.height * ratio);
  canvas.style.width = place.width + "px";
  canvas.style.height = place.height + "px";
  context.scale(ratio, ratio);
  context.font = kMatrixFont;  // a new size forgets it
  context.textBaseline = "middle";
  drawCells(card, context, place);
  drawLabels(card, context, place);
  drawFocus(card, context, place);
  canvas.setAttribute("aria-label",
      `Matrix of ${shown.target.length} target and ${shown.source.length} source units`);
}

function drawCells({shown, scale, showValues}, context, {left, top, cell}) {
  const limit = colourLimit(shown, scale);
  const columns = shown.source.length;
  shown.values.forEach((value, i) => {
    const x = left + cell * (i % columns);
    const y = top + cell * Math.floor(i / columns);
    const colour = colourOf(shown, value, limit);
    context.fillStyle = colour;
    context.fillRect(x, y, cell - 0.5, cell - 0.5);
    if (!showValues || Math.abs(value) < 0.005) return;
    context.fillStyle = inkOn(colour);
    context.textAlign = "center";
    context.fillText(value.toFixed(2).replace("0.", ".").replace("-", "−"),
        x + cell / 2, y + cell / 2, cell - 2);
  });
  context.strokeStyle = style("--line");
  context.strokeRect(left, top, cell * columns, cell * shown.target.length);
}

function drawLabels({shown, focus}, context, {left, top, cell}) {
  const colour = (inFocus) => style(inFocus ? "--accent" : "--ink");
  context.textAlign = "right";
  shown.target.forEach((text, t) => {
    context.fillStyle = colour(focus?.t === t);
    context.direction = isRightToLeft(text) ? "rtl" : "ltr";
    context.fillText(fitted(context, text), left - 6, top + cell * (t + 0.5));
  });
  context.textAlign = "left";
  shown.source.forEach((text, s) => {
    context.save();
    context.translate(left + cell * (s + 0.5), top - 6);
    context.rotate(kLabelAngle);
    context.fillStyle = colour(focus?.s === s);
    context.direction = isRightToLeft(text) ? "rtl" : "ltr";
    context.fillText(fitted(context, text), 0, 0);
    context.restore();
  });
}

function drawFocus({shown, focus}, context, {left, top, cell}) {
  if (!focus) return;
  const [columns, rows] = [shown.source.length, shown.target.length];
  context.strokeStyle = style("--accent");
  context.lineWidth = 2;
  if (focus.t !== null) context.strokeRect(left, top + cell * focus.t, cell * columns, cell);
  if (focus.s !== null) context.strokeRect(left + cell * focus.s, top, cell, cell * rows);
}

function cellAt(card, event) {
  const {left, top, cell} = card.geometry;
  const box = card.canvas.getBoundingClientRect();
  const s = Math.floor((event.clientX - box.left - left) / cell);
  const t = Math.floor((event.clientY - box.top - top) / cell);
  const {shown} = card;
  const inside = s >= 0 && t >= 0 && s < shown.source.length && t < shown.target.length;
  return inside ? {t, s} : null;
}
