// Bodies as lines between the ends of their bones, with a disc for the head, as one mesh that faces the viewer.

import { makeMesh } from "../figure/mesh.js";
import { stripCorners, writeStrip } from "../strips.js";

/** @import { DancerGeometry } from "../dancer_geometry.js" */
/** @import { ViewAxes } from "../figure/figure_geometry.js" */
/** @import { Theme } from "../../theme.js" */

const BONE_WIDTH = 0.026; // metres
const DISC = 14; // points around a head

export class LineFigures {
  /** @param {DancerGeometry[]} dancers */
  constructor(dancers) {
    this.dancers = dancers;
    const corners = [];
    let points = 0;
    /** Corners of all dancers before each, and of all. */
    this.cornerCounts = [0];
    for (const { ends } of dancers) {
      for (let bone = 0; bone < ends.bones.length; bone++, points += 4) corners.push(...stripCorners(points, 2));
      if (ends.head >= 0) {
        for (let i = 2; i < DISC; i++) corners.push(points, points + i - 1, points + i);
        points += DISC;
      }
      this.cornerCounts.push(corners.length);
    }
    this.mesh = makeMesh(points, corners);
    this.mesh.hides = 1;
    this.path = new Float32Array(6);
  }

  /**
   * How many corners the triangles of the first dancers have.
   * @param {number} dancers
   */
  cornersBefore(dancers) {
    return this.cornerCounts[dancers];
  }

  /** Lines are placed when they are turned to the viewer. */
  setFrame() {}

  /** @param {Theme} theme */
  setBase(theme) {
    const { colours } = this.mesh;
    let at = 0;
    for (const dancer of this.dancers) {
      const ofEnds = dancer.endColours(theme, dancer.frame).map((colour) => [...theme.rgb(colour), 1]);
      for (const bone of dancer.ends.bones) {
        for (const end of bone) for (let i = 0; i < 2; i++, at++) colours.set(ofEnds[end], at * 4);
      }
      if (dancer.ends.head >= 0) for (let i = 0; i < DISC; i++, at++) colours.set(ofEnds[dancer.ends.head], at * 4);
    }
    this.mesh.changed = true;
  }

  /**
   * Turn lines and discs to the viewer.
   * @param {ViewAxes} axes
   */
  shade(axes) {
    const { mesh, path } = this;
    let at = 0;
    for (const { ends, points } of this.dancers) {
      for (const [a, b] of ends.bones) {
        path.set(points.subarray(a * 3, a * 3 + 3), 0);
        path.set(points.subarray(b * 3, b * 3 + 3), 3);
        writeStrip(mesh, at, path, 0, [BONE_WIDTH, BONE_WIDTH], axes.back);
        at += 4;
      }
      if (ends.head < 0) continue;
      this.writeDisc(at, points.subarray(ends.head * 3, ends.head * 3 + 3), ends.headDiameter / 2, axes);
      at += DISC;
    }
    mesh.changed = true;
  }

  /**
   * @param {number} first point
   * @param {Float32Array} centre
   * @param {number} radius metres
   * @param {ViewAxes} axes
   */
  writeDisc(first, centre, radius, { right, up }) {
    const { points, hidden } = this.mesh;
    const visible = !Number.isNaN(centre[0]);
    for (let i = 0; i < DISC; i++) {
      const angle = (i / DISC) * 2 * Math.PI;
      const [c, s] = [Math.cos(angle) * radius, Math.sin(angle) * radius];
      hidden[first + i] = Number(!visible);
      points.x[first + i] = visible ? centre[0] + c * right[0] + s * up[0] : 0;
      points.y[first + i] = visible ? centre[1] + c * right[1] + s * up[1] : 0;
      points.z[first + i] = visible ? centre[2] + c * right[2] + s * up[2] : 0;
    }
  }
}
