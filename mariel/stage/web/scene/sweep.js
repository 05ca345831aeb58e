// The same dances at evenly spaced values of one number, and the dances between them: mariel/stage/sweep.py.

import { MISSING, fetchBytes, undoDifferences, unpackParts } from "./block.js";

const MAGIC = 0x4d524c32; // "MRL2"
const CACHED_SWEEPS = 3;
const POINTS = 4; // values that are blended: a cubic polynomial

/** @type {Map<string, Promise<Sweep>>} by address */
const cache = new Map();

/**
 * Fetch and unpack a sweep, or take it from the cache.
 * @param {string} url
 * @returns {Promise<Sweep>}
 */
export function loadSweep(url) {
  const known = cache.get(url);
  if (known) return known;
  const loading = fetchBytes(url).then(unpackSweep);
  cache.set(url, loading);
  loading.catch(() => cache.delete(url));
  if (cache.size > CACHED_SWEEPS) {
    const [oldest] = cache.keys();
    cache.delete(oldest);
  }
  return loading;
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Promise<Sweep>}
 * @throws {Error} it is not such a block
 */
export async function unpackSweep(buffer) {
  const { header, payload } = await unpackParts(buffer, MAGIC, "sweep");
  /** @type {Sweep} */
  const sweep = header;
  let at = 0;
  for (const dancer of sweep.dancers) {
    const columns = dancer.markers * 3;
    const length = dancer.frames * columns;
    const bytes = sweep.values.length * length * 2;
    const counts = new Int16Array(payload.slice(at, at + bytes));
    at += bytes;
    for (let i = length; i < counts.length; i++) counts[i] += counts[i - length]; // from value to value
    for (let i = 0; i < sweep.values.length; i++) undoDifferences(counts.subarray(i * length, (i + 1) * length), columns);
    dancer.counts = counts;
  }
  return sweep;
}

/**
 * Which values are blended, and how much of each: Lagrange's polynomial through the nearest four, which at a value of
 * the sweep is that value alone.
 * @param {number[]} values evenly spaced
 * @param {number} value
 * @returns {{ first: number, weights: number[] }} number of the first of them, and a weight for each
 */
export function blendWeights(values, value) {
  const last = values.length - 1;
  const exact = ((value - values[0]) / (values[last] - values[0])) * last;
  const at = Math.abs(exact - Math.round(exact)) < 1e-6 ? Math.round(exact) : exact;
  const first = Math.min(Math.max(Math.floor(at) - POINTS / 2 + 1, 0), last + 1 - POINTS);
  const weights = [0, 1, 2, 3].map((one) => {
    let weight = 1;
    for (let other = 0; other < POINTS; other++) {
      if (other !== one) weight *= (at - first - other) / (one - other);
    }
    return weight;
  });
  return { first, weights };
}

/**
 * One dance of a sweep at one value.
 * @param {Sweep} sweep
 * @param {number} number of the dance
 * @param {number} value
 * @returns {Blend}
 */
export const blendOf = (sweep, number, value) => ({ ...blendWeights(sweep.values, value), dancer: sweep.dancers[number] });

/**
 * Positions at a frame, which may lie between two.
 * @param {Blend} blend
 * @param {number} frame
 * @param {Float32Array} out receives (markers, xyz), metres; NaN where a marker is missing
 */
export function blendedPositionsAt({ dancer, first, weights }, frame, out) {
  const { counts, frames, step, origin } = dancer;
  const columns = dancer.markers * 3;
  const last = frames - 1;
  const here = Math.min(Math.floor(frame), last);
  const fraction = Math.min(frame, last) - here;
  out.fill(0);
  for (let number = 0; number < POINTS; number++) {
    const weight = weights[number];
    if (!weight) continue;
    const a = ((first + number) * frames + here) * columns;
    const b = fraction > 0 ? a + columns : a;
    for (let i = 0; i < columns; i++) {
      const [one, other] = [counts[a + i], counts[b + i]];
      out[i] += one === MISSING || other === MISSING ? NaN : (one + (other - one) * fraction) * weight;
    }
  }
  for (let i = 0; i < columns; i++) out[i] = out[i] * step + origin[i % 3];
}

/**
 * The box around a dance at one value, blended linearly.
 * @param {Blend} blend
 * @returns {Bounds}
 */
export function blendedBounds({ dancer, first, weights }) {
  const corner = (/** @type {0 | 1} */ which) =>
    /** @type {Vector3} */ (
      [0, 1, 2].map((axis) =>
        weights.reduce((sum, weight, i) => sum + weight * dancer.bounds[first + i][which][axis], 0),
      )
    );
  return [corner(0), corner(1)];
}
