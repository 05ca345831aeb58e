// The plotly scene: built once a dance, then moved frame by frame.
//
// Two ways to move it. "direct" writes into the arrays plotly holds and asks its scene to draw them, about ten times
// cheaper; it uses what plotly keeps to itself, so it is tried out after every build. "public" is Plotly.restyle,
// which always works. plotly gets no mouse events: the player turns the camera and finds markers itself.

import { floorGrid } from "./floor.js";

const HEADROOM = 0.35; // metres of the box above and around the dancers: drawn lines have width
const ROOM = 1; // metres more on every side, so that the next dance fits too
const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, responsive: false };

export class Stage {
  constructor(Plotly, element, pixelRatio) {
    this.Plotly = Plotly;
    this.element = element;
    this.config = { ...CONFIG, plotGlPixelRatio: pixelRatio };
    this.path = "public";
  }

  async show(bodies, look) {
    const needed = neededBox(bodies);
    if (this.path === "direct" && !look.forcePublic && this.takes(bodies, needed)) return;
    const box = roomyBox(needed);
    this.bodies = bodies;
    this.box = box;
    this.middle = box.middle;
    const traces = this.makeTraces(bodies, box, look);
    await this.Plotly.react(this.element, traces, this.makeLayout(box, look), this.config);
    this.path = !look.forcePublic && this.probe() ? "direct" : "public";
    this.lighten();
  }

  // Another dance in the picture that is there, if its box has room for it: plotly builds one in a fifth of a second, and
  // takes other points in some milliseconds. They are drawn with the colours and sizes that come next.
  takes(bodies, box) {
    const fits = [0, 1, 2].every((axis) => box.low[axis] >= this.box.low[axis] && box.high[axis] <= this.box.high[axis]);
    const names = [...(bodies.trails.lines.x.length ? ["trails"] : []), "lines", "dots"];
    if (!fits || names.join() !== Object.keys(this.parts).join()) return false;
    this.bodies = bodies;
    const parts = { ...this.parts, floor: 0 };
    for (const [name, index] of Object.entries(parts)) {
      const { x, y, z } = name === "floor" ? this.floorPoints(bodies, box.danced) : this.pointsOf(name);
      for (const kept of [this.element._fullData[index], this.element.data[index]]) Object.assign(kept, { x, y, z });
    }
    return true;
  }

  // Two things plotly does that the player does not need. Where they cannot be found, only speed is lost.
  lighten() {
    try {
      const { glplot } = this.element._fullLayout.scene._scene;
      glplot.oncontextloss = null; // it would wait for the context to come back; the player builds a new picture
      dropPicking(glplot);
    } catch {
      // plotly keeps its scene elsewhere now
    }
  }

  makeTraces(bodies, box, look) {
    const line = (name, points, colours, width) => ({
      ...points,
      name,
      type: "scatter3d",
      mode: "lines",
      hoverinfo: "skip",
      line: { color: colours, width },
    });
    const sizes = bodies.sizes(look.pixelsPerMetre, look.selected);
    const floor = this.floorPoints(bodies, box.danced);
    const traces = [line("floor", floor, this.floorColours(look.theme), 1.5)];
    this.parts = {};
    const add = (name, trace) => {
      this.parts[name] = traces.push(trace) - 1;
    };
    if (bodies.trails.lines.x.length) {
      add("trails", line("trails", bodies.trails.lines, bodies.trails.colours(look.theme), sizes.trail));
    }
    add("lines", line("bones", bodies.lines, bodies.lineColours(look.theme, bodies.frame), sizes.bone));
    add("dots", {
      ...bodies.dots,
      name: "markers",
      type: "scatter3d",
      mode: "markers",
      hoverinfo: "skip",
      marker: {
        color: bodies.dotColours(look.theme, bodies.frame, look.selected),
        size: sizes.dots,
        line: { width: 0 },
        opacity: 1,
      },
    });
    return traces;
  }

  floorPoints(bodies, danced) {
    const { low, high } = this.box;
    const grid = bodies.header.floor ? floorGrid(danced, bodies.floorHeight) : { x: [], y: [], z: [], strength: [] };
    // Two corners hold plotly's idea of the data's extent still, whatever the dancers do.
    const corner = (at) => [NaN, low[at], NaN, high[at]];
    this.gridStrength = [...grid.strength, 0, 0, 0, 0];
    return { x: [...grid.x, ...corner(0)], y: [...grid.y, ...corner(1)], z: [...grid.z, ...corner(2)] };
  }

  floorColours(theme) {
    return this.gridStrength.map((strength) => theme.fade(theme.floor, strength));
  }

  makeLayout(box, look) {
    const axis = (at) => ({ range: [box.low[at], box.high[at]], autorange: false, visible: false });
    return {
      width: look.width,
      height: look.height,
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: "rgba(0,0,0,0)",
      showlegend: false,
      hovermode: false,
      scene: {
        xaxis: axis(0),
        yaxis: axis(1),
        zaxis: axis(2),
        aspectmode: "manual",
        aspectratio: { x: box.size[0], y: box.size[1], z: box.size[2] },
        bgcolor: "rgba(0,0,0,0)",
        dragmode: false,
        hovermode: false,
        camera: look.camera(this.middle),
      },
    };
  }

