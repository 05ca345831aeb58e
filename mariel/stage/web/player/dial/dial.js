// A number that the viewer changes in the player: while the dial moves, the dance is blended from a sweep; when it is
// let go, the page is told.

import { describeDial } from "../../scene/description.js";
import { blendOf } from "../../scene/sweep.js";
import { make } from "../controls/dom.js";
import { dialStateOf } from "../memory.js";
import { findSweep, onSweep } from "./sweeps.js";

/** @import { Player } from "../player.js" */

const REPORT_MILLISECONDS = 150; // after the last change: arrow keys that are held down report once

export class Dial {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    /** @type {DialData | null} that the page has sent last */
    this.data = null;
    /** @type {DialData | null} of the scene that is drawn */
    this.drawn = null;
    /** @type {Sweep | null} of the scene that is drawn, once it is there */
    this.sweep = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.reportTimer = undefined;
    this.redrawRequest = 0;

    this.element = make("label", "mp-dial");
    this.label = make("span", "mp-dial-label");
    this.ends = [make("span", "mp-dial-end"), make("span", "mp-dial-end")];
    this.input = make("input", "mp-dial-input", { type: "range" });
    this.output = make("output", "mp-dial-value", { "aria-live": "off" }); // the input reads it out
    this.element.append(this.label, this.ends[0], this.input, this.ends[1], this.output);
    this.element.hidden = true;
    this.input.addEventListener("input", () => this.turn(Number(this.input.value)));
    this.input.addEventListener("change", () => this.letGo());
    this.stopListening = onSweep(() => this.fetchSweep());
  }

  /** Shared by all players that show the same number. */
  get state() {
    return dialStateOf(this.data?.name ?? "");
  }

  /** The value shown. */
  get value() {
    return this.state.value ?? this.data?.value ?? 0;
  }

  /**
   * What the page sends: its value holds, unless the viewer is turning the dial.
   * @param {DialData | null} data
   */
  receive(data) {
    if (this.data?.name !== data?.name) this.state.dials.delete(this);
    this.data = data;
    this.element.hidden = !data;
    if (!data) return;
    this.state.dials.add(this);
    if (!this.state.held) this.state.value = data.value;
    const { minimum, maximum, step, label, ends, note } = data;
    Object.assign(this.input, { min: String(minimum), max: String(maximum), step: String(step) });
    this.input.setAttribute("aria-label", label);
    this.element.title = note;
    this.label.textContent = label;
    this.ends.forEach((end, i) => (end.textContent = ends[i]));
    this.show();
  }

  /** The scene of the data received last is drawn from now on. */
  begin() {
    if (this.drawn?.sweep !== this.data?.sweep) this.sweep = null;
    this.drawn = this.data;
    this.fetchSweep();
    this.apply();
  }

  /** Fetch the sweep of the drawn scene, if it has been announced. */
  async fetchSweep() {
    const name = this.drawn?.sweep;
    if (!name || this.sweep) return;
    const sweep = await findSweep(name)?.catch(() => null); // without it the dance changes when the dial is let go
    if (!sweep || this.drawn?.sweep !== name || this.player.disposed) return;
    this.sweep = sweep;
    await this.player.makeRoom(sweep.dancers.flatMap(({ bounds }) => bounds));
    this.player.root.dataset.sweep = name;
    this.apply();
  }

  /** @param {number} value */
  turn(value) {
    this.state.value = value;
    this.state.held = true;
    clearTimeout(this.reportTimer);
    for (const dial of this.state.dials) dial.show();
  }

  letGo() {
    clearTimeout(this.reportTimer);
    this.reportTimer = setTimeout(() => {
      this.state.held = false;
      if (this.data && this.value !== this.data.value) this.player.messages.reportDial(this.value);
    }, REPORT_MILLISECONDS);
  }

  dropReport() {
    clearTimeout(this.reportTimer);
    this.state.held = false;
  }

  /** Show the value, and before the browser's next picture the dance at it. */
  show() {
    const { value, data } = this;
    if (!data) return;
    this.input.value = String(value);
    const share = (value - data.minimum) / (data.maximum - data.minimum);
    this.input.style.setProperty("--share", String(share));
    const digits = Math.max(0, Math.ceil(-Math.log10(data.step) - 1e-9));
    this.output.textContent = value.toFixed(digits);
    this.input.setAttribute("aria-valuetext", describeDial(value, this.output.textContent, data));
    this.redrawRequest ||= requestAnimationFrame(() => {
      this.redrawRequest = 0;
      this.apply();
    });
  }

  /** Give each dancer of the drawn scene its motion at the dial's value. */
  apply() {
    const { drawn, sweep, value } = this;
    const view = this.player.activeView;
    if (!view) return;
    const swept = drawn && sweep && value !== drawn.value;
    const blends = view.geometry.dancers.map((_, i) => {
      const number = drawn?.dancers[i] ?? null;
      return swept && number !== null ? blendOf(sweep, number, value) : null;
    });
    if (view.setBlends(blends)) this.player.root.dataset.dial = String(swept ? value : (drawn?.value ?? ""));
  }

  dispose() {
    clearTimeout(this.reportTimer);
    cancelAnimationFrame(this.redrawRequest);
    this.stopListening();
    this.state.dials.delete(this);
  }
}
