// What a person does on a flat figure: clicks a point or beside it, draws a line, or goes from point to point by keys.
// Plotly tells of clicks on points only, and takes a finger's drag for itself.

const REACH = { mouse: 10, pen: 14, touch: 22 }; // pixels from a point that still count as the point
const STILL = 6; // pixels that a pressed finger may wander in a click
const MOST = 200; // points of a drawn line that are told
const SVG = "http://www.w3.org/2000/svg";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Picking {
  // The plot is plotly's element; `tell` is given "clicked" with {x, y, point} or "drawn" with [[x, y], …].
  constructor(Plotly, plot, tell) {
    this.Plotly = Plotly;
    this.plot = plot;
    this.tell = tell;
    this.events = new AbortController();
    const options = { signal: this.events.signal };
    plot.addEventListener("pointerdown", (event) => this.press(event), { ...options, capture: true });
    plot.addEventListener("keydown", (event) => this.key(event), options);
    window.addEventListener("pointerup", (event) => this.release(event), options);
    window.addEventListener("pointercancel", () => (this.pressed = null), options); // the page was scrolled
    plot.tabIndex = 0;
    plot.setAttribute("role", "application");
    // Over the plot while one draws: takes fingers that would scroll the page.
    this.sheet = document.createElementNS(SVG, "svg");
    this.sheet.dataset.testid = "drawing";
    this.sheet.style.cssText = "position: absolute; touch-action: none; cursor: crosshair; display: none;";
    this.line = document.createElementNS(SVG, "polyline");
    this.line.style.cssText = "fill: none; stroke: var(--st-primary-color, #e0654f); stroke-width: 3;";
    this.sheet.append(this.line);
    plot.after(this.sheet);
    this.sheet.addEventListener("pointerdown", (event) => this.begin(event), options);
    this.sheet.addEventListener("pointermove", (event) => this.draw(event), options);
    this.sheet.addEventListener("pointerup", (event) => this.end(event), options);
    this.sheet.addEventListener("pointercancel", () => this.clear(), options);
  }

  // After every drawing: where the axes are now, and whether the next drag draws.
  update(draws) {
    const { _offset: left, _length: width } = this.xaxis;
    const { _offset: top, _length: height } = this.yaxis;
    Object.assign(this.sheet.style, {
      display: draws ? "block" : "none",
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
    this.clear();
  }

  get xaxis() {
    return this.plot._fullLayout.xaxis;
  }

  get yaxis() {
    return this.plot._fullLayout.yaxis;
  }

  // Pixels from the plot area's upper left.
  place({ clientX, clientY }) {
    const box = this.plot.getBoundingClientRect();
    return [clientX - box.left - this.xaxis._offset, clientY - box.top - this.yaxis._offset];
  }

  coordinates([left, top]) {
    return [this.xaxis.p2d(left), this.yaxis.p2d(top)];
  }

  // Every point that has something to tell, with its pixels.
  *points() {
    for (const [curve, trace] of this.plot._fullData.entries()) {
      if (trace.visible !== true || !trace.customdata) continue;
      for (let i = 0; i < trace.x.length; i++) {
        const at = [this.xaxis.d2p(trace.x[i]), this.yaxis.d2p(trace.y[i])];
        yield { at, curve, index: i, point: trace.customdata[i], x: +trace.x[i], y: +trace.y[i] };
      }
    }
  }

  // The point for which `cost` is least, if it is below `most`.
  best(cost, most = Infinity) {
    let found = null;
    for (const each of this.points()) {
      const paid = cost(each.at);
      if (paid < most) [most, found] = [paid, each];
    }
    return found;
  }

  press(event) {
    this.pressed = event.isPrimary && event.button === 0 ? [event.clientX, event.clientY] : null;
  }

  release(event) {
    const from = this.pressed;
    this.pressed = null;
    if (!from || Math.hypot(event.clientX - from[0], event.clientY - from[1]) > STILL) return;
    this.click(event);
  }

  click(event) {
    const [left, top] = this.place(event);
    if (left < 0 || top < 0 || left > this.xaxis._length || top > this.yaxis._length) return;
    const near = this.best((at) => Math.hypot(at[0] - left, at[1] - top), REACH[event.pointerType] ?? REACH.mouse);
    const [x, y] = near ? [near.x, near.y] : this.coordinates([left, top]);
    this.tell("clicked", { x, y, point: near?.point ?? null });
  }

  begin(event) {
    if (!event.isPrimary || event.button !== 0) return;
    this.sheet.setPointerCapture(event.pointerId);
    this.drawn = [this.place(event)];
  }

  draw(event) {
    if (!this.drawn) return;
    const limit = (value, most) => Math.min(Math.max(value, 0), most);
    const [left, top] = this.place(event);
    const at = [limit(left, this.xaxis._length), limit(top, this.yaxis._length)];
    const last = this.drawn.at(-1);
    if (Math.hypot(at[0] - last[0], at[1] - last[1]) < 3) return;
    this.drawn.push(at);
    this.line.setAttribute("points", this.drawn.map((each) => each.join()).join(" "));
  }

  end(event) {
    const drawn = this.drawn;
    this.drawn = null; // the line stays to be seen until the next figure is there
    if (!drawn) return;
    if (drawn.length < 3) return this.click(event);
    const step = Math.ceil(drawn.length / MOST);
    const kept = drawn.filter((_, i) => i % step === 0 || i === drawn.length - 1);
    this.tell("drawn", kept.map((at) => this.coordinates(at)));
  }

  clear() {
    this.drawn = null;
    this.line.removeAttribute("points");
  }

  // Arrows go to the next point that way, Enter chooses it.
  key(event) {
    if (event.key === "Enter" || event.key === " ") {
      if (!this.at) return;
      this.tell("clicked", { x: this.at.x, y: this.at.y, point: this.at.point });
    } else if (event.key in ARROWS) {
      const [right, down] = ARROWS[event.key];
      const from = this.at?.at ?? [this.xaxis._length / 2, this.yaxis._length / 2];
      const next = this.best(([left, top]) => {
        const [x, y] = [left - from[0], top - from[1]];
        const onward = x * right + y * down;
        return onward > 1 ? onward + 3 * Math.abs(x * down + y * right) : Infinity;
      });
      if (next) this.at = next;
      if (this.at) this.Plotly.Fx.hover(this.plot, [{ curveNumber: this.at.curve, pointNumber: this.at.index }]);
    } else {
      return;
    }
    event.preventDefault();
  }

  dispose() {
    this.events.abort();
    this.sheet.remove();
  }
}
