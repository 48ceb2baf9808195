import assert from "node:assert/strict";
import { test } from "node:test";
import { newPlace, openPage, pass } from "./page.js";

const { default: render } = await openPage("timeline.js");
const REPORT_MS = 200;
const PLAY_MS = 700;
const CHECK_MS = 2000;

// A timeline and the server behind it, which shows what it is asked for where `answers` is true.
function newTimeline(steps, { answers = true, shown = null } = {}) {
  const sent = [];
  const component = {
    data: { visit: Symbol("visit"), steps, words: steps.map((step) => `step ${step}`), shown },
    parentElement: newPlace(),
    setStateValue: (name, step) => sent.push(step),
  };
  const show = (changes = {}) => {
    component.data = { ...component.data, ...changes };
    component.leave = render(component);
  };
  const live = async (milliseconds) => {
    for (let left = milliseconds; left > 0; left -= 100) {
      await pass(Math.min(left, 100));
      if (answers && sent.length && component.data.shown !== sent.at(-1)) show({ shown: sent.at(-1) });
    }
  };
  const move = (place) => {
    const range = find("input");
    range.value = String(place);
    range.dispatchEvent(new window.Event("input"));
  };
  const find = (selector) => component.parentElement.querySelector(selector);
  show();
  return { component, find, live, move, sent, show };
}

test("it follows the latest look until someone moves it", async () => {
  const { find, live, move, sent, show } = newTimeline([0, 10, 20]);
  assert.deepEqual([find("input").value, find(".words").textContent], ["2", "latest: step 20"]);
  show({ steps: [0, 10, 20, 30], words: ["a", "b", "c", "d"] });
  assert.deepEqual([find("input").value, find(".words").textContent], ["3", "latest: d"]);
  assert.equal(find(".latest").getAttribute("aria-pressed"), "true");
  move(1);
  await live(REPORT_MS);
  assert.deepEqual(sent, [10]);
  show({ steps: [0, 10, 20, 30, 40], words: ["a", "b", "c", "d", "e"] });
  assert.deepEqual([find("input").value, find(".words").textContent], ["1", "b"]);
  find(".latest").click();
  await live(REPORT_MS);
  assert.deepEqual([sent, find(".words").textContent], [[10, null], "latest: e"]);
});

test("while it is dragged few messages go out, and the last position always does", async () => {
  const { live, move, sent } = newTimeline([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await live(1000);
  for (const place of [0, 1, 2, 3, 4, 5, 6]) move(place);
  assert.deepEqual(sent, [0]);
  await live(REPORT_MS);
  assert.deepEqual(sent, [0, 6]);
});

test("a position that the server did not show is sent again, three times at most", async () => {
  const { live, move, sent } = newTimeline([0, 1, 2], { answers: false });
  await live(1000);
  move(1);
  await live(10 * CHECK_MS);
  assert.deepEqual(sent, [1, 1, 1, 1]);
});

test("a step that is on the timeline no longer is given up for the latest", () => {
  const { find, show } = newTimeline([0, 10, 20], { shown: 10 });
  assert.equal(find(".words").textContent, "step 10");
  show({ steps: [0, 20, 40], words: ["a", "c", "e"] });
  assert.equal(find(".words").textContent, "latest: e");
});

test("play shows each look for its time, from the first to the last, and then follows no further", async () => {
  const { find, live, sent } = newTimeline([0, 10, 20]);
  find(".play").click();
  assert.equal(find(".play").getAttribute("aria-label"), "Pause");
  await live(10 * PLAY_MS);
  assert.deepEqual(sent, [0, 10, 20]);
  assert.equal(find(".play").getAttribute("aria-label"), "Play");
});

test("play waits for a server that is slow, and leaves no look out", async () => {
  const { find, live, sent, show } = newTimeline([0, 10, 20, 30], { answers: false, shown: 0 });
  find(".play").click();
  await live(PLAY_MS);
  assert.deepEqual(sent, [10]);
  await live(CHECK_MS - 100);
  assert.deepEqual(sent, [10], "not shown yet");
  show({ shown: 10 });
  assert.deepEqual(sent, [10, 20]);
});

test("pause stops where it is", async () => {
  const { find, live, sent } = newTimeline([0, 10, 20, 30], { shown: 0 });
  find(".play").click();
  await live(PLAY_MS + 100);
  find(".play").click();
  await live(5 * PLAY_MS);
  assert.deepEqual(sent, [10]);
  assert.equal(find(".words").textContent, "step 10");
});

test("one look alone has nothing to choose from", () => {
  const { find, show } = newTimeline([0]);
  assert.ok(find("input").disabled && find(".play").disabled && find(".latest").disabled);
  show({ steps: [], words: [] });
  assert.equal(find(".words").textContent, "no look yet");
  show({ steps: [0, 10], words: ["a", "b"] });
  assert.ok(!find("input").disabled);
});

test("another place for the same visit takes the timeline over as it stands", async () => {
  const { component, find, live, move } = newTimeline([0, 10, 20]);
  move(1);
  await live(REPORT_MS);
  const node = find(".timeline");
  component.parentElement.remove();
  component.leave();
  component.parentElement = newPlace();
  render(component);
  assert.equal(find(".timeline"), node);
  assert.equal(find(".words").textContent, "step 10");
});

test("a call for a place that is gone changes nothing", () => {
  const parentElement = document.createElement("div");
  assert.equal(render({ data: { visit: "gone", steps: [0], words: ["a"], shown: null }, parentElement }), undefined);
  assert.equal(parentElement.children.length, 0);
});
