// Time in seconds that runs by itself: a slow browser skips frames, the motion keeps its tempo.

/**
 * What has changed, as listeners are told.
 * @typedef {"play" | "pause" | "drag" | "seek" | "requested" | "speed" | "loop" | "end"} ClockChange
 */

/**
 * @typedef {object} ClockListener
 * @property {() => void} onTick called before every picture of the browser while the clock runs
 * @property {(change: ClockChange) => void} onClock
 */

/**
 * Where time comes from; tests give their own.
 * @typedef {object} TimeSource
 * @property {() => number} now milliseconds
 * @property {(callback: () => void) => number} requestFrame
 * @property {(request: number) => void} cancelFrame
 */

/** @type {TimeSource} */
const BROWSER_TIME = {
  now: () => performance.now(),
  requestFrame: (callback) => requestAnimationFrame(callback),
  cancelFrame: (request) => cancelAnimationFrame(request),
};

const FRAME_TOLERANCE = 1e-6; // seconds
const END_TOLERANCE = 1e-3;

export class Clock {
  /** @param {TimeSource} source */
  constructor(source = BROWSER_TIME) {
    this.source = source;
    this.playing = false;
    this.speed = 1;
    this.loop = true;
    /** @type {[number, number] | null} start and end in seconds of the section that is repeated; null for all */
    this.section = null;
    /** @type {Map<ClockListener, number>} listener → seconds that its motion lasts; linked players share one clock */
    this.listeners = new Map();
    /** The time that was set last, seconds, and when that was, milliseconds. */
    this.anchor = { time: 0, at: 0 };
    this.frameRequest = 0;
    this.resumeAfterDrag = false;
  }

  get duration() {
    return Math.max(0, ...this.listeners.values());
  }

  /**
   * Start and end of what is played: the section, or everything.
   * @returns {[number, number]}
   */
  get interval() {
    const duration = this.duration;
    const [start, stop] = this.section ?? [0, duration];
    const fits = stop <= duration + FRAME_TOLERANCE && stop > start;
    return fits ? [start, Math.min(stop, duration)] : [0, duration];
  }

  /** The time now. Past the end of the interval it begins again, or stays at the end when not looping. */
  get time() {
    const { time, at } = this.anchor;
    if (!this.playing) return time;
    const [start, stop] = this.interval;
    const now = time + ((this.source.now() - at) / 1000) * this.speed;
    if (now < stop || stop <= start) return now;
    return this.loop ? start + ((now - start) % (stop - start)) : stop;
  }

  /** Only for this class: who is outside it calls `scrub`, which tells the listeners too. */
  set time(seconds) {
    this.anchor = { time: Math.min(Math.max(seconds, 0), this.duration), at: this.source.now() };
  }

  /**
   * @param {ClockListener} listener
   * @param {number} seconds that its motion lasts
   */
  add(listener, seconds) {
    const now = this.listeners.size ? this.time : this.anchor.time; // without listeners time stood still
    this.listeners.set(listener, seconds);
    this.time = now; // a shorter motion may end before
    if (this.playing) this.startTicking();
  }

  /** @param {ClockListener} listener */
  remove(listener) {
    if (!this.listeners.has(listener)) return;
    const now = this.time;
    this.listeners.delete(listener);
    if (this.listeners.size) return;
    this.anchor = { time: now, at: this.source.now() };
    this.source.cancelFrame(this.frameRequest);
    this.frameRequest = 0;
  }

  play() {
    const [start, stop] = this.interval;
    const now = this.time;
    this.time = now < start || now >= stop - END_TOLERANCE ? start : now;
    this.playing = true;
    this.resumeAfterDrag = false;
    this.startTicking();
    this.notify("play");
  }

  /** @param {ClockChange} change */
  pause(change = "pause") {
    const now = this.time;
    this.playing = false;
    this.resumeAfterDrag = false;
    this.time = now;
    this.notify(change);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /**
   * Go to a time. All seeking comes through here: dragging, clicking, stepping, jumping, and requests of the page.
   *
   * During a drag playback stops; the first call that is no longer part of the drag lets it go on.
   *
   * @param {number} seconds
   * @param {object} [options]
   * @param {boolean} [options.dragging] whether more calls of the same drag follow
   * @param {boolean} [options.pause] stop playback, as a step from frame to frame does
   * @param {ClockChange} [options.change] what listeners are told
   */
  scrub(seconds, { dragging = false, pause = false, change = "seek" } = {}) {
    const resume = this.resumeAfterDrag && !pause;
    this.resumeAfterDrag = dragging && (resume || this.playing);
    if (dragging || pause) this.playing = false;
    this.time = seconds;
    if (resume && !dragging) this.play();
    else this.notify(dragging ? "drag" : change);
  }

  /** @param {number} speed 1 is the true tempo */
  setSpeed(speed) {
    const now = this.time;
    this.speed = speed;
    this.time = now;
    this.notify("speed");
  }

  /**
   * @param {boolean} loop
   * @param {[number, number] | null} section
   */
  setLoop(loop, section = this.section) {
    const now = this.time;
    this.loop = loop;
    this.section = section;
    this.time = now;
    this.notify("loop");
  }

  startTicking() {
    if (this.frameRequest) return;
    const tick = () => {
      this.frameRequest = 0;
      if (!this.playing || !this.listeners.size) return;
      if (!this.loop && this.time >= this.interval[1] - FRAME_TOLERANCE) {
        this.pause("end");
        return;
      }
      for (const listener of this.listeners.keys()) listener.onTick();
      this.frameRequest = this.source.requestFrame(tick);
    };
    this.frameRequest = this.source.requestFrame(tick);
  }

  /** @param {ClockChange} change */
  notify(change) {
    for (const listener of this.listeners.keys()) listener.onClock(change);
  }
}
