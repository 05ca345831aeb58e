// All that reaches into what plotly.js keeps to itself, none of which it promises to keep. Each part is tried before it
// is used, and where it is missing, the same is done by plotly's public functions.
//
// For a 3-D scene: writing into the arrays that plotly holds, and asking its scene to draw them, is about ten times
// cheaper than `Plotly.restyle`. For a flat chart: what lies under a pixel.

import { cssColours } from "../scene/figure/mesh.js";
import { canWriteMesh, meshAttributes, writeMesh } from "./mesh_buffers.js";
import { setRanges } from "./mesh_layers.js";

/** @import { MeshArrays } from "../scene/figure/mesh.js" */

/**
 * One trace of the scene.
 * @typedef {object} SceneTrace
 * @property {number} index in the figure
 * @property {"line" | "marker" | "mesh"} kind
 * @property {boolean} moves whether its points change from frame to frame
 * @property {PointArrays} points
 * @property {MeshArrays} [mesh] of a mesh, whose points they are
 */

/**
 * New colours and pixels for a trace, where they change.
 * @typedef {{ colours?: string[], size?: number | number[] }} TraceStyle
 */

/** @typedef {Record<string, SceneTrace>} SceneTraces by name */

/**
 * How a scene that plotly has built is changed.
 * @typedef {object} Drawing
 * @property {"direct" | "public"} path
 * @property {(styles: Record<string, TraceStyle>) => void} draw the points as they are in the arrays now, with styles
 * by the trace's name
 * @property {(camera: PlotlyCamera) => void} setCamera
 */

/**
 * What plotly keeps with the element, as far as it is used.
 * @typedef {PlotlyElement & { _fullData: any[], _fullLayout: any }} InternalElement
 */

/**
 * The cheapest way to draw that works with this plotly.
 * @param {PlotlyLibrary} Plotly
 * @param {HTMLElement} element
 * @param {SceneTraces} traces
 * @param {boolean} forcePublic
 * @returns {Drawing}
 */
export function chooseDrawing(Plotly, element, traces, forcePublic) {
  const direct = forcePublic ? null : DirectDrawing.probe(element, traces);
  if (direct) return direct;
  giveBackMeshes(element);
  return new PublicDrawing(Plotly, element, traces);
}

/**
 * Let plotly draw all meshes itself again, where some have been drawn in layers.
 * @param {HTMLElement} element
 */
function giveBackMeshes(element) {
  const { _fullLayout: layout } = /** @type {InternalElement} */ (element);
  const traces = layout?.scene?._scene?.traces ?? {};
  for (const { mesh } of Object.values(traces)) if (mesh) setRanges(mesh, null);
}

/**
 * Writes into plotly's own arrays and objects.
 * @implements {Drawing}
 */
export class DirectDrawing {
  /**
   * @param {InternalElement} element
   * @param {SceneTraces} traces
   * @param {any} scene plotly's
   */
  constructor(element, traces, scene) {
    /** @type {"direct"} */
    this.path = "direct";
    this.element = element;
    this.traces = traces;
    this.scene = scene;
  }

  /**
   * Does plotly keep its scene where it is expected, and does it take an update there? Null if not.
   * @param {HTMLElement} element
   * @param {SceneTraces} traces
   * @returns {DirectDrawing | null}
   */
  static probe(element, traces) {
    try {
      const internal = /** @type {InternalElement} */ (element);
      const { _scene: scene } = internal._fullLayout.scene;
      for (const { index, points, moves, mesh } of Object.values(traces)) {
        if (!moves) continue;
        const trace = internal._fullData[index];
        const drawn = scene.traces[trace.uid];
        if (mesh) {
          if (trace.x !== points.x || !canWriteMesh(drawn.mesh, mesh, scene.dataScale)) return null;
          continue;
        }
        if (trace.x !== points.x || typeof drawn.update !== "function") return null;
        drawn.update(trace);
        if (drawn.dataPoints.length !== points.x.length) return null;
      }
      if (!scene.glplot.objects.length || typeof scene.setViewport !== "function") return null;
      return new DirectDrawing(internal, traces, scene);
    } catch {
      return null;
    }
  }

  /** @param {Record<string, TraceStyle>} styles */
  draw(styles) {
    for (const [name, { index, moves, mesh }] of Object.entries(this.traces)) {
      if (!moves && !styles[name]) continue;
      const trace = this.element._fullData[index];
      if (mesh) {
        const { mesh: drawn } = this.scene.traces[trace.uid];
        if (mesh.changed) writeMesh(drawn, mesh, this.scene.dataScale);
        drawn.dirty = true; // layers may be paler
        continue;
      }
      if (styles[name]) this.applyStyle(trace, styles[name]);
      this.scene.traces[trace.uid].update(trace);
    }
  }

