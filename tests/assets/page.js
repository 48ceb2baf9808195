// A page without a browser, for the tests of assets/components: happy-dom's, in which time passes when a test says so.
import { readFile } from "node:fs/promises";
import { mock } from "node:test";
import { Window } from "happy-dom";

const COMPONENTS = new URL("../../assets/components/", import.meta.url);
const OF_A_PAGE = [
  "cancelAnimationFrame",
  "document",
  "getComputedStyle",
  "matchMedia",
  "requestAnimationFrame",
  "ResizeObserver",
];

// One page per test file, as each is a process of its own. Returns the component's module.
export async function openPage(script) {
  const window = new Window({ url: "http://localhost/" });
  globalThis.window = window;
  for (const name of OF_A_PAGE) globalThis[name] = typeof window[name] === "function" ? window[name].bind(window) : window[name];
  globalThis.ResizeObserver = window.ResizeObserver;
  globalThis.fetch = async (address) => new Response(await readFile(address));
  const module = await import(new URL(script, COMPONENTS));
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(performance, "now", () => Date.now());
  return module;
}

// A place on the page, as Streamlit gives one to a component.
export function newPlace() {
  const place = document.createElement("div");
  document.body.append(place);
  return place;
}

// Let time pass, and what waits for a promise go on.
export async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}
