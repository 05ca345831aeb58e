// The dancers as a plotly figure: built once per scene, then moved frame by frame, see plotly_internals.js. plotly gets
// no mouse events: the player turns the camera and finds markers itself.

import { floorGrid } from "../scene/floor.js";
import { FLOOR_POINTS, WALL_CENTRE } from "../scene/tiles.js";
import { meshAttributes } from "./mesh_buffers.js";
import { DirectDrawing, PublicDrawing, chooseDrawing, sortObjects, switchOffUnused } from "./plotly_internals.js";
import { snapshot } from "./snapshot.js";

/** @import { Drawing, SceneTraces, TraceStyle } from "./plotly_internals.js" */
/** @import { SceneGeometry } from "../scene/scene_geometry.js" */
/** @import { MeshArrays } from "../scene/figure/mesh.js" */
/** @import { Theme } from "../theme.js" */

const LINE_MARGIN = 0.35; // metres of the box above and around the dancers: drawn lines have width
const TILES_REACH = 1.5; // of the distance to the farthest corner: the wall turns with the camera
const REUSE_MARGIN = 1; // metres more on every side, so that the next scene fits too
const TILE_FLOOR_STRENGTH = 0.7;
/** What lets shine through what is behind it comes after that: past poses after the floor, ribbons after the dancer. */
const DRAWING_ORDER = ["floor", "shadow", "strobe", "lines", "dots", "figure", "trails"];
const NO_LIGHT = { ambient: 1, diffuse: 0, specular: 0, fresnel: 0 };
// plotly turns every label and tick of an axis into triangles when a scene is built, also where the axis is invisible:
// some tens of milliseconds each in software graphics. Axes without any text show nothing, and have nothing to build.
const BARE_AXIS = {
  autorange: false,
  title: { text: "" },
  tickmode: "array",
  tickvals: [],
  showticklabels: false,
  showgrid: false,
  zeroline: false,
  showline: false,
  showspikes: false,
  showbackground: false,
};
const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, responsive: false };

/**
 * @typedef {object} SceneOptions
 * @property {Theme} theme
 * @property {string | null} selected label of the selected marker
 * @property {number} width pixels
 * @property {number} height pixels
 * @property {number} pixelsPerMetre at the dancers
 * @property {(centre: Vector3) => PlotlyCamera} camera for a scene whose box has this centre
 * @property {boolean} forcePublic
 */

/**
 * What a scene needs, metres: `motion` is where the dancers go, `low` and `high` what plotly has to show.
 * @typedef {{ motion: Bounds, low: Vector3, high: Vector3 }} Box
 */

export class PlotlyScene {
  /**
   * @param {PlotlyLibrary} Plotly
   * @param {HTMLElement} element
   * @param {number} pixelRatio
   */
  constructor(Plotly, element, pixelRatio) {
    this.Plotly = Plotly;
    this.element = element;
    this.config = { ...CONFIG, plotGlPixelRatio: pixelRatio };
    /** @type {SceneTraces} */
    this.traces = {};
    /** @type {Drawing | null} null until a scene is shown */
    this.drawing = null;
    /** @type {Box} the box that plotly clips to */
    this.box = { motion: [[0, 0, 0], [0, 0, 0]], low: [0, 0, 0], high: [0, 0, 0] };
    /** @type {PointArrays} the floors of tiles, if there are tiles */
    this.floors = { x: [], y: [], z: [] };
    /** @type {number[]} one per point of the floor */
    this.floorStrength = [];
  }

  get path() {
    return this.drawing?.path ?? "public";
  }

  /**
   * The centre of the box.
   * @returns {Vector3}
   */
  get centre() {
    return along((axis) => (this.box.high[axis] + this.box.low[axis]) / 2);
  }

  /**
   * @param {SceneGeometry} geometry
   * @param {SceneOptions} options
   * @throws if the browser has no WebGL
   */
  async show(geometry, options) {
    const required = requiredBox(geometry);
    if (!options.forcePublic && this.reuse(geometry, required)) return;
    this.box = withMargin(required, REUSE_MARGIN);
    const figure = this.makeTraces(geometry, options);
    await this.Plotly.react(this.element, figure, this.makeLayout(options), this.config);
    // Asking for a graphics context before plotly does takes a tenth of a second: it says itself that it got none.
    if (this.element.querySelector(".no-webgl")) {
      throw new Error("This browser shows no 3-D graphics (WebGL is missing or switched off).");
    }
    this.drawing = chooseDrawing(this.Plotly, this.element, this.traces, options.forcePublic);
    switchOffUnused(this.element);
    sortObjects(this.element);
  }

