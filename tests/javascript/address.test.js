import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { formatCamera, parseCamera } from "../../mariel/stage/web/player/address.js";

/** @type {CameraState} */
const TURNED = {
  preset: null, azimuth: 1.5711111, elevation: 0.2, distance: 3.4, pan: [0, -0.5, 0], follow: false, mirror: false,
};

describe("a camera in the address", () => {
  it("is a preset's name where nothing else was changed", () => {
    for (const preset of /** @type {CameraPreset[]} */ (["front", "left", "right", "top", "three-quarter"])) {
      assert.equal(formatCamera({ ...TURNED, preset }), preset);
      assert.equal(parseCamera(preset), preset);
    }
  });

  it("means the dancer's left where an older link says side", () => {
    assert.equal(parseCamera("side"), "left");
  });

  it("is six numbers with three decimals, read back", () => {
    assert.equal(formatCamera(TURNED), "1.571,0.2,3.4,0,-0.5,0");
    assert.deepEqual(parseCamera("1.571,0.2,3.4,0,-0.5,0"), { ...TURNED, azimuth: 1.571 });
  });

  it("has letters for following and the mirror", () => {
    assert.equal(formatCamera({ ...TURNED, preset: "left", follow: true, mirror: true }), "1.571,0.2,3.4,0,-0.5,0,f,m");
    const read = parseCamera("0,0,2,0,0,0,m");
    assert.ok(read && typeof read === "object");
    assert.deepEqual([read.follow, read.mirror], [false, true]);
  });

  it("has 0 for the distance at which everything fits", () => {
    assert.equal(formatCamera({ ...TURNED, distance: null }), "1.571,0.2,0,0,-0.5,0");
    assert.deepEqual(parseCamera("1.571,0.2,0,0,-0.5,0"), { ...TURNED, azimuth: 1.571, distance: null });
  });

  it("that makes no sense is none", () => {
    const senseless = [
      null, "", "nowhere", "1,2,3", "1,2,3,4,5,6,7", "1,2,1e9,0,0,0", "NaN,0,3,0,0,0", "9999,0,3,0,0,0",
      "0,0,0.5,0,0,0", "0,0,61,0,0,0", "0,0,-3,0,0,0", "0,0,3,0,0,0,x", "1.2.3,0,3,0,0,0", "<script>", "toString",
    ];
    for (const text of senseless) assert.equal(parseCamera(text), null, String(text));
  });
});
