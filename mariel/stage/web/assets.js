// What is fetched once per page load: builds of plotly.js from the app's static folder, and the style sheet and colours
// from beside this module.

/** @type {Map<string, Promise<PlotlyLibrary>>} by the address: the player and the charts use different builds */
const libraries = new Map();
/** @type {Promise<PlotlyLibrary> | null} a library that the page has in itself */
let provided = null;
/** @type {Promise<Palette> | null} */
let palette = null;
/** @type {Promise<unknown> | null} */
let style = null;

/**
 * For a page that has all of them in itself, as an exported page does: nothing is fetched.
 * @param {PlotlyLibrary} library
 * @param {Palette} colours
 */
export function provideAssets(library, colours) {
  provided = Promise.resolve(library);
  palette = Promise.resolve(colours);
  style = Promise.resolve();
}

/**
 * Streamlit's own charts put another plotly.js on window.Plotly: keep ours to ourselves, and put theirs back.
 * @param {string} url
 * @returns {Promise<PlotlyLibrary>}
 */
export function loadPlotly(url) {
  if (provided) return provided;
  const loading = libraries.get(url) ?? addScript(url);
  libraries.set(url, loading);
  return loading;
}

/**
 * @param {string} url
 * @returns {Promise<PlotlyLibrary>}
 */
function addScript(url) {
  return new Promise((resolve, reject) => {
    const theirs = window.Plotly;
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => {
      const ours = window.Plotly;
      if (theirs) window.Plotly = theirs;
      resolve(ours);
    };
    script.onerror = () => {
      libraries.delete(url);
      script.remove();
      reject(new Error("plotly.js could not be loaded from the app's static folder"));
    };
    document.head.append(script);
  });
}

/** @returns {Promise<Palette>} */
export function loadPalette() {
  palette ??= fetchPalette().catch((error) => {
    palette = null;
    throw error;
  });
  return palette;
}

async function fetchPalette() {
  const response = await fetch(new URL("palette.json", import.meta.url));
  const { ok, status } = response;
  if (!ok) throw new Error(`the colours could not be fetched from the app's static folder (${status})`);
  return response.json();
}

/** @returns {Promise<unknown>} */
export function loadStyle() {
  style ??= new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("player.css", import.meta.url).href;
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
  return style;
}
