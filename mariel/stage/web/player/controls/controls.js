// Everything around the picture: the bar below it, the views above it, the names of dancers.

import { describeScene, describeTime, formatTime } from "../../scene/description.js";
import { nameCentre, nameRoom } from "../../scene/framing.js";
import { CurveStrip } from "./curve_strip.js";
import { icon, make, makeButton, setPressed } from "./dom.js";
import { FullScreen } from "./full_screen.js";
import { keyAction } from "./keyboard.js";
import { PictureBar } from "./picture_bar.js";
import { StageInput } from "./stage_input.js";
import { styleOf } from "../stage_view.js";
import { TileBar } from "./tile_bar.js";

/** @import { Player } from "../player.js" */
/** @import { Projection } from "../../scene/camera.js" */

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.5, 2];

/** @type {[CameraPreset, string, string][]} preset, text and title of its button */
const PRESETS = [
  ["three-quarter", "¾", "Three-quarter view"],
  ["front", "Front", "Front view, facing the dancer"],
  ["left", "Side", "Side view, from the dancer's left; again: from the right"],
  ["top", "Top", "View from above"],
];

const KEYS = "Drag to turn. Left and right step frame by frame, up and down raise the camera, space plays and pauses.";
const THUMB_WIDTH = 14; // pixels
const TEXT_MILLISECONDS = 125; // between two updates of texts while playing
const SHORTEST_SECTION = 0.1; // seconds
const LABEL_OFFSET = 20; // pixels of a dancer's name below the feet

export class Controls {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.trackWidth = 0;
    /** When texts were updated last, milliseconds. */
    this.textsUpdated = 0;
    /** @type {number | null} seconds, after the first press of A–B */
    this.sectionStart = null;

    this.element = make("div", "mp-frame");
    this.stage = make("div", "mp-stage");
    this.plot = make("div", "mp-plot", { role: "img" });
    this.surface = make("div", "mp-surface", { tabindex: "0", role: "application", "aria-description": KEYS });
    this.labels = make("div", "mp-labels", { "aria-hidden": "true" });
    /** @type {number[]} of each dancer's name, pixels */
    this.labelWidths = [];
    /** The stage's width when names were measured, pixels. */
    this.labelled = 0;
    this.title = make("div", "mp-title");
    this.legend = make("div", "mp-legend", {}, "<i></i>left <i></i>right");
    this.scale = make("div", "mp-scale");
    this.scaleParts = { low: make("span", ""), bar: make("i", ""), high: make("span", "") };
    this.scale.append(this.scaleParts.low, this.scaleParts.bar, this.scaleParts.high);
    this.tip = make("div", "mp-tip", { role: "status" });
    this.views = make("div", "mp-views", { role: "group", "aria-label": "Camera" });
    this.presets = PRESETS.map(([preset, text, title]) => {
      const element = makeButton("preset", title, text, () => this.choosePreset(preset));
      element.dataset.preset = preset;
      return element;
    });
    this.follow = makeButton("follow", "Follow the dancer", icon("follow"), () => this.toggleCamera("follow"));
    this.mirror = makeButton("mirror", "Studio mirror", icon("mirror"), () => this.toggleCamera("mirror"));
    this.views.append(...this.presets, this.follow, this.mirror);
    this.picture = new PictureBar(player);
    this.tools = make("div", "mp-tools");
    this.tools.append(this.views, this.picture.element);

    this.play = makeButton("play", "Play", icon("play"), () => player.clock.toggle());
    this.back = makeButton("back", "One frame back", icon("back"), () => player.step(-1));
    this.forward = makeButton("forward", "One frame forward", icon("forward"), () => player.step(1));
    this.track = make("div", "mp-track");
    this.slider = make("input", "mp-scrub", { type: "range", min: "0", step: "1", "aria-label": "Frame" });
    this.sectionMark = make("div", "mp-section-mark");
    this.progress = make("div", "mp-progress");
    this.thumb = make("div", "mp-thumb");
    this.track.append(make("div", "mp-rail"), this.sectionMark, this.progress, this.thumb, this.slider);
    this.time = make("span", "mp-time");
    this.duration = make("span", "mp-duration");
    this.count = make("span", "mp-count");
    const sectionTitle = "Repeat a section: press at its start, then at its end";
    this.section = makeButton("section", sectionTitle, "A–B", () => this.markSection());
    this.loop = makeButton("loop", "Repeat", icon("loop"), () => player.clock.setLoop(!player.clock.loop));
    this.speed = make("select", "mp-speed", { "aria-label": "Speed", title: "Speed" });
    for (const speed of SPEEDS) this.speed.append(new Option(`${speed}×`, String(speed)));
    this.bar = make("div", "mp-bar", { role: "group", "aria-label": "Playback" });
    this.bar.append(this.play, this.back, this.forward, this.time, this.duration, this.track, this.count);
    this.bar.append(this.section, this.loop, this.speed);

