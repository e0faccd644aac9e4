// A live page: what is typed goes to the server, what comes back is shown first.
"use strict";

const kNumBest = 3;

// The server's records, or an Error with its complaint.
async function fetchRecords(text) {
  const reply = await fetch("records", {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify(
        {text, beam_size: Number(byId("beam").value), n_best: Number(byId("best").value)}),
  });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.error.message);
  return answer.records;
}

async function ask() {
  const text = byId("text").value.split("\n").filter((line) => line.trim() !== "");
  if (text.length === 0 || byId("translate").disabled || !byId("ask").reportValidity()) return;
  byId("translate").disabled = true;
  byId("answer").textContent = "…";
  const start = performance.now();
  try {
    addRecords(await fetchRecords(text));
    byId("answer").textContent = `${Math.round(performance.now() - start)} ms`;
  } catch (error) {
    byId("answer").textContent = error.message;
  }
  byId("translate").disabled = false;
}

byId("beam").value = data.beamSize;
byId("best").value = Math.min(kNumBest, data.beamSize);
byId("beam").addEventListener("input", () => byId("best").max = byId("beam").value);
byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
byId("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  ask();
});
setDescending(true);

// An address that ends in ?text=… asks at once.
addEventListener("load", () => {
  byId("text").value = new URLSearchParams(location.search).get("text") ?? "";
  ask();
});
