// Where chosen markers have just been, as lines that fade towards their beginning.

import { MISSING } from "./block.js";

/** @import { DancerGeometry } from "./dancer_geometry.js" */
/** @import { Theme } from "../theme.js" */

const TRAIL_SECONDS = 1.2;

/**
 * Coordinates for plotly, all NaN: nothing is drawn.
 * @param {number} length
 */
export const emptyPoints = (length) => ({
  x: new Float32Array(length).fill(NaN),
  y: new Float32Array(length).fill(NaN),
  z: new Float32Array(length).fill(NaN),
});

export class Trails {
  /**
   * @param {DancerGeometry[]} dancers
   * @param {SceneHeader} header
   */
  constructor(dancers, header) {
    /** Points of one trail. */
    this.length = Math.max(2, Math.round(TRAIL_SECONDS * header.fps));
    /** @type {{ dancer: Dancer, marker: number }[]} */
    this.paths = [];
    for (const { dancer } of dancers) {
      for (const label of header.trails) {
        const marker = dancer.labels.indexOf(label);
        if (marker >= 0) this.paths.push({ dancer, marker });
      }
    }
    this.lines = emptyPoints(this.paths.length * (this.length + 1)); // a gap after each
  }

  /** @param {number} frame */
  setFrame(frame) {
    const { x, y, z } = this.lines;
    const now = Math.floor(frame);
    this.paths.forEach(({ dancer, marker }, path) => {
      const { counts, step, origin, frames } = dancer;
      const columns = dancer.labels.length * 3;
      for (let i = 0; i < this.length; i++) {
        const at = path * (this.length + 1) + i;
        const then = now - (this.length - 1 - i);
        const from = Math.min(then, frames - 1) * columns + marker * 3;
        const present = then >= 0 && counts[from] !== MISSING;
        x[at] = present ? counts[from] * step + origin[0] : NaN;
        y[at] = present ? counts[from + 1] * step + origin[1] : NaN;
        z[at] = present ? counts[from + 2] * step + origin[2] : NaN;
      }
    });
  }

  /**
   * One colour per point.
   * @param {Theme} theme
   * @returns {string[]}
   */
  colours(theme) {
    const colours = [];
    for (const { dancer, marker } of this.paths) {
      const side = /** @type {Side} */ (dancer.sides[marker]);
      const colour = dancer.ghost ? theme.sideColours(dancer)[side] : theme.trailColours[side];
      for (let i = 0; i < this.length; i++) colours.push(theme.fade(colour, (i + 1) / this.length));
      colours.push(colour);
    }
    return colours;
  }
}
