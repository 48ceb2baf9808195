import assert from "node:assert/strict";
import { test } from "node:test";
import { newPlace, openPage, pass } from "./page.js";

const { decode, default: render, indexOf, indices, onlyMoved, placeOf, pointsOf, resolveColours, shapeOf, template } =
  await openPage("plot.js");

// As plotly.py writes an array.
function packed(Kind, dtype, values, shape) {
  const bdata = Buffer.from(new Kind(values).buffer).toString("base64");
  return shape ? { dtype, bdata, shape } : { dtype, bdata };
}

test("plotly.py's arrays are decoded, whatever their type", () => {
  assert.deepEqual(decode(packed(Float32Array, "f4", [0.5, -1])), [0.5, -1]);
  assert.deepEqual(decode(packed(Float64Array, "f8", [1e300])), [1e300]);
  assert.deepEqual(decode(packed(Int8Array, "i1", [-128, 127])), [-128, 127]);
  assert.deepEqual(decode(packed(Uint16Array, "u2", [65535])), [65535]);
  assert.deepEqual(decode(packed(Int32Array, "i4", [-7, 8])), [-7, 8]);
});

test("of a table the first column is taken", () => {
  assert.deepEqual(decode(packed(Int32Array, "i4", [4, 1, 5, 1, 6, 0], "3, 2")), [4, 5, 6]);
  assert.deepEqual(decode(packed(Int32Array, "i4", [4, 5], "2")), [4, 5]);
});

test("the image of a point is its customdata, or else its place in the trace", () => {
  assert.deepEqual(indices({ x: [7, 7, 7] }), [0, 1, 2]);
  assert.deepEqual(indices({ x: packed(Float32Array, "f4", [7, 7]) }), [0, 1]);
  assert.deepEqual(indices({ x: [1, 2], customdata: [[30, "cat"], [12, "dog"]] }), [30, 12]);
  assert.deepEqual(indices({ x: [1, 2], customdata: packed(Int32Array, "i4", [30, 12]) }), [30, 12]);
  assert.equal(indexOf({ data: {}, pointNumber: 4 }), 4);
  assert.equal(indexOf({ data: { customdata: [] }, customdata: [9, "cat"], pointNumber: 4 }), 9);
  assert.equal(indexOf({ data: { customdata: [] }, customdata: new Int32Array([9, 1]), pointNumber: 4 }), 9);
});

test("what is no index of an image is none", () => {
  for (const customdata of [-1, 1.5, "cat", undefined, null]) {
    assert.equal(indexOf({ data: { customdata: [] }, customdata, pointNumber: 4 }), null);
  }
});

test("points are found by their image, each once, with the size of their trace", () => {
  const traces = [
    { mode: "markers", x: [1, 2, 3], y: [4, 5, 6] }, // without keys
    { mode: "lines", x: [0], y: [0], customdata: [7] },
    { mode: "markers", x: packed(Float32Array, "f4", [1, 2]), y: [8, 9], customdata: [7, 5], marker: { size: 4 } },
    { mode: "lines+markers", x: [0, 3], y: [0, 2], customdata: [7, 6], marker: { size: [1, 2] } },
  ];
  assert.deepEqual(pointsOf(traces, new Map([[7, {}], [6, {}], [1, {}]])), [
    { index: 7, x: 1, y: 8, size: 4 },
    { index: 6, x: 3, y: 2, size: 6 },
  ]);
});

test("points move where the same ones are somewhere else", () => {
  const cloud = (x, more) => shapeOf([{ mode: "markers", x, y: x, ...more }]);
  assert.ok(onlyMoved(cloud([1, 2]), cloud([3, 4])));
  assert.ok(onlyMoved(cloud([1, 2]), cloud(packed(Float32Array, "f4", [3, 4]))));
  assert.ok(!onlyMoved(cloud([1, 2]), cloud([3, 4, 5])));
  assert.ok(!onlyMoved(cloud([1, 2]), [...cloud([3, 4]), ...cloud([1])]));
  assert.ok(!onlyMoved(cloud([1, 2]), cloud([3, 4], { mode: "lines+markers" })), "lines would stay behind");
  assert.ok(!onlyMoved(cloud([1, 2]), cloud([3, 4], { type: "scattergl" })), "WebGL has no elements to move");
  const many = Array(3001).fill(0);
  assert.ok(!onlyMoved(cloud(many), cloud(many)), "more points than move smoothly");
});

