// Writing a mesh into the graphics buffers that plotly.js keeps for it, which it does not promise to keep: whoever uses
// this tries `canWriteMesh` first.

import { cssColours, everyThird } from "../scene/figure/mesh.js";
import { setRanges, setView } from "./mesh_layers.js";

/** @import { MeshArrays } from "../scene/figure/mesh.js" */
/** @import { Range } from "./mesh_layers.js" */

/**
 * What plotly calls the arrays of a mesh. Light is in its colours already. Layers get theirs by the first drawing:
 * plotly takes a text for each point, which for a dozen figures is slow.
 * @param {MeshArrays} mesh
 */
export const meshAttributes = (mesh) => ({
  ...mesh.points,
  i: everyThird(mesh, 0),
  j: everyThird(mesh, 1),
  k: everyThird(mesh, 2),
  ...(mesh.layers ? { color: `rgb(${mesh.ground.map((share) => Math.round(share * 255))})` } : { vertexcolor: cssColours(mesh) }),
});

/**
 * Whether plotly's mesh has the buffers that `writeMesh` fills.
 * @param {any} drawn
 * @param {MeshArrays} mesh
 * @param {any} scale
 */
export function canWriteMesh(drawn, mesh, scale) {
  if (drawn.triangleCount * 3 !== mesh.corners.length || ![0, 1, 2].every((axis) => scale[axis] > 0)) return false;
  useFlatShader(drawn);
  writeMesh(drawn, mesh, scale);
  return true;
}

/**
 * Light is in the colours already: fill triangles with the shader for edges, which is cheaper than the one with light,
 * and look up the one pixel of the texture without filters.
 * @param {any} drawn plotly's mesh
 */
function useFlatShader(drawn) {
  const { triShader: lit, lineShader: flat, texture, gl } = drawn;
  texture.minFilter = texture.magFilter = gl.NEAREST;
  drawn.triShader = {
    bind: () => flat.bind(),
    set uniforms(/** @type {object} */ values) {
      flat.uniforms = { ...values, opacity: 1 };
      setView(drawn, values);
    },
    dispose: () => lit.dispose(),
  };
}

/**
 * Plotly's own update makes objects of all points and triangles and computes normals, at every frame: here only the
 * positions and colours of the corners that can be seen are written into its buffers.
 * @param {any} drawn plotly's mesh
 * @param {MeshArrays} mesh
 * @param {number[]} scale from metres to the units that plotly draws in
 */
export function writeMesh(drawn, mesh, scale) {
  const arrays = cornerArrays(mesh.corners);
  const { positions, rgba } = arrays;
  const all = { start: 0, stop: mesh.corners.length };
  let to = 0;
  const ranges = (mesh.layers ?? [all]).map((layer) => {
    const first = to;
    to = writeCorners(arrays, to, mesh, layer, scale);
    return { layer, first, count: to - first };
  });
  drawn.trianglePositions.update(positions.subarray(0, to * 3), 0);
  drawn.triangleColors.update(rgba.subarray(0, to * 4), 0);
  drawn.triangleCount = to / 3;
  setRanges(drawn, mesh.layers && /** @type {Range[]} */ (ranges));
  mesh.changed = false;
}

/**
 * @param {{ positions: Float32Array, rgba: Float32Array }} arrays
 * @param {number} to where the first corner is written
 * @param {MeshArrays} mesh
 * @param {{ start: number, stop: number }} part of the corners
 * @param {number[]} scale
 * @returns {number} where the next one would be
 */
function writeCorners({ positions, rgba }, to, { points, colours, hidden, hides, corners }, { start, stop }, [sx, sy, sz]) {
  for (let first = start; first < stop; first += 3) {
    if (hidden[corners[first]] + hidden[corners[first + 1]] + hidden[corners[first + 2]] >= hides) continue;
    for (let at = first; at < first + 3; at++, to++) {
      const corner = corners[at];
      const alpha = colours[corner * 4 + 3]; // the page shines through, and expects colours multiplied by it
      positions[to * 3] = points.x[corner] * sx;
      positions[to * 3 + 1] = points.y[corner] * sy;
      positions[to * 3 + 2] = points.z[corner] * sz;
      rgba[to * 4] = colours[corner * 4] * alpha;
      rgba[to * 4 + 1] = colours[corner * 4 + 1] * alpha;
      rgba[to * 4 + 2] = colours[corner * 4 + 2] * alpha;
      rgba[to * 4 + 3] = alpha;
    }
  }
  return to;
}

/** @type {WeakMap<Uint32Array, { positions: Float32Array, rgba: Float32Array }>} */
const arraysOfCorners = new WeakMap();

/**
 * Arrays for the positions and the colours of these corners, made once.
 * @param {Uint32Array} corners
 */
function cornerArrays(corners) {
  const known = arraysOfCorners.get(corners);
  if (known) return known;
  const arrays = { positions: new Float32Array(corners.length * 3), rgba: new Float32Array(corners.length * 4) };
  arraysOfCorners.set(corners, arrays);
  return arrays;
}
