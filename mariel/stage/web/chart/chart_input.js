// What a person does on a flat chart: clicks a point or beside it, draws a line, or goes from point to point by keys.
// Plotly reports clicks on points only, and takes a finger's drag for itself.

import { plotArea, pointTraces } from "../plotly/plotly_internals.js";

const CLICK_TOLERANCE = 6; // pixels that a pressed finger may move in a click
const MOST_POINTS = 200; // of a drawn line that are sent
const SHORTEST_STEP = 3; // pixels between two points of a drawn line
const SVG = "http://www.w3.org/2000/svg";

/**
 * Pixels from a point that still count as the point, by the kind of pointer.
 * @type {Record<string, number>}
 */
const REACH = { mouse: 10, pen: 14, touch: 22 };

/** @type {Record<string, [number, number]>} rightwards and downwards by key */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {[number, number]} Position from the plot area's upper left, pixels */

/**
 * A point of the chart that can be clicked.
 * @typedef {object} ChartPoint
 * @property {Position} at
 * @property {number} curve
 * @property {number} index within the curve
 * @property {unknown} point its `customdata`
 * @property {number} x
 * @property {number} y
 */

export class ChartInput {
  /**
   * @param {PlotlyLibrary} Plotly
   * @param {HTMLElement} plot plotly's element
   * @param {(name: "clicked" | "drawn", value: ChartClick | [number, number][]) => void} send
   */
  constructor(Plotly, plot, send) {
    this.Plotly = Plotly;
    this.plot = plot;
    this.send = send;
    /** @type {[number, number] | null} where a button or finger went down, pixels of the window */
    this.pressedAt = null;
    /** @type {Position[] | null} the line that is being drawn */
    this.path = null;
    /** @type {ChartPoint | null} the point that keys have reached */
    this.focused = null;
    this.listeners = new AbortController();
    const options = { signal: this.listeners.signal };
    plot.addEventListener("pointerdown", (event) => this.onDown(event), { ...options, capture: true });
    plot.addEventListener("keydown", (event) => this.onKey(event), options);
    window.addEventListener("pointerup", (event) => this.onUp(event), options);
    window.addEventListener("pointercancel", () => (this.pressedAt = null), options); // the page was scrolled
    plot.tabIndex = 0;
    plot.setAttribute("role", "application");
    // Lies over the plot for drawing: it takes fingers that would scroll the page.
    this.sheet = document.createElementNS(SVG, "svg");
    this.sheet.dataset.testid = "drawing";
    this.sheet.style.cssText = "position: absolute; touch-action: none; cursor: crosshair; display: none;";
    this.line = document.createElementNS(SVG, "polyline");
    this.line.style.cssText = "fill: none; stroke: var(--st-primary-color, currentColor); stroke-width: 3;";
    this.sheet.append(this.line);
    plot.after(this.sheet);
    this.sheet.addEventListener("pointerdown", (event) => this.beginLine(event), options);
    this.sheet.addEventListener("pointermove", (event) => this.extendLine(event), options);
    this.sheet.addEventListener("pointerup", (event) => this.endLine(event), options);
    this.sheet.addEventListener("pointercancel", () => this.clearLine(), options);
  }

