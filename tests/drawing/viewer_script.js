// Runs inside the viewer's page (see viewer_in_browser_test.cc) and uses it as a reader would: with
// clicks, keys and the mouse.

const rowText = () => all(".sentence .source").map((row) => row.textContent);
const heading = () => query(".card h2").textContent;
const chosen = () => query('.sentence[aria-selected="true"] b').textContent;
const press = (key, target = document.body) =>
    target.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const type = (text) => {
  query("#search").value = text;
  query("#search").dispatchEvent(new Event("input", {bubbles: true}));
};
const choose = (id, value) => {
  query(id).value = value;
  query(id).dispatchEvent(new Event("change", {bubbles: true}));
};
const tokens = (side) => all(`.tokens.${side} .token`);

function checkListAndClick() {
  check("the title is shown as text", query("#title").textContent === "<b>Sample</b>");
  check("all sentences are counted", query("#count").textContent === "200 sentences");
  check("only the rows in sight exist", all(".sentence").length < 60);
  all(".sentence")[2].click();
  check("a click shows the sentence", heading() === "Sentence 3");
  check("the click marks the row", chosen() === "3");
  check("the address names the sentence", location.hash === "#3");
}

function checkSearch() {
  type("HUND");
  check("a search ignores case", rowText().length > 0 && rowText().every((t) => /hund/i.test(t)));
  check("a search marks its matches", all("mark").every((m) => m.textContent === "Hund"));
  check("a search tells its share", /^\d+ of 200$/.test(query("#count").textContent));
  type("#42");
  check("#42 finds line 42", all(".sentence").length === 1 && chosen() === "42");
  type("no such words");
  check("an empty result says so", query(".nothing") !== null && all(".card").length === 0);
  press("j");
  press("n");
  press("Escape", query("#search"));
  check("Escape brings all back", query("#count").textContent === "200 sentences");
}

function checkSort() {
  choose("#sort", "score");
  const scores = () => all(".sentence .facts").slice(0, 20)
      .map((row) => Number(/score (\S+)/.exec(row.textContent)[1].replace("−", "-")));
  const isSorted = (list, sign) => list.every((x, i) => i === 0 || sign * (x - list[i - 1]) >= 0);
  query("#list").scrollTop = 0;
  drawList();
  check("scores rise", isSorted(scores(), 1));
  query("#direction").click();
  query("#list").scrollTop = 0;
  drawList();
  check("scores fall", isSorted(scores(), -1));
  query("#direction").click();
  choose("#sort", "line");
}

function checkUnitsAndLinks() {
  type("#1");
  type("");
  check("pieces come first", tokens("source").length === 4);
  press("w");
  check("w merges words", tokens("source").map((t) => t.textContent).join("|") === "Ein|Hund|</s>");
  const word = tokens("target")[1];
  word.dispatchEvent(new PointerEvent("pointerenter"));
  check("hover draws the word's links", all(".links path").length === 1);
  check("hover colours the linked word", tokens("source")[1].style.background !== "");
  word.dispatchEvent(new PointerEvent("pointerleave"));
  const source = tokens("source")[1];
  source.dispatchEvent(new PointerEvent("pointerenter"));
  check("hover over a source word colours the target", tokens("target")[1].style.background !== ""
      && tokens("source")[1].classList.contains("focus"));
  source.dispatchEvent(new PointerEvent("pointerleave"));
  check("leaving brings all links back", all(".links path").length >= 3);
  word.click();
  word.dispatchEvent(new PointerEvent("pointerleave"));
  check("a click keeps the link", all(".links path").length === 1);
  press("w");
}

function checkMatrix() {
  const canvas = query("canvas");
  press("ArrowRight", canvas);
  const first = query("#tooltip").textContent;
  check("keys walk the matrix", first === "A ← Ein  0.90" || first === "A ← Ein 0.90");
  press("ArrowDown", canvas);
  check("the next cell is another", query("#tooltip").textContent.startsWith("dog ← Ein"));
  const before = canvas.toDataURL();
  press("v");
  check("v writes values", query("canvas").toDataURL() !== before);
  press("v");
  const light = query("canvas").toDataURL();
  press("t");
  check("t changes the theme", query("canvas").toDataURL() !== light);
  press("t");
}

function checkCandidatesAndLayers() {
  check("candidates are offered as texts", all("#candidates .text").map((t) => t.textContent)
      .join("|") === "A dog|A hound");
  press("n");
  check("n shows the next one", heading() === "Sentence 1, candidate 2");
  press("c");
  check("c shows them side by side", all(".card").length === 2);
  press("c");
  press("p");
  check("matrices are named", all("#layer option").map((o) => o.value).join("|") ===
      "attention|saliency|attention − saliency");
  const attention = query("canvas").toDataURL();
  press("l");
  check("l shows the next matrix", query("#layer").value === "saliency" &&
      query("canvas").toDataURL() !== attention);
  press("l");
  const {values, signed} = state.cards[0].shown;
  const near = (value, expected) => Math.abs(value - expected) < 0.01;
  check("a difference is one of shares", signed && near(values[0], 0.9 - 1) &&
      near(values[5], 0.5 - 0.5) && near(values[6], 0.5 - 0.5) && near(values[11], 0.9 - 1));
  press("l");
  check("a single candidate offers no choice", (press("j"), query("#candidates").hidden));
}

function checkBytes() {
  check("bytes make characters", joinPieces(["▁", "<0xE6>", "<0xBC>", "<0xA2>", "a"]) === "▁漢a");
  check("half a character is shown", joinPieces(["<0xE6>", "a"]) === "\ufffda");
}

report(checkListAndClick, checkSearch, checkSort, checkUnitsAndLinks, checkMatrix,
    checkCandidatesAndLayers, checkBytes);