  // Does plotly keep its scene where the direct way expects it, and does it take an update there?
  probe() {
    try {
      const full = this.element._fullLayout.scene;
      const { _scene: scene } = full;
      const { traces, glplot } = scene;
      for (const [name, index] of Object.entries(this.parts)) {
        const trace = this.element._fullData[index];
        const drawn = traces[trace.uid];
        const points = this.pointsOf(name);
        if (trace.x !== points.x || typeof drawn.update !== "function") return false;
        drawn.update(trace);
        if (drawn.dataPoints.length !== points.x.length) return false;
      }
      if (!glplot.objects.length || typeof scene.setViewport !== "function") return false;
      this.scene = scene;
      return true;
    } catch {
      return false;
    }
  }

  pointsOf(name) {
    return name === "trails" ? this.bodies.trails.lines : this.bodies[name];
  }

  // Draw the bodies as they were filled last; `changes` are colours and sizes by part.
  draw(changes = {}) {
    if (this.path === "direct") {
      try {
        this.drawDirect(changes);
        return;
      } catch {
        this.path = "public"; // plotly has changed under us: go on the slow way
      }
    }
    this.drawPublic(changes);
  }

  drawDirect(changes) {
    for (const [name, index] of Object.entries(this.parts)) {
      const trace = this.element._fullData[index];
      if (changes[name]) this.dress(trace, changes[name]);
      this.scene.traces[trace.uid].update(trace);
    }
    if (changes.floor) {
      const trace = this.element._fullData[0];
      this.dress(trace, changes.floor);
      this.scene.traces[trace.uid].update(trace);
    }
  }

  // Colours and sizes, also into what plotly was given, from which it starts again when the size changes.
  dress(trace, { colours, size }) {
    for (const kept of [trace, this.element.data[trace.index]]) {
      const dots = kept.mode === "markers";
      const style = dots ? kept.marker : kept.line;
      if (colours) style.color = colours;
      if (size) style[dots ? "size" : "width"] = size;
    }
  }

  drawPublic(changes) {
    const names = Object.keys(this.parts);
    const update = { x: [], y: [], z: [] };
    for (const name of names) {
      const points = this.pointsOf(name);
      for (const axis of ["x", "y", "z"]) update[axis].push(points[axis].slice());
    }
    this.Plotly.restyle(this.element, update, names.map((name) => this.parts[name]));
    for (const [name, { colours, size }] of Object.entries(changes)) {
      const index = name === "floor" ? 0 : this.parts[name];
      const part = name === "dots" ? "marker" : "line";
      const style = {};
      if (colours) style[`${part}.color`] = [colours];
      if (size) style[`${part}.${name === "dots" ? "size" : "width"}`] = [size];
      this.Plotly.restyle(this.element, style, [index]);
    }
  }

  setCamera(camera) {
    if (this.path === "direct") {
      this.element.layout.scene.camera = camera;
      Object.assign(this.scene.fullSceneLayout.camera, camera);
      this.scene.setViewport(this.scene.fullSceneLayout);
    } else {
      this.Plotly.relayout(this.element, { "scene.camera": camera });
    }
  }

  resize(width, height) {
    return this.Plotly.relayout(this.element, { width, height });
  }

  // Give the graphics context back at once: browsers allow about sixteen, and collect them late.
  dispose() {
    const contexts = [...this.element.querySelectorAll("canvas")].map((canvas) => canvas.getContext("webgl"));
    this.Plotly.purge(this.element);
    for (const context of contexts) context?.getExtension("WEBGL_lose_context")?.loseContext();
    this.element.replaceChildren();
    this.scene = null;
    this.bodies = null;
  }
}

// plotly draws all of it a second time, and reads that back, to find what is under the mouse: two thirds of the time a
// frame takes. The player finds markers itself. Adding and removing an object makes plotly count pick buffers again.
function dropPicking(glplot) {
  for (const object of glplot.objects) Object.defineProperty(object, "pickSlots", { value: 0, configurable: true });
  const nothing = { pickSlots: 0 };
  glplot.add(nothing);
  glplot.remove(nothing);
}

// The box a dance needs, in metres: all the dancers and their floor with some room.
function neededBox(bodies) {
  const [low, high] = bodies.bounds;
  const danced = [[...low], [...high]];
  low[2] = Math.min(low[2], bodies.floorHeight);
  high[2] = Math.max(high[2], bodies.floorHeight + 1.8);
  for (const axis of [0, 1]) {
    const half = Math.max(1.2, (high[axis] - low[axis]) / 2 + 0.8);
    const middle = (low[axis] + high[axis]) / 2;
    [low[axis], high[axis]] = [middle - half, middle + half];
  }
  return { danced, low: low.map((value) => value - HEADROOM), high: high.map((value) => value + HEADROOM) };
}

// The box plotly clips to.
function roomyBox({ danced, low, high }) {
  const box = { danced, low: low.map((value) => value - ROOM), high: high.map((value) => value + ROOM) };
  box.size = box.high.map((value, axis) => value - box.low[axis]);
  box.middle = box.high.map((value, axis) => (value + box.low[axis]) / 2);
  return box;
}
