// The skeleton player: mounts into the element Streamlit gives it, and outlives the script's reruns.

import { cameraInAddress, writeCamera } from "./address.js";
import { hasWebGL, loadPlotly, loadStyle } from "./assets.js";
import { loadBlock } from "./block.js";
import { Bodies } from "./body.js";
import { Camera, View, frame } from "./camera.js";
import { Clock } from "./clock.js";
import { Controls } from "./controls.js";
import { Stage } from "./stage.js";
import { Theme } from "./theme.js";

const VIEWS = 46; // pixels at the top of the stage that the views' buttons take

const shared = new Map(); // key, or name of the linked group → clock and camera, kept while the browser tab lives
const players = new WeakMap(); // element → player

function sharedState(name) {
  if (!shared.has(name)) shared.set(name, { clock: new Clock(), camera: new Camera() });
  return shared.get(name);
}

const kept = new Map(); // key → what one player alone remembers

// Called by Streamlit for every rerun, new data and change of theme; what it returns is called when the element
// goes, or when a newer call has taken over. Only the newest call may take the player down.
export default function mount({ parentElement, data, setStateValue }) {
  let player = players.get(parentElement);
  if (player && player.key !== data.key) {
    player.dispose();
    player = null;
  }
  if (!player) {
    player = new Player(parentElement, data);
    players.set(parentElement, player);
  }
  const owner = Symbol("owner");
  player.owner = owner;
  player.receive(data, setStateValue);
  return () => {
    if (player.owner === owner) {
      player.dispose();
      players.delete(parentElement);
    }
  };
}

class Player {
  constructor(parent, data) {
    this.key = data.key;
    this.own = kept.get(data.key) ?? { selected: null, askedFrame: null, askedCamera: null, started: false };
    kept.set(data.key, this.own);
    this.root = document.createElement("section");
    this.root.className = "mariel-player";
    this.root.dataset.testid = "skeleton-player";
    this.root.dataset.ready = "false";
    parent.append(this.root);
    this.drawn = { frame: -1, times: [] };
    this.losses = [];
    this.observer = new ResizeObserver(() => this.onResize());
    // A lost context cannot be counted on to come back: plotly must not hear of it, we build a new picture.
    this.root.addEventListener(
      "webglcontextlost",
      (event) => {
        event.stopPropagation();
        this.rebuild();
      },
      true,
    );
  }

  receive(data, setStateValue) {
    this.setStateValue = setStateValue;
    const before = this.data;
    this.data = data;
    const name = data.linked ? `linked ${data.linked}` : data.key;
    if (this.shared !== sharedState(name)) this.enter(sharedState(name));
    this.root.style.setProperty("--stage-height", `${data.height}px`);
    const failed = this.root.dataset.ready === "error";
    if (failed || before?.block !== data.block || before.force !== data.force) {
      this.load(data);
    } else if (this.stage && this.header) {
      this.applyTheme();
      this.applyAsked();
      if (before?.chosen !== data.chosen) this.look();
    }
  }

  enter(state) {
    this.leave();
    this.shared = state;
    this.clock = state.clock;
    this.camera = state.camera;
    this.camera.members.add(this);
    if (this.header) this.clock.join(this, this.header.frames / this.header.fps);
  }

  leave() {
    this.clock?.leave(this);
    this.camera?.members.delete(this);
    this.shared = null;
  }

  async load(data) {
    const current = () => this.data.block === data.block && !this.gone;
    try {
      if (!hasWebGL()) throw new Error("This browser shows no 3-D graphics (WebGL is missing or switched off).");
      const base = document.baseURI;
      const [Plotly, header] = await Promise.all([
        loadPlotly(new URL(data.plotly, base).href),
        loadBlock(new URL(data.block, base).href),
        loadStyle(),
      ]);
      if (!current()) return;
      this.Plotly = Plotly;
      this.header = header;
      await this.build();
    } catch (error) {
      if (current()) this.say(error.message);
    }
  }

  say(message) {
    this.root.dataset.ready = "error";
    const note = document.createElement("p");
    note.className = "mp-message";
    note.setAttribute("role", "alert");
    note.textContent = message;
    this.stage?.dispose();
    this.stage = null;
    this.root.replaceChildren(note);
  }

