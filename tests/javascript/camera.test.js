import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { nameCentre, nameRoom } from "../../mariel/stage/web/scene/framing.js";
import { Camera, Projection, fitPoints } from "../../mariel/stage/web/scene/camera.js";

/** @type {Vector3} */
const ORIGIN = [0, 0, 0];
const FIT = { distance: 4, shift: /** @type {Vector3} */ ([0, 0, 1]) };

/** Pixels. The picture shows 2 · tan(22.5°) metres from top to bottom at a distance of 1 m: 100 pixels per metre. */
const HEIGHT = 2 * Math.tan(Math.PI / 8) * 100;

/**
 * @param {ArrayLike<number>} actual
 * @param {number[]} expected
 */
function assertClose(actual, expected) {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i] - value) < 1e-9, `expected ${expected}, found ${Array.from(actual)}`);
  });
}

/** @param {object} changes */
const cameraAt = (changes) => ({ azimuth: 0, elevation: 0, mirror: false, ...changes });

describe("a projection", () => {
  it("puts the target into the middle of the picture", () => {
    const projection = new Projection(cameraAt({}), [1, 2, 3], 5, 400, 300);
    assertClose(projection.project(1, 2, 3), [200, 150, 5]);
  });

  it("seen from +x shows +y on the right, z upwards, and less of what is farther away", () => {
    const projection = new Projection(cameraAt({}), ORIGIN, 2, 400, HEIGHT);
    assert.ok(Math.abs(projection.pixelsPerMetre - 50) < 1e-9);
    assertClose(projection.project(0, 1, 0), [250, HEIGHT / 2, 2]);
    assertClose(projection.project(0, 0, 1), [200, HEIGHT / 2 - 50, 2]);
    assertClose(projection.project(-2, 1, 0), [225, HEIGHT / 2, 4]);
  });

  it("gives what lies behind the viewer a depth below 0", () => {
    const projection = new Projection(cameraAt({}), ORIGIN, 2, 400, HEIGHT);
    assert.equal(projection.project(3, 0, 0)[2], -1);
  });

  it("from +y shows -x on the right", () => {
    const projection = new Projection(cameraAt({ azimuth: Math.PI / 2 }), ORIGIN, 2, 400, HEIGHT);
    assertClose(projection.project(-1, 0, 0), [250, HEIGHT / 2, 2]);
  });

  it("in the mirror swaps left and right", () => {
    const projection = new Projection(cameraAt({ mirror: true }), ORIGIN, 2, 400, HEIGHT);
    assertClose(projection.project(0, 1, 0), [150, HEIGHT / 2, 2]);
  });

  it("for plotly is relative to the centre of the scene's box", () => {
    const projection = new Projection(cameraAt({}), [1, 0, 0], 3, 400, 300);
    const { eye, center, up } = projection.plotlyCamera([1, 1, 1]);
    assertClose([eye.x, eye.y, eye.z], [3, -1, -1]);
    assertClose([center.x, center.y, center.z], [0, -1, -1]);
    assert.deepEqual(up, { x: 0, y: 0, z: 1 });
  });
});

describe("the distance that fits", () => {
  it("shows a point at the edge with a margin of 13 %", () => {
    const { distance, shift } = fitPoints(cameraAt({}), ORIGIN, [[0, 0, 1], [0, 0, -1]], 1);
    assert.ok(Math.abs(distance - 1.13 / Math.tan(Math.PI / 8)) < 1e-9);
    assertClose(shift, [0, 0, 0]);
  });

  it("shifts the target to the middle of the points", () => {
    const { shift } = fitPoints(cameraAt({}), ORIGIN, [[0, 2, 0], [0, 4, 0]], 1);
    assertClose(shift, [0, 3, 0]);
  });

  it("is larger in a narrow picture, and where a part of its height is kept free", () => {
    /** @type {Vector3[]} */
    const square = [[0, 1, 1], [0, -1, -1]];
    const wide = fitPoints(cameraAt({}), ORIGIN, square, 1).distance;
    const narrow = fitPoints(cameraAt({}), ORIGIN, square, 0.5).distance;
    const below = fitPoints(cameraAt({}), ORIGIN, square, 1, { top: 0.5, bottom: 0 });
    assert.ok(Math.abs(narrow - 2 * wide) < 1e-9);
    assert.ok(Math.abs(below.distance - 2 * wide) < 1e-9);
    assert.ok(below.shift[2] > 0); // looks higher: the points are in the lower part
  });

  it("keeps a part of the picture's bottom free as well", () => {
    /** @type {Vector3[]} */
    const square = [[0, 1, 1], [0, -1, -1]];
    const { distance, shift } = fitPoints(cameraAt({}), ORIGIN, square, 1, { top: 0.25, bottom: 0.25 });
    assert.ok(Math.abs(distance - 2 * fitPoints(cameraAt({}), ORIGIN, square, 1).distance) < 1e-9);
    assertClose(shift, [0, 0, 0]);
    assert.ok(fitPoints(cameraAt({}), ORIGIN, square, 1, { top: 0, bottom: 0.5 }).shift[2] < 0); // looks lower
  });

  it("is at least a metre, also without any point", () => {
    const { distance, shift } = fitPoints(cameraAt({}), ORIGIN, [], 1);
    assert.equal(distance, 1);
    assertClose(shift, [0, 0, 0]);
  });
});

