// One dancer as points and lines: where its markers are in a frame, and the ends of its bones.

import { positionsAt } from "./block.js";
import { blendedBounds, blendedPositionsAt } from "./sweep.js";
import { place } from "./tiles.js";

/** @import { Theme } from "../theme.js" */
/** @import { Placement } from "./tiles.js" */

const HEAD_DIAMETER = 0.21; // metres
const HEAD_POINT_DIAMETER = 0.15; // where one marker, at the head's top or its joint, stands for it
const HEAD_MARKERS = 4; // from so many on, their mean is the middle of the head
const GHOST_BEHIND = 0.12; // metres that a ghost is farther from the viewer than its motion: about a limb's thickness

/** The ends of bones: each is the mean of some markers. Ends that several bones share are computed once. */
class BoneEnds {
  /** @param {Dancer} dancer */
  constructor(dancer) {
    /** @type {MarkerGroup[]} */
    this.groups = [];
    /** @type {Map<string, number>} */
    const known = new Map();
    /** @param {MarkerGroup} group */
    const indexOf = (group) => {
      const name = group.join();
      const index = known.get(name) ?? this.groups.push(group) - 1;
      known.set(name, index);
      return index;
    };
    const head = new Set(dancer.head);
    /** @param {MarkerGroup} group */
    const onHead = (group) => head.size > 1 && group.every((marker) => head.has(marker));
    // A round head is drawn instead of the lines between its markers.
    this.head = head.size ? indexOf(dancer.head) : -1;
    this.headDiameter = head.size >= HEAD_MARKERS ? HEAD_DIAMETER : HEAD_POINT_DIAMETER;
    this.bones = dancer.bones
      .filter(([a, b]) => !(onHead(a) && onHead(b)))
      .map(([a, b]) => [indexOf(a), indexOf(b)]);
    this.sides = this.groups.map((group) => {
      const sides = new Set(group.map((marker) => dancer.sides[marker]));
      return /** @type {Side} */ (sides.size === 1 ? [...sides][0] : "M");
    });
  }
}

export class DancerGeometry {
  /**
   * @param {Dancer} dancer
   * @param {SceneHeader} header
   */
  constructor(dancer, header) {
    this.dancer = dancer;
    this.ends = new BoneEnds(dancer);
    this.showMarkers = header.markers && !dancer.ghost;
    /** @type {Blend | null} the motion at the dial's value; null for the scene's own */
    this.blend = null;
    /** @type {Placement | "hidden" | null} where the dancer stands in a tile; null for where the motion is */
    this.placement = null;
    /** @type {Vector3 | null} where the viewer stands, for a ghost that others are compared with */
    this.viewer = null;
    this.markers = dancer.labels.length;
    this.frame = 0;
    /** Of the frame that was set last: (markers, xyz), metres. */
    this.positions = new Float32Array(this.markers * 3);
    /** Likewise (ends of bones, xyz). */
    this.points = new Float32Array(this.ends.groups.length * 3);
    /** Points of the line through all bones: two ends and a gap for each. */
    this.lineLength = this.ends.bones.length * 3;
    this.dotLength = this.ends.groups.length + (this.showMarkers ? this.markers : 0);
  }

  /** @param {number} frame */
  setFrame(frame) {
    const { positions, points } = this;
    this.frame = frame;
    this.readPositions(frame);
    this.movePoints(positions);
    if (this.viewer) moveAway(positions, this.viewer);
    this.ends.groups.forEach((group, at) => {
      for (let axis = 0; axis < 3; axis++) {
        let sum = 0;
        for (const marker of group) sum += positions[marker * 3 + axis];
        points[at * 3 + axis] = sum / group.length;
      }
    });
  }

  /**
   * The positions of a frame, as recorded.
   * @param {number} frame
   * @param {Float32Array} out receives (markers, xyz), metres
   */
  readPositions(frame, out = this.positions) {
    if (this.blend) blendedPositionsAt(this.blend, frame, out);
    else positionsAt(this.dancer, frame, out);
  }

