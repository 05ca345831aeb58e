// The floor: a grid that covers where the dancers go and fades towards its edge.

const MARGIN = 0.8; // metres around the dancers
const SMALLEST_RADIUS = 1.2; // metres
const FADE = 0.55; // share of the radius over which lines fade

/**
 * A line with gaps: NaN coordinates lift the pen.
 * @typedef {object} FloorLines
 * @property {number[]} x
 * @property {number[]} y
 * @property {number[]} z
 * @property {number[]} strength from 0, at the edge and beyond, to 1
 */

/**
 * The grid's lines inside an ellipse around the dancers.
 * @param {Bounds} bounds of the motion
 * @param {number} height of the floor, metres
 * @returns {FloorLines}
 */
export function floorGrid([low, high], height) {
  const size = Math.max(high[0] - low[0], high[1] - low[1]);
  const spacing = size > 16 ? 2 : size > 7 ? 1 : 0.5;
  const centre = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
  const radius = [0, 1].map((axis) => Math.max(SMALLEST_RADIUS, (high[axis] - low[axis]) / 2 + MARGIN));
  /**
   * @param {number} x
   * @param {number} y
   */
  const strengthAt = (x, y) => {
    const outward = Math.hypot((x - centre[0]) / radius[0], (y - centre[1]) / radius[1]);
    return Math.max(0, Math.min(1, (1 - outward) / FADE));
  };
  /** @type {FloorLines} */
  const lines = { x: [], y: [], z: [], strength: [] };
  /**
   * @param {number} x
   * @param {number} y
   * @param {number} strength
   */
  const add = (x, y, strength) => {
    lines.x.push(x);
    lines.y.push(y);
    lines.z.push(Number.isNaN(x) ? NaN : height);
    lines.strength.push(strength);
  };
  for (const axis of [0, 1]) {
    const other = 1 - axis;
    const first = Math.ceil((centre[axis] - radius[axis]) / spacing);
    const last = Math.floor((centre[axis] + radius[axis]) / spacing);
    for (let line = first; line <= last; line++) {
      const across = line * spacing;
      // Each line ends where the ellipse does.
      const reach = radius[other] * Math.sqrt(Math.max(0, 1 - ((across - centre[axis]) / radius[axis]) ** 2));
      const pieces = Math.max(2, Math.ceil((2 * reach) / (spacing / 2)));
      for (let i = 0; i <= pieces; i++) {
        const along = centre[other] - reach + (2 * reach * i) / pieces;
        const [x, y] = axis ? [along, across] : [across, along];
        add(x, y, strengthAt(x, y));
      }
      add(NaN, NaN, 0);
    }
  }
  return lines;
}
