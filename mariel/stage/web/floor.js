// The dance floor: a grid that fits where the dancers go and fades at its edge.

const MARGIN = 0.8;

// Lines of the grid with a strength from 0 to 1 at every point; NaN lifts the pen.
export function floorGrid([low, high], height) {
  const size = Math.max(high[0] - low[0], high[1] - low[1]);
  const step = size > 16 ? 2 : size > 7 ? 1 : 0.5;
  const middle = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
  const half = [0, 1].map((axis) => Math.max(1.2, (high[axis] - low[axis]) / 2 + MARGIN));
  const strength = (x, y) => {
    const away = Math.hypot((x - middle[0]) / half[0], (y - middle[1]) / half[1]);
    return Math.max(0, Math.min(1, (1 - away) / 0.55));
  };
  const lines = { x: [], y: [], z: [], strength: [] };
  const add = (x, y, s) => {
    lines.x.push(x);
    lines.y.push(y);
    lines.z.push(Number.isNaN(x) ? NaN : height);
    lines.strength.push(s);
  };
  for (const axis of [0, 1]) {
    const other = 1 - axis;
    const first = Math.ceil((middle[axis] - half[axis]) / step);
    const last = Math.floor((middle[axis] + half[axis]) / step);
    for (let line = first; line <= last; line++) {
      const across = line * step;
      // Each line ends where the ellipse does.
      const reach = half[other] * Math.sqrt(Math.max(0, 1 - ((across - middle[axis]) / half[axis]) ** 2));
      const pieces = Math.max(2, Math.ceil((2 * reach) / (step / 2)));
      for (let i = 0; i <= pieces; i++) {
        const along = middle[other] - reach + (2 * reach * i) / pieces;
        const [x, y] = axis ? [along, across] : [across, along];
        add(x, y, strength(x, y));
      }
      add(NaN, NaN, 0);
    }
  }
  return lines;
}