  /**
   * Also into what plotly was given, from which it starts again when the size changes.
   * @param {any} trace
   * @param {TraceStyle} style
   */
  applyStyle(trace, { colours, size }) {
    for (const kept of [trace, this.element.data[trace.index]]) {
      const markers = kept.mode === "markers";
      const style = markers ? kept.marker : kept.line;
      if (colours) style.color = colours;
      if (size) style[markers ? "size" : "width"] = size;
    }
  }

  /**
   * Give a trace other arrays; they are shown at the next `draw`.
   * @param {string} name
   * @param {PointArrays} points
   * @param {MeshArrays} [mesh] of a mesh, whose points they are
   */
  replacePoints(name, { x, y, z }, mesh) {
    const trace = this.traces[name];
    const full = this.element._fullData[trace.index];
    const others = mesh ? meshAttributes(mesh) : { x, y, z };
    Object.assign(trace, { points: { x, y, z }, mesh });
    for (const kept of [full, this.element.data[trace.index]]) Object.assign(kept, others);
    if (!mesh) return;
    this.scene.traces[full.uid].update(full); // its triangles are others, and perhaps more
    mesh.changed = true;
  }

  /** @param {PlotlyCamera} camera */
  setCamera(camera) {
    this.element.layout.scene.camera = camera;
    Object.assign(this.scene.fullSceneLayout.camera, camera);
    this.scene.setViewport(this.scene.fullSceneLayout);
  }
}

/**
 * Uses plotly's public functions only.
 * @implements {Drawing}
 */
export class PublicDrawing {
  /**
   * @param {PlotlyLibrary} Plotly
   * @param {HTMLElement} element
   * @param {SceneTraces} traces
   */
  constructor(Plotly, element, traces) {
    /** @type {"public"} */
    this.path = "public";
    this.Plotly = Plotly;
    this.element = element;
    this.traces = traces;
  }

  /** @param {Record<string, TraceStyle>} styles */
  draw(styles) {
    const moving = Object.values(this.traces).filter(({ moves }) => moves);
    const copies = (/** @type {"x" | "y" | "z"} */ axis) => moving.map(({ points }) => points[axis].slice());
    const update = { x: copies("x"), y: copies("y"), z: copies("z") };
    this.Plotly.restyle(this.element, update, moving.map(({ index }) => index));
    for (const { index, mesh } of moving) {
      if (mesh) this.Plotly.restyle(this.element, { vertexcolor: [cssColours(mesh)] }, [index]);
    }
    for (const [name, { colours, size }] of Object.entries(styles)) {
      const { index, kind } = this.traces[name];
      /** @type {Record<string, unknown[]>} */
      const style = {};
      if (colours) style[`${kind}.color`] = [colours];
      if (size) style[`${kind}.${kind === "marker" ? "size" : "width"}`] = [size];
      this.Plotly.restyle(this.element, style, [index]);
    }
  }

  /** @param {PlotlyCamera} camera */
  setCamera(camera) {
    this.Plotly.relayout(this.element, { "scene.camera": camera });
  }
}

/**
 * Switch off two things of a scene that the player does not need. Where they cannot be found, only speed is lost.
 * @param {HTMLElement} element
 */
export function switchOffUnused(element) {
  try {
    const { glplot } = /** @type {InternalElement} */ (element)._fullLayout.scene._scene;
    glplot.oncontextloss = null; // it would wait for the context to come back; the player builds a new picture
    switchOffPicking(glplot);
  } catch {
    // plotly keeps its scene elsewhere now
  }
}

/**
 * Draw the traces of a scene in their order: what plotly has made for another scene comes first else. Where its list
 * cannot be found, past poses may lie above the dancer.
 * @param {HTMLElement} element
 */
export function sortObjects(element) {
  try {
    const { _fullData: full, _fullLayout: layout } = /** @type {InternalElement} */ (element);
    const { glplot, traces } = layout.scene._scene;
    const rankOf = (/** @type {object} */ object) =>
      full.findIndex(({ uid }) => Object.values(traces[uid] ?? {}).includes(object));
    const ranks = new Map(glplot.objects.map((/** @type {object} */ object) => [object, rankOf(object)]));
    glplot.objects.sort((/** @type {object} */ a, /** @type {object} */ b) => ranks.get(a) - ranks.get(b));
  } catch {
    // plotly keeps its scene elsewhere now
  }
}

