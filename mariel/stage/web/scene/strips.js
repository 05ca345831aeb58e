// Flat strips of a mesh that turn their breadth to the viewer: lines of any width, broad or narrow along their way.

/** @import { MeshArrays } from "./figure/mesh.js" */

/**
 * Corners of the triangles of a strip with two points at each place along it.
 * @param {number} first point
 * @param {number} places
 * @returns {number[]}
 */
export function stripCorners(first, places) {
  const corners = [];
  for (let at = first; at < first + 2 * (places - 1); at += 2) corners.push(at, at + 1, at + 2, at + 1, at + 3, at + 2);
  return corners;
}

/**
 * Write the points of a strip. Where its path has a gap, they are hidden.
 * @param {MeshArrays} mesh
 * @param {number} first point
 * @param {Float32Array} path (places, xyz), metres; NaN where there is a gap
 * @param {number} from first place of the path
 * @param {number[]} widths metres, one per place
 * @param {Vector3} back direction from the strip to the viewer
 */
export function writeStrip({ points, hidden }, first, path, from, widths, [bx, by, bz]) {
  const places = widths.length;
  const present = (/** @type {number} */ place) =>
    place >= 0 && place < places && !Number.isNaN(path[(from + place) * 3]);
  let [sx, sy, sz] = [0, 0, 0]; // sideways, kept where the path goes straight to the viewer
  for (let place = 0; place < places; place++) {
    const at = (from + place) * 3;
    const to = first + place * 2;
    const visible = present(place);
    hidden[to] = hidden[to + 1] = Number(!visible);
    // From farther neighbours where there are any: next ones may be so near that their direction is noise.
    const before = (from + place - ([2, 1].find((far) => present(place - far)) ?? 0)) * 3;
    const after = (from + place + ([2, 1].find((far) => present(place + far)) ?? 0)) * 3;
    const [tx, ty, tz] = [path[after] - path[before], path[after + 1] - path[before + 1], path[after + 2] - path[before + 2]];
    const [cx, cy, cz] = [ty * bz - tz * by, tz * bx - tx * bz, tx * by - ty * bx];
    const length = Math.hypot(cx, cy, cz);
    if (length > 1e-9) [sx, sy, sz] = [cx / length, cy / length, cz / length];
    for (const side of [0, 1]) {
      const half = visible ? widths[place] * (side - 0.5) : 0;
      points.x[to + side] = visible ? path[at] + sx * half : 0; // a mesh has no NaN
      points.y[to + side] = visible ? path[at + 1] + sy * half : 0;
      points.z[to + side] = visible ? path[at + 2] + sz * half : 0;
    }
  }
}
