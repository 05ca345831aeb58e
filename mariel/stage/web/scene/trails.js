// Where chosen markers have just been, as ribbons that become narrow and faint towards their beginning.

import { makeMesh } from "./figure/mesh.js";
import { stripCorners, writeStrip } from "./strips.js";

/** @import { MeshArrays } from "./figure/mesh.js" */
/** @import { DancerGeometry } from "./dancer_geometry.js" */
/** @import { Theme } from "../theme.js" */

const TRAIL_SECONDS = 1.2;
const MOST_FRAMES = 48; // of one trail: of faster recordings every second frame is taken, or every third
const WIDTH = 0.05; // metres, at the marker
const SMALLEST_WIDTH = 2; // pixels
const OPACITY = 0.85; // at the marker
const FADING = 1.4; // exponent of the age

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
    const frames = Math.max(2, Math.round(TRAIL_SECONDS * header.fps));
    /** Frames between two places of a trail. */
    this.step = Math.ceil(frames / MOST_FRAMES);
    /** Places along one trail, the last one at the marker. */
    this.length = Math.max(2, Math.round(frames / this.step));
    /** @type {{ dancer: DancerGeometry, marker: number }[]} */
    this.trails = [];
    for (const dancer of dancers) {
      for (const label of header.trails) {
        const marker = dancer.dancer.labels.indexOf(label);
        if (marker >= 0) this.trails.push({ dancer, marker });
      }
    }
    /** Where the markers have been: (trails, places, xyz), oldest first; NaN where that is not known. */
    this.path = new Float32Array(this.trails.length * this.length * 3).fill(NaN);
    const corners = this.trails.flatMap((_, trail) => stripCorners(trail * this.length * 2, this.length));
    /** @type {MeshArrays} */
    this.mesh = makeMesh(this.trails.length * this.length * 2, corners);
    this.mesh.hides = 1;
    this.mesh.layers = [{ start: 0, stop: corners.length, opacity: 1, place: "among" }];
    /** From 0 for the oldest place to 1. */
    this.shares = Array.from({ length: this.length }, (_, place) => place / (this.length - 1));
    this.positions = new Map(dancers.map((dancer) => [dancer, new Float32Array(dancer.markers * 3)]));
  }

  /** @param {number} frame may lie between two */
  setFrame(frame) {
    if (!this.trails.length) return;
    const { path, length, step } = this;
    const newest = Math.floor(frame / step) * step; // the others stay where they are as the frame goes on
    for (let place = 0; place < length; place++) {
      const then = place === length - 1 ? frame : newest - (length - 1 - place) * step;
      for (const [dancer, positions] of this.positions) {
        if (then >= 0) dancer.readPositions(then, positions);
        else positions.fill(NaN);
      }
      this.trails.forEach(({ dancer, marker }, trail) => {
        const positions = this.positions.get(dancer);
        const point = [0, 1, 2].map((axis) => positions?.[marker * 3 + axis] ?? NaN);
        dancer.movePoints(point);
        path.set(point, (trail * length + place) * 3);
      });
    }
  }

  /**
   * Turn the ribbons to the viewer.
   * @param {Vector3} back direction to the viewer
   * @param {number} pixelsPerMetre
   */
  face(back, pixelsPerMetre) {
    const width = Math.max(WIDTH, SMALLEST_WIDTH / pixelsPerMetre);
    const widths = this.shares.map((share) => width * share ** 0.8);
    this.trails.forEach((_, trail) => {
      writeStrip(this.mesh, trail * this.length * 2, this.path, trail * this.length, widths, back);
    });
    this.mesh.changed = true;
  }

  /** @param {Theme} theme */
  setColours(theme) {
    const { colours } = this.mesh;
    this.mesh.ground = theme.backdropRgb;
    this.trails.forEach(({ dancer: { dancer }, marker }, trail) => {
      const side = /** @type {Side} */ (dancer.sides[marker]);
      const colour = theme.rgb(dancer.ghost ? theme.sideColours(dancer)[side] : theme.trailColours[side]);
      this.shares.forEach((share, place) => {
        const point = [...colour, OPACITY * share ** FADING];
        for (const edge of [0, 1]) colours.set(point, ((trail * this.length + place) * 2 + edge) * 4);
      });
    });
    this.mesh.changed = true;
  }
}
