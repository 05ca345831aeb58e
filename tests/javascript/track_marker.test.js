// Where the dot on a chart is, by the share of the dance that has been played.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { positionAt } from "../../mariel/stage/web/chart/track_marker.js";

describe("the position on a track", () => {
  /** @type {[number, number][]} */
  const points = [[0, 0], [4, 2], [4, 10]];

  it("lies on straight lines between points at equal steps of time", () => {
    assert.deepEqual(positionAt(points, 0), [0, 0]);
    assert.deepEqual(positionAt(points, 0.25), [2, 1]);
    assert.deepEqual(positionAt(points, 0.75), [4, 6]);
    assert.deepEqual(positionAt(points, 1), [4, 10]);
  });

  it("stays at the ends before the beginning and after the end", () => {
    assert.deepEqual(positionAt(points, -0.5), [0, 0]);
    assert.deepEqual(positionAt(points, 1.5), [4, 10]);
  });

  it("is a single point for a track of one", () => assert.deepEqual(positionAt([[3, 5]], 0.4), [3, 5]));
});
