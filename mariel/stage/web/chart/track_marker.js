// A dot over a flat chart that shows where a player's dance is, and moves while it plays. It listens to the player's
// clock in the browser: nothing is sent to Python, and plotly does not draw anything anew.

import { sharedStateOf } from "../player/memory.js";
import { plotArea } from "../plotly/plotly_internals.js";

/** @import { Clock } from "../scene/clock.js" */

const SIZE = 18; // pixels across

export class TrackMarker {
  /** @param {HTMLElement} plot plotly's element */
  constructor(plot) {
    this.plot = plot;
    /** @type {ChartTrack | null} */
    this.track = null;
    /** @type {Clock | null} */
    this.clock = null;
    this.dot = document.createElement("div");
    this.dot.dataset.testid = "track-marker";
    this.dot.setAttribute("aria-hidden", "true");
    this.dot.style.cssText = `
      position: absolute; left: 0; top: 0; width: ${SIZE}px; height: ${SIZE}px; margin: ${-SIZE / 2}px;
      border-radius: 50%; pointer-events: none; box-sizing: border-box; display: none;
      border: 3px solid var(--st-background-color, white); background: var(--st-text-color, black);
      box-shadow: 0 0 0 1.5px var(--st-text-color, black);`;
    plot.after(this.dot);
  }

  /** @param {ChartTrack | null} track */
  receive(track) {
    const clock = track && sharedStateOf({ key: track.player, linked: track.linked }).clock;
    if (this.clock !== clock) this.clock?.remove(this);
    this.track = track;
    this.clock = clock;
    // With the dance's own length, or the clock would be set back to a shorter one's end.
    if (track) clock?.add(this, track.seconds);
    this.place();
  }

  onTick() {
    this.place();
  }

  onClock() {
    this.place();
  }

  /** Put the dot where the dance is now; also after every drawing of the chart, which may have moved its axes. */
  place() {
    const { track, clock, plot } = this;
    const shown = track && clock && plot.dataset.ready === "true";
    this.dot.style.display = shown ? "block" : "none";
    if (!shown) return;
    const { left, top, x, y } = plotArea(plot);
    const [across, up] = positionAt(track.points, clock.time / track.seconds);
    const place = [left + x.toPixels(across), top + y.toPixels(up)].map((pixels) => `${pixels.toFixed(1)}px`);
    this.dot.style.transform = `translate(${place.join()})`;
  }

  dispose() {
    this.clock?.remove(this);
    this.dot.remove();
  }
}

/**
 * The position at a share of the time, on straight lines between points at equal steps of time.
 * @param {[number, number][]} points at least one
 * @param {number} share 0 to 1
 * @returns {[number, number]}
 */
export function positionAt(points, share) {
  const last = points.length - 1;
  const exact = Math.min(Math.max(share, 0), 1) * last;
  const before = Math.min(Math.floor(exact), Math.max(last - 1, 0));
  const [[x, y], [nextX, nextY]] = [points[before], points[Math.min(before + 1, last)]];
  const weight = exact - before;
  return [x + weight * (nextX - x), y + weight * (nextY - y)];
}