  /**
   * Whether the box that plotly clips to has room for a scene.
   * @param {SceneGeometry} geometry
   */
  holds(geometry) {
    const { low, high } = requiredBox(geometry);
    return [0, 1, 2].every((axis) => low[axis] >= this.box.low[axis] && high[axis] <= this.box.high[axis]);
  }

  /**
   * Put another scene into the picture that is there, if its box has room for it: plotly builds one in a fifth of a
   * second, and takes other points in some milliseconds. They get their colours and sizes by the next `draw`.
   * @param {SceneGeometry} geometry
   * @param {Box} required
   * @returns {boolean} whether that was possible
   */
  reuse(geometry, required) {
    const { drawing } = this;
    if (!(drawing instanceof DirectDrawing)) return false;
    const points = this.pointsOf(geometry, required.motion);
    if (!this.holds(geometry) || Object.keys(points).join() !== Object.keys(this.traces).join()) return false;
    const meshes = meshesOf(geometry);
    for (const [name, arrays] of Object.entries(points)) drawing.replacePoints(name, arrays, meshes[name]);
    this.traces.floor.moves = Boolean(geometry.tiles);
    return true;
  }

  /**
   * The points of every trace, in the order of the traces.
   * @param {SceneGeometry} geometry
   * @param {Bounds} motion
   * @returns {Record<string, PointArrays>}
   */
  pointsOf(geometry, motion) {
    /** @type {Record<string, PointArrays>} */
    const points = {
      floor: this.floorPoints(geometry, motion),
      ...(geometry.wires.length ? { lines: geometry.lines, dots: geometry.dots } : {}),
      ...Object.fromEntries(Object.entries(meshesOf(geometry)).map(([name, mesh]) => [name, mesh.points])),
    };
    return Object.fromEntries(DRAWING_ORDER.flatMap((name) => (points[name] ? [[name, points[name]]] : [])));
  }

  /**
   * @param {SceneGeometry} geometry
   * @param {SceneOptions} options
   * @returns {object[]}
   */
  makeTraces(geometry, { theme, selected, pixelsPerMetre }) {
    const sizes = geometry.sizes(pixelsPerMetre, selected);
    const points = this.pointsOf(geometry, this.box.motion);
    /** @type {Record<string, { color: string[], width: number }>} */
    const lines = {
      floor: { color: this.floorColours(theme), width: 1.5 },
      lines: { color: geometry.lineColours(theme, geometry.frame), width: sizes.bone },
    };
    const marker = {
      color: geometry.dotColours(theme, geometry.frame, selected),
      size: sizes.dots,
      line: { width: 0 },
      opacity: 1,
    };
    const meshes = meshesOf(geometry);
    this.traces = {};
    return Object.entries(points).map(([name, arrays], index) => {
      const mesh = meshes[name];
      if (mesh) {
        this.traces[name] = { index, kind: "mesh", moves: true, points: arrays, mesh };
        return { ...meshAttributes(mesh), name, uid: name, type: "mesh3d", hoverinfo: "skip", lighting: NO_LIGHT };
      }
      const kind = name === "dots" ? "marker" : "line";
      this.traces[name] = { index, kind, moves: name !== "floor" || Boolean(geometry.tiles), points: arrays };
      const style = kind === "marker" ? { mode: "markers", marker } : { mode: "lines", line: lines[name] };
      return { ...arrays, name, uid: name, type: "scatter3d", hoverinfo: "skip", ...style };
    });
  }

  /**
   * @param {SceneGeometry} geometry
   * @param {Bounds} motion
   * @returns {PointArrays}
   */
  floorPoints(geometry, motion) {
    const { low, high } = this.box;
    const { floor } = geometry.header;
    if (geometry.tiles) return this.tileFloors(geometry);
    const grid = floor ? floorGrid(motion, geometry.floorHeight) : { x: [], y: [], z: [], strength: [] };
    // Two corners hold the extent of the data, as plotly sees it, still, whatever the dancers do.
    const corners = (/** @type {number} */ axis) => [NaN, low[axis], NaN, high[axis]];
    this.floorStrength = [...grid.strength, 0, 0, 0, 0];
    return { x: [...grid.x, ...corners(0)], y: [...grid.y, ...corners(1)], z: [...grid.z, ...corners(2)] };
  }

  /**
   * @param {SceneGeometry} geometry
   * @returns {PointArrays}
   */
  tileFloors({ tiles, floorHeight }) {
    const { low, high } = this.box;
    const length = tiles ? tiles.count * FLOOR_POINTS : 0;
    const corners = (/** @type {number} */ axis) => [NaN, low[axis], NaN, high[axis]];
    const along = (/** @type {number} */ axis) => [...new Array(length).fill(NaN), ...corners(axis)];
    const points = { x: along(0), y: along(1), z: along(2) };
    this.floors = points;
    tiles?.writeFloor(points, floorHeight);
    this.floorStrength = [...new Array(length).fill(TILE_FLOOR_STRENGTH), 0, 0, 0, 0];
    return points;
  }

