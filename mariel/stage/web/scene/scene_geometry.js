// All dancers of a scene as plotly takes them: flat arrays of bones, dots and shadows, filled anew for every frame.

import { DancerGeometry } from "./dancer_geometry.js";
import { FigureGeometry } from "./figure/figure_geometry.js";
import { FloorShadow } from "./figure/shadow.js";
import { Strobe } from "./strobe/strobe.js";
import { TileLayout } from "./tiles.js";
import { Trails, emptyPoints } from "./trails.js";

/** @import { Size } from "./framing.js" */
/** @import { Camera, Projection } from "./camera.js" */
/** @import { ViewAxes } from "./figure/figure_geometry.js" */
/** @import { Theme } from "../theme.js" */

const BONE_WIDTH = 0.034; // metres, for a body of 1.7 m
const DOT_DIAMETER = 0.03; // metres
const SMALLEST_DOT = 1.4; // pixels; of smaller bodies only the bones are drawn
const SHADOW_HEIGHT = 0.004; // metres above the floor
const DRAWN_WIDTH = 1.52; // pixels across that plotly draws a dot of size 1
const INVISIBLE = 0.001; // a size that plotly takes, and nobody sees
const VIEWER_MOVED = 0.1; // metres from which ghosts are placed anew
const SAMPLED_FRAMES = 24; // at which the space that the motion needs is measured

/**
 * A marker under the mouse.
 * @typedef {object} FoundMarker
 * @property {number} rank lower is nearer
 * @property {number} x pixels
 * @property {number} y pixels
 * @property {Dancer} dancer
 * @property {number} index of the dancer
 * @property {string} label of the marker
 */

export class SceneGeometry {
  /**
   * @param {SceneHeader} header
   * @param {DrawingStyle} style
   * @param {number | null} strobe seconds between past poses; null for none
   */
  constructor(header, style, strobe = null) {
    this.header = header;
    this.style = style;
    this.dancers = header.dancers.map((dancer) => new DancerGeometry(dancer, header));
    this.floorHeight = floorHeight(header.dancers);
    // Where a body can be drawn with volume, neither its bones nor its markers are.
    const figures = style === "figure" ? this.dancers.filter(({ dancer }) => dancer.body) : [];
    this.figure = figures.length ? new FigureGeometry(figures, header.shapes) : null;
    const ghosts = this.dancers.filter(({ dancer }) => dancer.ghost);
    /** Ghosts that others are compared with: they stand behind these, and cast no shadow. */
    this.ghosts = ghosts.length < this.dancers.length ? ghosts : [];
    const solid = this.figure?.skins.filter(({ dancer }) => !this.ghosts.includes(dancer)) ?? [];
    this.shadow = solid.length && header.floor ? new FloorShadow(solid, (dancer) => this.floorOf(dancer)) : null;
    this.wires = this.dancers.filter((dancer) => !figures.includes(dancer));
    // Bones and, in the second half, their shadows: each further plotly trace costs time in every frame.
    this.boneLength = this.wires.reduce((sum, { lineLength }) => sum + lineLength, 0);
    this.lines = emptyPoints(this.boneLength * (header.floor ? 2 : 1));
    this.dots = emptyPoints(this.wires.reduce((sum, { dotLength }) => sum + dotLength, 0));
    this.trails = new Trails(this.dancers, header);
    const moving = this.dancers.filter(({ dancer }) => !dancer.ghost);
    this.strobe = strobe !== null && moving.length ? new Strobe(moving, header, style, strobe) : null;
    /** The frame from which past poses are shown. */
    this.start = 0;
    /** @type {TileLayout | null} null where all dancers share one floor */
    this.tiles = header.tiles ? new TileLayout(header.tiles) : null;
    this.frame = 0;
    /** Corners of the boxes around every dancer at some frames: what the camera has to show. */
    this.motionCorners = this.measureMotion();
    /** @type {Bounds[]} boxes that the dancers may move to, for a dial */
    this.reserved = [];
  }

  /** After the dancers' motion has changed. */
  updateMotion() {
    if (this.tiles) this.floorHeight = floorHeight(this.dancers);
    else this.motionCorners = this.measureMotion();
  }