  /**
   * Move points to where they are in the dancer's tile, if there is one.
   * @param {Float32Array | number[]} points (points, xyz)
   */
  movePoints(points) {
    const { placement } = this;
    if (placement === "hidden") points.fill(NaN);
    else if (placement) for (let at = 0; at < points.length; at += 3) place(placement, points, at);
  }

  /**
   * The box that the dancer stays in.
   * @returns {Bounds}
   */
  get bounds() {
    return this.blend ? blendedBounds(this.blend) : this.dancer.bounds;
  }

  /**
   * A marker's value in a frame, from 0 for the lowest to 1 for the highest.
   * @param {Uint8Array} values
   * @param {number} marker
   * @param {number} frame
   */
  valueOf(values, marker, frame) {
    const row = Math.min(Math.floor(frame), this.dancer.values - 1);
    return values[row * this.markers + marker] / 255;
  }

  /**
   * A colour for each end of bones: of its side, or of the mean value of its markers where values colour the bones.
   * @param {Theme} theme
   * @param {number} frame
   */
  endColours(theme, frame) {
    const { dancer, ends } = this;
    const { valueTable } = dancer;
    if (!dancer.painted || !valueTable) {
      const colours = theme.sideColours(dancer);
      return ends.sides.map((side) => colours[side]);
    }
    return ends.groups.map((group) => {
      const sum = group.reduce((total, marker) => total + this.valueOf(valueTable, marker, frame), 0);
      return theme.valueColour(sum / group.length);
    });
  }

  /**
   * @param {Theme} theme
   * @param {number} frame
   * @param {string | null} selected label of the selected marker
   */
  markerColours(theme, frame, selected) {
    const { labels, valueTable } = this.dancer;
    return labels.map((label, marker) => {
      if (label === selected) return theme.colours.selected;
      return valueTable ? theme.valueColour(this.valueOf(valueTable, marker, frame)) : theme.colours.marker;
    });
  }

  /**
   * Where the body faces, in radians from +x; null where that cannot be told.
   * @returns {number | null}
   */
  get facing() {
    let [x, y] = [0, 0];
    for (const [left, right] of this.dancer.facing) {
      const dx = this.positions[left * 3] - this.positions[right * 3];
      const dy = this.positions[left * 3 + 1] - this.positions[right * 3 + 1];
      if (Number.isFinite(dx + dy)) [x, y] = [x + dx, y + dy];
    }
    return x || y ? Math.atan2(-x, y) : null; // the left hand, turned a quarter clockwise, points forward
  }

  /**
   * The eight corners of the box around the markers, none where all are missing.
   * @returns {Vector3[]}
   */
  get corners() {
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    this.positions.forEach((value, i) => {
      if (value < low[i % 3]) low[i % 3] = value;
      if (value > high[i % 3]) high[i % 3] = value;
    });
    if (low[0] > high[0]) return [];
    return [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => [
      corner & 1 ? high[0] : low[0],
      corner & 2 ? high[1] : low[1],
      corner & 4 ? high[2] : low[2],
    ]);
  }

  /**
   * The centre of the body over the floor, [x, y], from the markers that are there.
   * @returns {[number, number] | null}
   */
  get centre() {
    let [x, y, present] = [0, 0, 0];
    for (let i = 0; i < this.positions.length; i += 3) {
      if (!Number.isFinite(this.positions[i])) continue;
      x += this.positions[i];
      y += this.positions[i + 1];
      present += 1;
    }
    return present ? [x / present, y / present] : null;
  }
}

/**
 * Move points straight away from the viewer: they are seen where they were, and whatever is about as near hides them.
 * Where a ghost and a dancer nearly coincide, the dancer is seen, and no specks of both.
 * @param {Float32Array} points (points, xyz)
 * @param {Vector3} viewer
 */
function moveAway(points, [x, y, z]) {
  for (let at = 0; at < points.length; at += 3) {
    const [dx, dy, dz] = [points[at] - x, points[at + 1] - y, points[at + 2] - z];
    const share = GHOST_BEHIND / (Math.hypot(dx, dy, dz) || 1);
    points[at] += dx * share;
    points[at + 1] += dy * share;
    points[at + 2] += dz * share;
  }
}
