// The cross-sections of a part of the body as tables: for every point of its skin where it is and where it faces.

const TYPICAL_LENGTH = 0.2; // body heights, of a part: how steep its skin is need not be exact
const NUMBERS = 5;

/**
 * The skin of one kind of part, in body heights. Each point is five numbers: across and in depth from the axis, then
 * how much it faces across, in depth, and along the axis.
 */
export class CrossSections {
  /**
   * @param {number[][]} rows of mariel/stage/body/proportions.py: along, beyond, half width, half depth, shift
   * @param {number} sides of the polygon
   */
  constructor(rows, sides) {
    this.rows = rows;
    this.sides = sides;
    this.points = rows.length * sides;
    this.table = new Float32Array(this.points * NUMBERS);
    rows.forEach((row, at) => this.fillRow(row, at));
    /** Corners of triangles, from 0. */
    this.corners = this.makeCorners();
  }

  /**
   * @param {number[]} row
   * @param {number} at
   */
  fillRow([, , width, depth, shift], at) {
    const { rows, sides, table } = this;
    const [before, after] = [rows[Math.max(at - 1, 0)], rows[Math.min(at + 1, rows.length - 1)]];
    const length = (after[0] - before[0]) * TYPICAL_LENGTH + after[1] - before[1];
    const narrowing = (before[2] + before[3] - after[2] - after[3]) / 2;
    const slope = Math.atan2(narrowing, Math.max(length, 1e-6));
    for (let side = 0; side < sides; side++) {
      const [c, s] = [Math.cos((side / sides) * 2 * Math.PI), Math.sin((side / sides) * 2 * Math.PI)];
      const outward = Math.hypot(c * depth, s * width) || 1;
      const around = Math.cos(slope);
      const faces = [(c * depth * around) / outward, (s * width * around) / outward, Math.sin(slope)];
      table.set([c * width, s * depth + shift, ...faces], (at * sides + side) * NUMBERS);
    }
  }

  makeCorners() {
    const corners = [];
    for (let row = 0; row + 1 < this.rows.length; row++) {
      for (let side = 0; side < this.sides; side++) {
        const [a, b] = [row * this.sides + side, row * this.sides + ((side + 1) % this.sides)];
        corners.push(a, b, a + this.sides, b, b + this.sides, a + this.sides);
      }
    }
    return corners;
  }
}
