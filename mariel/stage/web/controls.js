// Everything around the picture: the bar below it, the views above it, mouse, touch and keys, names of markers.

import { Strip } from "./strip.js";

const ICONS = {
  play: '<path d="M7 4.5v15l12.5-7.5z"/>',
  pause: '<path d="M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z"/>',
  back: '<path d="M6 5h2.6v14H6zM18.5 5v14L9.6 12z"/>',
  forward: '<path d="M15.4 5H18v14h-2.6zM5.5 5v14l8.9-7z"/>',
  loop: '<path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="M4 12V10a4 4 0 0 1 4-4h11m-3-3 3 3-3 3M20 12v2a4 4 0 0 1-4 4H5m3 3-3-3 3-3"/>',
  follow: '<circle cx="12" cy="12" r="2.6"/><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" d="M12 3v3M12 18v3M3 12h3M18 12h3M6.5 6.5a7.8 7.8 0 1 1 0 11"/>',
  mirror: '<path d="M10 5v14H2.5zM14 5v14h7.5z" fill-opacity=".9"/><path stroke="currentColor" stroke-width="1.6" stroke-dasharray="2.5 2.5" d="M12 2.5v19"/>',
};
const SPEEDS = [0.25, 0.5, 0.75, 1, 1.5, 2];
const PRESETS = { "three-quarter": "¾", front: "Front", side: "Side", top: "Top" };
const PRESET_NAMES = {
  "three-quarter": "Three-quarter view",
  front: "Front view, facing the dancer",
  side: "Side view",
  top: "View from above",
};

const THUMB = 14; // pixels across

const icon = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true" fill="currentColor">${ICONS[name]}</svg>`;

function make(tag, className, attributes = {}, content = "") {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.innerHTML = content;
  return element;
}

export class Controls {
  constructor(player) {
    this.player = player;
    const button = (name, title, content, act) => {
      const element = make("button", `mp-button mp-${name}`, { type: "button", "aria-label": title, title }, content);
      element.addEventListener("click", act);
      return element;
    };
    this.element = make("div", "mp-frame");
    this.stage = make("div", "mp-stage");
    this.plot = make("div", "mp-plot", { "aria-hidden": "true" });
    this.surface = make("div", "mp-surface", { tabindex: "0", role: "application" });
    this.labels = make("div", "mp-labels", { "aria-hidden": "true" });
    this.title = make("div", "mp-title");
    this.legend = make("div", "mp-legend", {}, "<i></i>left <i></i>right");
    this.scale = make("div", "mp-scale", {}, "<span></span><i></i><span></span>");
    this.tip = make("div", "mp-tip", { role: "status" });
    this.views = make("div", "mp-views", { role: "group", "aria-label": "Camera" });
    this.presets = Object.entries(PRESETS).map(([name, text]) => {
      const element = button("preset", PRESET_NAMES[name], text, () => player.lookFrom(name));
      element.dataset.preset = name;
      return element;
    });
    this.follow = button("follow", "Follow the dancer", icon("follow"), () => this.toggleCamera("follow"));
    this.mirror = button("mirror", "Studio mirror", icon("mirror"), () => this.toggleCamera("mirror"));
    this.views.append(...this.presets, this.follow, this.mirror);

    this.play = button("play", "Play", icon("play"), () => player.clock.toggle());
    this.back = button("back", "One frame back", icon("back"), () => this.step(-1));
    this.forward = button("forward", "One frame forward", icon("forward"), () => this.step(1));
    this.track = make("div", "mp-track");
    this.scrub = make("input", "mp-scrub", { type: "range", min: "0", step: "1", "aria-label": "Frame" });
    this.mark = make("div", "mp-range");
    this.progress = make("div", "mp-progress");
    this.thumb = make("div", "mp-thumb");
    this.track.append(make("div", "mp-rail"), this.mark, this.progress, this.thumb, this.scrub);
    this.time = make("span", "mp-time");
    this.length = make("span", "mp-length");
    this.count = make("span", "mp-count");
    this.section = button("section", "Repeat a section: press at its start, then at its end", "A–B", () => this.markSection());
    this.loop = button("loop", "Repeat", icon("loop"), () => player.clock.setLoop(!player.clock.loop));
    this.speed = make("select", "mp-speed", { "aria-label": "Speed", title: "Speed" });
    for (const speed of SPEEDS) this.speed.append(new Option(`${speed}×`, speed));
    this.bar = make("div", "mp-bar", { role: "group", "aria-label": "Playback" });
    this.bar.append(this.play, this.back, this.forward, this.time, this.length, this.track, this.count);
    this.bar.append(this.section, this.loop, this.speed);
    this.strip = new Strip(player);
    this.stage.append(this.plot, this.labels, this.surface, this.title, this.legend, this.scale, this.views, this.tip);
    this.element.append(this.stage, this.strip.element, this.bar);
    this.listen();
  }