  // Draw a new dance: into the scene that is there, or, at first and after a loss, into a new one.
  async build() {
    this.root.dataset.ready = "false";
    const { stage } = this;
    this.stage = null; // nothing moves until the new dance is there
    this.controls ??= new Controls(this);
    if (!this.controls.element.isConnected) this.root.replaceChildren(this.controls.element);
    const { header, data } = this;
    const bodies = new Bodies(header);
    this.bodies = bodies;
    this.theme = new Theme(this.root);
    this.root.dataset.theme = this.theme.name;
    this.clock.join(this, header.frames / header.fps);
    this.applyAsked();
    if (this.camera.azimuth === null) this.lookFrom(this.camera.preset);
    if (!this.own.started) this.lookFromAddress();
    bodies.fill(this.frame);
    this.shownSize = this.size;
    const building = (this.building = Symbol("building"));
    const next = stage ?? new Stage(this.Plotly, this.controls.plot, Math.min(window.devicePixelRatio || 1, 2));
    await next.show(bodies, {
      theme: this.theme,
      selected: this.own.selected,
      ...this.shownSize,
      pixelsPerMetre: this.view.pixelsPerMetre,
      camera: (middle) => this.view.plotly(middle),
      forcePublic: data.force === "public",
    });
    if (this.gone) return next.dispose();
    if (this.building !== building) return;
    this.stage = next;
    this.observer.observe(this.controls.stage);
    this.drawn.frame = this.bodies.frame;
    this.restyle();
    this.controls.update();
    this.publish();
    this.root.dataset.ready = "true";
    if (data.autoplay && !this.own.started) this.clock.play();
    this.own.started = true;
  }

  // Chromium takes the oldest context away when a page has too many: building without end would not help.
  rebuild() {
    if (this.gone || !this.stage) return;
    this.stage.dispose();
    this.stage = null;
    const now = performance.now();
    this.losses = [...this.losses.filter((at) => at > now - 20_000), now];
    if (this.losses.length > 3) this.say("The 3-D picture was lost: too many are open, or the graphics driver fails.");
    else this.build().catch((error) => this.say(error.message));
  }

  applyAsked() {
    const { frame, camera } = this.data;
    const asked = frame != null && frame !== this.own.askedFrame;
    this.own.askedFrame = frame;
    if (asked) this.clock.seek((frame + 0.5) / this.header.fps, "asked");
    if (camera && JSON.stringify(camera) !== this.own.askedCamera) {
      if (typeof camera === "string") this.lookFrom(camera);
      else this.camera.state = camera;
      this.own.askedCamera = JSON.stringify(camera);
    }
  }

  // A link says where to stand; once, for then the viewer moves about.
  lookFromAddress() {
    const asked = cameraInAddress(this.data.address);
    if (typeof asked === "string") this.lookFrom(asked);
    else if (asked) this.camera.state = asked;
  }

  applyTheme() {
    const theme = new Theme(this.root);
    if (theme.name === this.theme.name) return;
    this.theme = theme;
    this.root.dataset.theme = theme.name;
    this.restyle();
    this.controls.update();
  }

  get size() {
    const box = this.controls.stage.getBoundingClientRect();
    return { width: Math.max(120, Math.round(box.width)), height: Math.max(120, Math.round(box.height)) };
  }

  get frame() {
    const exact = this.clock.time * this.header.fps;
    const smooth = this.clock.playing && this.clock.speed < 1 && this.stage?.path === "direct";
    return Math.min(Math.max(smooth ? exact : Math.floor(exact + 1e-6), 0), this.header.frames - 1);
  }

