import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { blendOf, blendWeights, blendedBounds, blendedPositionsAt, unpackSweep } from "../../mariel/stage/web/scene/sweep.js";

const VALUES = [0, 0.5, 1, 1.5, 2];

/** @param {string | undefined} path */
const bytesOf = (path) => new Uint8Array(readFileSync(path ?? "")).buffer;

/** A sweep of one marker that moves along x by value³ metres per frame, (values, frames 0 to 2). */
const CUBIC = {
  values: VALUES,
  dancers: [
    {
      frames: 3, markers: 1, origin: /** @type {Vector3} */ ([0, 0, 1]), step: 0.125,
      bounds: VALUES.map((value) => /** @type {Bounds} */ ([[0, 0, 1], [2 * value, 0, 1]])),
      counts: Int16Array.from(VALUES.flatMap((value) => [0, 1, 2].flatMap((frame) => [value ** 3 * 8 * frame, 0, 0]))),
    },
  ],
};

/**
 * @param {number} value
 * @param {number} frame
 */
function positions(value, frame) {
  const out = new Float32Array(3);
  blendedPositionsAt(blendOf(CUBIC, 0, value), frame, out);
  return [...out];
}

describe("weights of a blend", () => {
  it("are those of the cubic polynomial half-way between two values", () => {
    assert.deepEqual(blendWeights(VALUES, 0.75), { first: 0, weights: [-1 / 16, 9 / 16, 9 / 16, -1 / 16] });
  });

  it("take one value alone at that value", () => {
    for (const [i, value] of VALUES.entries()) {
      const { first, weights } = blendWeights(VALUES, value);
      assert.equal(weights.findIndex((weight) => weight === 1) + first, i);
      assert.equal(weights.filter(Boolean).length, 1);
    }
  });

  it("add up to one everywhere", () => {
    for (let value = 0; value <= 2; value += 0.05) {
      const sum = blendWeights(VALUES, value).weights.reduce((total, weight) => total + weight);
      assert.ok(Math.abs(sum - 1) < 1e-12);
    }
  });
});

describe("a blended dance", () => {
  it("follows a cubic change exactly, between values and between frames", () => {
    assert.deepEqual(positions(1, 2), [2, 0, 1]);
    assert.deepEqual(positions(1.25, 2).map((x) => Number(x.toFixed(6))), [3.90625, 0, 1]);
    assert.deepEqual(positions(1, 0.5), [0.5, 0, 1]);
  });

  it("holds its last pose", () => {
    assert.deepEqual(positions(2, 99), [16, 0, 1]);
  });

  it("moves in a box between those of its values", () => {
    assert.deepEqual(blendedBounds(blendOf(CUBIC, 0, 1.25)), [[0, 0, 1], [2.5, 0, 1]]);
  });
});

describe("a packed sweep", () => {
  it("has the positions that Python has packed", async () => {
    const sweep = await unpackSweep(bytesOf(process.env.PACKED_SWEEP));
    const expected = JSON.parse(readFileSync(process.env.SWEPT_POSITIONS ?? "", "utf8"));
    const out = new Float32Array(sweep.dancers[0].markers * 3);
    sweep.values.forEach((value, i) => {
      blendedPositionsAt(blendOf(sweep, 0, value), 7, out);
      out.forEach((position, at) => assert.ok(Math.abs(position - expected[i][7].flat()[at]) < 0.00026));
    });
  });

  it("is told from other files", async () => {
    await assert.rejects(unpackSweep(bytesOf(process.env.PACKED_SCENE)), /not a packed sweep/);
  });
});
