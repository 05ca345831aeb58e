import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { unpackBlock } from "../../mariel/stage/web/scene/block.js";
import { cssColours } from "../../mariel/stage/web/scene/figure/mesh.js";
import { SceneGeometry } from "../../mariel/stage/web/scene/scene_geometry.js";

/** @import { Theme } from "../../mariel/stage/web/theme.js" */

const WHITE = { L: [1, 0, 0], R: [0, 0, 1], M: [0.5, 0.5, 0.5], face: [1, 1, 1], hair: [0, 0, 0] };
const THEME = /** @type {Theme} */ (/** @type {unknown} */ ({
  figureColours: () => WHITE, valueRgb: (/** @type {number} */ share) => [share, 0, 0], shadowRgb: [0, 0, 0], shadowStrength: 1,
  backdropRgb: [1, 1, 1],
}));
const FROM_FRONT = { right: /** @type {Vector3} */ ([0, 1, 0]), up: /** @type {Vector3} */ ([0, 0, 1]),
  back: /** @type {Vector3} */ ([1, 0, 0]) }; // the viewer stands at +x
const LIGHT = { ambient: 0.6, diffuse: 0.4 };

/** A standing dancer of 53 markers that faces +x, packed by tests/javascript/test_javascript.py. */
async function standing(/** @type {(header: SceneHeader) => void} */ change = () => {}) {
  const bytes = readFileSync(process.env.PACKED_FIGURE ?? "");
  const header = await unpackBlock(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  change(header);
  const geometry = new SceneGeometry(header, "figure");
  const { figure, shadow } = geometry;
  if (!figure || !shadow) throw new Error("the dancer has no figure");
  figure.setBase(THEME);
  shadow.setColour(THEME);
  figure.shade(FROM_FRONT, LIGHT);
  return { geometry, figure, shadow };
}

/**
 * Points of the parts of a name and side.
 * @param {import("../../mariel/stage/web/scene/figure/figure_geometry.js").FigureGeometry} figure
 * @param {string} name
 * @param {Side} [side]
 */
function pointsOf({ skins: [skin], mesh }, name, side) {
  const parts = skin.parts.filter((part) => part.name === name && (!side || part.side === side));
  return parts.flatMap(({ first, sections }) =>
    Array.from({ length: sections.points }, (_, i) => {
      const { x, y, z } = mesh.points;
      return { x: x[first + i], y: y[first + i], z: z[first + i], red: mesh.colours[(first + i) * 4] };
    }),
  );
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a figure", { skip: !process.env.PACKED_FIGURE }, () => {
  it("has its left on the left and its head above its feet", async () => {
    const { figure } = await standing();
    for (const name of ["upper_arm", "forearm", "hand", "thigh", "shank", "foot"]) {
      assert.ok(mean(pointsOf(figure, name, "L").map(({ y }) => y)) > 0.05, name);
      assert.ok(mean(pointsOf(figure, name, "R").map(({ y }) => y)) < -0.05, name);
    }
    assert.ok(Math.min(...pointsOf(figure, "head").map(({ z }) => z)) > 1.3);
    assert.ok(Math.max(...pointsOf(figure, "foot").map(({ z }) => z)) < 0.3);
  });

  it("has a face, and a nose in front of it, on the side to which it looks", async () => {
    const { figure } = await standing();
    const head = pointsOf(figure, "head");
    const front = Math.max(...head.map(({ x }) => x));
    assert.ok(Math.max(...pointsOf(figure, "nose").map(({ x }) => x)) > front);
    const middle = mean(head.map(({ x }) => x));
    assert.ok(head.some(({ x, red }) => x > middle + 0.05 && red > 0.5));
    assert.ok(head.every(({ x, red }) => x > middle - 0.05 || red < 0.5));
  });

  it("is lighter where it is near and where it faces the viewer", async () => {
    const { figure } = await standing();
    const trunk = pointsOf(figure, "trunk").filter(({ z }) => z > 1 && z < 1.2);
    const nearest = trunk.reduce((a, b) => (a.x > b.x ? a : b));
    const farthest = trunk.reduce((a, b) => (a.x < b.x ? a : b));
    assert.ok(nearest.red > farthest.red * 1.3);
  });

  it("covers no part whose markers are missing, and leaves nothing at the origin", async () => {
    const far = 4; // metres: nothing of this body is near the origin
    const { figure } = await standing(({ dancers: [dancer] }) => {
      dancer.origin = [far, 0, 0];
      dancer.bounds = [[far - 0.5, -0.5, 0], [far + 0.5, 0.5, 1.8]];
      for (const [column, label] of dancer.labels.entries()) {
        if (label === "LELB") dancer.counts.fill(-32768, column * 3, column * 3 + 3);
      }
    });
    const span = (/** @type {number[]} */ values) => Math.max(...values) - Math.min(...values);
    for (const name of ["upper_arm", "forearm"]) assert.equal(span(pointsOf(figure, name, "L").map(({ x }) => x)), 0);
    assert.ok(span(pointsOf(figure, "upper_arm", "R").map(({ z }) => z)) > 0.1);
    const { x, y, z } = figure.mesh.points;
    assert.ok([...x].every((value) => value > far - 1 && value < far + 1));
    assert.ok([...y, ...z].every(Number.isFinite));
  });

  it("is coloured along its limbs by the values of their markers", async () => {
    const { figure } = await standing(({ dancers: [dancer] }) => {
      Object.assign(dancer, { painted: true, values: 1, valueTable: new Uint8Array(dancer.labels.length) });
      dancer.labels.forEach((label, i) => {
        if (dancer.valueTable && label.endsWith("WR")) dancer.valueTable[i] = 255;
      });
    });
    const { skins: [skin], base } = figure;
    const forearm = skin.parts.find(({ name }) => name === "forearm");
    if (!forearm) throw new Error("no forearm");
    const last = forearm.first + forearm.sections.points - 1;
    assert.deepEqual([base[forearm.first * 3], base[last * 3]], [0, 1]);
  });

  it("of a ghost is thinner", async () => {
    const width = async (/** @type {boolean} */ ghost) => {
      const { figure } = await standing(({ dancers: [dancer] }) => Object.assign(dancer, { ghost }));
      const trunk = pointsOf(figure, "trunk").map(({ y }) => y);
      return Math.max(...trunk) - Math.min(...trunk);
    };
    assert.ok((await width(true)) < 0.9 * (await width(false)));
  });

  it("takes the place of lines and dots, which the other style draws", async () => {
    const { geometry } = await standing();
    assert.deepEqual([geometry.wires.length, geometry.lines.x.length, geometry.dots.x.length], [0, 0, 0]);
    const wires = new SceneGeometry(geometry.header, "markers");
    assert.equal(wires.figure, null);
    assert.ok(wires.lines.x.length > 0);
  });

  it("casts a shadow that is darkest between its feet and ends with nothing", async () => {
    const { shadow } = await standing();
    const { points, colours, corners } = shadow.mesh;
    const alpha = Array.from(points.x, (_, i) => colours[i * 4 + 3]);
    const darkest = alpha.indexOf(Math.max(...alpha));
    assert.ok(Math.hypot(points.x[darkest], points.y[darkest]) < 0.4);
    assert.ok(alpha[darkest] > 0.2 && alpha[0] === 0 && alpha[alpha.length - 1] === 0);
    assert.ok(Math.max(...corners) < points.x.length);
    shadow.setColour(/** @type {Theme} */ ({ ...THEME, shadowStrength: 2 }));
    assert.ok(Math.abs(colours[darkest * 4 + 3] - 2 * alpha[darkest]) < 1e-6);
    shadow.setColour(THEME);
    const grey = Math.round(255 * (1 - alpha[darkest]));
    assert.equal(cssColours(shadow.mesh)[darkest], `rgb(${grey},${grey},${grey})`);
  });
});
