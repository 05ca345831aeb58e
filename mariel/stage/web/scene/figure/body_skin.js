// The skin of one dancer's body: points around the axes of its parts, placed anew for every frame.

import { BodyPoints, cross, normalise } from "./body_points.js";
import { CrossSections } from "./cross_sections.js";

/** @import { DancerGeometry } from "../dancer_geometry.js" */
/** @import { MeshArrays } from "./mesh.js" */

const GHOST_THICKNESS = 0.86; // so that where a ghost and a dancer coincide, the dancer is seen
const TRUNK_SIDES = 1.4; // times those of limbs
const FACE = { chin: 0.06, highest: 0.62, width: 0.35 }; // along the head, and the cosine at its edge

/**
 * A part of the body, or the trunk.
 * @typedef {object} SkinPart
 * @property {string} name
 * @property {Side} side
 * @property {number} start number of its first joint
 * @property {number} stop
 * @property {number} frame whose left is the direction of its width; -1 for any
 * @property {CrossSections} sections
 * @property {number} first point among those of the dancer
 */

export class BodySkin {
  /**
   * @param {DancerGeometry} dancer
   * @param {BodyHeader} body
   * @param {Record<string, number[][]>} shapes rows of cross-sections by part
   * @param {number} sides of limbs
   */
  constructor(dancer, body, shapes, sides) {
    this.dancer = dancer;
    this.body = body;
    this.joints = new BodyPoints(body);
    this.thickness = body.height * (dancer.dancer.ghost ? GHOST_THICKNESS : 1);
    /** @type {Map<string, CrossSections>} */
    const known = new Map();
    const sectionsOf = (/** @type {string} */ name) => {
      const round = name === "trunk" || name === "head" ? Math.round(sides * TRUNK_SIDES) : sides;
      const sections = known.get(name) ?? new CrossSections(shapes[name], round);
      known.set(name, sections);
      return sections;
    };
    this.points = 0;
    /** @type {SkinPart[]} */
    this.parts = [];
    const { spine } = body;
    if (spine) {
      const { joints } = spine;
      this.addPart("trunk", "M", joints[0], joints[joints.length - 1], -1, sectionsOf("trunk"));
    }
    for (const [name, side, start, stop, frame] of body.parts) {
      this.addPart(name, side, start, stop, frame, sectionsOf(name));
    }
    this.corners = this.parts.flatMap(({ sections, first }) => sections.corners.map((corner) => corner + first));
    /** Across, in depth and along: of the part that is placed. */
    this.axes = new Float32Array(9);
  }

  /**
   * @param {string} name
   * @param {Side} side
   * @param {number} start
   * @param {number} stop
   * @param {number} frame
   * @param {CrossSections} sections
   */
  addPart(name, side, start, stop, frame, sections) {
    this.parts.push({ name, side, start, stop, frame, sections, first: this.points });
    this.points += sections.points;
  }

  /**
   * Write the points of the dancer's positions.
   * @param {MeshArrays} mesh
   * @param {number} at its first point
   */
  place(mesh, at) {
    this.joints.update(this.dancer.positions);
    for (const part of this.parts) {
      const { name, first, sections } = part;
      const placed = name === "trunk" ? this.placeTrunk(mesh, at + first, part) : this.placeLimb(mesh, at + first, part);
      if (!placed) this.hide(mesh, at + first, sections.points);
    }
  }

  /**
   * @param {MeshArrays} mesh
   * @param {number} at
   * @param {SkinPart} part
   * @returns {boolean} whether all its markers are there
   */
  placeLimb(mesh, at, { start, stop, frame, sections }) {
    const { joints, frames } = this.joints;
    const { axes } = this;
    for (let i = 0; i < 3; i++) {
      axes[6 + i] = joints[stop * 3 + i] - joints[start * 3 + i];
      axes[i] = frame >= 0 ? frames[frame * 9 + i] : 0;
    }
    const length = Math.hypot(axes[6], axes[7], axes[8]);
    normalise(axes, 6);
    if (frame < 0) axes[smallest(axes, 6)] = 1;
    const along = axes[0] * axes[6] + axes[1] * axes[7] + axes[2] * axes[8];
    for (let i = 0; i < 3; i++) axes[i] -= along * axes[6 + i];
    normalise(axes, 0);
    cross(axes, 6, 0, 3);
    if (!Number.isFinite(axes[3])) return false;
    sections.rows.forEach(([share, beyond], row) => {
      const far = share * length + beyond * this.body.height;
      const centre = [0, 1, 2].map((i) => joints[start * 3 + i] + axes[6 + i] * far);
      this.placeRow(mesh, at, sections, row, centre);
    });
    return true;
  }

