// Starts the players of an exported page. All that they need is in the page itself: a page opened by a double click may
// fetch nothing, not even from its own folder.

import { provideAssets } from "mariel/assets.js";
import mount from "mariel/player/component.js";
import { announceSweep } from "mariel/player/dial/sweeps.js";

/** @param {string} id */
function elementById(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element "${id}"`);
  return element;
}

/** @param {string} id of an element that holds deflated text as base64 */
async function inflatedText(id) {
  const deflated = await fetch(`data:application/octet-stream;base64,${elementById(id).textContent}`);
  const bytes = new Blob([await deflated.arrayBuffer()]).stream();
  return new Response(bytes.pipeThrough(new DecompressionStream("deflate"))).text();
}

async function start() {
  const script = document.createElement("script");
  script.textContent = await inflatedText("plotly");
  document.head.append(script);
  provideAssets(window.Plotly, JSON.parse(elementById("palette").textContent ?? ""));
  /** @type {PlayerData[]} */
  const players = JSON.parse(elementById("players").textContent ?? "");
  const components = players.map((data) => {
    const parentElement = document.createElement("div");
    elementById("stage").append(parentElement);
    return { parentElement, data, setStateValue() {}, setTriggerValue() {} };
  });
  elementById("message").remove();
  const mountAll = () => components.forEach((component) => mount(component));
  mountAll();
  JSON.parse(elementById("sweeps").textContent ?? "").forEach(announceSweep);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", mountAll); // the player reads the theme again
}

// The page's first script has checked the browser, and shown a message if it is too old.
if (browserSupported) {
  start().catch((error) => {
    elementById("message").textContent = `The player could not be started: ${error.message}`;
  });
}
