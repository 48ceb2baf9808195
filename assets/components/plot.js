// The browser side of playground/ui/components/plot.py: one Plotly figure per node, moved from state to state by Plotly.react.
// Streamlit calls the default export at each change of data or theme, and the function it returns when the view goes away.
// The other exports are for tests/assets.

const LIBRARY = new URL("plotly.min.js", import.meta.url).href;
const SPRITES = new URL("../sprites/", import.meta.url).href;
const MOVE_MS = 400;
const KEEP_MS = 10_000; // after which a plot that has left the page does not come back
const RETRY_MS = 3000; // before Plotly.js is asked for again
const FORM_MS = 1500; // in which the rest of a new page is drawn
const MARKERS = ".scatterlayer .points > path";
const MOVE_POINTS = 3000; // above that, moving costs more frames than it shows
const RINGS = "cp-plot-rings"; // the trace around the points that Python marks
const FOCUS_RING = { wider: 14, line: 3 }; // px beyond the point, px
const THIN_RING = { wider: 8, line: 2 };
const CARD_PX = 96; // pictures are shown three times as large, tiny ones at least this large
const CONFIG = {
  displaylogo: false,
  displayModeBar: "hover",
  responsive: false, // the observer below sees the container change as well, not only the window
  plotlyServerURL: "",
  modeBarButtonsToRemove: ["sendChartToCloud"], // nothing leaves this server
};
const views = new WeakMap(); // by the place where they stand
const visits = new Map(); // the same ones, by the visit to which they belong

const style = element("style");
style.textContent = await stylesheet("plot.css");
document.head.append(style);

// Streamlit puts up another plot in the place of one whose message was lost. To the person it is the same one, so it is:
// zoom and legend go over with the drawing.
export default function render(component) {
  const { data, parentElement } = component;
  if (data.ahead) return prepare();
  const known = views.get(parentElement) ?? visits.get(data.visit);
  if (!parentElement.isConnected) { // a late call for a place that is gone: nobody else may say that its plot is too
    if (known && !known.node.isConnected) known.leave();
    return undefined;
  }
  const view = known ?? new PlotView(data.visit);
  views.set(parentElement, view);
  view.enter(parentElement);
  view.update(component);
  // Streamlit also runs this for a call that a newer one overtook: only a node that has left the page is given up.
  return () => setTimeout(() => view.node.isConnected || view.leave());
}

// Asked for until it arrives: a module that fails once would stay failed for as long as the page is open.
async function stylesheet(name) {
  for (;;) {
    try {
      const answer = await fetch(new URL(name, import.meta.url));
      if (answer.ok) return await answer.text();
    } catch (error) {
      console.error(error);
    }
    await new Promise((wake) => setTimeout(wake, 3000));
  }
}

// Nobody has asked for a plot yet: a good time for the second that it takes to read all of Plotly.js, once the form is
// there. A browser that waits for the form's scripts is idle, too.
function prepare() {
  const load = () => loadPlotly().catch((error) => console.error(error)); // the first plot tries again
  setTimeout(() => {
    if (window.requestIdleCallback) requestIdleCallback(load, { timeout: RETRY_MS });
    else load();
  }, FORM_MS);
}

// One Plotly for all plots of the page. A failed load is forgotten, so that the next update tries again.
function loadPlotly() {
  window.playgroundPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = LIBRARY;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      script.remove();
      delete window.playgroundPlotly;
      reject(new Error("Plotly.js did not load"));
    };
    document.head.append(script);
  });
  return window.playgroundPlotly;
}

