import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { StillImage } from "../../mariel/stage/web/plotly/still_image.js";

/** A graphics context that makes everything, and counts rectangles and copies. */
function makeContext({ extension = true } = {}) {
  const counts = { drawn: 0, copied: 0 };
  const arrays = { createVertexArrayOES: () => ({}), bindVertexArrayOES() {} };
  const known = /** @type {Record<string, unknown>} */ ({
    drawingBufferWidth: 100, drawingBufferHeight: 50, getExtension: () => (extension ? arrays : null),
    drawArrays: () => (counts.drawn += 1), copyTexImage2D: () => (counts.copied += 1),
  });
  const gl = new Proxy(known, { get: (target, name) => target[String(name)] ?? (() => ({})) });
  return { gl: /** @type {any} */ (gl), known, counts };
}

describe("an image of what has been drawn", () => {
  it("is kept at the second time, and drawn from the third on", () => {
    const { gl, counts } = makeContext();
    const image = new StillImage(gl);
    const shown = [{}];
    const drawn = [0, 1, 2, 3].map(() => image.draw(shown) || (image.keep(), false));
    assert.deepEqual(drawn, [false, false, true, true]);
    assert.deepEqual(counts, { drawn: 2, copied: 1 });
  });

  it("is not drawn when something else is to be shown, or at another size", () => {
    const { gl, known } = makeContext();
    const image = new StillImage(gl);
    const shown = [{}];
    const settle = () => [0, 1, 2].map(() => image.draw(shown) || (image.keep(), false)).at(-1);
    assert.equal(settle(), true);
    assert.equal(image.draw([{}]), false);
    assert.equal(settle(), true);
    known.drawingBufferWidth = 200;
    assert.equal(image.draw(shown), false);
  });

  it("is never drawn where the browser has no vertex arrays", () => {
    const image = new StillImage(makeContext({ extension: false }).gl);
    const shown = [{}];
    assert.deepEqual([0, 1, 2, 3].map(() => image.draw(shown) || (image.keep(), false)), [false, false, false, false]);
  });
});
