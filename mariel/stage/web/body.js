// Bodies as plotly wants them: flat arrays of bone ends, dots and shadows, filled anew for every frame.

import { positionsAt } from "./block.js";

const BONE = 0.034; // metres across, for a body of 1.7 m
const DOT = 0.03;
const SMALLEST_DOT = 1.4; // pixels; of smaller bodies only the bones are drawn
const HEAD = 0.21;
const HEAD_POINT = 0.15; // where one marker, at its top or its joint, stands for the head
const SHADOW_HEIGHT = 0.004;
const ABSENT = 0.001; // a size plotly takes, and nobody sees

// One end of a bone: the mean of some markers. Ends that several bones share are computed once.
class Ends {
  constructor(dancer) {
    this.groups = [];
    const known = new Map();
    const end = (group) => {
      const name = group.join();
      if (!known.has(name)) known.set(name, this.groups.push(group) - 1);
      return known.get(name);
    };
    const head = new Set(dancer.head);
    const onHead = (group) => head.size > 1 && group.every((marker) => head.has(marker));
    // A round head is drawn instead of the lines between its markers.
    this.head = head.size ? end(dancer.head) : -1;
    this.headSize = head.size >= 4 ? HEAD : HEAD_POINT;
    this.bones = dancer.bones.filter(([a, b]) => !(onHead(a) && onHead(b))).map(([a, b]) => [end(a), end(b)]);
    this.sides = this.groups.map((group) => {
      const sides = new Set(group.map((marker) => dancer.sides[marker]));
      return sides.size === 1 ? [...sides][0] : "M";
    });
  }
}

class Body {
  constructor(dancer, header) {
    this.dancer = dancer;
    this.ends = new Ends(dancer);
    this.showDots = header.markers && !dancer.ghost;
    this.markers = dancer.labels.length;
    this.positions = new Float32Array(this.markers * 3);
    this.points = new Float32Array(this.ends.groups.length * 3);
    this.lineLength = this.ends.bones.length * 3;
    this.dotLength = this.ends.groups.length + (this.showDots ? this.markers : 0);
  }

  move(frame) {
    const { positions, points } = this;
    positionsAt(this.dancer, frame, positions);
    this.ends.groups.forEach((group, at) => {
      for (let axis = 0; axis < 3; axis++) {
        let sum = 0;
        for (const marker of group) sum += positions[marker * 3 + axis];
        points[at * 3 + axis] = sum / group.length;
      }
    });
  }

  // A marker's value in a frame, from 0 for the lowest to 1 for the highest.
  valueOf(marker, frame) {
    const row = Math.min(Math.floor(frame), this.dancer.values - 1);
    return this.dancer.valueTable[row * this.markers + marker] / 255;
  }

  // A colour for each end of bones: of its side, or of the mean value of its markers where the body is painted.
  endColours(theme, frame) {
    const { dancer, ends } = this;
    if (!dancer.painted) {
      const paint = theme.body(dancer);
      return ends.sides.map((side) => paint[side]);
    }
    return ends.groups.map((group) => {
      const sum = group.reduce((total, marker) => total + this.valueOf(marker, frame), 0);
      return theme.value(sum / group.length);
    });
  }

  // Where the body faces, in radians from +x; null where that cannot be told.
  get facing() {
    let [x, y] = [0, 0];
    for (const [left, right] of this.dancer.facing) {
      const dx = this.positions[left * 3] - this.positions[right * 3];
      const dy = this.positions[left * 3 + 1] - this.positions[right * 3 + 1];
      if (Number.isFinite(dx + dy)) [x, y] = [x + dx, y + dy];
    }
    return x || y ? Math.atan2(-x, y) : null; // the left hand, turned a quarter clockwise, points forward
  }

  corners() {
    const [low, high] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
    this.positions.forEach((value, i) => {
      if (value < low[i % 3]) low[i % 3] = value;
      if (value > high[i % 3]) high[i % 3] = value;
    });
    if (low[0] > high[0]) return [];
    return [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => low.map((value, axis) => ((corner >> axis) & 1 ? high[axis] : value)));
  }