class PlotView {
  constructor(visit) {
    visits.set(visit, this);
    this.visit = visit;
    this.node = element("div", "cp-plot");
    this.canvas = element("div", "cp-plot-canvas");
    this.note = element("div", "cp-plot-note");
    this.card = element("div", "cp-plot-card");
    this.picture = element("div");
    this.card.append(this.picture);
    this.card.hidden = true;
    this.card.setAttribute("aria-hidden", "true");
    this.words = element("div", "cp-plot-words"); // beside the canvas, not around it: an img may not contain buttons
    this.words.tabIndex = 0;
    this.words.setAttribute("role", "img");
    this.node.append(this.words, this.canvas, this.note, this.card);
    this.note.textContent = "Loading the plot …";

    this.drawn = null; // {figure, width, height, theme}: what is on screen
    this.shape = []; // how many points each trace on screen has, see shapeOf
    this.selected = null; // customdata picked by lasso or box or given, kept by point and not by place: points move
    this.revision = undefined; // of the selection that Python gave last
    this.selections = 0; // how often one was made: Plotly forgets its own (by place) whenever this changes
    this.held = false; // a pointer is down: redrawing now would break the lasso or zoom box in the making
    this.drawing = false;
    this.leaving = new AbortController();
    this.resizing = new ResizeObserver(() => requestAnimationFrame(() => this.draw()));
    this.resizing.observe(this.node);
    this.listen();
  }

  enter(parent) {
    clearTimeout(this.forgetting);
    if (this.node.parentNode !== parent) parent.append(this.node);
  }

