import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { makeMesh } from "../../mariel/stage/web/scene/figure/mesh.js";
import { chooseDrawing, plotArea, pointTraces } from "../../mariel/stage/web/plotly/plotly_internals.js";

const CAMERA = { eye: { x: 1, y: 0, z: 0 }, center: { x: 0, y: 0, z: 0 }, up: { x: 0, y: 0, z: 1 } };

/** Writes down which of plotly's public functions are called. */
function recordingPlotly() {
  /** @type {any[]} */
  const calls = [];
  const Plotly = {
    restyle: (/** @type {any[]} */ ...given) => calls.push(["restyle", ...given.slice(1)]),
    relayout: (/** @type {any[]} */ ...given) => calls.push(["relayout", ...given.slice(1)]),
  };
  return { Plotly: /** @type {any} */ (Plotly), calls };
}

/** An element with one line that moves and a floor, kept as plotly keeps them. */
function makeElement() {
  const points = { x: new Float32Array([1, 2]), y: new Float32Array([3, 4]), z: new Float32Array([5, 6]) };
  const floor = { x: [0], y: [0], z: [0] };
  const full = [
    { uid: "floor", index: 0, mode: "lines", line: {}, ...floor },
    { uid: "bones", index: 1, mode: "lines", line: {}, ...points },
  ];
  /** @type {string[]} */
  const updated = [];
  const drawn = (/** @type {string} */ uid) => ({
    dataPoints: [],
    /** @param {any} trace */
    update(trace) {
      updated.push(uid);
      this.dataPoints = trace.x;
    },
  });
  const scene = {
    traces: { floor: drawn("floor"), bones: drawn("bones") },
    glplot: { objects: [{}] },
    fullSceneLayout: { camera: {} },
    viewports: 0,
    setViewport() {
      this.viewports += 1;
    },
  };
  const element = /** @type {any} */ ({
    data: full.map((trace) => ({ ...trace, line: {} })),
    layout: { scene: {} },
    _fullData: full,
    _fullLayout: { scene: { _scene: scene } },
  });
  /** @type {import("../../mariel/stage/web/plotly/plotly_internals.js").SceneTraces} */
  const traces = {
    floor: { index: 0, kind: "line", moves: false, points: floor },
    bones: { index: 1, kind: "line", moves: true, points },
  };
  return { element, traces, scene, updated };
}

describe("drawing a scene", () => {
  it("is direct where plotly keeps its scene as expected", () => {
    const { element, traces, scene, updated } = makeElement();
    const { Plotly, calls } = recordingPlotly();
    const drawing = chooseDrawing(Plotly, element, traces, false);
    assert.equal(drawing.path, "direct");
    updated.length = 0;
    drawing.draw({});
    assert.deepEqual(updated, ["bones"]);
    drawing.draw({ floor: { colours: ["red"] }, bones: { size: 3 } });
    assert.deepEqual(updated, ["bones", "floor", "bones"]);
    assert.deepEqual([element._fullData[0].line, element.data[1].line], [{ color: ["red"] }, { width: 3 }]);
    drawing.setCamera(CAMERA);
    assert.deepEqual([scene.viewports, element.layout.scene.camera], [1, CAMERA]);
    assert.deepEqual(calls, []);
  });

  /** @type {[string, (made: ReturnType<typeof makeElement>) => void][]} */
  const changes = [
    ["has no scene", ({ element }) => (element._fullLayout = {})],
    ["has no such trace", ({ scene }) => Object.assign(scene, { traces: {} })],
    ["copies the points", ({ element }) => (element._fullData[1].x = [1, 2])],
    ["takes no update", ({ scene }) => Object.assign(scene.traces.bones, { update: null })],
    ["ignores the update", ({ scene }) => Object.assign(scene.traces.bones, { update() {} })],
    ["cannot move its camera", ({ scene }) => Object.assign(scene, { setViewport: null })],
  ];
  for (const [name, change] of changes) {
    it(`is done by public functions where plotly ${name}`, () => {
      const made = makeElement();
      change(made);
      const { Plotly, calls } = recordingPlotly();
      const drawing = chooseDrawing(Plotly, made.element, made.traces, false);
      assert.equal(drawing.path, "public");
      drawing.draw({ floor: { colours: ["red"] } });
      drawing.setCamera(CAMERA);
      const { x, y, z } = made.traces.bones.points;
      assert.deepEqual(calls, [
        ["restyle", { x: [x], y: [y], z: [z] }, [1]],
        ["restyle", { "line.color": [["red"]] }, [0]],
        ["relayout", { "scene.camera": CAMERA }],
      ]);
      const [[, given]] = /** @type {any[]} */ (calls);
      assert.notEqual(given.x[0], x); // a copy: plotly would not see a change in the same array
    });
  }

  it("is done by public functions where that is asked for", () => {
    const { element, traces } = makeElement();
    assert.equal(chooseDrawing(recordingPlotly().Plotly, element, traces, true).path, "public");
  });
});

