import assert from "node:assert/strict";
import { test } from "node:test";
import { newPlace, openPage } from "./page.js";

const { default: render } = await openPage("live_text.js");

function shown(data, parentElement = newPlace()) {
  render({ data, parentElement });
  return parentElement;
}

test("words between two asterisks are bold, and never HTML", () => {
  const line = shown({ words: "**3 <b>steps</b>** of **<img src=x>** & more", manner: "plain" }).querySelector("p");
  assert.equal(line.textContent, "3 <b>steps</b> of <img src=x> & more");
  assert.deepEqual(Array.from(line.children, (node) => [node.localName, node.textContent]), [
    ["strong", "3 <b>steps</b>"],
    ["strong", "<img src=x>"],
  ]);
  assert.equal(line.className, "plain");
});

test("a line that is the same keeps its nodes", () => {
  const place = shown({ words: "step **1**", manner: "plain" });
  const before = place.querySelector("strong");
  shown({ words: "step **1**", manner: "plain", progress: 0.5 }, place);
  assert.equal(place.querySelector("strong"), before);
  shown({ words: "step **2**", manner: "plain" }, place);
  assert.equal(place.querySelector("p").textContent, "step 2");
  assert.equal(place.querySelectorAll("p").length, 1);
});

test("there is a bar where there is progress", () => {
  const place = shown({ words: "", manner: "plain" });
  const bar = place.querySelector("progress");
  assert.ok(bar.hidden);
  shown({ words: "", manner: "plain", progress: 0 }, place);
  assert.deepEqual([bar.hidden, bar.value, bar.max], [false, 0, 1]);
  shown({ words: "", manner: "plain", progress: null }, place);
  assert.ok(bar.hidden);
});
