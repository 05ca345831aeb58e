// Where the joints of a dancer's body are in a frame, and how its parts are turned: mariel/stage/body/geometry.py does
// the same, to measure the body.

/** The offset of an axis in the nine numbers of a frame. */
const AXES = { left: 0, forward: 3, up: 6 };

export class BodyPoints {
  /** @param {BodyHeader} body */
  constructor(body) {
    this.body = body;
    this.means = new Float32Array(body.groups.length * 3);
    /** For each frame its unit vectors to the left, forward and up. */
    this.frames = new Float32Array(body.frames.length * 9);
    /** (joints, xyz), metres; NaN where a marker is missing. */
    this.joints = new Float32Array(body.joints.length * 3);
  }

  /** @param {Float32Array} positions (markers, xyz), metres */
  update(positions) {
    const { body, means, joints, frames } = this;
    body.groups.forEach((group, at) => {
      for (let axis = 0; axis < 3; axis++) {
        let sum = 0;
        for (const marker of group) sum += positions[marker * 3 + axis];
        means[at * 3 + axis] = sum / group.length;
      }
    });
    body.frames.forEach((frame, at) => this.setFrameAxes(frame, at * 9));
    body.joints.forEach(([mean, frame, ...offset], at) => {
      for (let axis = 0; axis < 3; axis++) {
        let value = means[mean * 3 + axis];
        for (let i = 0; frame >= 0 && i < 3; i++) value += body.height * offset[i] * frames[frame * 9 + i * 3 + axis];
        joints[at * 3 + axis] = value;
      }
    });
  }

  /**
   * @param {BodyFrame} frame
   * @param {number} at where its nine numbers begin
   */
  setFrameAxes([[first, ...one], [second, ...other], pitch], at) {
    const { frames } = this;
    const [a, b] = [at + AXES[first], at + AXES[second]];
    this.setLine(a, one);
    this.setLine(b, other);
    const along = frames[a] * frames[b] + frames[a + 1] * frames[b + 1] + frames[a + 2] * frames[b + 2];
    for (let i = 0; i < 3; i++) frames[b + i] -= along * frames[a + i];
    normalise(frames, b);
    const [left, forward, up] = [at, at + 3, at + 6];
    if (first !== "left" && second !== "left") cross(frames, up, forward, left);
    else if (first !== "forward" && second !== "forward") cross(frames, left, up, forward);
    else cross(frames, forward, left, up);
    if (!pitch) return;
    const [c, s] = [Math.cos(pitch), Math.sin(pitch)];
    for (let i = 0; i < 3; i++) {
      const [f, u] = [frames[forward + i], frames[up + i]];
      frames[forward + i] = c * f + s * u;
      frames[up + i] = c * u - s * f;
    }
  }

  /**
   * The unit vector from one mean to another.
   * @param {number} at
   * @param {number[]} means
   */
  setLine(at, [from, to]) {
    for (let i = 0; i < 3; i++) this.frames[at + i] = this.means[to * 3 + i] - this.means[from * 3 + i];
    normalise(this.frames, at);
  }
}

/**
 * @param {Float32Array} vectors
 * @param {number} at
 */
export function normalise(vectors, at) {
  const length = Math.hypot(vectors[at], vectors[at + 1], vectors[at + 2]);
  for (let i = 0; i < 3; i++) vectors[at + i] /= length;
}

/**
 * Write the cross product of a and b.
 * @param {Float32Array} vectors
 * @param {number} a
 * @param {number} b
 * @param {number} target
 */
export function cross(vectors, a, b, target) {
  const [ax, ay, az, bx, by, bz] = [...vectors.subarray(a, a + 3), ...vectors.subarray(b, b + 3)];
  vectors[target] = ay * bz - az * by;
  vectors[target + 1] = az * bx - ax * bz;
  vectors[target + 2] = ax * by - ay * bx;
}
