// The skeleton player: loads a scene, shows it, and connects clock, camera, controls and the page.

import { loadPalette, loadPlotly, loadStyle } from "../assets.js";
import { PlotlyScene } from "../plotly/plotly_scene.js";
import { loadBlock } from "../scene/block.js";
import { Theme } from "../theme.js";
import { Controls } from "./controls/controls.js";
import { Dial } from "./dial/dial.js";
import { memoryOf, sharedStateOf } from "./memory.js";
import { PageMessages } from "./page_messages.js";
import { Selection } from "./selection.js";
import { StageView } from "./stage_view.js";

/** @import { Clock, ClockChange } from "../scene/clock.js" */
/** @import { Size } from "../scene/framing.js" */
/** @import { SharedState } from "./memory.js" */
/** @import { SendValue } from "./page_messages.js" */

const SMALLEST_SIDE = 120; // pixels of the picture
const [MAX_LOSSES, LOSS_MILLISECONDS] = [3, 20_000]; // lost graphics contexts that are replaced within that time
const FRAME_TOLERANCE = 1e-6;

export class Player {
  /**
   * @param {HTMLElement} parent
   * @param {PlayerData} data
   */
  constructor(parent, data) {
    this.key = data.key;
    this.data = data;
    this.memory = memoryOf(data.key);
    this.owner = Symbol("nobody");
    this.received = false;
    this.disposed = false;
    this.messages = new PageMessages(this);
    this.selection = new Selection(this);
    /** @type {{ Plotly: PlotlyLibrary, palette: Palette } | null} */
    this.assets = null;
    /** @type {Controls | null} */
    this.controls = null;
    /** @type {StageView | null} */
    this.view = null;
    /** Marks the newest call of `build`. */
    this.building = Symbol("building");
    /** @type {number[]} when graphics contexts were lost, milliseconds */
    this.losses = [];
    this.cameraRequest = 0;

    this.root = document.createElement("section");
    this.root.className = "mariel-player";
    this.root.dataset.testid = "skeleton-player";
    this.root.dataset.ready = "false";
    parent.append(this.root);
    this.messages.watchPointer(this.root);
    this.dial = new Dial(this);
    this.observer = new ResizeObserver(() => this.onResize());
    // A lost context cannot be counted on to come back: plotly must not hear of it, the player builds a new picture.
    const onLoss = (/** @type {Event} */ event) => {
      event.stopPropagation();
      this.replacePicture();
    };
    this.root.addEventListener("webglcontextlost", onLoss, true);
    this.shared = sharedStateOf(data);
    this.joinShared(this.shared);
  }

  /** @param {SharedState} state */
  joinShared(state) {
    this.leaveShared();
    this.shared = state;
    this.camera.listeners.add(this);
    if (!this.view) return;
    this.view.camera = this.camera;
    this.clock.add(this, this.duration);
  }

  leaveShared() {
    this.clock.remove(this);
    this.camera.listeners.delete(this);
  }

  get clock() {
    return this.shared.clock;
  }

  get camera() {
    return this.shared.camera;
  }

  /** The scene that was loaded last; asked for only once there is one. */
  get loadedView() {
    if (!this.view) throw new Error("no scene has been loaded yet");
    return this.view;
  }

  get header() {
    return this.loadedView.header;
  }

  get geometry() {
    return this.loadedView.geometry;
  }

  get theme() {
    return this.loadedView.theme;
  }

  get fit() {
    return this.loadedView.fit;
  }

  get projection() {
    return this.loadedView.projection;
  }

  /** Seconds. */
  get duration() {
    return this.header.frames / this.header.fps;
  }

  /** The frame to show now; in slow motion it may lie between two. */
  get frame() {
    const exact = this.clock.time * this.header.fps;
    const smooth = this.clock.playing && this.clock.speed < 1 && this.view?.picture?.path === "direct";
    return Math.min(Math.max(smooth ? exact : Math.floor(exact + FRAME_TOLERANCE), 0), this.header.frames - 1);
  }

  /** The frame that the section, or everything, begins with. */
  get firstFrame() {
    return Math.floor(this.clock.interval[0] * this.header.fps + FRAME_TOLERANCE);
  }