  leave() {
    this.held = false;
    this.hideCard();
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => this.dispose(), KEEP_MS);
  }

  listen() {
    const { signal } = this.leaving;
    const release = () => setTimeout(() => { this.held = false; this.draw(); });
    this.canvas.addEventListener("pointerdown", (event) => this.hold(event), { signal, capture: true });
    window.addEventListener("pointerup", release, { signal });
    window.addEventListener("pointercancel", release, { signal });
    document.addEventListener("visibilitychange", () => this.draw(), { signal });
    window.addEventListener("scroll", () => this.hideCard(), { signal, capture: true });
  }

  hold({ pointerType }) {
    this.held = true;
    if (pointerType !== "mouse") this.hideCard(); // a finger that lifts says nothing; the next tap does
    this.glide?.end();
  }

  update({ data, setStateValue, setTriggerValue }) {
    this.data = data;
    this.send = { state: setStateValue, trigger: setTriggerValue };
    if (data.revision !== this.revision) this.take(data);
    this.words.setAttribute("aria-label", data.alt);
    this.node.style.height = `${data.height}px`;
    this.draw();
  }

  // What Python gives counts once: after that the person at this browser decides.
  take({ revision, selected }) {
    this.revision = revision;
    this.mark(selected.length ? selected : null);
  }

  mark(images) {
    this.selected = images;
    this.selections += 1;
    this.drawn = null; // the next drawing has no outline; the points stay marked
  }

  // Bring the screen up to date with this.data, unless it is already or now is a bad moment: then the next event does it.
  async draw() {
    const width = Math.floor(this.node.clientWidth);
    if (!this.data || this.drawing || this.held || document.hidden || !width || this.leaving.signal.aborted) return;
    const theme = readTheme(this.node);
    const { figure, height, focus, marked } = this.data;
    const rings = JSON.stringify([focus, marked]);
    const wanted = { figure, height, width, rings, theme: JSON.stringify(theme) };
    if (this.drawn && Object.keys(wanted).every((name) => wanted[name] === this.drawn[name])) return;
    this.drawing = true;
    try {
      await this.react(await loadPlotly(), wanted, theme);
      this.drawn = wanted;
      this.note.textContent = "";
    } catch (error) {
      console.error(error);
      this.note.textContent = "This plot could not be drawn; the next update tries again.";
      if (window.playgroundPlotly) this.drawn = wanted; // the figure is at fault: it would fail again
      else await new Promise((wake) => setTimeout(wake, RETRY_MS));
    }
    this.drawing = false;
    this.draw();
  }

  async react(Plotly, wanted, theme) {
    if (this.leaving.signal.aborted) return; // while Plotly was loading
    const figure = JSON.parse(wanted.figure);
    if (wanted.figure.includes("var(--")) resolveColours(figure, getComputedStyle(this.node));
    const layout = {
      uirevision: "kept",
      ...figure.layout,
      selectionrevision: this.selections,
      template: template(theme),
      autosize: false,
      width: wanted.width,
      height: wanted.height,
    };
    const touch = matchMedia("(pointer: coarse)").matches;
    if (touch) layout.dragmode ??= false; // a finger scrolls the page, and Plotly takes one tap for a double click
    const config = touch ? { ...CONFIG, doubleClick: false } : CONFIG;
    if (!this.hasWebGl()) figure.data.forEach(withoutWebGl);
    const shape = shapeOf(figure.data);
    this.applySelection(figure.data);
    this.addRings(figure.data, theme);
    const moving = wanted.figure !== this.drawn?.figure && onlyMoved(this.shape, shape) && motionIsWanted();
    this.glide?.end();
    const before = moving ? placesOf(this.canvas) : new Map();
    await Plotly.react(this.canvas, figure.data, layout, config);
    if (before.size) this.glide = new Glide(this.node, this.canvas, before);
    if (!this.Plotly) this.subscribe(Plotly);
    this.shape = shape;
  }

  subscribe(Plotly) {
    this.Plotly = Plotly;
    this.canvas.on("plotly_hover", (event) => this.showCard(event.points[0]));
    this.canvas.on("plotly_unhover", () => this.hideCard());
    this.canvas.on("plotly_click", (event) => {
      this.showCard(event.points[0]); // a tap is not always preceded by a hover
      const picked = indexOf(event.points[0]);
      if (picked !== null) this.send.trigger("clicked", picked);
    });
    // Plotly also sends these two while it redraws; only what a person does counts.
    this.canvas.on("plotly_selected", (event) => event?.points && !this.drawing && this.select(event.points));
    this.canvas.on("plotly_deselect", () => this.drawing || this.select(null));
    this.canvas.on("plotly_doubleclick", () => this.select(null)); // Plotly itself keeps it where a drag zooms
    this.canvas.on("plotly_webglcontextlost", () => this.doWithoutWebGl());
  }

  hasWebGl() {
    return !this.lostWebGl && webGlWorks();
  }

  // A browser keeps only so many WebGL drawings alive, and some lose them when a machine has slept.
  doWithoutWebGl() {
    this.lostWebGl = true;
    this.drawn = null;
    this.draw();
  }

  select(points) {
    const found = points?.filter((point) => point.data.uid !== RINGS).map(indexOf);
    const picked = found ? [...new Set(found)].filter((index) => index !== null).sort((a, b) => a - b) : null;
    if (JSON.stringify(picked) === JSON.stringify(this.selected)) return;
    this.mark(picked);
    this.send.state("selected", { revision: this.revision, indices: picked });
  }

  applySelection(traces) {
    if (!this.selected) return;
    const wanted = new Set(this.selected);
    for (const trace of traces) {
      if (!(trace.mode ?? "").includes("markers")) continue;
      const keys = indices(trace);
      trace.selectedpoints = keys.flatMap((key, position) => (wanted.has(key) ? [position] : []));
    }
  }

  // A trace of its own, the last one, so that rings lie on top; it can be neither hovered nor selected.
  addRings(traces, { text }) {
    const { focus, marked } = this.data;
    const wanted = new Map(marked.map((index) => [index, THIN_RING]));
    if (focus !== null) wanted.set(focus, FOCUS_RING);
    if (!wanted.size) return;
    const rings = pointsOf(traces, wanted).map((point) => ({ ...point, ring: wanted.get(point.index) }));
    traces.push({
      type: traces.some(({ type }) => type === "scattergl") ? "scattergl" : "scatter",
      uid: RINGS,
      mode: "markers",
      x: rings.map(({ x }) => x),
      y: rings.map(({ y }) => y),
      ids: rings.map(({ index }) => String(index)),
      hoverinfo: "skip",
      showlegend: false,
      marker: {
        symbol: "circle-open",
        color: text,
        opacity: 1,
        size: rings.map(({ size, ring }) => size + ring.wider),
        line: { color: text, width: rings.map(({ ring }) => ring.line) },
      },
      unselected: { marker: { opacity: 1 } },
    });
  }

  showCard(point) {
    const sprite = this.data.sprite;
    const index = sprite && hasKey(point.data) ? indexOf(point) : null;
    if (index === null || !point.bbox) return this.hideCard();
    const scale = Math.max(3, Math.ceil(CARD_PX / sprite.side));
    const shown = sprite.side * scale;
    const [column, row] = [index % sprite.columns, Math.floor(index / sprite.columns)];
    Object.assign(this.picture.style, {
      width: `${shown}px`,
      height: `${shown}px`,
      backgroundImage: `url("${SPRITES}${sprite.digest}")`,
      backgroundSize: `${sprite.columns * shown}px auto`,
      backgroundPosition: `${-column * shown}px ${-row * shown}px`,
    });
    this.card.dataset.index = String(index);
    this.card.hidden = false;
    this.placeCard(point.bbox);
  }

  // Above the point and its label, or below them where the window ends. Placed in the window: Streamlit clips the component.
  placeCard({ x0, x1, y0, y1 }) {
    const frame = this.canvas.getBoundingClientRect();
    let [top, bottom] = [frame.top + y0, frame.top + y1];
    for (const label of this.canvas.querySelectorAll(".hoverlayer .hovertext")) {
      const box = label.getBoundingClientRect();
      [top, bottom] = [Math.min(top, box.top), Math.max(bottom, box.bottom)];
    }
    const { offsetWidth, offsetHeight } = this.card;
    const above = top - offsetHeight - 6;
    const left = frame.left + (x0 + x1) / 2 - offsetWidth / 2;
    this.card.style.left = `${Math.max(4, Math.min(left, innerWidth - offsetWidth - 4))}px`;
    this.card.style.top = `${above >= 4 ? above : bottom + 6}px`;
  }

  hideCard() {
    this.card.hidden = true;
  }

  dispose() {
    if (this.leaving.signal.aborted) return;
    visits.delete(this.visit);
    views.delete(this.node.parentNode);
    this.leaving.abort();
    this.resizing.disconnect();
    this.glide?.end();
    this.Plotly?.purge(this.canvas);
    this.node.remove();
  }
}

