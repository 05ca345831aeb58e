import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SceneGeometry } from "../../mariel/stage/web/scene/scene_geometry.js";

/** @import { Theme } from "../../mariel/stage/web/theme.js" */

const THEME = /** @type {Theme} */ (/** @type {unknown} */ ({
  trailColours: { L: "#ff0000", R: "#0000ff", M: "#000000" }, rgb: () => [0, 0, 1], backdropRgb: [1, 1, 1],
}));
/** The viewer stands at +x. @type {Vector3} */
const BACK = [1, 0, 0];

/**
 * A scene of one marker, counted in millimetres, with its trail.
 * @param {Vector3[]} path positions by frame, metres; NaN where the marker is missing
 * @param {number} fps
 */
function makeScene(path, fps = 10) {
  /** @type {Dancer} */
  const dancer = {
    label: "", frames: path.length, labels: ["RHAND"], bones: [], sides: "R", head: [], facing: [], body: null,
    ghost: false, colour: null, origin: [0, 0, 0], step: 0.001, bounds: [[0, 0, 0], [1, 1, 3]], values: 0,
    painted: false, valueTable: null,
    counts: Int16Array.from(path.flat(), (value) => (Number.isNaN(value) ? -32768 : Math.round(value * 1000))),
  };
  /** @type {SceneHeader} */
  const header = {
    fps, frames: path.length, title: "", trails: ["RHAND"], floor: true, style: "markers", markers: true, shapes: {},
    front: null, unit: "", curves: [], tiles: null, dancers: [dancer],
  };
  return new SceneGeometry(header, "markers");
}

/** A marker that rises by a tenth of a metre per frame. @type {Vector3[]} */
const RISING = Array.from({ length: 30 }, (_, frame) => [0, 0, frame / 10]);

/** @param {ArrayLike<number>} values */
const rounded = (values) => Array.from(values, (value) => Number(value.toFixed(4)));

/** @param {SceneGeometry} scene */
const heights = ({ trails }) => rounded(trails.path.filter((_, i) => i % 3 === 2));

/** @param {SceneGeometry} scene */
function widths({ trails: { mesh } }) {
  const { x, y, z } = mesh.points;
  const width = (/** @type {number} */ at) => Math.hypot(x[at] - x[at + 1], y[at] - y[at + 1], z[at] - z[at + 1]);
  return Array.from({ length: x.length / 2 }, (_, place) => width(place * 2));
}

describe("a trail", () => {
  it("goes through the last 1.2 seconds, and begins with the motion", () => {
    const scene = makeScene(RISING);
    scene.setFrame(20);
    assert.deepEqual(heights(scene), [0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2]);
    scene.setFrame(1);
    assert.deepEqual(heights(scene).slice(-3), [NaN, 0, 0.1]);
  });

  it("ends at the marker, also between two frames", () => {
    const scene = makeScene(RISING);
    scene.setFrame(20.5);
    assert.deepEqual(heights(scene).slice(-3), [1.8, 1.9, 2.05]);
  });

  it("has no more places for a fast recording", () => {
    const scene = makeScene(Array.from({ length: 2400 }, () => [0, 0, 1]), 1200);
    assert.ok(scene.trails.length <= 48);
  });

  it("is broadest and strongest at the marker, and both only fall towards its beginning", () => {
    const scene = makeScene(RISING);
    scene.setFrame(20);
    scene.trails.setColours(THEME);
    scene.trails.face(BACK, 200);
    const broad = widths(scene);
    const alpha = broad.map((_, place) => scene.trails.mesh.colours[place * 8 + 3]);
    assert.ok(Math.abs(broad[11] - 0.05) < 1e-6 && alpha[11] > 0.8);
    assert.deepEqual([broad[0], alpha[0]], [0, 0]);
    for (let i = 1; i < 12; i++) assert.ok(broad[i] > broad[i - 1] && alpha[i] > alpha[i - 1]);
  });

  it("turns its breadth to the viewer", () => {
    const scene = makeScene(RISING);
    scene.setFrame(20);
    for (const [back, across] of /** @type {[Vector3, "x" | "y"][]} */ ([[[1, 0, 0], "y"], [[0, 1, 0], "x"]])) {
      scene.trails.face(back, 200);
      const points = scene.trails.mesh.points[across];
      assert.ok(Math.abs(Math.abs(points[22] - points[23]) - 0.05) < 1e-6);
    }
  });

  it("stays as broad as some pixels where the dancer is small", () => {
    const scene = makeScene(RISING);
    scene.setFrame(20);
    scene.trails.face(BACK, 10);
    assert.ok(Math.abs(widths(scene)[11] - 0.2) < 1e-6); // two pixels
  });

  it("is not drawn where the marker is missing, and has no triangle across the gap", () => {
    const scene = makeScene(RISING.map(([x, y, z], frame) => (frame === 15 ? [NaN, NaN, NaN] : [x, y, z])));
    scene.setFrame(20);
    scene.trails.face(BACK, 200);
    const { hidden, hides, points } = scene.trails.mesh;
    assert.deepEqual([...hidden].flatMap((value, at) => (value ? [at] : [])), [12, 13]); // of the seventh place
    assert.equal(hides, 1); // one of its corners is enough
    assert.ok([...points.x, ...points.y, ...points.z].every(Number.isFinite));
  });
});