test("the place of a marker is read from its transform", () => {
  const marker = (transform) => ({ getAttribute: () => transform });
  assert.deepEqual(placeOf(marker("translate(12.5,-3)")), [12.5, -3]);
  assert.deepEqual(placeOf(marker("translate(1e-3 4)rotate(45)")), [0.001, 4]);
  assert.deepEqual(placeOf(marker(null)), [0, 0]);
});

test("names of colours become colours, at any depth", () => {
  const colours = { "--st-text-color": " #111 ", "--st-none": "" };
  const figure = {
    data: [{ marker: { color: ["var(--st-text-color)", "red"] }, line: { color: "var(--st-text-color )" } }],
    layout: { title: null, font: { color: "var(--st-none)" }, width: 3 },
  };
  resolveColours(figure, { getPropertyValue: (name) => colours[name] ?? "" });
  assert.deepEqual(figure.data, [{ marker: { color: ["#111", "red"] }, line: { color: "#111" } }]);
  assert.deepEqual(figure.layout, { title: null, font: { color: undefined }, width: 3 });
});

test("a figure leaves its colours to the page", () => {
  const theme = { text: "#1", faint: "#2", grid: "#3", line: "#4", accent: "#5", panel: "#6", font: "f", colours: [] };
  const { layout } = template(theme);
  assert.deepEqual(layout.font, { color: "#1", family: "f", size: 13 });
  assert.equal(layout.xaxis.gridcolor, "#3");
  assert.equal(layout.colorway, undefined, "Plotly's own");
  assert.deepEqual(template({ ...theme, colours: ["#a", "#b"] }).layout.colorway, ["#a", "#b"]);
});

// What Plotly.js is asked for, in a page that has room for it.
function newPlot(data) {
  const asked = [];
  const heard = {};
  const sent = [];
  window.playgroundPlotly = Promise.resolve({
    react: async (canvas, traces, layout) => {
      if (!component.parentElement.contains(canvas)) return; // of another test's plot
      asked.push({ traces: structuredClone(traces), layout });
      canvas.on = (name, told) => (heard[name] = told);
    },
    purge: () => {},
  });
  window.playgroundWebGl = true;
  const component = {
    data: { visit: Symbol("visit"), revision: 0, selected: [], marked: [], focus: null, height: 300, alt: "A map", ...data },
    parentElement: newPlace(),
    setStateValue: (...values) => sent.push(values),
    setTriggerValue: (...values) => sent.push(values),
  };
  const show = async (changes = {}) => {
    Object.assign(component.data, changes);
    render(component);
    Object.defineProperty(component.parentElement.firstElementChild, "clientWidth", { value: 600, configurable: true });
    render(component);
    await pass(0);
  };
  return { asked, component, heard, sent, show };
}

const cloud = (x) => JSON.stringify({ data: [{ type: "scatter", mode: "markers", x, y: x, customdata: [5, 9, 2] }] });

test("Plotly is asked once for what is new, and not again for the same", async () => {
  const { asked, component, show } = newPlot({ figure: cloud([1, 2, 3]) });
  await show();
  await show();
  assert.equal(asked.length, 1);
  assert.deepEqual([asked[0].layout.width, asked[0].layout.height], [600, 300]);
  assert.equal(component.parentElement.querySelector("[role=img]").getAttribute("aria-label"), "A map");
  await show({ figure: cloud([3, 2, 1]) });
  assert.equal(asked.length, 2);
});