  // What is looked at: the middle of all that is danced, or the dancer when following.
  get target() {
    const [low, high] = this.bodies.bounds;
    const floor = this.bodies.floorHeight;
    let at = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2];
    if (this.camera.follow) at = this.bodies.lead.middle ?? at;
    return [at[0], at[1], floor + 0.88].map((value, axis) => value + this.camera.pan[axis]);
  }

  // Where to stand to see the whole dance, or the one dancer who is followed.
  get framed() {
    const { width, height } = this.shownSize;
    const { target, camera } = this;
    const floor = this.bodies.floorHeight;
    const column = [0.6, -0.6].flatMap((x) =>
      [0.6, -0.6].flatMap((y) => [0, 1.75].map((z) => [target[0] + x, target[1] + y, floor + z])),
    );
    // Where many dance or the stage is narrow, somebody's head would be behind the views' buttons.
    const crowded = width < 600 || this.header.dancers.length > 2;
    const points = camera.follow ? column : this.bodies.swept;
    return frame(camera, target, points, width / height, crowded ? Math.min(0.25, VIEWS / height) : 0);
  }

  get view() {
    const { width, height } = this.shownSize;
    let { target } = this;
    let { distance } = this.camera;
    if (distance === null) {
      const framed = this.framed;
      distance = framed.distance;
      target = target.map((value, axis) => value + framed.shift[axis]);
    }
    return new View(this.camera, target, distance, width, height);
  }

  lookFrom(preset) {
    const front = this.header.front ?? this.bodies.lead.facing ?? -Math.PI / 2;
    this.camera.choose(preset, front, this.header.dancers.length > 3);
  }

  onTick() {
    if (this.stage) this.show();
  }

  onClock(reason) {
    if (!this.stage) return;
    this.show();
    this.controls.update();
    this.publish();
    if (reason === "pause" || reason === "seek" || reason === "end") this.report();
  }

  onCamera() {
    if (!this.stage) return;
    this.controls.update();
    if (this.data.address && this.own.started) {
      writeCamera(this.data.address, this.camera.state, this.data.camera ?? "three-quarter");
    }
    this.looking ||= requestAnimationFrame(() => {
      this.looking = 0;
      if (this.stage) this.look();
    });
  }

  onResize() {
    if (!this.stage) return;
    const size = this.size;
    if (size.width === this.shownSize.width && size.height === this.shownSize.height) return;
    this.shownSize = size;
    this.stage.resize(size.width, size.height);
    this.controls.resize();
    this.controls.tick();
    this.look();
  }

  // Draw the frame of this moment, if it is not on screen already.
  show() {
    const frame = this.frame;
    if (frame === this.drawn.frame) return;
    this.bodies.fill(frame);
    const changes = {};
    if (this.bodies.valuesChange) {
      changes.dots = { colours: this.bodies.dotColours(this.theme, frame, this.own.selected) };
    }
    if (this.bodies.paintChanges) changes.lines = { colours: this.bodies.lineColours(this.theme, frame) };
    this.stage.draw(changes);
    if (this.camera.follow) this.look();
    this.drawn.frame = frame;
    this.count();
    this.controls.tick();
    this.publish();
  }

  // Everything but positions: colours of the theme, sizes for the distance, the selected marker.
  restyle() {
    const { bodies, theme } = this;
    const sizes = bodies.sizes(this.view.pixelsPerMetre, this.own.selected);
    this.drawnScale = this.view.pixelsPerMetre;
    const changes = {
      floor: { colours: this.stage.floorColours(theme) },
      lines: { colours: bodies.lineColours(theme, bodies.frame), size: sizes.bone },
      dots: { colours: bodies.dotColours(theme, bodies.frame, this.own.selected), size: sizes.dots },
    };
    if ("trails" in this.stage.parts) changes.trails = { colours: bodies.trails.colours(theme), size: sizes.trail };
    this.stage.draw(changes);
    this.look();
  }

  look() {
    const view = this.view;
    this.stage.setCamera(view.plotly(this.stage.middle));
    const change = view.pixelsPerMetre / (this.drawnScale ?? view.pixelsPerMetre);
    if (Math.abs(Math.log(change)) > 0.04) this.restyle();
    this.controls.placeLabels(view);
  }

  // Somebody was clicked, or, by null, nobody: a whole dancer where dancers are to be chosen, else a marker.
  choose(found) {
    if (this.data.pick === "dancers") {
      if (found) this.report(found.index);
      return;
    }
    const label = found?.label ?? null;
    this.own.selected = label === this.own.selected ? null : label;
    this.restyle();
    this.report();
  }

  // The only messages to Python: when the dance pauses, is sought in, or somebody is chosen. The dancer is said once.
  report(dancer = null) {
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => {
      if (this.gone) return;
      this.setStateValue("state", {
        frame: Math.floor(this.frame),
        time: this.clock.time,
        playing: this.clock.playing,
        speed: this.clock.speed,
        selected: this.own.selected,
        dancer,
        camera: this.camera.state,
      });
    }, 120);
  }

  // Frames drawn in the last second.
  count() {
    const now = performance.now();
    const { times } = this.drawn;
    times.push(now);
    while (times[0] < now - 1000) times.shift();
  }

  publish() {
    const { dataset } = this.root;
    dataset.frame = Math.max(0, Math.floor(this.drawn.frame));
    dataset.frames = this.header.frames;
    dataset.playing = this.clock.playing;
    dataset.fps = this.clock.playing ? this.drawn.times.length : 0;
    dataset.path = this.stage.path;
  }

  dispose() {
    this.gone = true;
    clearTimeout(this.reporting);
    cancelAnimationFrame(this.looking);
    this.observer.disconnect();
    this.controls?.dispose();
    this.leave();
    this.stage?.dispose();
    this.stage = null;
    this.root.remove();
  }
}
