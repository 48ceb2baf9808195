// The browser side of playground/ui/components/timeline.py: a slider over the looks of a run, with play.
// Where it stands is kept here, as a step and not as a place among the steps: new ones arrive while the run goes on.

const PLAY_MS = 700; // one look, or as long as the server takes for it
const REPORT_MS = 200; // between two messages while the slider is dragged
const CHECK_MS = 2000; // after which a position that Python has not shown is sent again: flaky Wi-Fi loses messages
const CHECKS = 3;
const FORGET_MS = 60_000; // after which a timeline that has left the page does not come back
const css = await stylesheet("timeline.css");
const views = new WeakMap(); // by the place where they stand
const visits = new Map(); // the same ones, by the visit to which they belong

// A whole page that is drawn while one of its fragments is asked for loses the fragment's part on its way here, if the
// server is busy: Streamlit then takes the timeline off the page and, with the fragment's own message, puts up another.
// To the person it is the same one, so it is: where it stands, whether it plays, and the focus go over to the new place.
export default function render(component) {
  const { data, parentElement } = component;
  if (!parentElement.isConnected) return undefined; // a late call for a place that is gone
  const view = views.get(parentElement) ?? visits.get(data.visit) ?? new Timeline(data.visit);
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

class Timeline {
  constructor(visit) {
    visits.set(visit, this);
    this.visit = visit;
    this.chosen = undefined; // a step, or null to follow the latest; not known before the first message
    this.reported = undefined; // what was sent last ...
    this.reportedAt = -Infinity; // ... and when
    this.playing = false;
    this.due = false; // the look on screen has had its time
    this.held = false; // a pointer is on the slider: a slider that grows now would slip away under it
    this.leaving = new AbortController();
    this.build();
    this.listen();
  }

  build() {
    this.style = element("style");
    this.style.textContent = css;
    this.node = element("div", "timeline");
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", "Timeline of the run");
    this.play = button("play");
    this.play.append(element("i"));
    this.range = element("input");
    Object.assign(this.range, { type: "range", min: "0", step: "1" });
    this.range.setAttribute("aria-label", "Look");
    this.words = element("div", "words");
    this.words.setAttribute("aria-hidden", "true"); // the slider's own value says it
    this.latest = button("latest");
    this.latest.textContent = "Latest";
    this.latest.title = "Follow the latest look";
    this.node.append(this.play, this.range, this.words, this.latest);
  }

  enter(parent) {
    clearTimeout(this.forgetting);
    if (this.node.parentNode === parent) return;
    parent.append(this.style, this.node);
    if (document.activeElement === document.body) this.focused?.focus();
  }

  leave() {
    this.held = false;
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => this.dispose(), FORGET_MS);
  }

  listen() {
    const { signal } = this.leaving;
    const release = () => {
      if (this.held) this.stayHere();
      this.held = false;
      this.show();
    };
    this.play.addEventListener("click", () => (this.playing ? this.pause() : this.start()), { signal });
    this.latest.addEventListener("click", () => this.go(null), { signal });
    this.range.addEventListener("input", () => this.go(this.steps[Number(this.range.value)]), { signal });
    this.range.addEventListener("keydown", ({ key }) => key === "End" && this.stayHere(), { signal });
    this.range.addEventListener("pointerdown", () => { this.held = true; }, { signal });
    // That the focus goes because the node is taken off the page is nobody's wish: it comes back with the node.
    const note = () => { if (this.node.isConnected) this.focused = this.node.getRootNode().activeElement; };
    this.node.addEventListener("focusin", note, { signal });
    this.node.addEventListener("focusout", () => setTimeout(note), { signal });
    window.addEventListener("pointerup", release, { signal });
    window.addEventListener("pointercancel", release, { signal });
  }

  update({ data, setStateValue }) {
    this.data = data;
    this.send = setStateValue;
    if (this.chosen === undefined) this.chosen = this.reported = data.shown;
    if (this.chosen !== null && !data.steps.includes(this.chosen)) this.go(null);
    this.show();
    this.advance();
  }

  go(step) {
    this.pause();
    this.choose(step);
  }

  // A slider that stands at its end, as it does while following, says nothing when it is moved there.
  stayHere() {
    if (this.chosen === null) this.go(this.steps.at(-1));
  }

  choose(step) {
    this.chosen = step;
    this.show();
    this.report();
  }

  // At once if the last message is old enough, else as soon as it is: the last position always gets there.
  report() {
    clearTimeout(this.reporting);
    const send = () => {
      if (this.chosen === this.reported) return;
      this.reported = this.chosen;
      this.reportedAt = performance.now();
      this.send("step", this.chosen);
      this.check(CHECKS);
    };
    const wait = this.reportedAt + REPORT_MS - performance.now();
    if (wait > 0) this.reporting = setTimeout(send, wait);
    else send();
  }

  check(left) {
    clearTimeout(this.checking);
    this.checking = setTimeout(() => {
      if (!left || this.data.shown === this.chosen || this.chosen !== this.reported) return;
      if (this.node.isConnected) this.send("step", this.chosen);
      this.check(left - 1);
    }, CHECK_MS);
  }

  start() {
    const { steps } = this.data;
    this.playing = true;
    if (this.chosen === null || this.chosen === steps.at(-1)) this.choose(steps[0]);
    this.show();
    this.wait();
  }

  pause() {
    this.playing = this.due = false;
    clearTimeout(this.waiting);
    this.show();
  }

  wait() {
    this.due = false;
    this.waiting = setTimeout(() => {
      this.due = true;
      this.advance();
    }, PLAY_MS);
  }

  // To the next look, once this one has had its time and Python has shown it: on a slow network none is left out.
  advance() {
    const { steps, shown } = this.data;
    if (!this.playing || !this.due || shown !== this.chosen || !this.node.isConnected) return;
    const next = steps[steps.indexOf(this.chosen) + 1];
    if (next === undefined || next === steps.at(-1)) this.pause();
    if (next !== undefined) this.choose(next);
    if (this.playing) this.wait();
  }

  show() {
    if (!this.held) this.steps = this.data.steps;
    const [{ words }, last] = [this.data, this.steps.length - 1];
    const following = this.chosen === null;
    const place = following ? last : this.steps.indexOf(this.chosen);
    const told = words[place] ?? "no look yet";
    this.range.max = String(Math.max(last, 1));
    this.range.value = String(Math.max(place, 0));
    this.range.style.setProperty("--part", `${(100 * Math.max(place, 0)) / Math.max(last, 1)}%`);
    for (const node of [this.play, this.range, this.latest]) node.disabled = last < 1;
    this.node.classList.toggle("playing", this.playing);
    set(this.play, "aria-label", this.playing ? "Pause" : "Play");
    set(this.play, "title", this.playing ? "Pause" : "Play all looks");
    set(this.latest, "aria-pressed", String(following));
    const text = following && last > 0 ? `latest: ${told}` : told;
    set(this.range, "aria-valuetext", text);
    if (this.words.textContent !== text) this.words.textContent = text;
  }

  dispose() {
    visits.delete(this.visit);
    this.leaving.abort();
    clearTimeout(this.waiting);
    clearTimeout(this.reporting);
    clearTimeout(this.checking);
  }
}

function button(name) {
  const made = element("button", name);
  made.type = "button";
  return made;
}

function element(tag, className = "") {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

function set(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}