  /** @param {number} frame may lie between two */
  setFrame(frame) {
    this.frame = frame;
    const { lines, dots, boneLength } = this;
    const { floor } = this.header;
    this.tiles?.follow(this.dancers, frame);
    let line = 0;
    let dot = 0;
    for (const dancer of this.dancers) dancer.setFrame(frame);
    for (const dancer of this.wires) {
      const shadowHeight = this.floorOf(dancer) + SHADOW_HEIGHT;
      const hasShadow = !this.ghosts.includes(dancer);
      for (const bone of dancer.ends.bones) {
        for (const end of bone) {
          copyPoint(lines, line, dancer.points, end);
          if (floor) {
            lines.x[boneLength + line] = lines.x[line];
            lines.y[boneLength + line] = lines.y[line];
            lines.z[boneLength + line] = Number.isNaN(lines.z[line]) || !hasShadow ? NaN : shadowHeight;
          }
          line += 1;
        }
        line += 1; // stays NaN: the pen is lifted between bones
      }
      for (let end = 0; end < dancer.ends.groups.length; end++) copyPoint(dots, dot++, dancer.points, end);
      if (dancer.showMarkers) {
        for (let marker = 0; marker < dancer.markers; marker++) copyPoint(dots, dot++, dancer.positions, marker);
      }
    }
    this.figure?.setFrame();
    this.shadow?.setFrame();
    this.trails.setFrame(frame);
    this.strobe?.setFrame(frame, this.start, this.tiles?.follows);
  }

  /**
   * Colours of the theme, for what is drawn as meshes.
   * @param {Theme} theme
   */
  colourMeshes(theme) {
    this.figure?.setBase(theme);
    this.shadow?.setColour(theme);
    this.trails.setColours(theme);
    this.strobe?.setBase(theme);
  }

  /**
   * After the bodies or the camera have moved: light and shade, and flat parts turned to the viewer.
   * @param {Theme} theme
   * @param {ViewAxes} axes
   * @param {number} pixelsPerMetre
   * @param {boolean} turned whether the camera has
   */
  faceViewer(theme, axes, pixelsPerMetre, turned) {
    if (this.figure?.baseChanges) this.figure.setBase(theme);
    this.figure?.shade(axes, theme.light);
    this.trails.face(axes.back, pixelsPerMetre);
    if (!this.strobe || !(turned || this.strobe.moved)) return;
    if (this.strobe.moved && this.strobe.baseChanges) this.strobe.setBase(theme);
    this.strobe.shade(axes, theme.light);
  }

  /** Whether anything is drawn that has to face the viewer. */
  get hasMeshes() {
    return Boolean(this.figure || this.strobe || this.trails.trails.length);
  }

  /**
   * Tell ghosts where the viewer stands: they are placed behind what they coincide with.
   * @param {Vector3} viewer
   * @returns {boolean} whether any has to be placed anew
   */
  setViewer(viewer) {
    if (!this.ghosts.length) return false;
    const known = this.ghosts[0].viewer;
    if (known && Math.hypot(...viewer.map((at, axis) => at - known[axis])) < VIEWER_MOVED) return false;
    for (const each of this.ghosts) each.viewer = viewer;
    return true;
  }

  /**
   * The height of the floor that a dancer stands on, metres.
   * @param {DancerGeometry} dancer
   */
  floorOf({ placement }) {
    if (!placement || placement === "hidden") return this.floorHeight;
    return this.floorHeight + placement.target[2] - placement.centre[2];
  }

  /**
   * The point of the floor under the middle of a dancer's motion, NaN where the dancer is not shown.
   * @param {number} index of the dancer
   * @returns {Vector3}
   */
  footPoint(index) {
    const { bounds, placement } = this.dancers[index];
    if (placement === "hidden") return [NaN, NaN, NaN];
    const [low, high] = bounds;
    if (!placement) return [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, this.floorHeight];
    return [placement.target[0], placement.target[1], this.floorOf(this.dancers[index])];
  }

  /**
   * Put tiles before the camera; without tiles nothing changes.
   * @param {Camera} camera
   * @param {Size} size of the picture
   * @returns {boolean} whether there are tiles: all has to be drawn again
   */
  arrangeTiles(camera, size) {
    if (!this.tiles) return false;
    this.tiles.arrange(this.dancers, this.floorHeight, camera, size);
    this.motionCorners = this.tiles.corners;
    return true;
  }

  /**
   * One colour per point of the lines.
   * @param {Theme} theme
   * @param {number} frame
   * @returns {string[]}
   */
  lineColours(theme, frame) {
    const colours = [];
    for (const dancer of this.wires) {
      const ofEnds = dancer.endColours(theme, frame);
      for (const [a, b] of dancer.ends.bones) colours.push(ofEnds[a], ofEnds[b], ofEnds[b]);
    }
    while (colours.length < this.lines.x.length) colours.push(theme.colours.shadow);
    return colours;
  }

  /**
   * One colour per dot: caps of bones and the head as the bones, markers by their values if there are any.
   * @param {Theme} theme
   * @param {number} frame
   * @param {string | null} selected label of the selected marker
   * @returns {string[]}
   */
  dotColours(theme, frame, selected) {
    const colours = [];
    for (const dancer of this.wires) {
      colours.push(...dancer.endColours(theme, frame));
      if (dancer.showMarkers) colours.push(...dancer.markerColours(theme, frame, selected));
    }
    return colours;
  }

