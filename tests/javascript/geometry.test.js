import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Camera, Projection } from "../../mariel/stage/web/scene/camera.js";
import { StageView } from "../../mariel/stage/web/player/stage_view.js";
import { SceneGeometry } from "../../mariel/stage/web/scene/scene_geometry.js";

/** Positions per frame and marker, metres; NaN where a marker is missing. */
const STANDING = [[[0, 0.5, 0.9], [0, -0.5, 0.9], [0, 0, 2]]];

/**
 * A dancer with a left hand, a right hand and a head, counted in millimetres.
 * @param {number[][][]} positions (frames, 3, xyz)
 * @param {Partial<Dancer>} changes
 * @returns {Dancer}
 */
function makeDancer(positions, changes = {}) {
  const present = positions.flat().filter(([x]) => !Number.isNaN(x));
  const extreme = (/** @type {typeof Math.min} */ choose) =>
    /** @type {Vector3} */ ([0, 1, 2].map((axis) => choose(...present.map((point) => point[axis]))));
  return {
    label: "", frames: positions.length, labels: ["LHAND", "RHAND", "HEAD"], bones: [[[0], [1]], [[0, 1], [2]]],
    sides: "LRM", head: [2], facing: [[0, 1]], body: null, ghost: false, colour: null, origin: [0, 0, 0], step: 0.001,
    bounds: [extreme(Math.min), extreme(Math.max)], values: 0, painted: false, valueTable: null,
    counts: Int16Array.from(positions.flat(2), (value) => (Number.isNaN(value) ? -32768 : Math.round(value * 1000))),
    ...changes,
  };
}

/**
 * @param {Dancer[]} dancers
 * @param {Partial<SceneHeader>} changes
 */
function makeScene(dancers, changes = {}) {
  const style = changes.style ?? "markers";
  const frames = Math.max(...dancers.map((dancer) => dancer.frames));
  return new SceneGeometry({
    fps: 10, frames, title: "", trails: [], floor: true, style, markers: true, shapes: {}, front: null, unit: "", curves: [], tiles: null, dancers,
    ...changes,
  }, style);
}

/** @param {ArrayLike<number>} values */
const rounded = (values) => Array.from(values, (value) => Number(value.toFixed(4)));

/**
 * @param {Float32Array} points
 * @param {number} at
 * @returns {Vector3}
 */
const vector = (points, at) => [points[at], points[at + 1], points[at + 2]];

describe("a view", () => {
  const turning = [STANDING[0], [[-0.5, 0, 1], [0.5, 0, 1], [0, 0, 2]], [[NaN, NaN, NaN], [0, 0, 1], [0, 0, 2]]];

  /**
   * The direction from which the three-quarter view sees a scene, radians.
   * @param {Dancer[]} dancers
   * @param {number} frame
   * @param {number | null} front
   */
  function threeQuarter(dancers, frame, front) {
    const { header } = makeScene(dancers, { front });
    const camera = new Camera();
    const view = new StageView(header, /** @type {any} */ ({}), { width: 400, height: 300 }, camera, /** @type {any} */ ({}));
    view.geometry.setFrame(frame);
    view.applyPreset("three-quarter");
    return (camera.azimuth ?? NaN) + Math.PI / 5;
  }

  it("of three quarters begins where the dancer faces in the frame that is shown", () => {
    const dancer = makeDancer(turning);
    assert.equal(threeQuarter([dancer], 0, null), 0);
    assert.ok(Math.abs(threeQuarter([dancer], 1, null) - Math.PI / 2) < 1e-9);
    const ghost = makeDancer(turning, { ghost: true });
    assert.ok(Math.abs(threeQuarter([ghost, dancer], 1, 0) - Math.PI / 2) < 1e-9);
  });

  it("is that of the scene where there are several dancers, or nobody can tell where one faces", () => {
    const dancer = makeDancer(turning);
    assert.ok(Math.abs(threeQuarter([dancer, dancer], 1, 0.5) - 0.5) < 1e-9);
    assert.ok(Math.abs(threeQuarter([dancer], 2, 0.5) - 0.5) < 1e-9);
    assert.ok(Math.abs(threeQuarter([dancer], 2, null) + Math.PI / 2) < 1e-9);
  });
});

