// What the scripts of viewer_in_browser_test.cc share: it stands before each of them, in one
// function.
"use strict";

const results = [];
const check = (fact, holds) => results.push((holds ? "ok " : "FAIL ") + fact);
const query = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

// Runs the checks one after another once the page is there, and leaves a line "ok …" or "FAIL …"
// for each fact in an element #results at its end; the last line is "done" if none threw.
function report(...checks) {
  addEventListener("load", async () => {
    try {
      for (const run of checks) await run();
      results.push("done");
    } catch (error) {
      results.push("FAIL " + error.stack);
    }
    const output = document.createElement("pre");
    output.id = "results";
    output.textContent = results.join("\n");
    document.body.append(output);
  });
}
