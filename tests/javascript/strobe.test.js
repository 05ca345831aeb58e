import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { unpackBlock } from "../../mariel/stage/web/scene/block.js";
import { SceneGeometry } from "../../mariel/stage/web/scene/scene_geometry.js";
import { mostPoses, strobeFrames } from "../../mariel/stage/web/scene/strobe/strobe.js";

describe("past poses", () => {
  it("are those of every n-th frame before the present one, oldest first", () => {
    assert.deepEqual(strobeFrames(35, 0, 10, 12), [0, 10, 20, 30]);
    assert.deepEqual(strobeFrames(30, 0, 10, 12), [0, 10, 20]); // the present pose is the dancer's own
    assert.deepEqual(strobeFrames(30.2, 0, 10, 12), [0, 10, 20, 30]);
    assert.deepEqual(strobeFrames(0, 0, 10, 12), []);
  });

  it("begin with the section that is repeated", () => {
    assert.deepEqual(strobeFrames(35, 17, 10, 12), [17, 27]);
  });

  it("are the newest where there would be too many", () => {
    assert.deepEqual(strobeFrames(1000, 0, 10, 3), [970, 980, 990]);
  });

  it("are fewer for each of several dancers, and at most twelve", () => {
    assert.deepEqual([1, 2, 4, 12].map(mostPoses), [12, 8, 4, 1]);
  });
});

/**
 * A dancer of 53 markers that moves along +x by a centimetre per frame.
 * @param {DrawingStyle} style
 * @param {Partial<SceneHeader>} changes
 */
async function walking(style, changes = {}) {
  const bytes = readFileSync(process.env.PACKED_FIGURE ?? "");
  const header = await unpackBlock(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const [dancer] = header.dancers;
  const pose = dancer.counts.slice(0, dancer.labels.length * 3);
  const frames = 100;
  const counts = new Int16Array(frames * pose.length);
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < pose.length; i++) {
      counts[frame * pose.length + i] = pose[i] + (i % 3 ? 0 : Math.round((frame * 0.01) / dancer.step));
    }
  }
  Object.assign(header, { frames, fps: 10, ...changes });
  Object.assign(dancer, { counts, frames });
  const scene = new SceneGeometry(header, style, 1);
  if (!scene.strobe) throw new Error("the scene shows no past poses");
  return { scene, strobe: scene.strobe };
}

const AXES = /** @type {import("../../mariel/stage/web/scene/figure/figure_geometry.js").ViewAxes} */ ({
  right: [0, 1, 0], up: [0, 0, 1], back: [1, 0, 0],
});

describe("the strobe", { skip: !process.env.PACKED_FIGURE }, () => {
  for (const style of /** @type {DrawingStyle[]} */ (["figure", "markers"])) {
    it(`draws each past pose where the dancer has been, in the style ${style}`, async () => {
      const { scene, strobe } = await walking(style);
      scene.setFrame(35);
      strobe.shade(AXES, { ambient: 0.6, diffuse: 0.4 });
      const layers = strobe.mesh.layers ?? [];
      assert.equal(layers.length, 4);
      const middles = layers.map(({ start, stop }) => {
        const { points, corners } = strobe.mesh;
        const x = Array.from(corners.subarray(start, stop), (corner) => points.x[corner]);
        return (Math.min(...x) + Math.max(...x)) / 2;
      });
      for (let pose = 1; pose < 4; pose++) assert.ok(Math.abs(middles[pose] - middles[pose - 1] - 0.1) < 0.002);
    });
  }

  it("makes poses paler as they grow older, and never shows more than its most", async () => {
    const { scene, strobe } = await walking("figure", { fps: 2 });
    for (const frame of [3, 40, 99]) {
      scene.setFrame(frame);
      const opacity = (strobe.mesh.layers ?? []).map((layer) => layer.opacity);
      assert.ok(opacity.length <= strobe.most && opacity.length === Math.min(strobe.most, Math.ceil(frame / 2)));
      assert.ok(opacity.every((value, i) => value > 0 && value < 0.7 && (!i || value > opacity[i - 1])));
    }
  });

  it("draws fewer triangles for a past pose than for the dancer", async () => {
    const { scene, strobe } = await walking("figure");
    scene.setFrame(15);
    const [{ start, stop }] = strobe.mesh.layers ?? [];
    assert.ok(stop - start < 0.7 * (scene.figure?.mesh.corners.length ?? 0));
  });

  it("follows a change of the dance, without another frame", async () => {
    const { scene, strobe } = await walking("figure");
    scene.setFrame(15);
    const before = strobe.mesh.points.x[0];
    const [{ dancer }] = scene.dancers;
    const shift = Math.round(0.3 / dancer.step);
    const shifted = dancer.counts.map((count, i) => (i % 3 ? count : count + shift));
    const { frames, step, origin, bounds } = dancer;
    scene.dancers[0].blend = {
      dancer: { frames, markers: dancer.labels.length, origin, step, bounds: [bounds], counts: shifted },
      first: 0, weights: [1, 0, 0, 0],
    };
    scene.setFrame(15);
    assert.ok(Math.abs(strobe.mesh.points.x[0] - before - 0.3) < 0.001);
  });

  it("is of dancers, not of a ghost beside them", async () => {
    const { scene } = await walking("figure");
    Object.assign(scene.header.dancers[0], { ghost: true });
    assert.equal(new SceneGeometry(scene.header, "figure", 1).strobe, null);
  });
});