  // The middle of the body over the floor, [x, y], from the markers that are there.
  get middle() {
    let [x, y, seen] = [0, 0, 0];
    for (let i = 0; i < this.positions.length; i += 3) {
      if (!Number.isFinite(this.positions[i])) continue;
      x += this.positions[i];
      y += this.positions[i + 1];
      seen += 1;
    }
    return seen ? [x / seen, y / seen] : null;
  }
}

const axes = (length) => ({
  x: new Float32Array(length).fill(NaN),
  y: new Float32Array(length).fill(NaN),
  z: new Float32Array(length).fill(NaN),
});

function put(target, at, source, from) {
  target.x[at] = source[from * 3];
  target.y[at] = source[from * 3 + 1];
  target.z[at] = source[from * 3 + 2];
}

export class Bodies {
  constructor(header) {
    this.header = header;
    this.bodies = header.dancers.map((dancer) => new Body(dancer, header));
    const total = (name) => this.bodies.reduce((sum, body) => sum + body[name], 0);
    this.floorHeight = floorHeight(header.dancers);
    // Bones and, in the second half, their shadows: each further plotly trace costs time in every frame.
    this.boneLength = total("lineLength");
    this.lines = axes(this.boneLength * (header.floor ? 2 : 1));
    this.dots = axes(total("dotLength"));
    this.trails = new Trails(this.bodies, header);
    this.frame = 0;
    this.swept = this.sweep();
  }

  fill(frame) {
    this.frame = frame;
    const { lines, dots, boneLength } = this;
    const { floor } = this.header;
    let line = 0;
    let dot = 0;
    for (const body of this.bodies) {
      body.move(frame);
      for (const bone of body.ends.bones) {
        for (const end of bone) {
          put(lines, line, body.points, end);
          if (floor) {
            lines.x[boneLength + line] = lines.x[line];
            lines.y[boneLength + line] = lines.y[line];
            lines.z[boneLength + line] = Number.isNaN(lines.z[line]) ? NaN : this.floorHeight + SHADOW_HEIGHT;
          }
          line += 1;
        }
        line += 1; // stays NaN: the pen is lifted between bones
      }
      for (let end = 0; end < body.ends.groups.length; end++) put(dots, dot++, body.points, end);
      if (body.showDots) {
        for (let marker = 0; marker < body.markers; marker++) put(dots, dot++, body.positions, marker);
      }
    }
    this.trails.fill(frame);
  }

  lineColours(theme, frame) {
    const colours = [];
    for (const body of this.bodies) {
      const paint = body.endColours(theme, frame);
      for (const [a, b] of body.ends.bones) colours.push(paint[a], paint[b], paint[b]);
    }
    while (colours.length < this.lines.x.length) colours.push(theme.shadow);
    return colours;
  }

  // Colours of dots: caps of bones and the head as the body, markers by their values if there are any.
  dotColours(theme, frame, selected) {
    const colours = [];
    for (const body of this.bodies) {
      colours.push(...body.endColours(theme, frame));
      if (!body.showDots) continue;
      const { dancer } = body;
      for (let marker = 0; marker < body.markers; marker++) {
        if (dancer.labels[marker] === selected) colours.push(theme.accent);
        else colours.push(dancer.valueTable ? theme.value(body.valueOf(marker, frame)) : theme.dot);
      }
    }
    return colours;
  }

  // Whether values differ from frame to frame, of anybody or of somebody whose bones show them.
  get valuesChange() {
    return this.header.dancers.some((dancer) => dancer.values > 1);
  }

  get paintChanges() {
    return this.header.dancers.some((dancer) => dancer.values > 1 && dancer.painted);
  }

  sizes(pixelsPerMetre, selected) {
    const bone = Math.min(14, Math.max(1.8, BONE * pixelsPerMetre));
    const wanted = DOT * pixelsPerMetre * 0.75;
    const dot = Math.min(8, Math.max(2, wanted));
    const others = wanted < SMALLEST_DOT ? 0 : dot; // on a small body they would hide its bones
    const dots = [];
    for (const { dancer, ends, showDots } of this.bodies) {
      ends.groups.forEach((_, end) => dots.push(end === ends.head ? ends.headSize * pixelsPerMetre : bone * 0.98));
      if (showDots) dots.push(...dancer.labels.map((label) => (label === selected ? dot * 2.2 : others)));
    }
    return { bone, trail: Math.max(1.5, bone * 0.45), dots: dots.map((d) => d || ABSENT) };
  }