test("a selection stays with its images while their points change places", async () => {
  const { asked, heard, sent, show } = newPlot({ figure: cloud([1, 2, 3]) });
  await show();
  const traces = asked[0].traces;
  const point = (pointNumber, customdata) => ({ data: traces[0], pointNumber, customdata });
  heard.plotly_selected({ points: [point(1, 9), point(0, 5), point(1, 9)] });
  assert.deepEqual(sent, [["selected", { revision: 0, indices: [5, 9] }]]);
  heard.plotly_selected({ points: [point(0, 5), point(1, 9)] });
  assert.equal(sent.length, 1, "the same again is nothing new");
  const other = JSON.stringify({ data: [{ mode: "markers", x: [1, 2, 3], y: [1, 2, 3], customdata: [2, 5, 9] }] });
  await show({ figure: other });
  assert.deepEqual(asked.at(-1).traces[0].selectedpoints, [1, 2]);
  heard.plotly_deselect();
  assert.deepEqual(sent.at(-1), ["selected", { revision: 0, indices: null }]);
});

test("what Python selects counts once for each of its revisions", async () => {
  const { asked, heard, show } = newPlot({ figure: cloud([1, 2, 3]), revision: 1, selected: [2] });
  await show();
  assert.deepEqual(asked[0].traces[0].selectedpoints, [2]);
  heard.plotly_doubleclick();
  await show({ figure: cloud([1, 2, 4]) });
  assert.equal(asked.at(-1).traces[0].selectedpoints, undefined);
  await show({ revision: 2, selected: [5] });
  assert.deepEqual(asked.at(-1).traces[0].selectedpoints, [0]);
});

test("marked points have a ring each, on top, that cannot be selected", async () => {
  const { asked, heard, sent, show } = newPlot({ figure: cloud([1, 2, 3]), marked: [9, 77], focus: 2 });
  await show();
  const rings = asked[0].traces.at(-1);
  assert.deepEqual([rings.ids, rings.x, rings.hoverinfo], [["9", "2"], [2, 3], "skip"]);
  assert.ok(rings.marker.size[1] > rings.marker.size[0], "the focus has the wider ring");
  heard.plotly_selected({ points: [{ data: rings, pointNumber: 0 }, { data: asked[0].traces[0], pointNumber: 0, customdata: 5 }] });
  assert.deepEqual(sent, [["selected", { revision: 0, indices: [5] }]]);
});

test("without WebGL points are drawn as shapes", async () => {
  const figure = JSON.stringify({ data: [{ type: "scattergl", mode: "markers", x: [1], y: [1], customdata: [3] }] });
  const { asked, heard, show } = newPlot({ figure });
  await show();
  assert.equal(asked[0].traces[0].type, "scattergl");
  heard.plotly_webglcontextlost();
  await pass(0);
  assert.equal(asked[1].traces[0].type, "scatter");
});

test("nothing is drawn under a pointer that is down", async () => {
  const { asked, component, show } = newPlot({ figure: cloud([1, 2, 3]) });
  await show();
  const canvas = component.parentElement.querySelector(".cp-plot-canvas");
  canvas.dispatchEvent(new window.PointerEvent("pointerdown", { pointerType: "mouse" }));
  await show({ figure: cloud([3, 2, 1]) });
  assert.equal(asked.length, 1);
  window.dispatchEvent(new window.PointerEvent("pointerup"));
  await pass(1);
  assert.equal(asked.length, 2);
});

test("a figure that Plotly refuses is told of, and the next one drawn", async () => {
  const { asked, component, show } = newPlot({ figure: "no figure" });
  const silenced = console.error;
  console.error = () => {};
  await show();
  console.error = silenced;
  const note = component.parentElement.querySelector(".cp-plot-note");
  assert.match(note.textContent, /could not be drawn/);
  await show({ figure: cloud([1, 2, 3]) });
  assert.deepEqual([asked.length, note.textContent], [1, ""]);
});