describe("a camera", () => {
  it("takes views from the direction that the dancer faces", () => {
    const camera = new Camera();
    camera.applyPreset("front", Math.PI);
    assert.deepEqual([camera.azimuth, camera.elevation, camera.distance], [Math.PI, 0.08, null]);
    camera.applyPreset("left", Math.PI); // whoever faces -x has -y at the left
    assert.equal(camera.azimuth, 1.5 * Math.PI);
    camera.applyPreset("right", Math.PI);
    assert.equal(camera.azimuth, 0.5 * Math.PI);
    camera.applyPreset("front", Math.PI, true);
    assert.deepEqual([camera.azimuth, camera.elevation], [Math.PI, 0.45]);
  });

  it("is no preset any more where the next scene's dancer faces elsewhere", () => {
    const camera = new Camera();
    camera.applyPreset("left", 0);
    camera.forgetStalePreset(2 * Math.PI + 0.01);
    assert.equal(camera.preset, "left");
    camera.forgetStalePreset(Math.PI);
    assert.deepEqual([camera.preset, camera.azimuth], [null, Math.PI / 2]);
    camera.applyPreset("front", 0);
    camera.forgetStalePreset(0, true); // many dancers: from above
    assert.equal(camera.preset, null);
  });

  it("sees a row of dancers from the same side where the next scene's row faces elsewhere", () => {
    const camera = new Camera();
    camera.applyPreset("front", 1);
    camera.zoom(0.5, FIT);
    camera.pan = [1, 0, 0];
    camera.followRow(1, 1 + Math.PI / 2, 1 + Math.PI / 2);
    assertClose([camera.azimuth ?? NaN, camera.distance ?? NaN], [1 + Math.PI / 2, 2]);
    assertClose(camera.pan, [0, 1, 0]);
    assert.equal(camera.preset, "front");
  });

  it("takes a view of a row that comes in place of one dancer, whoever has turned it", () => {
    const camera = new Camera();
    camera.applyPreset("front", 0);
    camera.followRow(null, 2, 2);
    assert.equal(camera.azimuth, 2);
    camera.rotate(0.3, 0, FIT);
    camera.followRow(null, 1, 1);
    assert.equal(camera.preset, "three-quarter");
    assert.equal(camera.azimuth, 1 - Math.PI / 5);
  });

  it("stays where a viewer has turned it when a row has gone, and where there is none", () => {
    const camera = new Camera();
    camera.applyPreset("front", 0);
    camera.followRow(null, null, 2);
    assert.equal(camera.azimuth, 0);
    camera.followRow(1, null, 2);
    assert.equal(camera.azimuth, 2);
    camera.rotate(0.5, 0, FIT);
    camera.followRow(1, null, 0);
    assert.equal(camera.azimuth, 1.5);
  });

  it("rotates from the distance that fitted, and is no preset any more", () => {
    const camera = new Camera();
    camera.applyPreset("front", 1);
    camera.rotate(0.25, 0.5, FIT);
    assert.deepEqual([camera.preset, camera.azimuth, camera.elevation], [null, 0.75, 0.58]);
    assert.deepEqual([camera.distance, camera.pan], [4, [0, 0, 1]]);
    camera.rotate(0, 9, FIT);
    assert.equal(camera.elevation, (89 * Math.PI) / 180);
    camera.rotate(0, -9, FIT);
    assert.equal(camera.elevation, -0.3);
  });

  it("zooms from 0.6 to 60 m", () => {
    const camera = new Camera();
    camera.zoom(0.5, FIT);
    assert.equal(camera.distance, 2);
    camera.zoom(0.01, FIT);
    assert.equal(camera.distance, 0.6);
    camera.zoom(1000, FIT);
    assert.equal(camera.distance, 60);
  });

  it("moves by the height of the picture at the target's distance", () => {
    const camera = new Camera();
    camera.state = { ...camera.state, azimuth: 0, distance: 1 / (2 * Math.tan(Math.PI / 8)) };
    camera.move(0.5, 0.25, FIT);
    assertClose(camera.pan, [0, 0.5, 0.25]);
  });

  it("tells its listeners of every change", () => {
    const camera = new Camera();
    let changes = 0;
    camera.listeners.add({ onCamera: () => (changes += 1) });
    camera.applyPreset("top", 0);
    camera.rotate(1, 0, FIT);
    camera.zoom(2, FIT);
    camera.move(1, 0, FIT);
    camera.state = { ...camera.state, mirror: true };
    assert.equal(changes, 5);
    assert.equal(camera.mirror, true);
  });
});

describe("a dancer's name", () => {
  const phone = { width: 360, height: 260 };
  const laptop = { width: 680, height: 300 };

  it("is below the dancer", () => {
    assert.equal(nameCentre(150, 200, 80, phone), 150);
    assert.equal(nameCentre(600, 280, 80, laptop), 600);
  });

  it("is cut off by neither edge", () => {
    assert.equal(nameCentre(10, 100, 80, phone), 44);
    assert.equal(nameCentre(675, 280, 80, laptop), 636);
    assert.equal(nameCentre(350, 100, 80, phone), 316);
  });

  it("is beside the buttons in the corner of a narrow stage", () => {
    assert.equal(nameCentre(300, 200, 80, phone), 252);
  });

  it("begins at the left edge where it is wider than the stage", () => {
    assert.equal(nameCentre(150, 200, 400, phone), 204);
  });
});

describe("the room of a dancer's name", () => {
  it("ends before the nearest name at the same height", () => {
    const places = [[100, 300], [190, 310], [400, 300]];
    assert.deepEqual(places.map((_, i) => nameRoom(places, i)), [82, 82, 202]);
  });

  it("is all there is where other names are higher or lower", () => {
    assert.equal(nameRoom([[100, 300], [110, 316]], 0), Infinity);
    assert.equal(nameRoom([[100, 300]], 0), Infinity);
  });

  it("is never nothing", () => {
    assert.equal(nameRoom([[100, 300], [101, 300]], 0), 40);
  });
});