// Plotly has drawn the final state; the points are shown on their way to it, on a canvas in front of them. Moving the
// elements themselves was most of what a look at 1,000 images cost the browser.
class Glide {
  constructor(node, plot, before) {
    this.points = pointsOnTheWay(plot, before);
    if (!this.points.some(({ from, to }) => from[0] !== to[0] || from[1] !== to[1])) return;
    this.node = node;
    this.area = plot.querySelector(".nsewdrag")?.getBBox();
    this.canvas = element("canvas", "cp-plot-glide");
    this.canvas.dataset.points = String(this.points.length);
    const ratio = devicePixelRatio || 1;
    [this.canvas.width, this.canvas.height] = [plot.clientWidth * ratio, plot.clientHeight * ratio];
    Object.assign(this.canvas.style, { width: `${plot.clientWidth}px`, height: `${plot.clientHeight}px` });
    this.pen = this.canvas.getContext("2d");
    this.ratio = ratio;
    this.draw(0);
    node.append(this.canvas);
    node.classList.add("cp-plot-moving");
    this.ending = setTimeout(() => this.end(), MOVE_MS + 100); // in a window that shows no frames, too
    const began = performance.now();
    const frame = (now) => {
      const share = Math.max(0, now - began) / MOVE_MS;
      if (share >= 1) return this.end();
      this.draw(share < 0.5 ? 2 * share ** 2 : 1 - 2 * (1 - share) ** 2);
      this.frame = requestAnimationFrame(frame);
    };
    this.frame = requestAnimationFrame(frame);
  }

