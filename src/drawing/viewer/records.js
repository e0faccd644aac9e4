// The data of the page: records as html_viewer.cc wrote them, and what can be asked of them.
// Matrices stay packed until their sentence is looked at.
"use strict";

const kMark = "▁";
const kEnd = "</s>";

// Weights are bytes on a square-root scale, so that small ones keep their differences. Signed
// matrices have their zero at 128.
function unpackMatrix(matrix) {
  const bytes = atob(matrix.data);
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; ++i) {
    const byte = bytes.charCodeAt(i);
    const root = matrix.signed ? (byte - 128) / 127 : byte / 255;
    values[i] = Math.sign(root) * root * root * matrix.scale;
  }
  return values;
}

// Attention to a word is the sum over its source pieces, from a word the mean over its target
// pieces. `starts` are the first pieces of the words.
function mergeMatrix(values, record) {
  const spans = (starts, length) => starts.map((start, i) => [start, starts[i + 1] ?? length]);
  const sources = spans(record.sourceWords, record.source.length);
  const targets = spans(record.targetWords, record.target.length);
  const merged = new Float32Array(sources.length * targets.length);
  targets.forEach(([top, bottom], t) => sources.forEach(([left, right], s) => {
    let sum = 0;
    for (let i = top; i < bottom; ++i) {
      for (let j = left; j < right; ++j) sum += values[i * record.source.length + j];
    }
    merged[t * sources.length + s] = sum / (bottom - top);
  }));
  return merged;
}

// Text without characters that would steer what stands around it: controls, direction overrides.
function harmless(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");
}

// What is shown of a unit: never nothing.
function label(text) {
  return /^[\s\u200b-\u200f\ufeff]*$/.test(text) ? "␣" : harmless(text);
}

// The pieces side by side, those of bytes ("<0xE6>") put together into characters.
function joinPieces(pieces) {
  return pieces.join("").replace(/(?:<0x[0-9A-F]{2}>)+/g, (run) => {
    const bytes = run.match(/[0-9A-F]{2}/g).map((digits) => parseInt(digits, 16));
    return new TextDecoder().decode(Uint8Array.from(bytes));
  });
}

function wordLabels(pieces, starts) {
  const word = (start, i) => pieces.slice(start, starts[i + 1] ?? pieces.length);
  return starts.map((start, i) => label(joinPieces(word(start, i)).replaceAll(kMark, "")));
}

function plainText(pieces) {
  const text = joinPieces(pieces.filter((piece) => piece !== kEnd)).replaceAll(kMark, " ");
  return harmless(text.trim());
}

// Each row of a matrix as shares of what stands in it, whatever the sign and the scale.
function rowShares(values, rowLength) {
  const shares = values.map(Math.abs);
  for (let start = 0; start < shares.length; start += rowLength) {
    const row = shares.subarray(start, start + rowLength);
    const sum = row.reduce((total, value) => total + value, 0);
    if (sum > 0) row.forEach((value, i) => row[i] = value / sum);
  }
  return shares;
}

// The matrices a record can show: those it has, and what attention has more than the share that
// each of the others gives to a source piece.
function layerNames(record) {
  const names = record.matrices.map((matrix) => matrix.name);
  return names.concat(names.slice(1).map((name) => "attention − " + name));
}

function layerValues(record, name) {
  const find = (wanted) => record.matrices.find((matrix) => matrix.name === wanted);
  const own = find(name);
  if (own) return {values: unpackMatrix(own), signed: own.signed};
  const first = unpackMatrix(record.matrices[0]);
  const other = find(name.replace("attention − ", ""));
  if (!other) return {values: first, signed: false};
  const second = rowShares(unpackMatrix(other), record.source.length);
  return {values: first.map((value, i) => value - second[i]), signed: true};
}

// Everything that is drawn for one record in one kind of units.
function view(record, units, layer) {
  const {values, signed} = layerValues(record, layer);
  const inWords = units === "word";
  const shown = inWords ? mergeMatrix(values, record) : values;
  const labels = (pieces, starts) => inWords ? wordLabels(pieces, starts) : pieces.map(label);
  return {
    record,
    signed,
    layer,
    values: shown,
    largest: shown.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    source: labels(record.source, record.sourceWords),
    target: labels(record.target, record.targetWords),
  };
}

// Records of the same line are the candidates of one sentence, in the order of the file.
function groupByLine(records) {
  const sentences = new Map();
  for (const record of records) {
    record.sourceText = plainText(record.source);
    record.targetText =
        record.text === undefined ? plainText(record.target) : harmless(record.text);
    if (!sentences.has(record.line)) sentences.set(record.line, []);
    sentences.get(record.line).push(record);
  }
  return [...sentences.values()].map((candidates) => ({
    line: candidates[0].line,
    candidates,
    best: candidates[0],
    searchText: candidates.map((record) => record.sourceText + "\n" + record.targetText)
        .join("\n").toLowerCase(),
  }));
}

const kSortKeys = {
  line: (sentence) => sentence.line,
  score: (sentence) => sentence.best.score,
  length: (sentence) => sentence.best.target.length,
  entropy: (sentence) => sentence.best.numbers.entropy,
};

// The sentences that match, in order; those without the number asked for come last.
function selectSentences(sentences, query, sort, descending) {
  const wanted = query.trim().toLowerCase();
  const number = /^#(\d+)$/.exec(wanted);
  const matches = sentences.filter((sentence) => number ?
      sentence.line + 1 === Number(number[1]) : sentence.searchText.includes(wanted));
  const key = kSortKeys[sort];
  return matches.sort((a, b) => {
    const [first, second] = [key(a), key(b)];
    if (first === null || second === null) return (first === null) - (second === null);
    return (descending ? second - first : first - second) || a.line - b.line;
  });
}