  /**
   * Around the spine: turned as the pelvis below, as the chest above, and between them in between.
   * @param {MeshArrays} mesh
   * @param {number} at
   * @param {SkinPart} part
   * @returns {boolean}
   */
  placeTrunk(mesh, at, { sections }) {
    const { spine } = this.body;
    if (!spine) return false;
    const { joints, frames } = this.joints;
    const { axes } = this;
    const [pelvis, chest] = spine.frames.map((frame) => frame * 9);
    let finite = true;
    sections.rows.forEach(([along], row) => {
      const piece = spine.along.length > 2 && along > spine.along[1] ? 1 : 0;
      const [low, high] = [spine.along[piece], spine.along[piece + 1]];
      const share = (along - low) / (high - low);
      const [a, b] = [spine.joints[piece] * 3, spine.joints[piece + 1] * 3];
      const turned = Math.min(Math.max(along, 0), 1);
      const centre = [0, 1, 2].map((i) => joints[a + i] + (joints[b + i] - joints[a + i]) * share);
      for (let i = 0; i < 3; i++) {
        axes[i] = frames[pelvis + i] * (1 - turned) + frames[chest + i] * turned;
        axes[3 + i] = -(frames[pelvis + 3 + i] * (1 - turned) + frames[chest + 3 + i] * turned); // depth is to the back
        axes[6 + i] = frames[pelvis + 6 + i] * (1 - turned) + frames[chest + 6 + i] * turned;
      }
      for (const axis of [0, 3, 6]) normalise(axes, axis);
      finite &&= Number.isFinite(axes[0] + axes[3] + centre[0]);
      this.placeRow(mesh, at, sections, row, centre);
    });
    return finite;
  }

  /**
   * The points of one cross-section.
   * @param {MeshArrays} mesh
   * @param {number} at first point of the part
   * @param {CrossSections} sections
   * @param {number} row
   * @param {number[]} centre
   */
  placeRow({ points, normals }, at, { sides, table }, row, centre) {
    const [ux, uy, uz, dx, dy, dz, ax, ay, az] = this.axes;
    const [cx, cy, cz] = centre;
    const { thickness } = this;
    for (let side = 0; side < sides; side++) {
      const from = (row * sides + side) * 5;
      const [across, depth] = [table[from] * thickness, table[from + 1] * thickness];
      const [nu, nd, na] = [table[from + 2], table[from + 3], table[from + 4]];
      const to = at + row * sides + side;
      points.x[to] = cx + ux * across + dx * depth;
      points.y[to] = cy + uy * across + dy * depth;
      points.z[to] = cz + uz * across + dz * depth;
      normals[to * 3] = ux * nu + dx * nd + ax * na;
      normals[to * 3 + 1] = uy * nu + dy * nd + ay * na;
      normals[to * 3 + 2] = uz * nu + dz * nd + az * na;
    }
  }

  /**
   * A part whose markers are missing shrinks to nothing inside the body.
   * @param {MeshArrays} mesh
   * @param {number} at
   * @param {number} count
   */
  hide({ points, normals }, at, count) {
    const { dancer } = this.dancer;
    const [x, y] = this.dancer.centre ?? dancer.bounds[0];
    points.x.fill(x, at, at + count);
    points.y.fill(y, at, at + count);
    points.z.fill((dancer.bounds[0][2] + dancer.bounds[1][2]) / 2, at, at + count);
    normals.fill(0, at * 3, (at + count) * 3);
  }

  /**
   * How much a point belongs to the face, 0 or 1.
   * @param {SkinPart} part
   * @param {number} point of the part
   */
  isFace({ name, sections }, point) {
    if (name === "nose" || name === "neck") return true;
    if (name !== "head") return false;
    const row = Math.floor(point / sections.sides);
    const towardsFront = -Math.sin(((point % sections.sides) / sections.sides) * 2 * Math.PI); // depth is to the back
    const along = sections.rows[row][0];
    return along < FACE.chin || (along < FACE.highest && towardsFront > FACE.width);
  }
}

/**
 * The axis, 0 to 2, in which a vector is shortest.
 * @param {Float32Array} vectors
 * @param {number} at
 */
function smallest(vectors, at) {
  const [x, y, z] = [Math.abs(vectors[at]), Math.abs(vectors[at + 1]), Math.abs(vectors[at + 2])];
  return x <= y && x <= z ? 0 : y <= z ? 1 : 2;
}