  draw(share) {
    const { pen, ratio, area } = this;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.save();
    if (area) {
      pen.beginPath();
      pen.rect(area.x, area.y, area.width, area.height);
      pen.clip();
    }
    for (const { from, to, outline, fill, stroke, width, alpha } of this.points) {
      const [x, y] = [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
      pen.setTransform(ratio, 0, 0, ratio, ratio * x, ratio * y);
      pen.globalAlpha = alpha;
      if (fill) {
        pen.fillStyle = fill;
        pen.fill(outline);
      }
      if (stroke) {
        pen.strokeStyle = stroke;
        pen.lineWidth = width;
        pen.stroke(outline);
      }
    }
    pen.restore();
  }

  end() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.ending);
    this.canvas?.remove();
    this.node?.classList.remove("cp-plot-moving");
  }
}

function motionIsWanted() {
  return !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// Where each marker stands in its group, by its element: Plotly keeps the element of a point that moves.
function placesOf(plot) {
  return new Map(Array.from(plot.querySelectorAll(MARKERS), (marker) => [marker, placeOf(marker)]));
}

export function placeOf(marker) {
  const found = /translate\(([^,\s]+)[,\s]+([^)]+)\)/.exec(marker.getAttribute("transform") ?? "");
  return found ? [Number(found[1]), Number(found[2])] : [0, 0];
}

// All markers with what it takes to draw them: those that were not there before stand where they are.
function pointsOnTheWay(plot, before) {
  const outlines = new Map();
  const corner = plot.getBoundingClientRect();
  const groups = new Map();
  return Array.from(plot.querySelectorAll(MARKERS), (marker) => {
    const group = marker.parentNode;
    if (!groups.has(group)) groups.set(group, offsetOf(group, corner));
    const shift = groups.get(group);
    const shape = marker.getAttribute("d");
    if (!outlines.has(shape)) outlines.set(shape, new Path2D(shape));
    const { fill, fillOpacity, stroke, strokeWidth, opacity } = marker.style;
    const to = placeOf(marker);
    const width = Number.parseFloat(strokeWidth) || 0;
    return {
      from: added(before.get(marker) ?? to, shift),
      to: added(to, shift),
      outline: outlines.get(shape),
      fill: fill !== "none" && fillOpacity !== "0" ? fill : "",
      stroke: stroke !== "none" && width ? stroke : "",
      width,
      alpha: opacity === "" ? 1 : Number(opacity),
    };
  });
}

function offsetOf(group, corner) {
  const { e, f } = group.getScreenCTM();
  return [e - corner.left, f - corner.top];
}

function added([x, y], [dx, dy]) {
  return [x + dx, y + dy];
}