  /** Whether the colours of dots differ from frame to frame. */
  get dotColoursChange() {
    return this.wires.some(({ dancer }) => dancer.values > 1);
  }

  /** Whether the colours of bones do. */
  get lineColoursChange() {
    return this.wires.some(({ dancer }) => dancer.values > 1 && dancer.painted);
  }

  /**
   * Pixels across, for plotly.
   * @param {number} pixelsPerMetre
   * @param {string | null} selected label of the selected marker
   */
  sizes(pixelsPerMetre, selected) {
    const bone = Math.min(14, Math.max(1.8, BONE_WIDTH * pixelsPerMetre));
    const wanted = DOT_DIAMETER * pixelsPerMetre * 0.75;
    const dot = Math.min(8, Math.max(2, wanted));
    const others = wanted < SMALLEST_DOT ? 0 : dot; // on a small body they would hide its bones
    /** @type {number[]} */
    const dots = [];
    for (const { dancer, ends, showMarkers } of this.wires) {
      ends.groups.forEach((_, end) => {
        dots.push(end === ends.head ? (ends.headDiameter * pixelsPerMetre) / DRAWN_WIDTH : bone * 0.98);
      });
      if (showMarkers) dots.push(...dancer.labels.map((label) => (label === selected ? dot * 2.2 : others)));
    }
    return { bone, dots: dots.map((size) => size || INVISIBLE) };
  }

  /**
   * The marker drawn nearest to a place in the picture; of two as near, the one in front.
   * @param {Projection} projection
   * @param {number} px pixels
   * @param {number} py pixels
   * @param {number} reach pixels around the place
   * @returns {FoundMarker | null}
   */
  nearest(projection, px, py, reach) {
    /** @type {FoundMarker | null} */
    let found = null;
    for (const [index, { dancer, positions, markers, placement }] of this.dancers.entries()) {
      if (dancer.ghost || placement === "hidden") continue;
      for (let marker = 0; marker < markers; marker++) {
        const at = marker * 3;
        if (Number.isNaN(positions[at])) continue;
        const [x, y, depth] = projection.project(positions[at], positions[at + 1], positions[at + 2]);
        const distance = Math.hypot(x - px, y - py);
        if (depth <= 0 || distance > reach) continue;
        const rank = distance + depth * 4;
        if (found && rank >= found.rank) continue;
        found = { rank, x, y, dancer, index, label: dancer.labels[marker] };
      }
    }
    return found;
  }

  /** The dancer that the camera follows and faces: the first that is not a ghost. */
  get mainDancer() {
    return this.dancers.find(({ dancer }) => !dancer.ghost) ?? this.dancers[0];
  }

  /** The one dancer that is shown, ghosts not counted; null where there are several. */
  get onlyDancer() {
    const shown = this.dancers.filter(({ dancer, placement }) => !dancer.ghost && placement !== "hidden");
    return shown.length === 1 ? shown[0] : null;
  }

  measureMotion() {
    /** @type {Vector3[]} */
    const corners = [];
    for (let i = 0; i < SAMPLED_FRAMES; i++) {
      for (const dancer of this.dancers) {
        dancer.readPositions((i / (SAMPLED_FRAMES - 1)) * (this.header.frames - 1));
        corners.push(...dancer.corners);
      }
    }
    this.setFrame(this.frame);
    return corners;
  }

  /**
   * The box that all dancers stay in.
   * @returns {Bounds}
   */
  get bounds() {
    return boxAround(this.dancers.map((dancer) => dancer.bounds));
  }

  /** The box that plotly has to have room for. */
  get room() {
    return boxAround([this.bounds, ...this.reserved]);
  }
}

/**
 * @param {Bounds[]} boxes
 * @returns {Bounds}
 */
function boxAround(boxes) {
  const low = (/** @type {number} */ axis) => Math.min(...boxes.map((box) => box[0][axis]));
  const high = (/** @type {number} */ axis) => Math.max(...boxes.map((box) => box[1][axis]));
  return [
    [low(0), low(1), low(2)],
    [high(0), high(1), high(2)],
  ];
}

/**
 * @param {{ x: Float32Array, y: Float32Array, z: Float32Array }} target
 * @param {number} at
 * @param {Float32Array} source (points, xyz)
 * @param {number} from
 */
function copyPoint(target, at, source, from) {
  target.x[at] = source[from * 3];
  target.y[at] = source[from * 3 + 1];
  target.z[at] = source[from * 3 + 2];
}

/**
 * The floor is z = 0 wherever feet may stand on it; else it lies under the lowest marker.
 * @param {{ bounds: Bounds }[]} dancers
 */
function floorHeight(dancers) {
  const lowest = Math.min(...dancers.map(({ bounds }) => bounds[0][2]));
  return lowest > -0.15 && lowest < 1 ? 0 : lowest;
}
