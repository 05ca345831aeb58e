// Where the viewer stands: an angle around the dancer, a height, a distance. Linked players share one camera.

const FIELD_OF_VIEW = Math.PI / 4; // plotly's, from top to bottom
const TAN_HALF_FOV = Math.tan(FIELD_OF_VIEW / 2);
const MAX_ELEVATION = (89 * Math.PI) / 180;
const MIN_ELEVATION = -0.3;
const SAME_VIEW = 0.02; // radians
const [MIN_DISTANCE, MAX_DISTANCE] = [0.6, 60]; // metres
const FIT_MARGIN = 1.13; // how much farther than the nearest distance at which all points are in the picture

/**
 * A distance and a shift of the target, metres, at which everything is in the picture.
 * @typedef {{ distance: number, shift: Vector3 }} Fit
 */

/** @typedef {{ onCamera: () => void }} CameraListener */

/** @type {Vector3} */
const NO_PAN = [0, 0, 0];
const NO_MARGINS = { top: 0, bottom: 0 };

export class Camera {
  constructor() {
    /** @type {CameraPreset | null} */
    this.preset = "three-quarter";
    /** @type {number | null} radians from +x; null until a preset is applied to a scene */
    this.azimuth = null;
    this.elevation = 0.2;
    /** @type {number | null} metres; null: far enough to see the whole motion */
    this.distance = null;
    /** @type {Vector3} metres from the default target */
    this.pan = NO_PAN;
    this.follow = false;
    this.mirror = false;
    /** @type {Set<CameraListener>} */
    this.listeners = new Set();
  }

  /**
   * Take one of the views that people name.
   * @param {CameraPreset} preset
   * @param {number} front the direction the dancer faces, radians
   * @param {boolean} raised look down, where many dancers hide each other
   */
  applyPreset(preset, front, raised = false) {
    const { turn, elevation } = presetAngles(preset, raised);
    this.preset = preset;
    this.azimuth = front + turn;
    this.elevation = elevation;
    this.distance = null;
    this.pan = NO_PAN;
    this.notify();
  }

  /** Stand as far away again as all that is to be seen needs. */
  fitAgain() {
    this.distance = null;
    this.pan = NO_PAN;
    this.notify();
  }

  /**
   * Forget the preset where another scene has come whose dancer faces elsewhere: the camera stays where it is, so it is
   * that preset's view no longer, and a link must not say that it is.
   * @param {number} front the direction the dancer faces now, radians
   * @param {boolean} raised as for `applyPreset`
   */
  forgetStalePreset(front, raised = false) {
    if (this.preset === null || this.azimuth === null) return;
    const { turn, elevation } = presetAngles(this.preset, raised);
    const away = Math.hypot(angleBetween(this.azimuth, front + turn), this.elevation - elevation);
    if (away < SAME_VIEW) return;
    this.preset = null;
    this.notify();
  }

  /**
   * See a row of dancers from the same side where a new scene's row faces elsewhere, and from a preset where a row has
   * come in place of one dancer: from where the camera stood, one might hide the other. The same when it has gone, unless
   * the viewer has turned the camera by hand.
   * @param {number | null} before direction of the front of the last scene's row, radians; null if it had none
   * @param {number | null} row likewise, of this scene
   * @param {number} front the direction from which this scene is seen best
   * @param {boolean} raised as for `applyPreset`
   */
  followRow(before, row, front, raised = false) {
    if (this.azimuth === null || before === row) return;
    if (before !== null && row !== null) {
      const [sin, cos] = [Math.sin(row - before), Math.cos(row - before)];
      const [x, y, z] = this.pan;
      this.azimuth += row - before;
      this.pan = [x * cos - y * sin, x * sin + y * cos, z];
      this.notify();
    } else if (row !== null || this.preset !== null) {
      this.applyPreset(this.preset ?? "three-quarter", front, raised);
    }
  }

  /**
   * @param {number} dx radians clockwise as seen from above
   * @param {number} dy radians upwards
   * @param {Fit} fit
   */
  rotate(dx, dy, fit) {
    this.preset = null;
    this.fixDistance(fit);
    this.azimuth = (this.azimuth ?? 0) - dx;
    this.elevation = clamp(this.elevation + dy, MIN_ELEVATION, MAX_ELEVATION);
    this.notify();
  }

  /**
   * @param {number} factor of the distance
   * @param {Fit} fit
   */
  zoom(factor, fit) {
    this.distance = clamp(this.fixDistance(fit) * factor, MIN_DISTANCE, MAX_DISTANCE);
    this.notify();
  }

  /**
   * Move sideways and up.
   * @param {number} dx in heights of the picture, to its right
   * @param {number} dy likewise, upwards
   * @param {Fit} fit
   */
  move(dx, dy, fit) {
    const metres = 2 * TAN_HALF_FOV * this.fixDistance(fit);
    const azimuth = this.azimuth ?? 0;
    const [sin, cos] = [Math.sin(azimuth), Math.cos(azimuth)];
    this.pan = [this.pan[0] - sin * dx * metres, this.pan[1] + cos * dx * metres, this.pan[2] + dy * metres];
    this.notify();
  }

  /**
   * The distance that fits depends on the angle. Keep the present one, so that rotating moves neither nearer nor aside.
   * @param {Fit} fit
   * @returns {number} metres
   */
  fixDistance({ distance, shift }) {
    if (this.distance === null) {
      this.distance = distance;
      this.pan = add(this.pan, shift);
    }
    return this.distance;
  }

