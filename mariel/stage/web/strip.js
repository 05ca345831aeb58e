// Curves over the time of a dance, below the stage: drawn once, with a mark that goes along and a place to seek.

const [TOP, BOTTOM] = [16, 4]; // pixels for the words above the curves and a rest below them

export class Strip {
  constructor(player) {
    this.player = player;
    this.element = document.createElement("div");
    this.element.className = "mp-strip";
    this.element.dataset.testid = "strip";
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.mark = document.createElement("div");
    this.mark.className = "mp-strip-mark";
    this.words = document.createElement("div");
    this.words.className = "mp-strip-words";
    this.most = document.createElement("div");
    this.most.className = "mp-strip-most";
    this.element.append(this.canvas, this.mark, this.words, this.most);
    this.element.addEventListener("pointerdown", (event) => this.onPointer(event, true));
    this.element.addEventListener("pointermove", (event) => this.held && this.onPointer(event));
    for (const name of ["pointerup", "pointercancel"]) this.element.addEventListener(name, () => this.release());
  }

  // Curves of another dance, or another theme: draw them anew.
  update() {
    const { curves, unit, frames } = this.player.header;
    this.element.hidden = !curves.length;
    if (!curves.length) return;
    const most = Math.max(1e-9, ...curves.flatMap(({ values }) => values.filter((value) => value !== null)));
    this.most.textContent = `${round(most)} ${unit}`;
    const names = curves.map(({ label }) => label).join(", ");
    this.canvas.setAttribute("aria-label", `${names}: a curve over ${frames} frames, at most ${round(most)} ${unit}`);
    if (this.words.children.length !== curves.length) {
      this.words.replaceChildren(...curves.map(() => document.createElement("span")));
    }
    this.draw(curves, most * 1.06);
    this.tick(true);
  }

  draw(curves, top) {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    Object.assign(this.canvas, { width: width * ratio, height: height * ratio });
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const bottom = height - BOTTOM;
    curves.forEach(({ values }, index) => {
      const colour = this.colour(index);
      const x = (frame) => (frame / Math.max(1, values.length - 1)) * width;
      const y = (value) => bottom - (value / top) * (bottom - TOP);
      pen.beginPath();
      let down = false;
      values.forEach((value, frame) => {
        if (value !== null) pen[down ? "lineTo" : "moveTo"](x(frame), y(value));
        down = value !== null;
      });
      Object.assign(pen, { strokeStyle: colour, lineWidth: 1.6, lineJoin: "round" });
      pen.stroke();
      if (curves.length > 1 || values.includes(null)) return;
      pen.lineTo(width, bottom);
      pen.lineTo(0, bottom);
      Object.assign(pen, { fillStyle: colour, globalAlpha: 0.14 });
      pen.fill();
      pen.globalAlpha = 1;
    });
  }

  colour(index) {
    return this.player.header.curves[index].colour ?? this.player.theme.accentCurve;
  }

  // The mark goes along with every frame; the words only as often as they can be read.
  tick(written) {
    const { curves, unit, frames } = this.player.header;
    if (!curves.length) return;
    const frame = Math.floor(this.player.frame);
    const share = frame / Math.max(1, frames - 1);
    this.mark.style.transform = `translateX(${(share * this.element.clientWidth).toFixed(1)}px)`;
    if (!written) return;
    curves.forEach(({ label, values }, index) => {
      const value = values[Math.min(frame, values.length - 1)];
      const word = this.words.children[index];
      word.textContent = `${label} ${value === null ? "–" : `${value.toFixed(1)} ${unit}`}`;
      word.style.color = curves.length > 1 ? this.colour(index) : "";
    });
  }

  onPointer(event, first = false) {
    const { clock, header } = this.player;
    if (first) {
      this.element.setPointerCapture(event.pointerId);
      this.held = true;
      this.resume = clock.playing;
      clock.playing = false;
    }
    const box = this.element.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    clock.seek((Math.round(share * (header.frames - 1)) + 0.5) / header.fps, "scrub");
  }

  release() {
    if (!this.held) return;
    const { clock } = this.player;
    this.held = false;
    if (this.resume) clock.play();
    else clock.seek(clock.time);
  }
}

const round = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
