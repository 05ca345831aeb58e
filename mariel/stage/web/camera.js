// Where the viewer stands: an angle round the dancer, a height, a distance. One is shared by linked players.

const FIELD_OF_VIEW = Math.PI / 4; // plotly's, top to bottom
const TAN_HALF = Math.tan(FIELD_OF_VIEW / 2);
const LIMIT = (89 * Math.PI) / 180;

export class Camera {
  constructor() {
    this.preset = "three-quarter";
    this.azimuth = null; // radians from +x; null until a preset has met a dancer
    this.elevation = 0.2;
    this.distance = null; // metres; null: far enough to see the whole dance
    this.pan = [0, 0, 0]; // metres from what is looked at by default
    this.follow = false;
    this.mirror = false;
    this.members = new Set();
  }

  // Views as people name them. `front` is the direction the dancer faces, radians; `raised` looks down on many.
  choose(preset, front, raised = false) {
    const [turn, elevation] = {
      front: [0, raised ? 0.45 : 0.08],
      side: [Math.PI / 2, raised ? 0.45 : 0.08],
      top: [0, LIMIT],
      "three-quarter": [raised ? -0.25 : -Math.PI / 5, raised ? 0.5 : 0.22],
    }[preset];
    this.preset = preset;
    this.azimuth = front + turn;
    this.elevation = elevation;
    this.distance = null;
    this.pan = [0, 0, 0];
    this.tell();
  }

  turn(dx, dy, framed) {
    this.preset = null;
    this.settle(framed);
    this.azimuth -= dx;
    this.elevation = Math.min(LIMIT, Math.max(-0.3, this.elevation + dy));
    this.tell();
  }

  zoom(factor, framed) {
    this.settle(framed);
    this.distance = Math.min(60, Math.max(0.6, this.distance * factor));
    this.tell();
  }

  // Move sideways and up by fractions of the picture's height.
  shift(dx, dy, framed) {
    this.settle(framed);
    const metres = 2 * TAN_HALF * this.distance;
    const [sin, cos] = [Math.sin(this.azimuth), Math.cos(this.azimuth)];
    this.pan = [this.pan[0] - sin * dx * metres, this.pan[1] + cos * dx * metres, this.pan[2] + dy * metres];
    this.tell();
  }

  // What fits depends on the angle: from here on, turning moves neither nearer nor aside.
  settle({ distance, shift }) {
    if (this.distance !== null) return;
    this.distance = distance;
    this.pan = this.pan.map((value, axis) => value + shift[axis]);
  }

  get state() {
    const { preset, azimuth, elevation, distance, pan, follow, mirror } = this;
    return { preset, azimuth, elevation, distance, pan, follow, mirror };
  }

  set state(state) {
    Object.assign(this, state);
    this.tell();
  }

  tell() {
    for (const player of this.members) player.onCamera();
  }
}

// How to see all points, whatever the picture's width / height: how far to stand from `target`, and how to shift it
// in the plane of the picture so that they are in its middle, below a share of its height that is kept free.
export function frame(camera, target, points, aspect, free = 0) {
  const { right, up, back } = axesOf(camera);
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const seen = points.map((point) => {
    const from = point.map((value, axis) => value - target[axis]);
    return [dot(from, right), dot(from, up), dot(from, back)];
  });
  let [distance, across, upward] = [1, 0, 0];
  for (let round = 0; round < 4; round++) {
    distance = 1;
    for (const [x, y, z] of seen) {
      const most = Math.max(Math.abs(x - across) / aspect, Math.abs(y - upward) / (1 - free));
      distance = Math.max(distance, (most / TAN_HALF) * 1.13 + z);
    }
    let [left, rightmost, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [x, y, z] of seen) {
      const [px, py] = [(x - across) / (distance - z), (y - upward) / (distance - z)];
      [left, rightmost] = [Math.min(left, px), Math.max(rightmost, px)];
      [low, high] = [Math.min(low, py), Math.max(high, py)];
    }
    if (seen.length) across += ((left + rightmost) / 2) * distance;
    if (seen.length) upward += ((low + high) / 2) * distance;
  }
  upward += free * TAN_HALF * distance;
  return { distance, shift: right.map((value, axis) => value * across + up[axis] * upward) };
}

// The picture's own directions: to its right, upwards, and out of it towards the viewer.
function axesOf({ azimuth, elevation }) {
  const [sinA, cosA, sinE, cosE] = [Math.sin(azimuth), Math.cos(azimuth), Math.sin(elevation), Math.cos(elevation)];
  return { right: [-sinA, cosA, 0], up: [-sinE * cosA, -sinE * sinA, cosE], back: [cosE * cosA, cosE * sinA, sinE] };
}

// From metres on the stage to pixels of the picture, as plotly's scene will draw it.
export class View {
  constructor(camera, target, distance, width, height) {
    Object.assign(this, axesOf(camera));
    this.target = target;
    this.eye = target.map((value, i) => value + this.back[i] * distance);
    this.distance = distance;
    this.width = width;
    this.height = height;
    this.mirror = camera.mirror;
  }

  get pixelsPerMetre() {
    return this.height / 2 / TAN_HALF / this.distance;
  }

  // [x, y, depth] in pixels and metres; depth below 0 lies behind the viewer.
  project(x, y, z) {
    const d = [x - this.eye[0], y - this.eye[1], z - this.eye[2]];
    const along = (axis) => d[0] * axis[0] + d[1] * axis[1] + d[2] * axis[2];
    const depth = -along(this.back);
    const scale = this.height / 2 / TAN_HALF / depth;
    const across = along(this.right) * scale * (this.mirror ? -1 : 1);
    return [this.width / 2 + across, this.height / 2 - along(this.up) * scale, depth];
  }

  // As plotly wants it: relative to the middle of the scene's box, which is drawn at one unit a metre.
  plotly(middle) {
    const point = (p) => ({ x: p[0] - middle[0], y: p[1] - middle[1], z: p[2] - middle[2] });
    return { eye: point(this.eye), center: point(this.target), up: { x: 0, y: 0, z: 1 } };
  }
}
