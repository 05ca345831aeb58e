// Time in seconds that runs by itself: a slow browser skips frames, the dance keeps its tempo.

export class Clock {
  constructor() {
    this.playing = false;
    this.speed = 1;
    this.loop = true;
    this.range = null; // [start, stop] in seconds, or null for the whole dance
    this.members = new Map(); // player → seconds it lasts; linked players share one clock
    this.anchor = { time: 0, at: 0 };
    this.request = 0;
  }

  get duration() {
    return Math.max(0, ...this.members.values());
  }

  get span() {
    const duration = this.duration;
    const [start, stop] = this.range ?? [0, duration];
    return stop <= duration + 1e-6 && stop > start ? [start, Math.min(stop, duration)] : [0, duration];
  }

  // The time now. Past the end of the span it begins again, or stays at the end when not looping.
  get time() {
    const { time, at } = this.anchor;
    if (!this.playing) return time;
    const [start, stop] = this.span;
    const now = time + ((performance.now() - at) / 1000) * this.speed;
    if (now < stop || stop <= start) return now;
    return this.loop ? start + ((now - start) % (stop - start)) : stop;
  }

  set time(seconds) {
    this.anchor = { time: Math.min(Math.max(seconds, 0), this.duration), at: performance.now() };
  }

  join(player, seconds) {
    const now = this.members.size ? this.time : this.anchor.time; // time stood still while nobody looked
    this.members.set(player, seconds);
    this.time = now; // a shorter dance may end before
    if (this.playing) this.run();
  }

  leave(player) {
    const now = this.time;
    this.members.delete(player);
    if (this.members.size) return;
    this.anchor = { time: now, at: performance.now() };
    cancelAnimationFrame(this.request);
    this.request = 0;
  }

  play() {
    const [start, stop] = this.span;
    const now = this.time;
    this.time = now < start || now >= stop - 1e-3 ? start : now;
    this.playing = true;
    this.run();
    this.tell("play");
  }

  pause(reason = "pause") {
    const now = this.time;
    this.playing = false;
    this.time = now;
    this.tell(reason);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  seek(seconds, reason = "seek") {
    this.time = seconds;
    this.tell(reason);
  }

  setSpeed(speed) {
    const now = this.time;
    this.speed = speed;
    this.time = now;
    this.tell("speed");
  }

  setLoop(loop, range = this.range) {
    const now = this.time;
    this.loop = loop;
    this.range = range;
    this.time = now;
    this.tell("loop");
  }

  run() {
    if (this.request) return;
    const tick = () => {
      this.request = 0;
      if (!this.playing || !this.members.size) return;
      if (!this.loop && this.time >= this.span[1] - 1e-6) return this.pause("end");
      for (const player of this.members.keys()) player.onTick();
      this.request = requestAnimationFrame(tick);
    };
    this.request = requestAnimationFrame(tick);
  }

  tell(reason) {
    for (const player of this.members.keys()) player.onClock(reason);
  }
}
