// Curves over time, below the stage: drawn once, with a cursor at the present frame; a click or a drag seeks there.

import { make } from "./dom.js";

/** @import { Player } from "../player.js" */

const [TOP, BOTTOM] = [16, 4]; // pixels for the values written above the curves and a margin below them

export class CurveStrip {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.dragging = false;
    this.element = make("div", "mp-strip");
    this.element.dataset.testid = "strip";
    this.canvas = make("canvas", "", { role: "img" });
    this.cursor = make("div", "mp-strip-cursor");
    this.values = make("div", "mp-strip-values");
    this.maximum = make("div", "mp-strip-maximum");
    this.element.append(this.canvas, this.cursor, this.values, this.maximum);
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      this.dragging = true;
      this.seekTo(event);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (this.dragging) this.seekTo(event);
    });
    for (const name of ["pointerup", "pointercancel"]) this.element.addEventListener(name, () => this.endDrag());
  }

  /** Draw anew: the curves of another scene, or other colours. */
  update() {
    const { curves, unit, frames } = this.player.header;
    this.element.hidden = !curves.length;
    if (!curves.length) return;
    const maximum = Math.max(1e-9, ...curves.flatMap(({ values }) => values.filter((value) => value !== null)));
    this.maximum.textContent = `${round(maximum)} ${unit}`;
    const names = curves.map(({ label }) => label).join(", ");
    const description = `${names}: a curve over ${frames} frames, at most ${round(maximum)} ${unit}`;
    this.canvas.setAttribute("aria-label", description);
    if (this.values.children.length !== curves.length) {
      this.values.replaceChildren(...curves.map(() => document.createElement("span")));
    }
    this.draw(curves, maximum * 1.06);
    this.tick(true);
  }

  /**
   * @param {Curve[]} curves
   * @param {number} top the value at the upper edge
   */
  draw(curves, top) {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    Object.assign(this.canvas, { width: width * ratio, height: height * ratio });
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.scale(ratio, ratio);
    const bottom = height - BOTTOM;
    curves.forEach(({ values }, index) => {
      const colour = this.colour(index);
      const x = (/** @type {number} */ frame) => (frame / Math.max(1, values.length - 1)) * width;
      const y = (/** @type {number} */ value) => bottom - (value / top) * (bottom - TOP);
      context.beginPath();
      let connected = false;
      values.forEach((value, frame) => {
        if (value !== null) context[connected ? "lineTo" : "moveTo"](x(frame), y(value));
        connected = value !== null;
      });
      Object.assign(context, { strokeStyle: colour, lineWidth: 1.6, lineJoin: "round" });
      context.stroke();
      if (curves.length > 1 || values.includes(null)) return;
      context.lineTo(width, bottom);
      context.lineTo(0, bottom);
      Object.assign(context, { fillStyle: colour, globalAlpha: 0.14 });
      context.fill();
      context.globalAlpha = 1;
    });
  }

  /** @param {number} index of the curve */
  colour(index) {
    return this.player.header.curves[index].colour ?? this.player.theme.colours.accent;
  }

  /**
   * Move the cursor, which happens with every frame; write the values only as often as they can be read.
   * @param {boolean} write
   */
  tick(write = false) {
    const { curves, unit, frames } = this.player.header;
    if (!curves.length) return;
    const frame = Math.floor(this.player.frame);
    const share = frame / Math.max(1, frames - 1);
    this.cursor.style.transform = `translateX(${(share * this.element.clientWidth).toFixed(1)}px)`;
    if (!write) return;
    curves.forEach(({ label, values }, index) => {
      const value = values[Math.min(frame, values.length - 1)];
      const text = /** @type {HTMLElement} */ (this.values.children[index]);
      text.textContent = `${label} ${value === null ? "–" : `${value.toFixed(1)} ${unit}`}`;
      text.style.color = curves.length > 1 ? this.colour(index) : "";
    });
  }

  /** @param {PointerEvent} event */
  seekTo(event) {
    const box = this.element.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    this.player.scrubTo(Math.round(share * (this.player.header.frames - 1)), { dragging: true });
  }

  endDrag() {
    if (!this.dragging) return;
    this.dragging = false;
    this.player.clock.scrub(this.player.clock.time);
  }
}

/** @param {number} value */
const round = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
