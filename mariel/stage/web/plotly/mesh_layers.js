// Drawing the triangles of plotly's mesh in layers that let shine through what is behind them. plotly would draw all of
// a scene a second time for that, and mixes what is transparent without regard to what lies above.

/** @import { MeshLayer } from "../scene/figure/mesh.js" */

/** A layer and its triangles in plotly's buffers. @typedef {{ layer: MeshLayer, first: number, count: number }} Range */

/** @type {WeakMap<object, Range[] | null>} by plotly's mesh; null for one that plotly draws itself */
const rangesOf = new WeakMap();

/**
 * Let a mesh draw these ranges from now on, in this order.
 * @param {any} drawn plotly's mesh, which may have drawn another one before
 * @param {Range[] | null} ranges null for what plotly draws itself
 */
export function setRanges(drawn, ranges) {
  if (ranges && !rangesOf.has(drawn)) replaceDrawing(drawn);
  if (ranges || rangesOf.has(drawn)) rangesOf.set(drawn, ranges);
  if (ranges) drawn.triangleCount = Math.min(1, ranges.length); // what plotly draws itself is masked
}

/**
 * @param {any} drawn plotly's mesh
 * @throws {TypeError} it is not made as expected
 */
function replaceDrawing(drawn) {
  const { gl, triangleVAO: arrays, lineShader: shader } = drawn;
  if (typeof arrays.bind !== "function" || !("opacity" in shader.uniforms)) throw new TypeError("no such mesh");
  drawn.triangleVAO = {
    bind() {
      arrays.bind();
      const ranges = rangesOf.get(drawn);
      if (!ranges) return;
      drawRanges(gl, shader, ranges);
      mask(gl, false);
      gl.depthMask(false);
    },
    unbind() {
      arrays.unbind();
      if (!rangesOf.get(drawn)) return;
      mask(gl, true);
      gl.depthMask(true);
      gl.disable(gl.BLEND);
    },
    dispose: () => arrays.dispose(),
  };
  drawn.drawPick = () => {}; // the player finds markers itself
}

/**
 * @param {WebGLRenderingContext} gl
 * @param {boolean} on whether colours are drawn
 */
const mask = (gl, on) => gl.colorMask(on, on, on, on);

/**
 * @param {WebGLRenderingContext} gl
 * @param {any} shader that is bound
 * @param {Range[]} ranges
 */
function drawRanges(gl, shader, ranges) {
  gl.enable(gl.BLEND);
  gl.blendEquation(gl.FUNC_ADD);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA); // colours are multiplied by their opacity already
  for (const { layer, first, count } of ranges) {
    shader.uniforms.opacity = layer.opacity;
    if (layer.place === "above") {
      gl.clear(gl.DEPTH_BUFFER_BIT);
      mask(gl, false); // depth alone: of the layer's own triangles only the nearest are mixed with what is behind
      gl.drawArrays(gl.TRIANGLES, first, count);
      mask(gl, true);
    } else gl.depthMask(false);
    gl.drawArrays(gl.TRIANGLES, first, count);
    gl.depthMask(true);
  }
  if (ranges.at(-1)?.layer.place === "above") gl.clear(gl.DEPTH_BUFFER_BIT); // what comes later lies above
}
