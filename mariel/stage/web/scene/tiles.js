// Dancers in tiles: flat beside and above each other, each seen from where the camera stands, as large as its tile.
// The tiles are a wall that turns with the camera; within its tile each dancer stands upright on a floor of its own. Where
// there are several, each tile follows its dancer, and the lines of its floor pass by.

import { cameraAxes } from "./camera.js";

/** @import { DancerGeometry } from "./dancer_geometry.js" */
/** @import { Size } from "./framing.js" */

const WIDTH = 1.75; // metres of a tile, arms spread
const SMALLEST_HEIGHT = 1.9; // metres
const [WIDTH_MARGIN, HEAD_ROOM, FOOT_ROOM] = [0.6, 0.15, 0.35]; // metres; names stand below the feet
const BUTTONS_ROOM = 0.36; // of half the wall's height, for the buttons below
const PAGE_TILES = 4; // on a narrow stage, if there are more than
const MANY_TILES = 6;
const NARROW = 600; // pixels
const [FLOOR_HALF, FLOOR_SPACING] = [0.8, 0.4]; // metres of a tile's floor, from its centre to its edge, and of its lines
const FLOOR_LINES = Math.floor((2 * FLOOR_HALF) / FLOOR_SPACING) + 1;
const SMOOTHING = [-24, -16, -8, 0, 8, 16, 24]; // frames over which the place that a tile follows is averaged

/** Metres above z = 0. */
export const WALL_CENTRE = 1;

/** Points of a tile's floor: two ends and a gap for each line, both ways. */
export const FLOOR_POINTS = FLOOR_LINES * 2 * 3;

/**
 * Where a dancer stands: turned about the vertical through `centre`, which is moved to `target`.
 * @typedef {{ cos: number, sin: number, centre: Vector3, target: Vector3 }} Placement
 */

export class TileLayout {
  /** @param {number[]} tileOf the tile of each dancer */
  constructor(tileOf) {
    this.tileOf = tileOf;
    this.count = Math.max(...tileOf) + 1;
    /** @type {number | null} the tile that is shown alone */
    this.enlarged = null;
    this.page = 0;
    /** Corners of the wall. @type {Vector3[]} */
    this.corners = [];
    /** @type {(Placement | null)[]} of each tile; null where it is not shown */
    this.placements = [];
    /** Metres from the wall's centre to its farthest corner. */
    this.radius = 0;
    this.arrangedFor = "";
    this.columns = 1;
    this.follows = false;
  }

  /** @param {Size} size of the picture */
  pages({ width }) {
    return width < NARROW && this.count > MANY_TILES ? Math.ceil(this.count / PAGE_TILES) : 1;
  }

  /**
   * The tiles that are shown, in reading order.
   * @param {Size} size of the picture
   */
  shown(size) {
    if (this.enlarged !== null) return [this.enlarged];
    const all = Array.from({ length: this.count }, (_, tile) => tile);
    const pages = this.pages(size);
    if (pages === 1) return all;
    this.page = Math.min(this.page, pages - 1);
    return all.slice(this.page * PAGE_TILES, (this.page + 1) * PAGE_TILES);
  }

  /**
   * Put the tiles before the camera.
   * @param {DancerGeometry[]} dancers
   * @param {number} floorHeight metres
   * @param {{ azimuth: number | null, elevation: number }} camera
   * @param {Size} size of the picture
   */
  arrange(dancers, floorHeight, camera, size) {
    const shown = this.shown(size);
    const first = shown.map((tile) => dancers[this.tileOf.indexOf(tile)]);
    const cell = cellSize(first, floorHeight);
    this.follows = shown.length > 1;
    const key = `${shown} ${size.width} ${size.height}`;
    if (key !== this.arrangedFor) {
      // Not anew while a dial changes the motion: dancers would jump from tile to tile.
      this.columns = bestColumns(shown.length, cell, size);
      this.arrangedFor = key;
    }
    const { columns } = this;
    const rows = Math.ceil(shown.length / columns);
    const { right, up, back } = cameraAxes(camera);
    const [halfWidth, halfHeight] = [(columns * cell.width) / 2, (rows * cell.height) / 2];
    const at = (/** @type {number} */ x, /** @type {number} */ y) =>
      /** @type {Vector3} */ ([0, 1, 2].map((axis) => right[axis] * x + up[axis] * y + (axis === 2 ? WALL_CENTRE : 0)));
    const bottom = halfHeight * (this.enlarged !== null || this.pages(size) > 1 ? 1 + BUTTONS_ROOM : 1);
    this.corners = [-halfWidth, halfWidth].flatMap((x) => [at(x, -bottom), at(x, halfHeight)]);
    this.radius = Math.hypot(halfWidth, halfHeight);
    // As far as the camera will be: what is beside its axis is seen from the side, unless it turns towards it.
    const distance = Math.max(halfHeight, (halfWidth * size.height) / size.width) / Math.tan(Math.PI / 8);
    this.placements = Array.from({ length: this.count }, () => null);
    shown.forEach((tile, number) => {
      const [low, high] = first[number].bounds;
      const column = number % columns;
      const row = Math.floor(number / columns);
      const x = (column + 0.5) * cell.width - halfWidth;
      const y = halfHeight - (row + 0.5) * cell.height;
      const angle = -Math.atan2(x, distance * Math.hypot(back[0], back[1]) || 1);
      this.placements[tile] = {
        cos: Math.cos(angle),
        sin: Math.sin(angle),
        centre: [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, floorHeight + (cell.height - FOOT_ROOM - HEAD_ROOM) / 2],
        target: at(x, y + (FOOT_ROOM - HEAD_ROOM) / 2),
      };
    });
    dancers.forEach((dancer, i) => (dancer.placement = this.placements[this.tileOf[i]] ?? "hidden"));
  }

