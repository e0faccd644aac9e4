// Runs inside a live page (see viewer_in_browser_test.cc) with a server that this script plays.

const requests = [];
let refusal = null;
const record = (line, text) => ({
  line, text, score: -1.5,
  source: ["▁Ein", "</s>"], target: ["▁A", "</s>"], sourceWords: [0, 1], targetWords: [0, 1],
  numbers: {entropy: 0.5, sharpness: 0.8, coverage: 1, monotonicity: 1, endShare: 0.5},
  matrices: [{name: "attention", signed: false, scale: 1, data: btoa("\xff\x00\x00\xff")}],
});
window.fetch = async (address, options) => {
  const request = JSON.parse(options.body);
  requests.push({address, ...request});
  if (refusal) return {ok: false, json: async () => ({error: {message: refusal}})};
  const records = request.text.flatMap((text, line) =>
      [record(line, text + " one"), record(line, text + " two")]);
  return {ok: true, json: async () => ({records})};
};

async function type(text) {
  query("#text").value = text;
  query("#text").dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
  await new Promise((resolve) => setTimeout(resolve, 20));
}

// The page was opened with ?text=Null.
async function checkTheAddress() {
  await new Promise((resolve) => setTimeout(resolve, 20));
  check("the address asks", requests.length === 1 && requests[0].text[0] === "Null");
  check("the address is answered", query(".card h2").textContent === "Sentence 1, candidate 1");
  requests.length = 0;
}

async function checkAsking() {
  await type("  ");
  check("nothing is asked for nothing", requests.length === 0);
  await type("Hallo <b>\n\nnoch");
  check("lines are sentences, the empty ones left out",
      requests.length === 1 && requests[0].text.join("|") === "Hallo <b>|noch");
  check("the server beside the page is asked", requests[0].address === "records");
  check("the search is asked for", requests[0].beam_size === 5 && requests[0].n_best === 3);
  check("the first answer is shown", query(".card h2").textContent === "Sentence 2, candidate 1");
  check("translations are texts", all("#candidates .text").map((t) => t.textContent).join("|") ===
      "Hallo <b> one|Hallo <b> two");
  check("both sentences are in the list", all(".sentence").length === 3);
  check("the page can ask again", !query("#translate").disabled);
}

async function checkAskingAgain() {
  query("#search").value = "no such words";
  query("#beam").value = 2;
  query("#best").value = 1;
  await type("dritter");
  check("other numbers are sent", requests[1].beam_size === 2 && requests[1].n_best === 1);
  check("the newest stands first", query(".sentence b").textContent === "4");
  check("the newest is shown", query(".card h2").textContent === "Sentence 4, candidate 1");
  query("#beam").value = 0;
  await type("vierter");
  check("impossible numbers are not sent", requests.length === 2);
  query("#beam").value = 5;
  refusal = "server: too many requests";
  await type("vierter");
  check("a refusal is shown", query("#answer").textContent === refusal);
  check("what was there stays", all(".sentence").length === 4);
}

report(checkTheAddress, checkAsking, checkAskingAgain);
