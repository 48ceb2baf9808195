import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { newPlace, openPage, pass } from "./page.js";

const { default: render } = await openPage("poller.js");

let answers; // what the server says, one after the other; the last one for good
let asked;
beforeEach(() => {
  document.body.replaceChildren(); // a poller whose place is gone asks no more
  [answers, asked] = [[{ layout: "page", again: 1, stamp: 0 }], []];
  globalThis.fetch = async (address) => {
    asked.push(String(address).split("/news/")[1]);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return new Response(JSON.stringify(answer), { status: answer.status ?? 200 });
  };
});

function newPoller(ticket, data = {}) {
  const sent = [];
  const component = {
    data: { ticket, stamp: 0, layout: "page", again: 1, ...data },
    parentElement: newPlace(),
    setTriggerValue: (...values) => sent.push(values),
  };
  render(component);
  return { component, sent };
}

// A component that lives on news, as bootstrap() lists it.
function newListener(key) {
  const told = [];
  const place = newPlace();
  window.playgroundLive.set(place, [{ default: ({ data }) => told.push(data.words) }, { data: { words: "first", live: { key, stamp: 0 } } }]);
  return { place, told };
}

test("it asks again and again for what is newer than what it has", async () => {
  newPoller("t1");
  answers = [{ layout: "page", again: 2, stamp: 5 }, { layout: "page", again: 1, stamp: 6 }];
  await pass(1000);
  assert.deepEqual(asked, ["t1?since=0"]);
  await pass(1000);
  assert.equal(asked.length, 1, "the server said 2 seconds");
  await pass(1000);
  assert.deepEqual(asked, ["t1?since=0", "t1?since=5"]);
});

test("news reach the component whose they are, and stay its latest", async () => {
  newPoller("t2");
  const [mine, other] = [newListener("loss"), newListener("map")];
  answers = [{ layout: "page", again: 1, stamp: 3, parts: { loss: { stamp: 3, data: { words: "newer" } } } }];
  await pass(1000);
  assert.deepEqual([mine.told, other.told], [["newer"], []]);
  const late = { data: { words: "old", live: { key: "loss", stamp: 2 } } };
  assert.equal(window.playgroundLatest(late).data.words, "newer");
  const newest = { data: { words: "newest", live: { key: "loss", stamp: 4 } } };
  assert.equal(window.playgroundLatest(newest).data.words, "newest");
  assert.equal(window.playgroundLatest({ data: { words: "not live" } }).data.words, "not live");
});

test("a component that has left the page is told nothing", async () => {
  newPoller("t3");
  const { place, told } = newListener("loss");
  place.remove();
  answers = [{ layout: "page", again: 1, stamp: 3, parts: { loss: { stamp: 3, data: { words: "newer" } } } }];
  await pass(1000);
  assert.deepEqual([told, window.playgroundLive.has(place)], [[], false]);
});

test("news of another run are forgotten", async () => {
  const { component } = newPoller("t4");
  answers = [{ layout: "page", again: 1, stamp: 3, parts: { loss: { stamp: 3, data: { words: "of t4" } } } }];
  await pass(1000);
  component.data = { ...component.data, ticket: "t5", stamp: 0 };
  render(component);
  const other = { data: { words: "of t5", live: { key: "loss", stamp: 1 } } };
  assert.equal(window.playgroundLatest(other).data.words, "of t5");
});

test("another layout asks for a rerun, once and again after three seconds without one", async () => {
  const { component, sent } = newPoller("t6");
  answers = [{ layout: "ended", again: 1, stamp: 1 }];
  await pass(1000);
  await pass(1000);
  await pass(1000);
  assert.deepEqual(sent, [["layout", "ended"]]);
  await pass(1000);
  assert.deepEqual(sent, [["layout", "ended"], ["layout", "ended"]]);
  component.data = { ...component.data, layout: "ended" };
  render(component);
  for (let second = 0; second < 5; second += 1) await pass(1000);
  assert.equal(sent.length, 2);
});

test("a server that does not know the run any more is a reason for a rerun", async () => {
  const { sent } = newPoller("t7");
  answers = [{ status: 404 }];
  await pass(1000);
  assert.deepEqual(sent, [["layout", "gone"]]);
});

test("an answer that does not come is asked for again after a second", async () => {
  const silenced = mock.method(console, "debug", () => {});
  const { sent } = newPoller("t8", { again: 30 });
  answers = [new Error("offline"), { layout: "page", again: 1, stamp: 1 }];
  await pass(30_000);
  await pass(1000);
  assert.deepEqual([asked.length, sent], [2, []]);
  silenced.mock.restore();
});

test("it ends with its place on the page", async () => {
  const { component } = newPoller("t9");
  await pass(1000);
  component.parentElement.remove();
  for (let second = 0; second < 3; second += 1) await pass(1000);
  assert.equal(asked.length, 1);
});