/**
 * For every frame plotly draws all of it a second time, and reads that back, to find what is under the mouse: two
 * thirds of the time that a frame takes. The player finds markers itself. Adding and removing an object makes plotly
 * count the pick buffers again.
 * @param {any} glplot
 */
function switchOffPicking(glplot) {
  for (const object of glplot.objects) Object.defineProperty(object, "pickSlots", { value: 0, configurable: true });
  const nothing = { pickSlots: 0 };
  glplot.add(nothing);
  glplot.remove(nothing);
}

/**
 * An axis of a flat chart: pixels from the plot area's upper left, and data.
 * @typedef {object} AxisScale
 * @property {(pixels: number) => number} toData
 * @property {(value: number) => number} toPixels
 */

/**
 * Where a flat chart's axes are: pixels from the element's upper left.
 * @typedef {{ left: number, top: number, width: number, height: number, x: AxisScale, y: AxisScale }} PlotArea
 */

/**
 * A trace whose points can be clicked, with one `customdata` per point.
 * @typedef {{ curve: number, x: ArrayLike<number>, y: ArrayLike<number>, customdata: ArrayLike<unknown> }} PointTrace
 */

/**
 * @param {HTMLElement} element
 * @returns {PlotArea}
 */
export function plotArea(element) {
  return internalPlotArea(element) ?? publicPlotArea(/** @type {PlotlyElement} */ (element));
}

/**
 * @param {HTMLElement} element
 * @returns {PlotArea | null}
 */
function internalPlotArea(element) {
  const { xaxis, yaxis } = /** @type {InternalElement} */ (element)._fullLayout ?? {};
  const numbers = [xaxis?._offset, xaxis?._length, yaxis?._offset, yaxis?._length];
  const functions = [xaxis?.p2d, xaxis?.d2p, yaxis?.p2d, yaxis?.d2p];
  if (!numbers.every(Number.isFinite) || !functions.every((each) => typeof each === "function")) return null;
  const [left, width, top, height] = numbers;
  const scale = (/** @type {any} */ axis) => ({
    toData: (/** @type {number} */ pixels) => axis.p2d(pixels),
    toPixels: (/** @type {number} */ value) => axis.d2p(value),
  });
  return { left, top, width, height, x: scale(xaxis), y: scale(yaxis) };
}

/**
 * From the plot area that is drawn and the ranges in the layout, where plotly writes them; for linear axes.
 * @param {PlotlyElement} element
 * @returns {PlotArea}
 */
function publicPlotArea(element) {
  const outer = element.getBoundingClientRect();
  const inner = (element.querySelector(".nsewdrag") ?? element).getBoundingClientRect();
  const { width, height } = inner;
  const scale = (/** @type {any} */ axis, /** @type {number} */ start, /** @type {number} */ stop) => {
    const [first, last] = (axis?.range ?? [0, 1]).map(Number);
    return {
      toData: (/** @type {number} */ pixels) => first + ((pixels - start) / (stop - start)) * (last - first),
      toPixels: (/** @type {number} */ value) => start + ((value - first) / (last - first)) * (stop - start),
    };
  };
  const { xaxis, yaxis } = element.layout;
  const x = scale(xaxis, 0, width);
  const y = scale(yaxis, height, 0);
  return { left: inner.left - outer.left, top: inner.top - outer.top, width, height, x, y };
}

/**
 * The visible traces of a flat chart that have `customdata`.
 * @param {HTMLElement} element
 * @returns {PointTrace[]}
 */
export function pointTraces(element) {
  const { _fullData: full, data } = /** @type {InternalElement} */ (element);
  const traces = Array.isArray(full) ? full : data.map((trace) => ({ visible: true, ...trace }));
  return [...traces.entries()]
    .filter(([, trace]) => trace.visible === true && trace.customdata)
    .map(([curve, { x, y, customdata }]) => ({ curve, x: decode(x), y: decode(y), customdata: decode(customdata) }));
}

/**
 * Array types by the names that plotly's JSON has for them.
 * @type {Record<string, new (buffer: ArrayBuffer) => ArrayLike<number>>}
 */
const ARRAY_TYPES = {
  i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array,
  f4: Float32Array, f8: Float64Array,
};

/**
 * An array as it is, or as plotly's JSON writes it: base64 of little-endian numbers.
 * @param {any} values
 * @returns {ArrayLike<any>}
 */
function decode(values) {
  if (typeof values?.bdata !== "string") return values ?? [];
  const bytes = Uint8Array.from(atob(values.bdata), (character) => character.charCodeAt(0));
  return new ARRAY_TYPES[values.dtype](bytes.buffer);
}