  // The marker drawn nearest to a place in the picture, within `reach` pixels; of two, the one in front.
  nearest(view, px, py, reach) {
    let found = null;
    for (const body of this.bodies) {
      if (body.dancer.ghost) continue;
      const p = body.positions;
      for (let marker = 0; marker < body.markers; marker++) {
        if (Number.isNaN(p[marker * 3])) continue;
        const [x, y, depth] = view.project(p[marker * 3], p[marker * 3 + 1], p[marker * 3 + 2]);
        const distance = Math.hypot(x - px, y - py);
        if (depth <= 0 || distance > reach) continue;
        const rank = distance + depth * 4;
        if (found && rank >= found.rank) continue;
        found = { rank, x, y, dancer: body.dancer, index: this.bodies.indexOf(body), label: body.dancer.labels[marker] };
      }
    }
    return found;
  }

  // What the viewer looks at: the first dancer that is not a ghost.
  get lead() {
    return this.bodies.find((body) => !body.dancer.ghost) ?? this.bodies[0];
  }

  // Corners of the boxes around every dancer at some moments of the dance: what the camera has to see.
  sweep(moments = 24) {
    const corners = [];
    for (let i = 0; i < moments; i++) {
      for (const body of this.bodies) {
        body.move((i / (moments - 1)) * (this.header.frames - 1));
        corners.push(...body.corners());
      }
    }
    this.fill(this.frame);
    return corners;
  }

  // The box all dancers stay in, [low, high] in metres.
  get bounds() {
    const boxes = this.header.dancers.map((dancer) => dancer.bounds);
    return [
      [0, 1, 2].map((axis) => Math.min(...boxes.map(([low]) => low[axis]))),
      [0, 1, 2].map((axis) => Math.max(...boxes.map(([, high]) => high[axis]))),
    ];
  }
}

// The floor is z = 0 wherever feet can be taken to stand on it; else it lies under the lowest marker.
function floorHeight(dancers) {
  const lowest = Math.min(...dancers.map(({ bounds }) => bounds[0][2]));
  return lowest > -0.15 && lowest < 1 ? 0 : lowest;
}

const TRAIL_SECONDS = 1.2;

// Where chosen markers have just been, as lines that fade towards their beginning.
class Trails {
  constructor(bodies, header) {
    this.length = Math.max(2, Math.round(TRAIL_SECONDS * header.fps));
    this.paths = [];
    for (const { dancer } of bodies) {
      for (const label of header.trails) {
        const marker = dancer.labels.indexOf(label);
        if (marker >= 0) this.paths.push({ dancer, marker });
      }
    }
    this.lines = axes(this.paths.length * (this.length + 1));
  }

  fill(frame) {
    const { x, y, z } = this.lines;
    const now = Math.floor(frame);
    this.paths.forEach(({ dancer, marker }, path) => {
      const { counts, step, origin, frames } = dancer;
      const columns = dancer.labels.length * 3;
      for (let i = 0; i < this.length; i++) {
        const at = path * (this.length + 1) + i;
        const then = now - (this.length - 1 - i);
        const from = Math.min(then, frames - 1) * columns + marker * 3;
        const there = then >= 0 && counts[from] !== -32768;
        x[at] = there ? counts[from] * step + origin[0] : NaN;
        y[at] = there ? counts[from + 1] * step + origin[1] : NaN;
        z[at] = there ? counts[from + 2] * step + origin[2] : NaN;
      }
    });
  }

  colours(theme) {
    const colours = [];
    for (const { dancer, marker } of this.paths) {
      const colour = dancer.ghost ? theme.body(dancer)[dancer.sides[marker]] : theme.trail[dancer.sides[marker]];
      for (let i = 0; i < this.length; i++) colours.push(theme.fade(colour, (i + 1) / this.length));
      colours.push(colour);
    }
    return colours;
  }
}