    this.full = makeButton("full", "", icon("full"), () => this.fullScreen.toggle());
    this.fullScreen = new FullScreen(player.root, () => this.updateFullScreen());
    this.strip = new CurveStrip(player);
    this.tileBar = new TileBar(player);
    const over = [this.legend, this.scale, this.title, this.tileBar.element, this.tools, this.full, this.tip];
    this.stage.append(this.plot, this.labels, this.surface, ...over);
    this.element.append(this.stage, player.dial.element, this.strip.element, this.bar);
    this.stageInput = new StageInput(player, this.surface, this.tip);
    this.updateFullScreen();
    this.listen();
  }

  listen() {
    const { player, slider, speed } = this;
    slider.addEventListener("input", () => player.scrubTo(Number(slider.value), { dragging: true }));
    slider.addEventListener("change", () => player.clock.scrub(player.clock.time));
    speed.addEventListener("change", () => player.clock.setSpeed(Number(speed.value)));
    this.element.addEventListener("keydown", (event) => {
      const action = keyAction(event, this);
      if (!action) return;
      event.preventDefault();
      event.stopPropagation(); // Streamlit has single-key shortcuts of its own
      action();
    });
  }

  /** @param {"follow" | "mirror"} name */
  toggleCamera(name) {
    const { camera } = this.player;
    camera.state = { ...camera.state, [name]: !camera[name] };
  }

  /** First press: the section begins here. Second: it ends here. Third: everything is played again. */
  markSection() {
    const { clock } = this.player;
    if (clock.section) {
      this.sectionStart = null;
      clock.setLoop(clock.loop, null);
    } else if (this.sectionStart === null) {
      this.sectionStart = clock.time;
      this.update();
    } else {
      const [start, stop] = [this.sectionStart, clock.time].sort((a, b) => a - b);
      this.sectionStart = null;
      if (stop - start > SHORTEST_SECTION) clock.setLoop(true, [start, stop]);
      this.update();
    }
  }

  /** @param {"start" | "stop"} end that is set to the present time */
  setSectionEnd(end) {
    const { clock } = this.player;
    let [start, stop] = clock.interval;
    if (end === "start") start = clock.time;
    else stop = clock.time;
    if (stop - start > SHORTEST_SECTION) clock.setLoop(true, [start, stop]);
  }

  /** @param {Projection} projection */
  placeLabels(projection) {
    const { geometry, header, data } = this.player;
    const named = header.dancers.filter(({ label }) => label);
    while (this.labels.children.length < named.length) this.labels.append(make("span", "mp-label"));
    while (this.labels.children.length > named.length) this.labels.lastChild?.remove();
    const feet = named.map((dancer) => geometry.footPoint(header.dancers.indexOf(dancer)));
    const places = feet.map((foot) => projection.project(...foot));
    named.forEach((dancer, i) => {
      const [x, y, depth] = places[i];
      const label = /** @type {HTMLElement} */ (this.labels.children[i]);
      if (label.textContent !== dancer.label || projection.width !== this.labelled) {
        label.textContent = dancer.label;
        label.style.maxWidth = "";
        this.labelWidths[i] = label.offsetWidth; // measured once: it makes the browser lay out the page
      }
      label.classList.toggle("mp-chosen", dancer.label === data.chosen);
      const width = Math.min(this.labelWidths[i], nameRoom(places, i));
      label.style.maxWidth = width < this.labelWidths[i] ? `${Math.floor(width)}px` : "";
      const middle = nameCentre(x, y + LABEL_OFFSET, width, projection);
      label.style.transform = `translate(${middle.toFixed(1)}px, ${(y + LABEL_OFFSET).toFixed(1)}px) translateX(-50%)`;
      label.style.visibility = depth > 0 && Number.isFinite(x) ? "visible" : "hidden";
    });
    this.labelled = projection.width;
  }

  /**
   * What changes with every frame. The thumb on the track only moves layers; texts, which the browser must lay out and
   * paint, follow eight times per second while playing.
   */
  tick() {
    const { clock, header } = this.player;
    const frame = Math.floor(this.player.frame);
    const share = frame / Math.max(1, header.frames - 1);
    this.progress.style.transform = `scaleX(${share})`;
    this.thumb.style.transform = `translateX(${share * this.trackWidth}px)`;
    this.strip.tick();
    const now = performance.now();
    if (clock.playing && now - this.textsUpdated < TEXT_MILLISECONDS) return;
    this.textsUpdated = now;
    this.slider.value = String(frame);
    this.strip.tick(true);
    this.time.textContent = formatTime(frame / header.fps);
    this.count.textContent = `${frame + 1} / ${header.frames}`;
  }

  resize() {
    this.trackWidth = this.track.clientWidth - THUMB_WIDTH;
    this.strip.update();
  }

  /** What the colours of values mean, from the lowest to the highest. */
  updateScale() {
    const { header, theme, memory } = this.player;
    const dots = styleOf(memory, header) === "markers" && header.markers;
    const range = header.unit && header.dancers.find(({ values, painted, body }) => values && (painted || dots || !body))?.range;
    this.scale.hidden = !range;
    if (!range) return;
    const { low, bar, high } = this.scaleParts;
    const format = (/** @type {number} */ value) => {
      return Math.abs(value) < 10 ? Number(value.toFixed(1)) : Math.round(value);
    };
    low.textContent = String(format(range[0]));
    high.textContent = `${format(range[1])} ${header.unit}`;
    bar.style.background = `linear-gradient(to right, ${theme.colours.scale.join(", ")})`;
  }

  /** What changes with the state of clock and camera, and with the scene. */
  update() {
    this.updateNames();
    this.picture.update();
    this.updateScale();
    this.updatePlayback();
    this.updateCamera();
    this.tileBar.update();
    this.textsUpdated = 0;
    this.resize();
    this.tick();
  }

  updateNames() {
    const { header, root } = this.player;
    const name = header.title || "3-D skeleton player";
    root.setAttribute("aria-label", name);
    this.title.textContent = header.title;
    const ofSides = header.dancers.filter(({ colour, painted, ghost }) => !colour && !painted && !ghost);
    this.legend.hidden = !ofSides.some(({ sides }) => sides.includes("L"));
  }

  updateFullScreen() {
    const { isOn } = this.fullScreen;
    if (isOn) this.surface.focus({ preventScroll: true }); // or the space bar would press this button again
    setPressed(this.full, isOn);
    this.full.innerHTML = icon(isOn ? "window" : "full");
    const title = isOn ? "Leave the full screen, key F" : "Full screen, key F";
    for (const attribute of ["aria-label", "title"]) this.full.setAttribute(attribute, title);
  }

  updatePlayback() {
    const { clock, header } = this.player;
    this.play.innerHTML = icon(clock.playing ? "pause" : "play");
    for (const attribute of ["aria-label", "title"]) {
      this.play.setAttribute(attribute, clock.playing ? "Pause" : "Play");
    }
    this.slider.max = String(header.frames - 1);
    // Not while it plays: a screen reader would read eight of them per second.
    const [scene, time] = [describeScene(header), describeTime(Math.floor(this.player.frame), header)];
    const seen = `${scene}, ${clock.playing ? "playing" : `at ${time}`}`;
    for (const element of [this.plot, this.surface]) element.setAttribute("aria-label", seen);
    this.slider.setAttribute("aria-valuetext", time);
    this.speed.value = String(clock.speed);
    setPressed(this.loop, clock.loop);
    setPressed(this.section, clock.section !== null || this.sectionStart !== null);
    this.section.classList.toggle("mp-section-started", this.sectionStart !== null);
    const [start, stop] = clock.section ?? [0, 0];
    const duration = header.frames / header.fps;
    this.sectionMark.style.left = `${(start / duration) * 100}%`;
    this.sectionMark.style.width = `${((stop - start) / duration) * 100}%`;
    this.duration.textContent = `/ ${formatTime(duration)}`;
  }

  updateCamera() {
    const { camera } = this.player;
    setPressed(this.follow, camera.follow);
    setPressed(this.mirror, camera.mirror);
    this.plot.classList.toggle("mp-mirrored", camera.mirror);
    const pressed = camera.preset === "right" ? "left" : camera.preset; // both sides share a button
    for (const button of this.presets) setPressed(button, button.dataset.preset === pressed);
  }

  /** @param {CameraPreset} preset */
  choosePreset(preset) {
    const { player } = this;
    player.placeCamera(preset === "left" && player.camera.preset === "left" ? "right" : preset);
  }

  dispose() {
    this.fullScreen.dispose();
    this.element.remove();
  }
}