  /** The view, if it has a picture that can be changed now. */
  get activeView() {
    return this.view?.picture ? this.view : null;
  }

  /**
   * @param {PlayerData} data
   * @param {SendValue} setStateValue
   * @param {SendValue} setTriggerValue
   */
  receive(data, setStateValue, setTriggerValue) {
    this.messages.connect(setStateValue, setTriggerValue);
    this.dial.receive(data.dial ?? null);
    const before = this.received ? this.data : null;
    this.received = true;
    this.data = data;
    if (this.shared !== sharedStateOf(data)) this.joinShared(sharedStateOf(data));
    if (data.height) this.root.style.setProperty("--stage-height", `${data.height}px`);
    const failed = this.root.dataset.ready === "error";
    if (failed || before?.block !== data.block || before.force !== data.force) {
      this.load(data);
    } else if (this.activeView) {
      this.dial.begin();
      this.updateTheme();
      this.messages.applyRequests();
      if (before.chosen !== data.chosen) this.selection.takeChosen();
    }
  }

  /** @param {PlayerData} data */
  async load(data) {
    const isCurrent = () => this.data.block === data.block && !this.disposed;
    try {
      const base = document.baseURI;
      const [Plotly, header, palette] = await Promise.all([
        loadPlotly(new URL(data.plotly, base).href),
        loadBlock(new URL(data.block, base).href),
        loadPalette(),
        loadStyle(),
      ]);
      if (!isCurrent()) return;
      this.assets = { Plotly, palette };
      await this.build(header);
    } catch (error) {
      if (isCurrent()) this.showError(error);
    }
  }

  /** @param {unknown} error */
  showError(error) {
    this.root.dataset.ready = "error";
    const note = document.createElement("p");
    note.className = "mp-message";
    note.setAttribute("role", "alert");
    note.textContent = error instanceof Error ? error.message : String(error);
    this.view?.dispose();
    this.root.replaceChildren(note);
    const style = Promise.all([loadPalette(), loadStyle()]);
    style.then(([palette]) => new Theme(this.root, palette).applyTo(this.root)).catch(() => {}); // the text is enough
  }

  /**
   * Draw a new scene: into the picture that is there, or, at first and after a loss, into a new one.
   * @param {SceneHeader} header
   */
  async build(header) {
    if (!this.assets) return;
    const { Plotly, palette } = this.assets;
    const { data, memory } = this;
    this.root.dataset.ready = "false";
    const controls = (this.controls ??= new Controls(this));
    if (!controls.element.isConnected) this.root.replaceChildren(controls.element);
    const theme = new Theme(this.root, palette);
    theme.applyTo(this.root);
    const present = this.view?.picture;
    const view = new StageView(header, theme, this.measureSize(controls), this.camera, memory);
    view.onProjection = (projection) => controls.placeLabels(projection);
    this.view = view; // without a picture: nothing moves until the new scene is there
    this.clock.add(this, this.duration);
    view.geometry.start = this.firstFrame;
    this.messages.applyRequests();
    this.selection.takeChosen();
    if (this.camera.azimuth === null) {
      this.camera.follow = Boolean(data.follow);
      view.applyPreset(this.camera.preset ?? "three-quarter");
    }
    if (memory.started) this.camera.followRow(memory.row, view.row, view.front, view.raised);
    memory.row = view.row;
    if (!memory.started) this.messages.applyAddress();
    else if (this.camera.preset !== this.messages.defaultPreset) this.camera.forgetStalePreset(view.front, view.raised);
    const building = (this.building = Symbol("building"));
    const picture = present ?? new PlotlyScene(Plotly, controls.plot, Math.min(window.devicePixelRatio || 1, 2));
    await view.buildIn(picture, data.force === "public");
    if (this.disposed) {
      picture.dispose();
      return;
    }
    if (this.building !== building) return;
    this.observer.observe(controls.stage);
    view.start(picture);
    this.dial.begin();
    controls.update();
    this.publishState();
    this.root.dataset.ready = "true";
    const { matches: isMotionUnwanted } = matchMedia("(prefers-reduced-motion: reduce)");
    if (data.autoplay && !memory.started && !isMotionUnwanted) this.clock.play();
    memory.started = true;
  }

