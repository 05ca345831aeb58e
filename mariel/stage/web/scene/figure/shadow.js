// Soft shadows on the floor: below every joint a spot, dark and small where the joint is near the floor, wide and faint
// where it is high above it. All spots of a dancer are added up on a grid, so that none cuts a hole into another.

import { makeMesh } from "./mesh.js";

/** @import { BodySkin } from "./body_skin.js" */
/** @import { DancerGeometry } from "../dancer_geometry.js" */
/** @import { Theme } from "../../theme.js" */

const SPACING = 0.09; // metres between points of the grid
const POINTS = 23; // of the grid on each side
const BELOW_FLOOR = 0.004; // metres: the floor's lines stay visible
const SMALLEST_WIDTH = 0.075; // metres, standard deviation of the spot below something on the floor
const WIDENING = 0.11; // metres of it per metre above the floor
const DARKEST = 0.36; // share of the shadow's colour, 0 to 1
const FADING = 4; // points of the grid
const CUT = 0.012; // share below which nothing is drawn

export class FloorShadow {
  /**
   * @param {BodySkin[]} skins
   * @param {(dancer: DancerGeometry) => number} floorOf the height of the floor that a dancer stands on, metres
   */
  constructor(skins, floorOf) {
    this.skins = skins;
    this.floorOf = floorOf;
    this.weights = skins.map((skin) => jointWeights(skin.body));
    const corners = skins.flatMap((_, i) => gridCorners(i * POINTS * POINTS));
    this.mesh = makeMesh(skins.length * POINTS * POINTS, corners);
    this.strength = 1;
  }

  /** The bodies have been placed before. */
  setFrame() {
    this.skins.forEach((skin, i) => this.placeOne(skin, this.weights[i], i * POINTS * POINTS));
    this.mesh.changed = true;
  }

  /**
   * @param {BodySkin} skin
   * @param {number[]} weights of its joints
   * @param {number} at first point of its grid
   */
  placeOne({ joints, dancer }, weights, at) {
    const { points, colours, hidden } = this.mesh;
    const centre = dancer.centre ?? dancer.dancer.bounds[0];
    // On multiples of the spacing: a grid that moves with the dancer would let the spots flicker.
    const [left, front] = [0, 1].map((i) => (Math.round(centre[i] / SPACING) - (POINTS - 1) / 2) * SPACING);
    const floor = this.floorOf(dancer);
    const density = new Float32Array(POINTS * POINTS);
    weights.forEach((weight, joint) => {
      const [x, y, z] = joints.joints.subarray(joint * 3, joint * 3 + 3);
      if (weight && Number.isFinite(x + y + z)) addSpot(density, x - left, y - front, z - floor, weight);
    });
    for (let row = 0; row < POINTS; row++) {
      for (let column = 0; column < POINTS; column++) {
        const point = row * POINTS + column;
        points.x[at + point] = left + column * SPACING;
        points.y[at + point] = front + row * SPACING;
        points.z[at + point] = floor - BELOW_FLOOR;
        const share = DARKEST * this.strength * (1 - Math.exp(-density[point])) * edgeFade(row) * edgeFade(column);
        colours[(at + point) * 4 + 3] = share < CUT ? 0 : share;
        hidden[at + point] = Number(share < CUT);
      }
    }
  }

  /** @param {Theme} theme */
  setColour(theme) {
    const { colours } = this.mesh;
    this.mesh.ground = theme.backdropRgb;
    if (this.strength !== theme.shadowStrength) {
      this.strength = theme.shadowStrength;
      this.setFrame();
    }
    for (let at = 0; at < colours.length; at += 4) colours.set(theme.shadowRgb, at);
    this.mesh.changed = true;
  }
}

/**
 * @param {Float32Array} density of the grid, which it is added to
 * @param {number} x metres from the grid's corner
 * @param {number} y
 * @param {number} height above the floor, metres
 * @param {number} weight
 */
function addSpot(density, x, y, height, weight) {
  const width = SMALLEST_WIDTH + WIDENING * Math.max(0, height);
  const strength = weight * (SMALLEST_WIDTH / width) ** 1.9;
  const reach = 2.6 * width;
  const index = (/** @type {number} */ metres) => Math.min(Math.max(metres / SPACING, 0), POINTS - 1);
  const [first, last] = [Math.ceil(index(x - reach)), Math.floor(index(x + reach))];
  for (let row = Math.ceil(index(y - reach)); row <= Math.floor(index(y + reach)); row++) {
    for (let column = first; column <= last; column++) {
      const distance = ((column * SPACING - x) ** 2 + (row * SPACING - y) ** 2) / (2 * width * width);
      density[row * POINTS + column] += strength * Math.exp(-distance);
    }
  }
}

/**
 * Towards 0 at the edge of the grid, which arms and legs may reach beyond.
 * @param {number} index of a row or a column
 */
const edgeFade = (index) => Math.min(1, Math.min(index, POINTS - 1 - index) / FADING);

/**
 * How much of a shadow each joint casts: those at the ends of parts, by the parts' thickness.
 * @param {BodyHeader} body
 * @returns {number[]}
 */
function jointWeights(body) {
  const weights = body.joints.map(() => 0);
  for (const [, , start, stop] of body.parts) for (const joint of [start, stop]) weights[joint] = 0.85;
  for (const joint of body.spine?.joints ?? []) weights[joint] = 1.5;
  return weights;
}

/**
 * Corners of the triangles of a square grid.
 * @param {number} first point
 */
function gridCorners(first) {
  const corners = [];
  for (let row = 0; row + 1 < POINTS; row++) {
    for (let column = 0; column + 1 < POINTS; column++) {
      const a = first + row * POINTS + column;
      corners.push(a, a + 1, a + POINTS, a + 1, a + POINTS + 1, a + POINTS);
    }
  }
  return corners;
}
