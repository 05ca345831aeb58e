import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { floorGrid } from "../../mariel/stage/web/scene/floor.js";

/**
 * A motion inside a square around the origin.
 * @param {number} half metres
 * @returns {Bounds}
 */
const square = (half) => [[-half, -half, 0], [half, half, 1.7]];

/** @param {number[]} values */
const withoutGaps = (values) => values.filter((value) => !Number.isNaN(value));

/**
 * Where lines in the direction of y are, from the runs of equal x.
 * @param {{ x: number[], y: number[] }} lines
 */
function linesAlongY({ x }) {
  const runs = new Set(x.filter((value, i) => value === x[i + 1]));
  return [...runs].sort((a, b) => a - b);
}

describe("the floor's grid", () => {
  it("is at the floor's height, with gaps between lines", () => {
    const { x, y, z, strength } = floorGrid(square(0), 0.25);
    assert.deepEqual(new Set(withoutGaps(z)), new Set([0.25]));
    assert.deepEqual([y.length, z.length, strength.length], [x.length, x.length, x.length]);
    assert.deepEqual(x.map(Number.isNaN), z.map(Number.isNaN));
    assert.equal(x.filter(Number.isNaN).length, 2 * 5); // lines at -1, -0.5, 0, 0.5 and 1 m in both directions
  });

  it("reaches 0.8 m around the dancers, at least 1.2 m from its centre", () => {
    const { x } = floorGrid(square(0), 0);
    assert.deepEqual([Math.min(...withoutGaps(x)), Math.max(...withoutGaps(x))], [-1.2, 1.2]);
    const { y } = floorGrid(square(2), 0);
    assert.deepEqual([Math.min(...withoutGaps(y)), Math.max(...withoutGaps(y))], [-2.8, 2.8]);
  });

  it("has lines half a metre apart, on a larger floor one or two", () => {
    assert.deepEqual(linesAlongY(floorGrid(square(0), 0)), [-1, -0.5, 0, 0.5, 1]);
    assert.deepEqual(linesAlongY(floorGrid(square(4), 0)), [-4, -3, -2, -1, 0, 1, 2, 3, 4]);
    assert.deepEqual(linesAlongY(floorGrid(square(9), 0)), [-8, -6, -4, -2, 0, 2, 4, 6, 8]);
  });

  it("fades from full strength in the middle to nothing at the edge", () => {
    const { x, y, strength } = floorGrid(square(0), 0);
    const at = (/** @type {number} */ px, /** @type {number} */ py) => {
      const index = x.findIndex((value, i) => Math.abs(value - px) < 1e-9 && Math.abs(y[i] - py) < 1e-9);
      return strength[index];
    };
    assert.equal(at(0, 0), 1);
    assert.equal(at(1.2, 0), 0);
    assert.ok(strength.every((value) => value >= 0 && value <= 1));
  });

  it("is centred on the motion", () => {
    const { x } = floorGrid([[16, 0, 0], [17, 0, 0]], 0);
    assert.deepEqual([Math.min(...withoutGaps(x)), Math.max(...withoutGaps(x))], [16.5 - 1.3, 16.5 + 1.3]);
  });
});
