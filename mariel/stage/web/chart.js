// A flat figure that takes new data in place. Streamlit's own chart is taken down and built anew whenever its data
// changes, which loses the zoom and flickers; plotly's `react` with a `uirevision` in the layout does neither.

import { loadPlotly } from "./assets.js";
import { Picking } from "./picking.js";

const CONFIG = { displayModeBar: false, doubleClick: "reset" };

const charts = new WeakMap(); // element → chart

// Called by Streamlit for every rerun, new data and change of theme, as the player's mount is.
export default function mount({ parentElement, data, setTriggerValue }) {
  let chart = charts.get(parentElement);
  if (!chart) {
    chart = new Chart(parentElement);
    charts.set(parentElement, chart);
  }
  const owner = Symbol("owner");
  chart.owner = owner;
  chart.setTriggerValue = setTriggerValue;
  chart.receive(data).catch((error) => chart.say(error.message));
  return () => {
    if (chart.owner === owner) {
      chart.dispose();
      charts.delete(parentElement);
    }
  };
}

class Chart {
  constructor(parent) {
    this.frame = document.createElement("div");
    this.frame.style.position = "relative";
    this.element = document.createElement("div");
    this.element.dataset.testid = "chart";
    this.element.setAttribute("role", "img");
    this.element.style.width = "100%";
    this.frame.append(this.element);
    parent.append(this.frame);
    this.width = 0;
    this.held = false;
    this.observer = new ResizeObserver(() => this.onResize());
    this.observer.observe(this.element);
    // A figure that changes under a dragging hand would end the drag.
    this.element.addEventListener("pointerdown", () => (this.held = true), true);
    this.onRelease = () => {
      this.held = false;
      if (this.waiting) setTimeout(() => this.draw());
    };
    window.addEventListener("pointerup", this.onRelease);
    window.addEventListener("pointercancel", this.onRelease);
  }

  async receive(data) {
    this.data = data;
    this.element.style.height = `${data.height}px`;
    this.element.setAttribute("aria-label", data.alt);
    this.Plotly ??= await loadPlotly(new URL(data.plotly, document.baseURI).href);
    if (this.gone || this.data !== data) return;
    const look = JSON.stringify([data.figure, data.picks, data.draws, this.theme()]);
    if (look === this.look) return;
    this.look = look;
    this.waiting = true;
    if (!this.held) await this.draw();
  }

  async draw() {
    if (this.gone) return;
    this.waiting = false;
    const { data, layout } = JSON.parse(this.data.figure);
    const { ink, paper, font } = this.theme();
    layout.font = { family: font, color: ink, size: 12, ...layout.font };
    layout.hoverlabel = { bgcolor: paper, bordercolor: "rgba(128,128,140,0.4)", font: { color: ink, family: font } };
    layout.width = this.width = this.element.clientWidth;
    layout.height = this.data.height;
    if (!this.width) return;
    await this.Plotly.react(this.element, data, layout, CONFIG);
    if (this.gone) return;
    if (this.data.picks) {
      this.picking ??= new Picking(this.Plotly, this.element, (...told) => this.setTriggerValue(...told));
    }
    this.picking?.update(this.data.draws);
    this.element.dataset.ready = "true";
  }

  theme() {
    const style = getComputedStyle(this.element);
    const value = (name, other) => style.getPropertyValue(name).trim() || other;
    return {
      ink: value("--st-text-color", "#26242b"),
      paper: value("--st-secondary-background-color", "#f3f1ec"),
      font: value("--st-font", "system-ui, sans-serif"),
    };
  }

  onResize() {
    if (this.gone || !this.Plotly || !this.look || this.held) return;
    const width = this.element.clientWidth;
    if (!width || width === this.width) return;
    if (!this.element.dataset.ready) this.draw();
    else {
      const done = this.Plotly.relayout(this.element, { width: (this.width = width) });
      done.then(() => this.gone || this.picking?.update(this.data.draws));
    }
  }

  say(message) {
    if (!this.gone) this.element.textContent = message;
  }

  dispose() {
    this.gone = true;
    this.observer.disconnect();
    window.removeEventListener("pointerup", this.onRelease);
    window.removeEventListener("pointercancel", this.onRelease);
    this.picking?.dispose();
    this.Plotly?.purge(this.element);
    this.frame.remove();
  }
}
