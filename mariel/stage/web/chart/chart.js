// A flat figure that takes new data in place. Streamlit's own chart is taken down and built anew whenever its data
// changes, which loses the zoom and flickers; plotly's `react` with a `uirevision` in the layout does neither.

import { loadPalette, loadPlotly } from "../assets.js";
import { themeName } from "../theme.js";
import { ChartInput } from "./chart_input.js";
import { TrackMarker } from "./track_marker.js";

const CONFIG = { displayModeBar: false, doubleClick: "reset" };

const VALUES = "values"; // mariel/stage/latent_chart.py

/** @type {WeakMap<HTMLElement, Chart>} */
const charts = new WeakMap();

/** @typedef {ComponentArguments<ChartData>["setTriggerValue"]} SetTriggerValue */

/**
 * Called by Streamlit for every rerun, new data and change of theme, as the player's `mount` is.
 * @param {ComponentArguments<ChartData>} component
 */
export default function mount({ parentElement, data, setTriggerValue }) {
  const chart = charts.get(parentElement) ?? new Chart(parentElement);
  charts.set(parentElement, chart);
  const owner = Symbol("owner");
  chart.owner = owner;
  chart.setTriggerValue = setTriggerValue;
  chart.receive(data).catch((error) => chart.showError(error));
  return () => {
    if (chart.owner !== owner) return;
    chart.dispose();
    charts.delete(parentElement);
  };
}

class Chart {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.owner = Symbol("nobody");
    /** @type {SetTriggerValue} */
    this.setTriggerValue = () => {};
    /** @type {ChartData | null} */
    this.data = null;
    /** @type {PlotlyLibrary | null} */
    this.Plotly = null;
    /** @type {Palette | null} */
    this.palette = null;
    /** @type {ChartInput | null} */
    this.input = null;
    /** What was drawn last: the figure and everything that changes its look, as JSON. */
    this.drawn = "";
    this.width = this.height = 0;
    /** Whether a button or finger is down: a figure that changes under a dragging hand would end the drag. */
    this.pressed = false;
    this.drawAfterRelease = false;
    this.disposed = false;
    this.frame = document.createElement("div");
    this.frame.style.position = "relative";
    this.element = document.createElement("div");
    this.element.dataset.testid = "chart";
    this.element.setAttribute("role", "img");
    this.element.style.width = "100%";
    this.frame.append(this.element);
    parent.append(this.frame);
    this.trackMarker = new TrackMarker(this.element);
    this.observer = new ResizeObserver(() => this.onResize());
    this.observer.observe(this.element);
    this.listeners = new AbortController();
    const options = { signal: this.listeners.signal };
    const onRelease = () => {
      this.pressed = false;
      if (this.drawAfterRelease) setTimeout(() => this.draw());
    };
    this.element.addEventListener("pointerdown", () => (this.pressed = true), { ...options, capture: true });
    window.addEventListener("pointerup", onRelease, options);
    window.addEventListener("pointercancel", onRelease, options);
  }

  /** @param {ChartData} data */
  async receive(data) {
    this.data = data;
    this.element.style.height = `var(--chart-height, ${data.height}px)`; // a page may say how high, by its window
    this.element.setAttribute("aria-label", data.alt);
    this.palette ??= await loadPalette();
    this.Plotly ??= await loadPlotly(new URL(data.plotly, document.baseURI).href);
    if (this.disposed || this.data !== data) return;
    const toDraw = JSON.stringify([data.figure, data.picks, data.draws, this.theme(this.palette)]);
    this.trackMarker.receive(data.track);
    if (toDraw === this.drawn) return;
    this.drawn = toDraw;
    this.drawAfterRelease = true;
    if (!this.pressed) await this.draw();
  }

  async draw() {
    if (this.disposed || !this.data || !this.Plotly || !this.palette) return;
    this.drawAfterRelease = false;
    const { figure, picks } = this.data;
    const { data, layout } = JSON.parse(figure);
    const { ink, paper, border, font, scale } = this.theme(this.palette);
    colourByValue(data, scale);
    layout.font = { family: font, color: ink, size: 12, ...layout.font };
    layout.hoverlabel = { bgcolor: paper, bordercolor: border, font: { color: ink, family: font } };
    layout.width = this.width = this.element.clientWidth;
    layout.height = this.height = this.element.clientHeight;
    if (!this.width) return;
    await this.Plotly.react(this.element, data, layout, CONFIG);
    if (this.disposed) return;
    if (picks) {
      this.input ??= new ChartInput(this.Plotly, this.element, (name, value) => this.setTriggerValue(name, value));
    }
    this.input?.update(this.data.draws);
    this.element.dataset.ready = "true";
    this.trackMarker.place();
  }

  /**
   * Colours and font of the page, from the CSS variables that Streamlit gives them in.
   * @param {Palette} palette
   */
  theme(palette) {
    const style = getComputedStyle(this.element);
    /**
     * @param {string} name
     * @param {string} other where there is no such variable
     */
    const value = (name, other) => style.getPropertyValue(name).trim() || other;
    return {
      ink: value("--st-text-color", palette.page.light.text),
      paper: value("--st-secondary-background-color", palette.page.light.secondary_background),
      border: palette.charts.hover_border,
      font: value("--st-font", "system-ui, sans-serif"),
      scale: palette.stage[themeName(this.element)].scale,
    };
  }

  onResize() {
    if (this.disposed || !this.data || !this.Plotly || !this.drawn || this.pressed) return;
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || (width === this.width && height === this.height)) return;
    if (!this.element.dataset.ready) {
      this.draw();
      return;
    }
    [this.width, this.height] = [width, height];
    const { draws } = this.data;
    this.Plotly.relayout(this.element, { width, height }).then(() => {
      if (this.disposed) return;
      this.input?.update(draws);
      this.trackMarker.place();
    });
  }

  /** @param {unknown} error */
  showError(error) {
    if (!this.disposed) this.element.textContent = error instanceof Error ? error.message : String(error);
  }

  dispose() {
    this.disposed = true;
    this.observer.disconnect();
    this.listeners.abort();
    this.input?.dispose();
    this.trackMarker.dispose();
    this.Plotly?.purge(this.element);
    this.frame.remove();
  }
}

/**
 * Give points that are coloured by value the colours of the page's theme.
 * @param {{ meta?: unknown, marker?: any }[]} traces
 * @param {string[]} scale from the lowest to the highest value
 */
export function colourByValue(traces, scale) {
  const colorscale = scale.map((colour, step) => [step / (scale.length - 1), colour]);
  for (const { meta, marker } of traces) if (meta === VALUES && marker) marker.colorscale = colorscale;
}