describe("a dancer", () => {
  it("faces a quarter turn clockwise from the left hand", () => {
    const [dancer] = makeScene([makeDancer(STANDING)]).dancers;
    assert.equal(dancer.facing, Math.atan2(-0, 1)); // the left hand is at +y, so it faces +x
    const turned = [[[-0.5, 0, 1], [0.5, 0, 1], [0, 0, 2]]];
    assert.equal(makeScene([makeDancer(turned)]).dancers[0].facing, Math.PI / 2);
  });

  it("whose hands are missing faces nowhere", () => {
    const [dancer] = makeScene([makeDancer([[[NaN, NaN, NaN], [0, -0.5, 1], [0, 0, 2]]])]).dancers;
    assert.equal(dancer.facing, null);
  });

  it("has a centre over the floor and a box", () => {
    const [dancer] = makeScene([makeDancer([[[0, 1, 1], [0, 3, 1], [3, 2, 2]]])]).dancers;
    assert.deepEqual(dancer.centre, [1, 2]);
    assert.deepEqual(dancer.corners[0], [0, 1, 1]);
    assert.deepEqual(dancer.corners[7], [3, 3, 2]);
  });

  it("without any marker in a frame has neither", () => {
    const missing = [NaN, NaN, NaN];
    const [dancer] = makeScene([makeDancer([[missing, missing, missing], STANDING[0]])]).dancers;
    assert.deepEqual([dancer.centre, dancer.corners], [null, []]);
  });
});

describe("a scene", () => {
  it("draws bones between means of markers, a gap after each, then their shadows", () => {
    const { lines, boneLength } = makeScene([makeDancer(STANDING)]);
    assert.equal(boneLength, 6);
    assert.deepEqual(rounded(lines.y), [0.5, -0.5, NaN, 0, 0, NaN, 0.5, -0.5, NaN, 0, 0, NaN]);
    assert.deepEqual(rounded(lines.z), [0.9, 0.9, NaN, 0.9, 2, NaN, 0.004, 0.004, NaN, 0.004, 0.004, NaN]);
  });

  it("draws no bone that needs a missing marker", () => {
    const { lines } = makeScene([makeDancer([[[NaN, NaN, NaN], [0, -0.5, 1], [0, 0, 2]], ...STANDING])]);
    assert.ok(Number.isNaN(lines.x[0]));
    assert.ok(Number.isNaN(lines.x[3])); // the middle between both hands
  });

  it("draws dots at the ends of bones and at markers, for a ghost at the ends only", () => {
    const ends = 4; // head, left hand, right hand, between the hands
    assert.equal(makeScene([makeDancer(STANDING)]).dots.x.length, ends + 3);
    assert.equal(makeScene([makeDancer(STANDING, { ghost: true })]).dots.x.length, ends);
    assert.equal(makeScene([makeDancer(STANDING)], { markers: false }).dots.x.length, ends);
  });

  it("has its floor at 0, or under feet that cannot stand there", () => {
    assert.equal(makeScene([makeDancer(STANDING, { bounds: [[0, 0, 0.5], [1, 1, 2]] })]).floorHeight, 0);
    assert.equal(makeScene([makeDancer(STANDING, { bounds: [[0, 0, -3], [1, 1, 2]] })]).floorHeight, -3);
  });

  it("finds the marker nearest to the mouse, of two as near the one in front", () => {
    const behind = makeDancer(STANDING.map((frame) => frame.map(([x, y, z]) => [x - 1, y, z])), { label: "behind" });
    const scene = makeScene([behind, makeDancer(STANDING, { label: "front" }), makeDancer(STANDING, { ghost: true })]);
    /** Seen from +x at 10 m: 100 pixels per metre whatever the depth. */
    const projection = /** @type {any} */ ({
      project: (/** @type {number[]} */ ...[x, y, z]) => [y * 100, z * 100, 10 - x],
    });
    const found = scene.nearest(projection, 52, 91, 12);
    assert.deepEqual([found?.label, found?.dancer.label, found?.index], ["LHAND", "front", 1]);
    assert.equal(scene.nearest(projection, 70, 90, 12), null);
  });

  it("puts a ghost a limb's thickness behind where it is seen, without a shadow", () => {
    const scene = makeScene([makeDancer(STANDING, { ghost: true }), makeDancer(STANDING)]);
    const [ghost, dancer] = scene.dancers;
    const projection = new Projection({ azimuth: 0.4, elevation: 0.2, mirror: false }, [0, 0, 1], 4, 400, 300);
    assert.ok(scene.setViewer(projection.eye));
    scene.setFrame(0);
    assert.deepEqual(rounded(dancer.positions), STANDING[0].flat());
    for (let at = 0; at < 9; at += 3) {
      const [x, y, depth] = projection.project(...vector(dancer.positions, at));
      const [ghostX, ghostY, ghostDepth] = projection.project(...vector(ghost.positions, at));
      assert.ok(Math.hypot(ghostX - x, ghostY - y) < 0.01); // pixels
      assert.ok(ghostDepth - depth > 0.1 && ghostDepth - depth < 0.121); // metres
    }
    assert.deepEqual(rounded(scene.lines.z.slice(12)), [...Array(6).fill(NaN), 0.004, 0.004, NaN, 0.004, 0.004, NaN]);
    assert.ok(!scene.setViewer(projection.eye)); // it has not moved
    assert.ok(!makeScene([makeDancer(STANDING)]).setViewer(projection.eye)); // there is no ghost
  });
});
