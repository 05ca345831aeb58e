// What the page asks of a player, each request once, and what the player tells the page and writes into its address.

import { cameraInAddress, writeCamera } from "./address.js";
import { styleOf } from "./stage_view.js";

/** @import { Player } from "./player.js" */

const REPORT_MILLISECONDS = 120; // after the last change

/** @typedef {ComponentArguments<PlayerData>["setStateValue"]} SendValue */

export class PageMessages {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    /** @type {SendValue} */
    this.setStateValue = () => {};
    /** @type {SendValue} */
    this.setTriggerValue = () => {};
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.reportTimer = undefined;
    /** How the dance was seen when the pointer came. */
    this.before = "";
    this.listeners = new AbortController();
    this.watchLeaving();
  }

  /**
   * What has not been sent when the visitor goes to another page is dropped: Streamlit sends every message for the page
   * that it has shown last, so one between a click on a link and the server's answer would bring the visitor back.
   */
  watchLeaving() {
    const options = { signal: this.listeners.signal, capture: true };
    document.addEventListener("click", (event) => leadsToAnotherPage(event) && this.dropReports(), options);
    window.addEventListener("popstate", () => this.dropReports(), options);
  }

  dropReports() {
    clearTimeout(this.reportTimer);
    this.player.dial.dropReport();
  }

  /**
   * Files that the page makes show the dance as it is seen. Turning the camera sends nothing; leaving the player does.
   * @param {HTMLElement} root of the player
   */
  watchPointer(root) {
    root.addEventListener("pointerenter", () => (this.before = this.look));
    root.addEventListener("pointerleave", () => {
      if (this.before && this.look !== this.before) this.reportState();
    });
  }

  /** How the dance is seen, as a text to compare. */
  get look() {
    const { player } = this;
    return player.activeView ? JSON.stringify([player.camera.state, player.clock.speed, this.style]) : "";
  }

  /** How bodies are drawn now. */
  get style() {
    return styleOf(this.player.memory, this.player.header);
  }

  /**
   * @param {SendValue} setStateValue
   * @param {SendValue} setTriggerValue
   */
  connect(setStateValue, setTriggerValue) {
    this.setStateValue = setStateValue;
    this.setTriggerValue = setTriggerValue;
  }

  /** What the page asks for is done once, and again when it asks for something else. */
  applyRequests() {
    const { player } = this;
    const { memory } = player;
    const { frame, camera } = player.data;
    const isNew = frame !== memory.requestedFrame;
    memory.requestedFrame = frame;
    if (frame !== null && isNew) player.scrubTo(frame, { change: "requested" });
    if (!player.activeView) player.geometry.setFrame(player.frame); // presets depend on where the dancer faces now
    if (camera && JSON.stringify(camera) !== memory.requestedCamera) {
      player.placeCamera(camera);
      memory.requestedCamera = JSON.stringify(camera);
    }
  }

  /** A link says where the camera stands; once, for then the viewer moves it. */
  applyAddress() {
    const { player } = this;
    const requested = cameraInAddress(player.data.address);
    if (!requested) return;
    player.camera.follow = false; // unless the link says so
    player.placeCamera(requested);
  }

  /** The view without a link; it follows from where the dancer of each scene faces at first, and is left out of links. */
  get defaultPreset() {
    const { camera } = this.player.data;
    return typeof camera === "string" ? camera : "three-quarter";
  }

  /** A link to the page as it is now shows the scene from where it is seen. */
  writeAddress() {
    const { data, memory, camera } = this.player;
    if (!data.address || !memory.started) return;
    const { preset, follow, mirror } = camera;
    const isDefault = preset === this.defaultPreset && follow === Boolean(data.follow) && !mirror;
    writeCamera(data.address, isDefault ? null : camera.state);
  }

  /**
   * Tell the page what is seen, after a pause, a seek or a click. A clicked dancer is sent once.
   * @param {number | null} dancer
   */
  reportState(dancer = null) {
    const { player } = this;
    clearTimeout(this.reportTimer);
    this.reportTimer = setTimeout(() => {
      const { time, playing, speed } = player.clock;
      const { selected } = player.memory;
      const frame = Math.floor(player.frame);
      /** @type {PlayerState} */
      const state = { frame, time, playing, speed, selected, dancer, camera: player.camera.state, style: this.style };
      this.setStateValue("state", state);
    }, REPORT_MILLISECONDS);
  }

  /** @param {number} value that the viewer has chosen with the dial */
  reportDial(value) {
    this.setTriggerValue("dial", value);
  }

  dispose() {
    clearTimeout(this.reportTimer);
    this.listeners.abort();
  }
}

/**
 * Whether a click follows a link to another page in this tab.
 * @param {MouseEvent} event
 */
function leadsToAnotherPage(event) {
  const link = event.composedPath().find((target) => target instanceof HTMLAnchorElement);
  return Boolean(link && !link.target && link.pathname !== location.pathname);
}