  /** @returns {CameraState} */
  get state() {
    const { preset, azimuth, elevation, distance, pan, follow, mirror } = this;
    return { preset, azimuth, elevation, distance, pan, follow, mirror };
  }

  set state(state) {
    Object.assign(this, state);
    this.notify();
  }

  notify() {
    for (const listener of this.listeners) listener.onCamera();
  }
}

/**
 * @param {CameraPreset} preset
 * @param {boolean} raised look down
 * @returns {{ turn: number, elevation: number }} radians: from where the dancer faces to the viewer, and upwards
 */
function presetAngles(preset, raised) {
  const elevation = raised ? 0.45 : 0.08;
  return {
    front: { turn: 0, elevation },
    left: { turn: Math.PI / 2, elevation }, // from the dancer's left
    right: { turn: -Math.PI / 2, elevation },
    top: { turn: 0, elevation: MAX_ELEVATION },
    "three-quarter": { turn: raised ? -0.25 : -Math.PI / 5, elevation: raised ? 0.5 : 0.22 },
  }[preset];
}

/**
 * @param {number} one radians
 * @param {number} other radians
 * @returns {number} 0 to π
 */
const angleBetween = (one, other) => Math.abs(Math.atan2(Math.sin(one - other), Math.cos(one - other)));

/**
 * How to see all points in a picture of any shape.
 *
 * @param {{ azimuth: number | null, elevation: number }} camera
 * @param {Vector3} target what is looked at
 * @param {Vector3[]} points
 * @param {number} aspect width / height of the picture
 * @param {{ top: number, bottom: number }} margins shares of the picture's height that are kept free
 * @returns {Fit} how far to stand from the target, and how to shift it in the plane of the picture
 */
export function fitPoints(camera, target, points, aspect, { top, bottom } = NO_MARGINS) {
  const { right, up, back } = cameraAxes(camera);
  const seen = points.map((point) => {
    const from = add(point, target, -1);
    return [dot(from, right), dot(from, up), dot(from, back)];
  });
  let [distance, across, upward] = [1, 0, 0];
  for (let round = 0; round < 4; round++) {
    distance = 1;
    for (const [x, y, z] of seen) {
      const largest = Math.max(Math.abs(x - across) / aspect, Math.abs(y - upward) / (1 - top - bottom));
      distance = Math.max(distance, (largest / TAN_HALF_FOV) * FIT_MARGIN + z);
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
  upward += (top - bottom) * TAN_HALF_FOV * distance;
  return { distance, shift: add(scale(right, across), scale(up, upward)) };
}

/**
 * The picture's own directions: to its right, upwards, and out of it towards the viewer.
 * @param {{ azimuth: number | null, elevation: number }} camera
 * @returns {{ right: Vector3, up: Vector3, back: Vector3 }}
 */
export function cameraAxes({ azimuth, elevation }) {
  const [sinA, cosA] = [Math.sin(azimuth ?? 0), Math.cos(azimuth ?? 0)];
  const [sinE, cosE] = [Math.sin(elevation), Math.cos(elevation)];
  return { right: [-sinA, cosA, 0], up: [-sinE * cosA, -sinE * sinA, cosE], back: [cosE * cosA, cosE * sinA, sinE] };
}

/** From metres to pixels of the picture, as plotly's scene draws it. */
export class Projection {
  /**
   * @param {{ azimuth: number | null, elevation: number, mirror: boolean }} camera
   * @param {Vector3} target
   * @param {number} distance metres from the target
   * @param {number} width pixels
   * @param {number} height pixels
   */
  constructor(camera, target, distance, width, height) {
    const { right, up, back } = cameraAxes(camera);
    this.right = right;
    this.up = up;
    this.back = back;
    this.target = target;
    this.eye = add(target, back, distance);
    this.distance = distance;
    this.width = width;
    this.height = height;
    this.mirror = camera.mirror;
  }

  /** At the distance of the target. */
  get pixelsPerMetre() {
    return this.height / 2 / TAN_HALF_FOV / this.distance;
  }

  /**
   * @param {number} x metres, as are y and z
   * @param {number} y
   * @param {number} z
   * @returns {Vector3} x and y in pixels, depth in metres; depth below 0 lies behind the viewer
   */
  project(x, y, z) {
    const from = add([x, y, z], this.eye, -1);
    const depth = -dot(from, this.back);
    const pixels = this.height / 2 / TAN_HALF_FOV / depth;
    const across = dot(from, this.right) * pixels * (this.mirror ? -1 : 1);
    return [this.width / 2 + across, this.height / 2 - dot(from, this.up) * pixels, depth];
  }

  /**
   * As plotly takes it: relative to the centre of the scene's box, which is drawn at one unit per metre.
   * @param {Vector3} centre
   * @returns {PlotlyCamera}
   */
  plotlyCamera(centre) {
    /** @param {Vector3} point */
    const vector = (point) => ({ x: point[0] - centre[0], y: point[1] - centre[1], z: point[2] - centre[2] });
    return { eye: vector(this.eye), center: vector(this.target), up: { x: 0, y: 0, z: 1 } };
  }
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * @param {Vector3} a
 * @param {Vector3} b
 */
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/**
 * @param {Vector3} a
 * @param {Vector3} b
 * @param {number} times
 * @returns {Vector3} a + times · b
 */
const add = (a, b, times = 1) => [a[0] + b[0] * times, a[1] + b[1] * times, a[2] + b[2] * times];

/**
 * @param {Vector3} a
 * @param {number} factor
 * @returns {Vector3}
 */
const scale = (a, factor) => [a[0] * factor, a[1] * factor, a[2] * factor];