  /**
   * Take the floors of tiles to where the tiles are now; they are shown at the next `draw`.
   * @param {SceneGeometry} geometry
   */
  moveFloors({ tiles, floorHeight }) {
    tiles?.writeFloor(this.floors, floorHeight);
  }

  /** @param {Theme} theme */
  floorColours(theme) {
    return this.floorStrength.map((strength) => theme.fade(theme.colours.floor, strength));
  }

  /** @param {SceneOptions} options */
  makeLayout({ width, height, camera }) {
    const { low, high } = this.box;
    const axis = (/** @type {number} */ at) => ({ ...BARE_AXIS, range: [low[at], high[at]] });
    return {
      width,
      height,
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: "rgba(0,0,0,0)",
      showlegend: false,
      hovermode: false,
      scene: {
        xaxis: axis(0),
        yaxis: axis(1),
        zaxis: axis(2),
        aspectmode: "manual",
        aspectratio: { x: high[0] - low[0], y: high[1] - low[1], z: high[2] - low[2] },
        bgcolor: "rgba(0,0,0,0)",
        dragmode: false,
        hovermode: false,
        camera: camera(this.centre),
      },
    };
  }

  /**
   * Draw the geometry as it is now, with styles by the trace's name.
   * @param {Record<string, TraceStyle>} styles
   */
  draw(styles = {}) {
    try {
      this.drawing?.draw(styles);
    } catch (error) {
      if (!(this.drawing instanceof DirectDrawing)) throw error;
      this.drawing = new PublicDrawing(this.Plotly, this.element, this.traces); // plotly has changed: the slow way
      this.drawing.draw(styles);
    }
  }

  /** @param {PlotlyCamera} camera */
  setCamera(camera) {
    this.drawing?.setCamera(camera);
  }

  /**
   * What is drawn now, as an image.
   * @param {number} ratio its pixels per pixel of the page
   */
  snapshot(ratio) {
    return snapshot(this.Plotly, this.element, ratio);
  }

  /**
   * @param {number} width pixels
   * @param {number} height pixels
   */
  resize(width, height) {
    return this.Plotly.relayout(this.element, { width, height });
  }

  /** Free the graphics context at once: browsers allow about sixteen, and collect them late. */
  dispose() {
    const contexts = [...this.element.querySelectorAll("canvas")].map((canvas) => canvas.getContext("webgl"));
    this.Plotly.purge(this.element);
    for (const context of contexts) context?.getExtension("WEBGL_lose_context")?.loseContext();
    this.element.replaceChildren();
    this.drawing = null;
    this.traces = {};
  }
}

/**
 * The meshes of a scene, by the names of their traces.
 * @param {SceneGeometry} geometry
 * @returns {Record<string, MeshArrays>}
 */
function meshesOf({ figure, shadow, strobe, trails }) {
  const shown = { shadow, strobe, figure, trails: trails.trails.length ? trails : null };
  return Object.fromEntries(Object.entries(shown).flatMap(([name, drawn]) => (drawn ? [[name, drawn.mesh]] : [])));
}

/**
 * The box that a scene needs: all dancers and their floor with some room.
 * @param {SceneGeometry} geometry
 * @returns {Box}
 */
function requiredBox({ bounds, room, floorHeight, tiles }) {
  if (tiles) {
    const reach = Math.max(tiles.radius, tiles.count) * TILES_REACH;
    return { motion: bounds, low: [-reach, -reach, WALL_CENTRE - reach], high: [reach, reach, WALL_CENTRE + reach] };
  }
  const [low, high] = room;
  const half = (/** @type {number} */ axis) => Math.max(1.2, (high[axis] - low[axis]) / 2 + 0.8);
  const centre = (/** @type {number} */ axis) => (low[axis] + high[axis]) / 2;
  /** @type {Box} */
  const box = {
    motion: bounds,
    low: [centre(0) - half(0), centre(1) - half(1), Math.min(low[2], floorHeight)],
    high: [centre(0) + half(0), centre(1) + half(1), Math.max(high[2], floorHeight + 1.8)],
  };
  return withMargin(box, LINE_MARGIN);
}

/**
 * @param {Box} box
 * @param {number} margin metres on every side
 * @returns {Box}
 */
function withMargin({ motion, low, high }, margin) {
  return { motion, low: along((axis) => low[axis] - margin), high: along((axis) => high[axis] + margin) };
}

/**
 * @param {(axis: number) => number} value
 * @returns {Vector3}
 */
const along = (value) => [value(0), value(1), value(2)];
