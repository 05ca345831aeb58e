import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { Clock } from "../../mariel/stage/web/scene/clock.js";

/** A time that stands still until the test moves it, and frames that are drawn when the test says so. */
class TestTime {
  milliseconds = 1000;
  /** @type {Map<number, () => void>} */
  requests = new Map();
  requested = 0;

  now = () => this.milliseconds;

  /** @param {() => void} callback */
  requestFrame = (callback) => {
    this.requests.set(++this.requested, callback);
    return this.requested;
  };

  /** @param {number} request */
  cancelFrame = (request) => this.requests.delete(request);

  /** @param {number} seconds */
  pass(seconds) {
    this.milliseconds += seconds * 1000;
  }

  drawFrame() {
    const callbacks = [...this.requests.values()];
    this.requests.clear();
    for (const callback of callbacks) callback();
  }
}

/** Writes down what it is told. */
class Listener {
  ticks = 0;
  /** @type {string[]} */
  changes = [];

  onTick() {
    this.ticks += 1;
  }

  /** @param {string} change */
  onClock(change) {
    this.changes.push(change);
  }
}

let time = new TestTime();
let clock = new Clock(time);
let listener = new Listener();

beforeEach(() => {
  time = new TestTime();
  clock = new Clock(time);
  listener = new Listener();
  clock.add(listener, 4);
});

describe("time", () => {
  it("stands still until the clock plays, then runs by itself", () => {
    time.pass(1);
    assert.equal(clock.time, 0);
    clock.play();
    time.pass(1.5);
    assert.equal(clock.time, 1.5);
    clock.pause();
    time.pass(1);
    assert.equal(clock.time, 1.5);
  });

  it("keeps its value when the speed changes, and runs on at that speed", () => {
    clock.play();
    time.pass(1);
    clock.setSpeed(0.5);
    assert.equal(clock.time, 1);
    time.pass(1);
    assert.equal(clock.time, 1.5);
  });

  it("begins again at the end", () => {
    clock.play();
    time.pass(5);
    assert.equal(clock.time, 1);
  });

  it("stays at the end without a loop, and listeners are told", () => {
    clock.setLoop(false);
    clock.play();
    time.pass(5);
    assert.equal(clock.time, 4);
    time.drawFrame();
    assert.deepEqual([clock.playing, clock.time], [false, 4]);
    assert.deepEqual(listener.changes, ["loop", "play", "end"]);
  });

  it("starts from the beginning when played at the end", () => {
    clock.scrub(4);
    clock.play();
    assert.equal(clock.time, 0);
  });
});

describe("a section", () => {
  it("repeats", () => {
    clock.setLoop(true, [1, 2]);
    clock.play();
    assert.equal(clock.time, 1); // it was before the section
    time.pass(2.5);
    assert.equal(clock.time, 1.5);
  });

  it("that a shorter motion does not have is ignored", () => {
    clock.setLoop(true, [3, 4]);
    assert.deepEqual(clock.interval, [3, 4]);
    clock.add(listener, 2);
    assert.deepEqual(clock.interval, [0, 2]);
  });
});

describe("scrub", () => {
  it("goes to a time, at most to the ends", () => {
    for (const [seconds, expected] of [[3, 3], [9, 4], [-1, 0]]) {
      clock.scrub(seconds);
      assert.equal(clock.time, expected);
    }
    assert.deepEqual(listener.changes, ["seek", "seek", "seek"]);
  });

  it("leaves a playing clock playing", () => {
    clock.play();
    clock.scrub(2);
    time.pass(1);
    assert.deepEqual([clock.playing, clock.time], [true, 3]);
  });

  it("pauses for a step", () => {
    clock.play();
    clock.scrub(2, { pause: true });
    time.pass(1);
    assert.deepEqual([clock.playing, clock.time], [false, 2]);
    assert.deepEqual(listener.changes, ["play", "seek"]);
  });

  it("stops playback during a drag and resumes it after", () => {
    clock.play();
    clock.scrub(1, { dragging: true });
    time.pass(1);
    clock.scrub(3, { dragging: true });
    time.pass(1);
    assert.deepEqual([clock.playing, clock.time], [false, 3]);
    clock.scrub(clock.time);
    time.pass(0.5);
    assert.deepEqual([clock.playing, clock.time], [true, 3.5]);
    assert.deepEqual(listener.changes, ["play", "drag", "drag", "play"]);
  });

  it("leaves a paused clock paused after a drag", () => {
    clock.scrub(1, { dragging: true });
    clock.scrub(1);
    assert.equal(clock.playing, false);
    assert.deepEqual(listener.changes, ["drag", "seek"]);
  });

  it("does not resume what was paused during the drag", () => {
    clock.play();
    clock.scrub(1, { dragging: true });
    clock.pause();
    clock.scrub(1);
    assert.equal(clock.playing, false);
  });

  it("tells listeners why, when it is given a reason", () => {
    clock.scrub(1, { change: "requested" });
    assert.deepEqual(listener.changes, ["requested"]);
  });
});

describe("linked listeners", () => {
  it("share one time, which lasts as long as the longest motion", () => {
    const other = new Listener();
    clock.add(other, 6);
    assert.equal(clock.duration, 6);
    clock.play();
    time.drawFrame();
    assert.deepEqual([listener.ticks, other.ticks], [1, 1]);
    clock.remove(other);
    assert.equal(clock.duration, 4);
    time.drawFrame();
    assert.deepEqual([listener.ticks, other.ticks], [2, 1]);
  });

  it("find the time where the last one left it: it stands still without listeners", () => {
    clock.play();
    time.pass(1);
    clock.remove(listener);
    assert.equal(time.requests.size, 0);
    time.pass(10);
    clock.remove(listener); // gone already: that changes nothing
    clock.add(listener, 4);
    assert.deepEqual([clock.playing, clock.time], [true, 1]);
    assert.equal(time.requests.size, 1);
  });
});
