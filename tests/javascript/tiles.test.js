import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SceneGeometry } from "../../mariel/stage/web/scene/scene_geometry.js";

const WIDE = { width: 900, height: 430 };
const PHONE = { width: 360, height: 450 };
const FRONT = { azimuth: 0, elevation: 0 }; // seen from +x: +y is on the right

/**
 * Dancers of one marker, 1 m above the floor, that walk along +y from where they begin.
 * @param {number} count
 * @param {Partial<SceneHeader>} changes
 */
function makeTiles(count, changes = {}) {
  const dancers = Array.from({ length: count }, (_, i) => ({
    label: `seed ${i}`, frames: 101, labels: ["HEAD"], bones: [], sides: "M", head: [0], facing: [], ghost: false,
    colour: null, origin: [0, 0, 0], step: 0.01, bounds: [[5, i, 1], [5, i + 1, 1]], values: 0, painted: false,
    valueTable: null, counts: Int16Array.from({ length: 303 }, (_, at) => [500, i * 100 + Math.floor(at / 3), 100][at % 3]),
  }));
  return new SceneGeometry(/** @type {any} */ ({
    fps: 35, frames: 101, title: "", trails: [], floor: true, markers: true, front: 0, unit: "", curves: [],
    tiles: dancers.map((_, i) => i), dancers, shapes: {}, ...changes,
  }), "markers");
}

/**
 * @param {SceneGeometry} geometry
 * @param {{ width: number, height: number }} size
 * @param {{ azimuth: number, elevation: number }} camera
 */
function arrange(geometry, size, camera = FRONT) {
  geometry.arrangeTiles(/** @type {any} */ (camera), size);
  geometry.setFrame(50);
  return geometry.dancers.map(({ positions }) => [...positions]);
}

describe("tiles", () => {
  it("stand in one row on a wide stage and in two on a phone, in reading order", () => {
    const wide = arrange(makeTiles(4), WIDE);
    assert.ok(wide.every(([, y], i) => i === 0 || y > wide[i - 1][1] + 1));
    assert.ok(wide.every(([, , z]) => Math.abs(z - wide[0][2]) < 1e-6));
    const phone = arrange(makeTiles(4), PHONE);
    assert.ok(phone[1][1] > phone[0][1] + 1 && phone[3][1] > phone[2][1] + 1);
    assert.ok(phone[0][2] > phone[2][2] + 1 && Math.abs(phone[0][2] - phone[1][2]) < 1e-6);
  });

  it("turn with the camera, so that nobody hides another", () => {
    const side = arrange(makeTiles(4), WIDE, { azimuth: Math.PI / 2, elevation: 0 }); // from +y: −x is on the right
    assert.ok(side.every(([x], i) => i === 0 || x < side[i - 1][0] - 1));
  });

  it("follow their dancer: half-way through a steady walk each is in the middle of its tile", () => {
    const geometry = makeTiles(2);
    const positions = arrange(geometry, WIDE);
    geometry.tiles?.placements.forEach((placement, i) => {
      assert.ok(placement && Math.abs(positions[i][1] - placement.target[1]) < 0.02);
    });
  });

  it("show one dancer alone, standing where it walks, and hide the others", () => {
    const geometry = makeTiles(3);
    if (geometry.tiles) geometry.tiles.enlarged = 1;
    const positions = arrange(geometry, WIDE);
    assert.ok(Number.isFinite(positions[1][0]));
    assert.ok([positions[0], positions[2]].every((position) => position.every(Number.isNaN)));
    const before = positions[1][1];
    geometry.setFrame(100);
    assert.ok(Math.abs(geometry.dancers[1].positions[1] - before - 0.5) < 1e-4);
  });

  it("come in pages of four on a phone where there are twelve", () => {
    const geometry = makeTiles(12);
    if (geometry.tiles) geometry.tiles.page = 2;
    const shown = arrange(geometry, PHONE).map(([x]) => Number.isFinite(x));
    assert.deepEqual(shown, [...new Array(8).fill(false), true, true, true, true]);
    assert.ok(arrange(makeTiles(12), WIDE).every(([x]) => Number.isFinite(x)));
  });

  it("keep a pose in the tile of the dance that begins with it", () => {
    const positions = arrange(makeTiles(4, { tiles: [0, 1, 0, 1] }), WIDE);
    assert.ok(Math.abs(positions[2][1] - positions[0][1] - 2) < 0.1); // two metres apart in the scene too
  });
});
