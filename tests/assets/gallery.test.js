import assert from "node:assert/strict";
import { test } from "node:test";
import { newPlace, openPage } from "./page.js";

const { default: render } = await openPage("gallery.js");

const SPRITES = [{ digest: "abc", columns: 10 }];
const picture = (index, more = {}) => ({ index, sheet: 0, alt: `image ${index}`, words: "0.91", badge: "", mark: "", ...more });
const text = (words, more = {}) => ({ ...picture(0), text: words, alt: "", ...more });

function newGallery(data) {
  const sent = [];
  const component = { parentElement: newPlace(), setTriggerValue: (...values) => sent.push(values) };
  const show = (changes) => {
    component.data = { alt: "Pictures", rows: [], sprites: SPRITES, clickable: [0], note: "", ...component.data, ...changes };
    render(component);
    return component.parentElement;
  };
  return { place: show(data), sent, show };
}

test("each picture is its part of the sheet", () => {
  const { place } = newGallery({ rows: [{ anchor: picture(3), items: [picture(27), picture(0)] }] });
  const [anchor, second] = place.querySelectorAll(".picture");
  assert.match(anchor.style.backgroundImage, /sprites\/abc/);
  assert.deepEqual([anchor.style.backgroundSize, anchor.style.backgroundPosition], ["380px auto", "-114px 0px"]);
  assert.equal(second.style.backgroundPosition, "-266px -76px");
  assert.equal(second.getAttribute("aria-label"), "image 27");
});

test("a click tells which image it was", () => {
  const { place, sent } = newGallery({ rows: [{ items: [picture(27), picture(4)] }] });
  place.querySelectorAll("button")[1].click();
  place.querySelector(".row").click();
  assert.deepEqual(sent, [["clicked", 4]]);
});

test("what cannot be clicked is no button", () => {
  const { place, show } = newGallery({ rows: [{ items: [picture(27)] }], clickable: [] });
  assert.equal(place.querySelector("button"), null);
  assert.equal(place.querySelector(".picture").getAttribute("role"), "img");
  show({ clickable: [0] });
  assert.equal(place.querySelector("button").getAttribute("aria-label"), "image 27");
});

test("another look keeps the nodes, and so the focus", () => {
  const { place, show } = newGallery({ rows: [{ items: [picture(1), picture(2)] }] });
  const before = Array.from(place.querySelectorAll("button"));
  show({ rows: [{ items: [picture(8), picture(9)] }] });
  assert.deepEqual(Array.from(place.querySelectorAll("button")), before);
  assert.equal(before[0].dataset.index, "8");
});

test("rows and pictures come and go", () => {
  const { place, show } = newGallery({ rows: [{ items: [picture(1), picture(2)] }, { items: [picture(3)] }] });
  assert.deepEqual(Array.from(place.querySelectorAll("button"), ({ dataset }) => dataset.index), ["1", "2", "3"]);
  show({ rows: [{ items: [picture(5)] }], note: "One row" });
  assert.deepEqual(Array.from(place.querySelectorAll("button"), ({ dataset }) => dataset.index), ["5"]);
  assert.equal(place.querySelector(".note").textContent, "One row");
  show({ rows: [] });
  assert.equal(place.querySelector(".row"), null);
});

test("texts are a list of texts, and never HTML", () => {
  const { place, show } = newGallery({ rows: [{ items: [text("<i>a</i> text", { alt: "rank 1" }), text("b")] }] });
  assert.equal(place.querySelector(".seen").textContent, "<i>a</i> text");
  assert.equal(place.querySelector(".seen").children.length, 0);
  assert.equal(place.querySelector(".heard").textContent, ", rank 1");
  assert.equal(place.querySelector(".items").getAttribute("role"), "list");
  assert.deepEqual(Array.from(place.querySelectorAll(".items > *"), (node) => node.getAttribute("role")), ["listitem", "listitem"]);
  show({ rows: [{ items: [picture(1), picture(2)] }] });
  assert.equal(place.querySelector(".seen"), null);
  assert.equal(place.querySelector(".items").getAttribute("role"), "presentation");
});

test("words, badge and tag stand beside the picture", () => {
  const marked = picture(1, { words: "0.50", badge: "✓", tag: "test", mark: "right" });
  const { place } = newGallery({ rows: [{ title: "cat", items: [marked] }] });
  const cell = place.querySelector(".items .cell");
  assert.deepEqual(Array.from(cell.children, (node) => node.textContent), ["", "0.50", "✓", "test"]);
  assert.equal(cell.dataset.mark, "right");
  assert.equal(place.querySelector(".title").textContent, "cat");
});