  listen() {
    const { player, scrub, speed, surface, element } = this;
    scrub.addEventListener("input", () => {
      if (player.clock.playing) this.resume = true;
      player.clock.playing = false;
      player.clock.seek((Number(scrub.value) + 0.5) / player.header.fps, "scrub");
    });
    scrub.addEventListener("change", () => {
      if (this.resume) player.clock.play();
      else player.clock.seek(player.clock.time);
      this.resume = false;
    });
    speed.addEventListener("change", () => player.clock.setSpeed(Number(speed.value)));
    element.addEventListener("keydown", (event) => this.onKey(event));
    this.pointers = new Map();
    surface.addEventListener("pointerdown", (event) => this.onDown(event));
    surface.addEventListener("pointermove", (event) => this.onMove(event));
    for (const name of ["pointerup", "pointercancel"]) surface.addEventListener(name, (event) => this.onUp(event));
    surface.addEventListener("pointerleave", () => this.hideTip());
    surface.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    surface.addEventListener("dblclick", () => player.lookFrom(player.camera.preset ?? "three-quarter"));
  }

  onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target === this.speed) return;
    const { clock } = this.player;
    const onButton = event.target.tagName === "BUTTON";
    const { fps } = this.player.header;
    const act = {
      " ": onButton ? null : () => clock.toggle(),
      k: () => clock.toggle(),
      ArrowLeft: () => this.step(event.shiftKey ? -Math.round(fps) : -1),
      ArrowRight: () => this.step(event.shiftKey ? Math.round(fps) : 1),
      ArrowUp: event.target === this.surface ? () => this.turn(0.12) : null,
      ArrowDown: event.target === this.surface ? () => this.turn(-0.12) : null,
      Home: () => clock.seek(clock.span[0]),
      End: () => clock.seek(clock.span[1]),
      "[": () => this.setSection("start"),
      "]": () => this.setSection("stop"),
      "\\": () => clock.setLoop(clock.loop, null),
      l: () => clock.setLoop(!clock.loop),
      m: () => this.toggleCamera("mirror"),
      f: () => this.toggleCamera("follow"),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation(); // Streamlit has single-key shortcuts of its own
    act();
  }

  turn(upwards) {
    this.player.camera.turn(0, upwards, this.player.framed);
  }

  step(frames) {
    const { clock, header } = this.player;
    clock.playing && clock.pause("step");
    const frame = Math.floor(clock.time * header.fps + 1e-6);
    const last = header.frames - 1;
    clock.seek((Math.min(Math.max(frame + frames, 0), last) + 0.5) / header.fps);
  }

  toggleCamera(name) {
    const { camera } = this.player;
    camera.state = { ...camera.state, [name]: !camera[name] };
  }

  // First press: the section begins here. Second: it ends here. Third: the whole dance again.
  markSection() {
    const { clock } = this.player;
    if (clock.range) {
      this.sectionStart = null;
      clock.setLoop(clock.loop, null);
    } else if (this.sectionStart == null) {
      this.sectionStart = clock.time;
      this.update();
    } else {
      const ends = [this.sectionStart, clock.time].sort((a, b) => a - b);
      this.sectionStart = null;
      if (ends[1] - ends[0] > 0.1) clock.setLoop(true, ends);
      this.update();
    }
  }

  setSection(end) {
    const { clock } = this.player;
    let [start, stop] = clock.span;
    if (end === "start") start = clock.time;
    else stop = clock.time;
    if (stop - start > 0.1) clock.setLoop(true, [start, stop]);
  }

  onDown(event) {
    this.surface.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.moved = 0;
    this.surface.classList.add("mp-turning");
  }

  onMove(event) {
    const held = this.pointers.get(event.pointerId);
    if (!held) return this.showTip(event);
    const { camera, framed } = this.player;
    const dx = (event.clientX - held.x) * (camera.mirror ? -1 : 1);
    const dy = event.clientY - held.y;
    this.moved += Math.abs(dx) + Math.abs(dy);
    const height = this.surface.clientHeight;
    if (this.pointers.size === 2) {
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)[1];
      const before = Math.hypot(held.x - other.x, held.y - other.y);
      const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      if (before > 0 && after > 0) camera.zoom(before / after, framed);
    } else if (event.buttons & 2 || event.shiftKey) camera.shift(-dx / height, dy / height, framed);
    else camera.turn((dx / height) * 3, (dy / height) * 2.4, framed);
    Object.assign(held, { x: event.clientX, y: event.clientY });
    this.hideTip();
  }

  onUp(event) {
    this.pointers.delete(event.pointerId);
    if (!this.pointers.size) this.surface.classList.remove("mp-turning");
    if (event.type !== "pointerup" || this.moved > 5) return;
    const found = this.under(event, event.pointerType === "touch" ? 22 : this.reach);
    if (found) this.player.choose(found);
  }

  // The wheel scrolls the page unless someone is at work on the stage.
  onWheel(event) {
    if (!event.ctrlKey && !this.element.contains(document.activeElement)) return;
    event.preventDefault();
    this.player.camera.zoom(Math.exp(event.deltaY * 0.0012), this.player.framed);
  }

  // Pixels around a marker that count as it; a whole dancer is easier to hit.
  get reach() {
    return this.picksDancers ? 26 : 12;
  }

  get picksDancers() {
    return this.player.data.pick === "dancers";
  }

  under(event, reach) {
    const box = this.surface.getBoundingClientRect();
    return this.player.bodies.nearest(this.player.view, event.clientX - box.left, event.clientY - box.top, reach);
  }

  showTip(event) {
    const found = this.player.bodies && this.under(event, this.reach);
    this.surface.classList.toggle("mp-over", Boolean(found));
    if (!found) return this.hideTip();
    const names = this.picksDancers ? [found.dancer.label] : [found.label, found.dancer.label];
    this.tip.textContent = names.filter(Boolean).join(" · ");
    this.tip.style.transform = `translate(${Math.round(found.x + 12)}px, ${Math.round(found.y - 30)}px)`;
    this.tip.classList.add("mp-shown");
  }

  hideTip() {
    this.tip.classList.remove("mp-shown");
  }

  placeLabels(view) {
    const { bodies } = this.player;
    const named = bodies.bodies.filter(({ dancer }) => dancer.label);
    while (this.labels.children.length < named.length) this.labels.append(make("span", "mp-label"));
    while (this.labels.children.length > named.length) this.labels.lastChild.remove();
    named.forEach(({ dancer }, i) => {
      const [low, high] = dancer.bounds;
      const [x, y, depth] = view.project((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, bodies.floorHeight);
      const label = this.labels.children[i];
      if (label.textContent !== dancer.label) label.textContent = dancer.label;
      label.classList.toggle("mp-chosen", dancer.label === this.player.data.chosen);
      label.style.transform = `translate(${x.toFixed(1)}px, ${(y + 20).toFixed(1)}px) translateX(-50%)`;
      label.style.visibility = depth > 0 ? "visible" : "hidden";
    });
  }

  // What changes with every frame. The mark on the track only moves layers; texts, which the browser must lay out and
  // paint, follow at eight a second while playing.
  tick() {
    const { clock, header } = this.player;
    const frame = Math.floor(this.player.frame);
    const share = frame / Math.max(1, header.frames - 1);
    this.progress.style.transform = `scaleX(${share})`;
    this.thumb.style.transform = `translateX(${share * this.trackWidth}px)`;
    this.strip.tick();
    const now = performance.now();
    if (clock.playing && now - (this.written ?? 0) < 125) return;
    this.written = now;
    this.scrub.value = frame;
    this.strip.tick(true);
    this.time.textContent = clockFace(frame / header.fps);
    this.count.textContent = `${frame + 1} / ${header.frames}`;
  }

  resize() {
    this.trackWidth = this.track.clientWidth - THUMB;
    this.strip.update();
  }

  // What the colours of values mean, from the lowest to the highest.
  showScale() {
    const { header, theme } = this.player;
    const dancer = header.unit && header.dancers.find(({ values }) => values);
    this.scale.hidden = !dancer;
    if (!dancer) return;
    const [low, bar, high] = this.scale.children;
    const number = (value) => (Math.abs(value) < 10 ? Number(value.toFixed(1)) : Math.round(value));
    low.textContent = number(dancer.range[0]);
    high.textContent = `${number(dancer.range[1])} ${header.unit}`;
    bar.style.background = `linear-gradient(to right, ${theme.scale.join(", ")})`;
  }

  // What changes with the state.
  update() {
    const { clock, camera, header, data } = this.player;
    const name = header.title || "3-D skeleton player";
    this.player.root.setAttribute("aria-label", name);
    this.surface.setAttribute(
      "aria-label",
      `${name}: drag to turn, arrow keys step frame by frame, space plays, up and down raise the camera`,
    );
    this.title.textContent = header.title;
    this.legend.hidden = !header.dancers.some(({ colour, painted, sides }) => !colour && !painted && sides.includes("L"));
    this.showScale();
    this.play.innerHTML = icon(clock.playing ? "pause" : "play");
    for (const attribute of ["aria-label", "title"]) {
      this.play.setAttribute(attribute, clock.playing ? "Pause" : "Play");
    }
    this.scrub.max = header.frames - 1;
    this.speed.value = String(clock.speed);
    this.loop.setAttribute("aria-pressed", clock.loop);
    this.section.setAttribute("aria-pressed", Boolean(clock.range) || this.sectionStart != null);
    this.section.classList.toggle("mp-half", this.sectionStart != null);
    this.follow.setAttribute("aria-pressed", camera.follow);
    this.mirror.setAttribute("aria-pressed", camera.mirror);
    this.plot.classList.toggle("mp-mirrored", camera.mirror);
    for (const preset of this.presets) preset.setAttribute("aria-pressed", preset.dataset.preset === camera.preset);
    const [start, stop] = clock.range ?? [0, 0];
    const length = header.frames / header.fps;
    this.mark.style.left = `${(start / length) * 100}%`;
    this.mark.style.width = `${((stop - start) / length) * 100}%`;
    this.scrub.setAttribute("aria-valuetext", `frame ${Math.floor(this.player.frame) + 1} of ${header.frames}`);
    this.length.textContent = `/ ${clockFace(header.frames / header.fps)}`;
    this.written = 0;
    this.resize();
    this.tick();
  }

  dispose() {
    this.element.remove();
  }
}

// 0:03.66
function clockFace(seconds) {
  const hundredths = Math.floor(seconds * 100 + 1e-6);
  const pad = (value) => String(value).padStart(2, "0");
  return `${Math.floor(hundredths / 6000)}:${pad(Math.floor(hundredths / 100) % 60)}.${pad(hundredths % 100)}`;
}
