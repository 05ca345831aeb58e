// Poses that the dancers have passed, one every so many frames, the older the paler: a chronophotograph. They are taken
// at fixed frames, like flashes of a stroboscope, so that they stand still while the dancer goes on.

import { DancerGeometry } from "../dancer_geometry.js";
import { FigureGeometry } from "../figure/figure_geometry.js";
import { LineFigures } from "./line_figures.js";

/** @import { ViewAxes } from "../figure/figure_geometry.js" */
/** @import { MeshLayer } from "../figure/mesh.js" */
/** @import { Theme } from "../../theme.js" */

const MOST_FIGURES = 16; // poses of all dancers together
const MOST_POSES = 12; // of one dancer
const [NEWEST, OLDEST] = [0.62, 0.14]; // opacity
const TILE_REACH = 0.85; // metres from a dancer in a tile to a pose that is still inside it

/**
 * The frames whose poses are shown, oldest first: multiples of the interval from the start, before the frame.
 * @param {number} frame
 * @param {number} start
 * @param {number} interval
 * @param {number} most
 * @returns {number[]}
 */
export function strobeFrames(frame, start, interval, most) {
  const passed = Math.max(0, Math.ceil((frame - start) / interval));
  const first = Math.max(0, passed - most);
  return Array.from({ length: passed - first }, (_, i) => start + (first + i) * interval);
}

/**
 * How many poses of each dancer are shown at most.
 * @param {number} dancers
 */
export const mostPoses = (dancers) => Math.max(1, Math.min(MOST_POSES, Math.floor(MOST_FIGURES / dancers)));

export class Strobe {
  /**
   * @param {DancerGeometry[]} dancers at least one
   * @param {SceneHeader} header
   * @param {DrawingStyle} style
   * @param {number} seconds between two poses
   */
  constructor(dancers, header, style, seconds) {
    this.dancers = dancers;
    /** Frames between two poses. */
    this.interval = Math.max(1, Math.round(seconds * header.fps));
    this.most = mostPoses(dancers.length);
    /** Each dancer once per pose, oldest first. */
    this.poses = Array.from({ length: this.most }, () =>
      dancers.map(({ dancer }) => new DancerGeometry(dancer, header)),
    );
    const isFigure = style === "figure" && dancers.every(({ dancer }) => dancer.body);
    const poses = this.poses.flat();
    this.figures = isFigure ? new FigureGeometry(poses, header.shapes) : new LineFigures(poses);
    this.mesh = this.figures.mesh;
    /** Where the corners of each pose end. */
    this.stops = this.poses.map((_, pose) => this.figures.cornersBefore((pose + 1) * dancers.length));
    /** @type {number[]} */
    this.frames = [];
    /** @type {unknown[]} what the poses depend on beside the frames */
    this.placedFor = [];
    /** Whether the poses are others than those that have been coloured and lit. */
    this.moved = false;
  }

  /**
   * @param {number} frame may lie between two
   * @param {number} start frame of the first pose
   * @param {boolean} following whether the dancers stay in the middle of tiles, and their floors move
   */
  setFrame(frame, start, following = false) {
    const frames = strobeFrames(Math.max(frame, start), start, this.interval, this.most);
    const dependsOn = this.dancers.flatMap(({ blend, placement }) => [blend, placement]);
    if (following || frames.join() !== this.frames.join() || dependsOn.some((value, i) => value !== this.placedFor[i])) {
      this.frames = frames;
      this.placedFor = dependsOn;
      this.placePoses(following);
    }
    const span = this.interval * this.most;
    /** @type {MeshLayer[]} */
    this.mesh.layers = frames.map((then, pose) => ({
      start: this.stops[pose - 1] ?? 0,
      stop: this.stops[pose],
      opacity: OLDEST + (NEWEST - OLDEST) * Math.max(0, 1 - (frame - then) / span),
      place: "above",
    }));
  }

  /** @param {boolean} following */
  placePoses(following) {
    this.poses.forEach((ofDancers, pose) => {
      ofDancers.forEach((copy, i) => {
        const { blend, placement } = this.dancers[i];
        Object.assign(copy, { blend, placement: this.frames[pose] === undefined ? "hidden" : placement });
        copy.setFrame(this.frames[pose] ?? 0);
        if (!following || !placement || placement === "hidden" || copy.placement === "hidden") return;
        const [x, y] = copy.centre ?? [NaN, NaN];
        if (Math.hypot(x - placement.target[0], y - placement.target[1]) < TILE_REACH) return;
        copy.placement = "hidden"; // it would stand in the tile beside
        copy.setFrame(this.frames[pose]);
      });
    });
    this.figures.setFrame();
    this.moved = true;
  }

  /** Whether the colours differ from pose to pose. */
  get baseChanges() {
    return this.dancers.some(({ dancer }) => dancer.painted && dancer.values > 1);
  }

  /** @param {Theme} theme */
  setBase(theme) {
    this.mesh.ground = theme.backdropRgb;
    this.figures.setBase(theme);
  }

  /**
   * @param {ViewAxes} axes
   * @param {{ ambient: number, diffuse: number }} light
   */
  shade(axes, light) {
    this.figures.shade(axes, light);
    this.moved = false;
  }
}