  /**
   * After every drawing of the chart, which may have moved its axes.
   * @param {boolean} draws whether the next drag draws a line
   */
  update(draws) {
    const { left, top, width, height } = this.area;
    Object.assign(this.sheet.style, {
      display: draws ? "block" : "none",
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
    this.clearLine();
  }

  get area() {
    return plotArea(this.plot);
  }

  /**
   * @param {PointerEvent} event
   * @returns {Position}
   */
  positionOf({ clientX, clientY }) {
    const box = this.plot.getBoundingClientRect();
    const { left, top } = this.area;
    return [clientX - box.left - left, clientY - box.top - top];
  }

  /**
   * @param {Position} position
   * @returns {[number, number]} x and y of the data
   */
  dataAt([left, top]) {
    const { x, y } = this.area;
    return [x.toData(left), y.toData(top)];
  }

  /**
   * All points that can be clicked.
   * @returns {Generator<ChartPoint>}
   */
  *points() {
    const { x: xScale, y: yScale } = this.area;
    for (const { curve, x, y, customdata } of pointTraces(this.plot)) {
      for (let index = 0; index < x.length; index++) {
        /** @type {Position} */
        const at = [xScale.toPixels(x[index]), yScale.toPixels(y[index])];
        yield { at, curve, index, point: customdata[index], x: Number(x[index]), y: Number(y[index]) };
      }
    }
  }

  /**
   * The point whose cost is lowest, if it is below `limit`.
   * @param {(position: Position) => number} cost
   * @param {number} limit
   */
  bestPoint(cost, limit = Infinity) {
    /** @type {ChartPoint | null} */
    let best = null;
    for (const point of this.points()) {
      const its = cost(point.at);
      if (its < limit) [limit, best] = [its, point];
    }
    return best;
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    this.pressedAt = event.isPrimary && event.button === 0 ? [event.clientX, event.clientY] : null;
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    const from = this.pressedAt;
    this.pressedAt = null;
    if (from && Math.hypot(event.clientX - from[0], event.clientY - from[1]) <= CLICK_TOLERANCE) this.click(event);
  }

  /** @param {PointerEvent} event */
  click(event) {
    const [left, top] = this.positionOf(event);
    const { width, height } = this.area;
    if (left < 0 || top < 0 || left > width || top > height) return;
    const reach = REACH[event.pointerType] ?? REACH.mouse;
    const near = this.bestPoint((at) => Math.hypot(at[0] - left, at[1] - top), reach);
    const [x, y] = near ? [near.x, near.y] : this.dataAt([left, top]);
    this.send("clicked", { x, y, point: near?.point ?? null });
  }

  /** @param {PointerEvent} event */
  beginLine(event) {
    if (!event.isPrimary || event.button !== 0) return;
    this.sheet.setPointerCapture(event.pointerId);
    this.path = [this.positionOf(event)];
  }

  /** @param {PointerEvent} event */
  extendLine(event) {
    const last = this.path?.at(-1);
    if (!this.path || !last) return;
    const { width, height } = this.area;
    const [left, top] = this.positionOf(event);
    /** @type {Position} */
    const at = [Math.min(Math.max(left, 0), width), Math.min(Math.max(top, 0), height)];
    if (Math.hypot(at[0] - last[0], at[1] - last[1]) < SHORTEST_STEP) return;
    this.path.push(at);
    this.line.setAttribute("points", this.path.map((position) => position.join()).join(" "));
  }

  /** @param {PointerEvent} event */
  endLine(event) {
    const { path } = this;
    this.path = null; // the line stays to be seen until the next figure is there
    if (!path) return;
    if (path.length < 3) {
      this.click(event);
      return;
    }
    const step = Math.ceil(path.length / MOST_POINTS);
    const kept = path.filter((_, i) => i % step === 0 || i === path.length - 1);
    this.send("drawn", kept.map((position) => this.dataAt(position)));
  }

  clearLine() {
    this.path = null;
    this.line.removeAttribute("points");
  }

  /**
   * Arrows go to the next point in their direction, Enter and space choose it.
   * @param {KeyboardEvent} event
   */
  onKey(event) {
    if (event.key === "Enter" || event.key === " ") {
      if (!this.focused) return;
      const { x, y, point } = this.focused;
      this.send("clicked", { x, y, point });
    } else if (event.key in ARROWS) {
      this.focusNext(...ARROWS[event.key]);
    } else {
      return;
    }
    event.preventDefault();
  }

  /**
   * @param {number} right 1 for the next point on the right, -1 on the left
   * @param {number} down likewise below and above
   */
  focusNext(right, down) {
    const { width, height } = this.area;
    const from = this.focused?.at ?? [width / 2, height / 2];
    const next = this.bestPoint(([left, top]) => {
      const [x, y] = [left - from[0], top - from[1]];
      const onward = x * right + y * down;
      return onward > 1 ? onward + 3 * Math.abs(x * down + y * right) : Infinity;
    });
    this.focused = next ?? this.focused;
    if (!this.focused) return;
    const { curve, index } = this.focused;
    this.Plotly.Fx.hover(this.plot, [{ curveNumber: curve, pointNumber: index }]);
  }

  dispose() {
    this.listeners.abort();
    this.sheet.remove();
  }
}
