// All dancers with a body as one mesh. Light and shade are in the colours of its points: plotly only fills triangles.

import { BodySkin } from "./body_skin.js";
import { makeMesh } from "./mesh.js";

/** @import { SkinPart } from "./body_skin.js" */
/** @import { DancerGeometry } from "../dancer_geometry.js" */
/** @import { Theme } from "../../theme.js" */

/** Sides of limbs, by the number of dancers: where there are many, each is small. */
const SIDES = [[2, 12], [5, 8], [Infinity, 6]];

const LIGHT = { right: -0.42, up: 0.56, back: 0.71 }; // where the light comes from, in the picture's own directions
const REACH = 0.55; // metres from the middle of the body to what is near and far
const NEARER = 0.13; // how much lighter what is nearest is, and how much darker what is farthest
const TURNED_AWAY = -0.35; // skin that faces the viewer less than this is seen from nowhere in the picture
const EDGE = 0.3; // how much darker the skin is where it turns away from the viewer

/** @typedef {{ right: Vector3, up: Vector3, back: Vector3 }} ViewAxes the picture's own directions */

export class FigureGeometry {
  /**
   * @param {DancerGeometry[]} dancers
   * @param {Record<string, number[][]>} shapes
   */
  constructor(dancers, shapes) {
    const [, sides] = SIDES.find(([most]) => dancers.length <= most) ?? SIDES[2];
    this.skins = dancers.flatMap((dancer) => {
      const { body } = dancer.dancer;
      return body ? [new BodySkin(dancer, body, shapes, sides)] : [];
    });
    let points = 0;
    this.firsts = this.skins.map((skin) => (points += skin.points) - skin.points);
    const corners = this.skins.flatMap((skin, i) => skin.corners.map((corner) => corner + this.firsts[i]));
    this.mesh = makeMesh(points, corners);
    /** Colours without light: (points, rgb), 0 to 1. */
    this.base = new Float32Array(points * 3);
  }

  /** Place every body: the dancers have been set to a frame before. */
  setFrame() {
    this.skins.forEach((skin, i) => skin.place(this.mesh, this.firsts[i]));
  }

  /**
   * How many corners the triangles of the first dancers have.
   * @param {number} dancers
   */
  cornersBefore(dancers) {
    return this.skins.slice(0, dancers).reduce((sum, { corners }) => sum + corners.length, 0);
  }

  /** Whether the colours without light differ from frame to frame. */
  get baseChanges() {
    return this.skins.some(({ dancer }) => dancer.dancer.painted && dancer.dancer.values > 1);
  }

  /**
   * Colours without light: of the sides, or of values.
   * @param {Theme} theme
   */
  setBase(theme) {
    this.skins.forEach((skin, i) => {
      const { dancer } = skin.dancer;
      const colours = theme.figureColours(dancer);
      const values = this.jointValues(skin);
      for (const part of skin.parts) {
        for (let point = 0; point < part.sections.points; point++) {
          const colour = values
            ? theme.valueRgb(this.valueAt(skin, part, point, values))
            : skin.isFace(part, point) ? colours.face : part.name === "head" ? colours.hair : colours[part.side];
          this.base.set(colour, (this.firsts[i] + part.first + point) * 3);
        }
      }
    });
  }

  /**
   * The mean value of each joint's markers, 0 to 1, where values colour the body.
   * @param {BodySkin} skin
   */
  jointValues({ dancer, body }) {
    const { painted, valueTable } = dancer.dancer;
    if (!painted || !valueTable) return null;
    return body.joints.map(([mean]) => {
      const group = body.groups[mean];
      return group.reduce((sum, marker) => sum + dancer.valueOf(valueTable, marker, dancer.frame), 0) / group.length;
    });
  }

  /**
   * @param {BodySkin} skin
   * @param {SkinPart} part
   * @param {number} point
   * @param {number[]} values of joints
   */
  valueAt({ body }, part, point, values) {
    const along = Math.min(Math.max(part.sections.rows[Math.floor(point / part.sections.sides)][0], 0), 1);
    let [a, b, low, high] = [part.start, part.stop, 0, 1];
    if (part.name === "trunk" && body.spine && body.spine.joints.length > 2) {
      const piece = along > body.spine.along[1] ? 1 : 0;
      [a, b] = [body.spine.joints[piece], body.spine.joints[piece + 1]];
      [low, high] = [body.spine.along[piece], body.spine.along[piece + 1]];
    }
    return values[a] + ((values[b] - values[a]) * (along - low)) / (high - low);
  }

  /**
   * Light and shade as seen from the camera: what faces the light and what is near is lighter.
   * @param {ViewAxes} axes
   * @param {{ ambient: number, diffuse: number }} light
   */
  shade({ right, up, back }, { ambient, diffuse }) {
    const { points, normals, colours, hidden } = this.mesh;
    const { base } = this;
    const [lx, ly, lz] = [0, 1, 2].map((i) => LIGHT.right * right[i] + LIGHT.up * up[i] + LIGHT.back * back[i]);
    const [bx, by, bz] = back;
    this.skins.forEach((skin, i) => {
      const { bounds } = skin.dancer.dancer;
      const [x, y] = skin.dancer.centre ?? bounds[0];
      const middle = x * bx + y * by + 0.5 * skin.body.height * bz;
      for (let point = this.firsts[i]; point < this.firsts[i] + skin.points; point++) {
        const [nx, ny, nz] = [normals[point * 3], normals[point * 3 + 1], normals[point * 3 + 2]];
        const lit = Math.max(0, nx * lx + ny * ly + nz * lz);
        const towards = nx * bx + ny * by + nz * bz;
        const facing = Math.max(0, towards);
        hidden[point] = Number(towards < TURNED_AWAY);
        const near = (points.x[point] * bx + points.y[point] * by + points.z[point] * bz - middle) / REACH;
        const edge = 1 - EDGE * (1 - facing) * (1 - facing);
        const strength = (ambient + diffuse * lit) * edge * (1 + NEARER * Math.min(Math.max(near, -1), 1));
        for (let channel = 0; channel < 3; channel++) {
          colours[point * 4 + channel] = base[point * 3 + channel] * strength;
        }
      }
    });
    this.mesh.changed = true;
  }
}
