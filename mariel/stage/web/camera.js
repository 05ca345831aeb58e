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

  // Views as people name them. `facing` is the direction the dancer faces, radians.
  choose(preset, facing) {
    const [turn, elevation] = {
      front: [0, 0.08],
      side: [Math.PI / 2, 0.08],
      top: [0, LIMIT],
      "three-quarter": [-Math.PI / 5, 0.22],
    }[preset];
    this.preset = preset;
    this.azimuth = facing + turn;
    this.elevation = elevation;
    this.distance = null;
    this.pan = [0, 0, 0];
    this.tell();
  }

  turn(dx, dy) {
    this.preset = null;
    this.azimuth -= dx;
    this.elevation = Math.min(LIMIT, Math.max(-0.3, this.elevation + dy));
    this.tell();
  }

  zoom(factor, fitted) {
    this.distance = Math.min(60, Math.max(0.6, (this.distance ?? fitted) * factor));
    this.tell();
  }

  // Move sideways and up by fractions of the picture's height.
  shift(dx, dy, fitted) {
    const metres = 2 * TAN_HALF * (this.distance ?? fitted);
    const [sin, cos] = [Math.sin(this.azimuth), Math.cos(this.azimuth)];
    this.pan = [this.pan[0] + sin * dx * metres, this.pan[1] - cos * dx * metres, this.pan[2] + dy * metres];
    this.tell();
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

// How far to stand to see a box of half sizes (across, deep, high) in a picture of the given width / height.
export function fitDistance([across, deep, high], aspect) {
  const radius = Math.hypot(across, deep);
  return Math.max(high, radius / Math.max(aspect, 0.3)) / TAN_HALF * 1.06 + radius * 0.55;
}

// From metres on the stage to pixels of the picture, as plotly's scene will draw it.
export class View {
  constructor(camera, target, distance, width, height) {
    const { azimuth, elevation } = camera;
    const cosE = Math.cos(elevation);
    const back = [cosE * Math.cos(azimuth), cosE * Math.sin(azimuth), Math.sin(elevation)];
    this.right = [-Math.sin(azimuth), Math.cos(azimuth), 0];
    this.up = [
      -back[2] * Math.cos(azimuth),
      -back[2] * Math.sin(azimuth),
      cosE,
    ];
    this.back = back;
    this.target = target;
    this.eye = target.map((value, i) => value + back[i] * distance);
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