/** An element with one triangle of a mesh, whose second half is hidden, as plotly keeps it. */
function makeMeshElement() {
  const mesh = makeMesh(4, [0, 1, 2, 1, 2, 3]);
  mesh.points.x.set([0, 1, 2, 3]);
  mesh.colours.set([1, 0.5, 0, 0.5], 0);
  /** @type {Record<string, number[]>} */
  const written = {};
  const buffer = (/** @type {string} */ name) => ({
    update: (/** @type {Float32Array} */ values) => (written[name] = [...values]),
  });
  /** @type {string[]} */
  const shaders = [];
  const shader = (/** @type {string} */ name) => ({ bind: () => shaders.push(name), uniforms: {}, dispose() {} });
  const drawn = {
    triangleCount: 2, dirty: false, gl: { NEAREST: 9728 }, texture: {}, triShader: shader("lit"), lineShader: shader("flat"),
    trianglePositions: buffer("positions"), triangleColors: buffer("colours"),
  };
  const full = [{ uid: "body", index: 0, ...mesh.points }];
  const scene = {
    traces: { body: { mesh: drawn } }, dataScale: [2, 1, 1], glplot: { objects: [{}] }, setViewport() {},
  };
  const element = /** @type {any} */ ({ data: full, _fullData: full, _fullLayout: { scene: { _scene: scene } } });
  /** @type {import("../../mariel/stage/web/plotly/plotly_internals.js").SceneTraces} */
  const traces = { body: { index: 0, kind: "mesh", moves: true, points: mesh.points, mesh } };
  return { element, traces, mesh, drawn, written, shaders };
}

describe("drawing a mesh", () => {
  it("writes the corners of the triangles that are seen into plotly's buffers", () => {
    const { element, traces, mesh, drawn, written, shaders } = makeMeshElement();
    const drawing = chooseDrawing(recordingPlotly().Plotly, element, traces, false);
    assert.equal(drawing.path, "direct");
    assert.equal(written.positions.length, 2 * 9);
    assert.deepEqual(written.positions.slice(0, 9), [0, 0, 0, 2, 0, 0, 4, 0, 0]); // metres times plotly's scale
    assert.deepEqual(written.colours.slice(0, 4), [0.5, 0.25, 0, 0.5]); // multiplied by the opacity
    mesh.hidden.set([0, 1, 1, 1]);
    mesh.changed = true;
    drawing.draw({});
    assert.deepEqual([drawn.triangleCount, written.positions.length, drawn.dirty], [1, 9, true]);
    drawn.triShader.bind();
    assert.deepEqual(shaders, ["flat"]);
  });

  it("draws layers one above the other, each first as depth alone, and plotly's own triangles not at all", () => {
    const { element, traces, mesh, drawn } = makeMeshElement();
    mesh.layers = [0.2, 0.6].map((opacity, i) => ({ start: 3 * i, stop: 3 * i + 3, opacity, place: "above" }));
    /** @type {unknown[]} */
    const calls = [];
    const uniforms = { opacity: 1 };
    const ignore = Object.fromEntries(["enable", "disable", "blendEquation", "blendFunc", "depthMask"].map((name) => [name, () => {}]));
    const gl = {
      ...ignore, NEAREST: 9728, colorMask: (/** @type {boolean} */ on) => calls.push(on ? "colours" : "no colours"),
      clear: () => calls.push("clear depth"),
      drawArrays: (/** @type {number[]} */ ...[, first, count]) => calls.push([first, count, uniforms.opacity]),
    };
    Object.assign(drawn, { gl, lineShader: { bind() {}, uniforms }, triangleVAO: { bind() {}, unbind() {} } });
    const drawing = chooseDrawing(recordingPlotly().Plotly, element, traces, false);
    assert.equal(drawing.path, "direct");
    const { triangleVAO } = /** @type {any} */ (drawn);
    triangleVAO.bind();
    assert.deepEqual(calls, [
      "clear depth", "no colours", [0, 3, 0.2], "colours", [0, 3, 0.2],
      "clear depth", "no colours", [3, 3, 0.6], "colours", [3, 3, 0.6],
      "clear depth", "no colours",
    ]);
    triangleVAO.unbind();
    assert.equal(calls.at(-1), "colours");

    calls.length = 0;
    chooseDrawing(recordingPlotly().Plotly, element, traces, true); // by public functions: plotly draws all itself
    triangleVAO.bind();
    assert.deepEqual(calls, []);
  });

  it("in layers is done by public functions where plotly's arrays cannot be bound", () => {
    const { element, traces, mesh } = makeMeshElement();
    mesh.layers = [{ start: 0, stop: 6, opacity: 0.5, place: "among" }];
    assert.equal(chooseDrawing(recordingPlotly().Plotly, element, traces, false).path, "public");
  });

  /** @type {[string, (made: ReturnType<typeof makeMeshElement>) => void][]} */
  const changes = [
    ["has other triangles", ({ drawn }) => (drawn.triangleCount = 1)],
    ["has no buffers", ({ drawn }) => Object.assign(drawn, { trianglePositions: null })],
    ["has no texture", ({ drawn }) => Object.assign(drawn, { texture: null })],
  ];
  for (const [name, change] of changes) {
    it(`is done by public functions where plotly ${name}`, () => {
      const made = makeMeshElement();
      change(made);
      const { Plotly, calls } = recordingPlotly();
      const drawing = chooseDrawing(Plotly, made.element, made.traces, false);
      assert.equal(drawing.path, "public");
      drawing.draw({});
      assert.deepEqual(calls[1], [
        "restyle",
        { vertexcolor: [["rgb(255,191,128)", "rgb(255,255,255)", "rgb(255,255,255)", "rgb(255,255,255)"]] },
        [0],
      ]);
    });
  }
});