function element(tag, className = "") {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

// What the page looks like now; compared as text to see whether the theme was switched.
function readTheme(node) {
  const computed = getComputedStyle(node);
  const read = (name) => computed.getPropertyValue(`--st-${name}`).trim();
  return {
    text: read("text-color"),
    faint: read("gray-text-color"),
    grid: read("border-color-light") || read("border-color"),
    line: read("border-color"),
    accent: read("primary-color"),
    panel: read("secondary-background-color"),
    font: read("font"),
    colours: read("chart-categorical-colors").split(/,(?![^(]*\))/).filter(Boolean),
  };
}

// Everything a figure may leave open, in the colours of the page. What a figure sets itself comes first.
export function template({ text, faint, grid, line, accent, panel, font, colours }) {
  const clear = "rgba(0,0,0,0)";
  const ticks = { ticks: "outside", ticklen: 5, tickcolor: clear }; // clear ones keep the labels of both axes apart
  const room = { automargin: true, ticklabeloverflow: "allow" }; // made for labels, so none is measured for too little of it
  const axis = { gridcolor: grid, zerolinecolor: line, linecolor: line, ...ticks, ...room };
  return {
    layout: {
      font: { color: text, family: font, size: 13 },
      title: { x: 0, xref: "paper", font: { size: 14 } }, // on the left: the buttons are on the right
      paper_bgcolor: clear,
      plot_bgcolor: clear,
      colorway: colours.length ? colours : undefined,
      xaxis: { ...axis, title: { standoff: 8, font: { size: 13 } } },
      yaxis: { ...axis, title: { standoff: 8, font: { size: 13 } } },
      hoverlabel: { bgcolor: panel, bordercolor: line, font: { color: text, family: font } },
      legend: { bgcolor: clear },
      modebar: { bgcolor: clear, color: faint, activecolor: accent },
      newselection: { line: { color: accent, width: 1 } },
      margin: { l: 48, r: 16, t: 32, b: 40 },
    },
  };
}

// "var(--st-...)" anywhere in the figure -> the colour it stands for on this page.
export function resolveColours(value, computed) {
  for (const [name, part] of Object.entries(value)) {
    if (typeof part === "string" && part.startsWith("var(--")) {
      value[name] = computed.getPropertyValue(part.slice(4, -1).trim()).trim() || undefined;
    } else if (part && typeof part === "object") {
      resolveColours(part, computed);
    }
  }
}

// What can be told of the traces before Plotly takes them over. A figure with lines does not move: its
// markers would leave them.
export function shapeOf(traces) {
  return traces.map((trace) => ({
    count: lengthOf(trace.x ?? trace.y),
    moves: (trace.type ?? "scatter") === "scatter" && trace.mode === "markers",
  }));
}

export function onlyMoved(before, after) {
  const same = before.length === after.length && after.every(({ moves, count }, i) => moves && count === before[i].count);
  return same && after.reduce((sum, { count }) => sum + count, 0) <= MOVE_POINTS;
}

function lengthOf(values) {
  if (!values?.bdata) return values?.length ?? 0;
  const bytes = Math.floor((values.bdata.replace(/=+$/, "").length * 3) / 4);
  return bytes / Number(values.dtype.slice(1));
}

// plotly.py's {dtype, bdata, shape} -> numbers, the first column where there are several.
export function decode({ dtype, bdata, shape }) {
  const kinds = { i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array };
  const bytes = Uint8Array.from(atob(bdata), (letter) => letter.charCodeAt(0));
  const values = Array.from(new kinds[dtype](bytes.buffer));
  const columns = Number(String(shape ?? "").split(",")[1] ?? 1);
  return columns > 1 ? values.filter((_, i) => i % columns === 0) : values;
}

// The first point of each wanted image: {index, x, y, size}, size in px.
export function pointsOf(traces, wanted) {
  const left = new Set(wanted.keys());
  const found = [];
  for (const trace of traces) {
    if (!hasKey(trace) || !(trace.mode ?? "").includes("markers")) continue;
    const places = indices(trace).flatMap((index, place) => (left.delete(index) ? [[index, place]] : []));
    if (!places.length) continue;
    const [x, y] = [numbers(trace.x), numbers(trace.y)];
    const size = Number(trace.marker?.size) || 6;
    found.push(...places.map(([index, place]) => ({ index, x: x[place], y: y[place], size })));
  }
  return found;
}

function numbers(values) {
  return values.bdata ? decode(values) : values;
}

function withoutWebGl(trace) {
  if (trace.type === "scattergl") trace.type = "scatter";
}

// Without WebGL, or without what Plotly asks of it, Plotly shows a sentence about browsers in place of the points.
function webGlWorks() {
  if (window.playgroundWebGl === undefined) {
    const gl = document.createElement("canvas").getContext("webgl");
    window.playgroundWebGl = ["ANGLE_instanced_arrays", "OES_element_index_uint"].every((name) => gl?.getExtension(name));
    gl?.getExtension("WEBGL_lose_context")?.loseContext(); // a browser has only a few to give
  }
  return window.playgroundWebGl;
}

function hasKey(trace) {
  return trace.customdata !== undefined;
}

// The image index of each point of a trace: its customdata (or the first column of it), else its position.
export function indices(trace) {
  const keys = trace.customdata;
  if (keys === undefined) return Array.from({ length: lengthOf(trace.x) }, (_, position) => position);
  return keys.bdata ? decode(keys) : Array.from(keys, first);
}

export function indexOf(point) {
  const index = hasKey(point.data) ? first(point.customdata) : point.pointNumber;
  return Number.isInteger(index) && index >= 0 ? index : null;
}

function first(value) {
  return Array.isArray(value) || ArrayBuffer.isView(value) ? value[0] : value;
}
