// Triangles as plotly takes them, one colour per point.

/**
 * @typedef {object} MeshArrays
 * @property {{ x: Float32Array, y: Float32Array, z: Float32Array }} points metres, never NaN
 * @property {Float32Array} normals (points, xyz)
 * @property {Float32Array} colours (points, rgba), 0 to 1
 * @property {Uint8Array} hidden 1 for points that the viewer cannot see: a triangle of three needs not be drawn
 * @property {number[]} ground colour that transparent points are mixed with where plotly cannot let the page shine through
 * @property {Uint32Array} corners of the triangles, numbers of points
 */

/**
 * @param {number} points
 * @param {number[]} corners
 * @returns {MeshArrays}
 */
export function makeMesh(points, corners) {
  const axis = () => new Float32Array(points);
  return {
    points: { x: axis(), y: axis(), z: axis() },
    normals: new Float32Array(points * 3),
    colours: new Float32Array(points * 4).fill(1),
    hidden: new Uint8Array(points),
    ground: [1, 1, 1],
    corners: Uint32Array.from(corners),
  };
}

/**
 * Every third corner, from one on: plotly's i, j or k.
 * @param {MeshArrays} mesh
 * @param {0 | 1 | 2} from
 */
export const everyThird = ({ corners }, from) => {
  return Int32Array.from({ length: corners.length / 3 }, (_, i) => corners[i * 3 + from]);
};

/**
 * One opaque CSS colour per point: for a transparent one plotly draws all of the scene twice.
 * @param {MeshArrays} mesh
 * @returns {string[]}
 */
export function cssColours({ colours, ground }) {
  const texts = [];
  for (let at = 0; at < colours.length; at += 4) {
    const alpha = colours[at + 3];
    const mixed = ground.map((below, channel) => below + (Math.min(colours[at + channel], 1) - below) * alpha);
    texts.push(`rgb(${mixed.map((value) => Math.round(value * 255)).join(",")})`);
  }
  return texts;
}