  /**
   * Let plotly draw as far as these boxes reach: it clips to the box that the scene had at first.
   * @param {Bounds[]} boxes
   */
  async makeRoom(boxes) {
    const view = this.activeView;
    if (!view?.picture) return;
    view.geometry.reserved = boxes;
    if (!view.picture.holds(view.geometry)) await view.buildIn(view.picture, this.data.force === "public");
  }

  /** Chromium takes the oldest context away when a page has too many: building without end would not help. */
  replacePicture() {
    if (this.disposed || !this.activeView) return;
    this.activeView.dispose();
    const now = performance.now();
    this.losses = [...this.losses.filter((at) => at > now - LOSS_MILLISECONDS), now];
    if (this.losses.length > MAX_LOSSES) {
      this.showError("The 3-D picture was lost: too many are open, or the graphics driver fails.");
    } else this.build(this.header).catch((error) => this.showError(error));
  }

  updateTheme() {
    if (!this.assets || !this.view) return;
    const theme = new Theme(this.root, this.assets.palette);
    if (theme.name === this.view.theme.name) return;
    this.view.theme = theme;
    theme.applyTo(this.root);
    this.view.applyStyles();
    this.controls?.update();
  }

  /**
   * @param {Controls} controls
   * @returns {Size}
   */
  measureSize(controls) {
    const box = controls.stage.getBoundingClientRect();
    const [width, height] = [box.width, box.height].map((side) => Math.max(SMALLEST_SIDE, Math.round(side)));
    return { width, height };
  }

  /** @param {CameraPreset | CameraState} camera */
  placeCamera(camera) {
    if (typeof camera === "string") this.loadedView.applyPreset(camera);
    else this.camera.state = camera;
  }

  /**
   * Go to a frame: to its middle, so that rounding shows this one.
   * @param {number} frame
   * @param {Parameters<Clock["scrub"]>[1]} options
   */
  scrubTo(frame, options = {}) {
    this.clock.scrub((frame + 0.5) / this.header.fps, options);
  }

  /** @param {number} frames onwards, or back where negative; playback stops */
  step(frames) {
    const frame = Math.floor(this.clock.time * this.header.fps + FRAME_TOLERANCE);
    this.scrubTo(Math.min(Math.max(frame + frames, 0), this.header.frames - 1), { pause: true });
  }

  onTick() {
    if (!this.activeView?.drawFrame(this.frame)) return;
    this.controls?.tick();
    this.publishState();
  }

  /** @param {ClockChange} change */
  onClock(change) {
    if (!this.activeView) return;
    this.activeView.setStart(this.firstFrame);
    this.activeView.drawFrame(this.frame);
    this.controls?.update();
    this.publishState();
    if (change === "pause" || change === "seek" || change === "end") this.messages.reportState();
  }

  onCamera() {
    if (!this.activeView) return;
    this.controls?.update();
    this.messages.writeAddress();
    this.cameraRequest ||= requestAnimationFrame(() => {
      this.cameraRequest = 0;
      this.activeView?.applyCamera();
    });
  }

  onResize() {
    const { activeView: view, controls } = this;
    if (!view || !controls) return;
    const size = this.measureSize(controls);
    if (size.width === view.size.width && size.height === view.size.height) return;
    view.resize(size);
    controls.resize();
    controls.tick();
    view.applyCamera();
  }

  /** Attributes of the element, for tests and benchmarks. */
  publishState() {
    const { header, drawnFrame, framesPerSecond, picture } = this.loadedView;
    const { playing } = this.clock;
    Object.assign(this.root.dataset, {
      frame: Math.max(0, Math.floor(drawnFrame)),
      frames: header.frames,
      playing,
      fps: playing ? framesPerSecond : 0,
      path: picture?.path,
    });
  }

  dispose() {
    this.disposed = true;
    this.messages.dispose();
    cancelAnimationFrame(this.cameraRequest);
    this.observer.disconnect();
    this.dial.dispose();
    this.controls?.dispose();
    this.leaveShared();
    this.view?.dispose();
    this.root.remove();
  }
}
