// The browser side of playground/ui/components/poller.py: asks the server again and again what is new of the run on this page, and
// tells the components, see bootstrap() in playground/ui/components/assets.py. Streamlit is asked for a rerun only where what there
// is on the page changes.

const NEWS = new URL("../news/", import.meta.url).href;
const PATIENCE_MS = 10_000; // for an answer: on flaky Wi-Fi some never come
const RETRY_MS = 1000; // after one that did not come
const RERUN_MS = 3000; // after which a rerun that has changed nothing is asked for again
const GONE = "gone"; // the layout of a page of which the server knows nothing (any more)
const pulses = new WeakMap(); // by the place where they stand
const news = new Map(); // the latest of each component, by its key
const shown = (window.playgroundLive ??= new Map()); // [script, component] by place: bootstrap() lists them

// A component with the news of it, unless what it came with is newer.
window.playgroundLatest = function latest(component) {
  const { data } = component;
  const found = news.get(data?.live?.key);
  return found && found.stamp > data.live.stamp ? { ...component, data: { ...data, ...found.data } } : component;
};

function tell(parts) {
  for (const [key, part] of Object.entries(parts)) news.set(key, part);
  for (const [place, [script, component]] of shown) {
    if (!place.isConnected) shown.delete(place);
    else if (parts[component.data.live.key]) script.default(window.playgroundLatest(component));
  }
}

export default function render(component) {
  const { parentElement } = component;
  if (!parentElement.isConnected) return undefined; // a late call for a place that is gone
  if (!pulses.has(parentElement)) pulses.set(parentElement, new Pulse(parentElement));
  pulses.get(parentElement).update(component);
  return undefined;
}

class Pulse {
  constructor(parent) {
    this.parent = parent;
    this.stamp = 0; // of the latest news
    this.asked = ["", -Infinity]; // the layout for which a rerun was asked for last, and when
    this.wake = () => {};
  }

  update({ data, setTriggerValue }) {
    if (data.ticket !== this.data?.ticket) news.clear(); // what came before was of another run
    this.stamp = data.ticket === this.data?.ticket ? Math.max(this.stamp, data.stamp) : data.stamp;
    this.data = data;
    this.send = setTriggerValue;
    if (!this.beating) this.beat();
  }

  // For as long as this place is on the page. In a tab that nobody sees it waits.
  async beat() {
    this.beating = true;
    const seen = () => this.wake();
    document.addEventListener("visibilitychange", seen);
    let again = this.data.again;
    while (this.parent.isConnected) {
      await this.pause(1000 * again);
      if (document.hidden || !this.parent.isConnected) continue;
      again = await this.ask();
    }
    document.removeEventListener("visibilitychange", seen);
    this.beating = false;
  }

  pause(ms) {
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, document.hidden ? PATIENCE_MS : ms); // hidden: to see whether the place is still there
    });
  }

  // Returns the seconds until the next time.
  async ask() {
    const { ticket } = this.data;
    try {
      const answer = await fetch(`${NEWS}${ticket}?since=${this.stamp}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const told = answer.status === 404 ? { layout: GONE } : await answer.json();
      if (ticket === this.data.ticket) this.take(told);
      return told.again ?? this.data.again;
    } catch (error) {
      console.debug(error); // Streamlit tells of a server that is away
      return RETRY_MS / 1000;
    }
  }

  take({ stamp = this.stamp, layout, parts = {} }) {
    this.stamp = stamp;
    tell(parts);
    if (layout !== this.data.layout) this.rerun(layout);
  }

  rerun(layout) {
    const now = performance.now();
    const [last, at] = this.asked;
    if (layout === last && now < at + RERUN_MS) return;
    this.asked = [layout, now];
    this.send("layout", layout);
  }
}