  /**
   * Let each tile follow its first dancer.
   * @param {DancerGeometry[]} dancers
   * @param {number} frame
   */
  follow(dancers, frame) {
    if (!this.follows) return;
    this.placements.forEach((placement, tile) => {
      if (!placement) return;
      const dancer = dancers[this.tileOf.indexOf(tile)];
      let [x, y, count] = [0, 0, 0];
      for (const step of SMOOTHING) {
        dancer.readPositions(Math.min(Math.max(frame + step, 0), dancer.dancer.frames - 1));
        const centre = dancer.centre;
        if (centre) [x, y, count] = [x + centre[0], y + centre[1], count + 1];
      }
      if (count) [placement.centre[0], placement.centre[1]] = [x / count, y / count];
    });
  }

  /**
   * Lines on the floor of each tile.
   * @param {PointArrays} out its first points; NaN for tiles that are not shown
   * @param {number} floorHeight metres
   */
  writeFloor(out, floorHeight) {
    let at = 0;
    for (const placement of this.placements) {
      for (const along of [0, 1]) {
        for (let line = 0; line < FLOOR_LINES; line++) {
          for (const end of [-FLOOR_HALF, FLOOR_HALF, NaN]) {
            [out.x[at], out.y[at], out.z[at]] = floorPoint(placement, along, line, end, floorHeight);
            at += 1;
          }
        }
      }
    }
  }
}

/**
 * An end of a line of a tile's floor.
 * @param {Placement | null} placement
 * @param {number} along 0 for a line at one x, 1 for one at one y
 * @param {number} line its number
 * @param {number} end metres from the tile's centre
 * @param {number} floorHeight metres
 * @returns {Vector3}
 */
function floorPoint(placement, along, line, end, floorHeight) {
  if (!placement) return [NaN, NaN, NaN];
  const { centre } = placement;
  const first = Math.ceil((centre[along] - FLOOR_HALF) / FLOOR_SPACING) * FLOOR_SPACING;
  const across = first + line * FLOOR_SPACING;
  if (across > centre[along] + FLOOR_HALF) return [NaN, NaN, NaN];
  /** @type {Vector3} */
  const point = along ? [centre[0] + end, across, floorHeight] : [across, centre[1] + end, floorHeight];
  place(placement, point, 0);
  return point;
}

/**
 * Move a point to where it is in its tile.
 * @param {Placement} placement
 * @param {Float32Array | number[]} points (points, xyz)
 * @param {number} at index of its x
 */
export function place({ cos, sin, centre, target }, points, at) {
  const [x, y] = [points[at] - centre[0], points[at + 1] - centre[1]];
  points[at] = cos * x - sin * y + target[0];
  points[at + 1] = sin * x + cos * y + target[1];
  points[at + 2] += target[2] - centre[2];
}

/**
 * Metres of a tile: several are as large as a body, one alone has room for all its motion.
 * @param {DancerGeometry[]} dancers
 * @param {number} floorHeight
 */
function cellSize(dancers, floorHeight) {
  let [width, height] = [WIDTH, SMALLEST_HEIGHT];
  for (const { bounds } of dancers) {
    const [low, high] = bounds;
    if (dancers.length === 1) width = Math.max(width, Math.max(high[0] - low[0], high[1] - low[1]) + WIDTH_MARGIN);
    height = Math.max(height, high[2] - floorHeight);
  }
  return { width, height: height + HEAD_ROOM + FOOT_ROOM };
}

/**
 * The number of columns that makes tiles largest.
 * @param {number} count
 * @param {{ width: number, height: number }} cell metres
 * @param {Size} size pixels
 */
function bestColumns(count, cell, size) {
  let [best, largest] = [1, 0];
  for (let columns = 1; columns <= count; columns++) {
    const scale = Math.min(size.width / columns / cell.width, size.height / Math.ceil(count / columns) / cell.height);
    if (scale > largest) [best, largest] = [columns, scale];
  }
  return best;
}
