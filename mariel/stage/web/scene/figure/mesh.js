// Triangles as plotly takes them, one colour per point.

/**
 * @typedef {object} MeshArrays
 * @property {{ x: Float32Array, y: Float32Array, z: Float32Array }} points metres, never NaN
 * @property {Float32Array} normals (points, xyz)
 * @property {Float32Array} colours (points, rgba), 0 to 1
 * @property {Uint8Array} hidden 1 for points that the viewer cannot see
 * @property {1 | 3} hides how many hidden corners hide a triangle
 * @property {number[]} ground colour that transparent points are mixed with where plotly cannot let the page shine through
 * @property {Uint32Array} corners of the triangles, numbers of points
 * @property {MeshLayer[] | null} layers see `MeshLayer`; null for triangles that are opaque and cover each other by depth
 * @property {boolean} changed whether points, colours or corners are others than were drawn last; whoever draws resets it
 */

/**
 * Triangles that let shine through what is behind them.
 * @typedef {object} MeshLayer
 * @property {number} start first of its corners
 * @property {number} stop end of its corners
 * @property {number} opacity of all of it, times that of its points
 * @property {"above" | "among"} place above all that has been drawn before, as if it had been painted over it, with
 * parts that cover each other; or among what has been drawn before: it is covered by what is nearer, and covers nothing
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
    hides: 3,
    ground: [1, 1, 1],
    corners: Uint32Array.from(corners),
    layers: null,
    changed: true,
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
export function cssColours({ colours, ground, layers, corners }) {
  const opacity = new Float32Array(colours.length / 4).fill(1);
  for (const layer of layers ?? []) {
    for (let at = layer.start; at < layer.stop; at++) opacity[corners[at]] = layer.opacity;
  }
  const texts = [];
  for (let at = 0; at < colours.length; at += 4) {
    const alpha = colours[at + 3] * opacity[at / 4];
    const mixed = ground.map((below, channel) => below + (Math.min(colours[at + channel], 1) - below) * alpha);
    texts.push(`rgb(${mixed.map((value) => Math.round(value * 255)).join(",")})`);
  }
  return texts;
}