describe("the plot area of a chart", () => {
  const box = (/** @type {number[]} */ ...[left, top, width, height]) => ({
    getBoundingClientRect: () => ({ left, top, width, height }),
  });

  /**
   * An axis as plotly keeps it.
   * @param {number} offset
   * @param {number} length
   * @param {(at: number) => number} p2d
   * @param {(value: number) => number} d2p
   */
  const axis = (offset, length, p2d, d2p) => ({ _offset: offset, _length: length, p2d, d2p });

  /** A chart of 0 to 10 by -1 to 1, whose plot area is 200 by 100 pixels at (30, 20) of the element. */
  const chart = () => /** @type {any} */ ({
    ...box(100, 50, 260, 150),
    querySelector: () => box(130, 70, 200, 100),
    layout: { xaxis: { range: [0, 10] }, yaxis: { range: [-1, 1] } },
    _fullLayout: {
      xaxis: axis(30, 200, (at) => at / 20, (x) => x * 20),
      yaxis: axis(20, 100, (at) => 1 - at / 50, (y) => 50 - 50 * y),
    },
  });

  /** @param {HTMLElement} element */
  function numbers(element) {
    const { left, top, width, height, x, y } = plotArea(element);
    return [left, top, width, height, x.toData(50), x.toPixels(2.5), y.toData(25), y.toPixels(0.5)];
  }

  it("is read from plotly's axes", () => {
    assert.deepEqual(numbers(chart()), [30, 20, 200, 100, 2.5, 50, 0.5, 25]);
  });

  it("is measured where plotly keeps no such axes", () => {
    assert.deepEqual(numbers({ ...chart(), _fullLayout: undefined }), numbers(chart()));
    assert.deepEqual(numbers({ ...chart(), _fullLayout: { xaxis: {}, yaxis: {} } }), numbers(chart()));
  });
});

describe("points that can be clicked", () => {
  const encoded = { dtype: "f4", bdata: Buffer.from(Float32Array.of(1.5, 2.5).buffer).toString("base64") };

  it("are those of visible traces with customdata", () => {
    const element = /** @type {any} */ ({
      _fullData: [
        { visible: true, x: [0], y: [0] },
        { visible: "legendonly", x: [0], y: [0], customdata: [1] },
        { visible: true, x: [1], y: [2], customdata: ["star"] },
      ],
    });
    assert.deepEqual(pointTraces(element), [{ curve: 2, x: [1], y: [2], customdata: ["star"] }]);
  });

  it("are decoded from the figure where plotly keeps no others", () => {
    const element = /** @type {any} */ ({ data: [{ x: encoded, y: [3, 4], customdata: [7, 8] }] });
    const [{ curve, x, y, customdata }] = pointTraces(element);
    assert.deepEqual([curve, [...Array.from(x)], y, customdata], [0, [1.5, 2.5], [3, 4], [7, 8]]);
  });
});
