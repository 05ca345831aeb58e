// The binary block that mariel/stage/packing.py writes: see there for its layout.

/** The count of a missing marker. */
export const MISSING = -32768;

const MAGIC = 0x4d524c31; // "MRL1"
const CACHED_BLOCKS = 4; // unpacked last, so that coming back to a page fetches nothing
const [RETRIES, RETRY_MILLISECONDS] = [2, 400];

/** @type {Map<string, Promise<SceneHeader>>} */
const cache = new Map();

/**
 * Fetch and unpack a block, or take it from the cache.
 * @param {string} url
 * @returns {Promise<SceneHeader>}
 */
export function loadBlock(url) {
  const known = cache.get(url);
  if (known) {
    cache.delete(url); // and to the end: the oldest goes first
    cache.set(url, known);
    return known;
  }
  const loading = fetchBytes(url).then(unpackBlock);
  cache.set(url, loading);
  loading.catch(() => cache.delete(url));
  if (cache.size > CACHED_BLOCKS) {
    const [oldest] = cache.keys();
    cache.delete(oldest);
  }
  return loading;
}

/**
 * @param {string} url
 * @returns {Promise<ArrayBuffer>}
 */
export async function fetchBytes(url) {
  let response = await fetch(url);
  for (let retry = 0; !response.ok && retry < RETRIES; retry++) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS)); // a rerun may be putting it back
    response = await fetch(url);
  }
  if (!response.ok) throw new Error(`the motion could not be fetched (${response.status})`);
  return response.arrayBuffer();
}

/**
 * Header and payload of a block.
 * @param {ArrayBuffer} buffer
 * @param {number} magic its first four bytes
 * @param {string} kind what it should be, for the message
 * @returns {Promise<{ header: any, payload: ArrayBuffer }>}
 * @throws {Error} it is not such a block
 */
export async function unpackParts(buffer, magic, kind) {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0) !== magic) throw new Error(`this is not a packed ${kind}`);
  const length = view.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const deflated = new Blob([new Uint8Array(buffer, 8 + length)]).stream();
  const payload = await new Response(deflated.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
  return { header, payload };
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Promise<SceneHeader>}
 * @throws {Error} it is not such a block
 */
export async function unpackBlock(buffer) {
  const { header: parsed, payload } = await unpackParts(buffer, MAGIC, "scene");
  /** @type {SceneHeader} */
  const header = parsed;
  let at = 0;
  for (const dancer of header.dancers) {
    const columns = dancer.labels.length * 3;
    const bytes = dancer.frames * columns * 2;
    dancer.counts = undoDifferences(new Int16Array(payload.slice(at, at + bytes)), columns);
    at += bytes;
    const values = dancer.values * dancer.labels.length;
    dancer.valueTable = values ? new Uint8Array(payload, at, values) : null;
    at += values;
  }
  return header;
}

/**
 * Twice a running sum over frames, in place; Int16Array wraps at 2^16 just as the differences did.
 * @param {Int16Array} counts (frames, columns)
 * @param {number} columns
 */
export function undoDifferences(counts, columns) {
  for (let round = 0; round < 2; round++) {
    for (let i = columns; i < counts.length; i++) counts[i] += counts[i - columns];
  }
  return counts;
}

/**
 * Positions of one dancer at a frame, which may lie between two; past its last frame it holds its last pose.
 * @param {Dancer} dancer
 * @param {number} frame
 * @param {Float32Array} out receives (markers, xyz), metres; NaN where a marker is missing
 */
export function positionsAt(dancer, frame, out) {
  const columns = dancer.labels.length * 3;
  const last = dancer.frames - 1;
  const first = Math.min(Math.floor(frame), last);
  const fraction = Math.min(frame, last) - first;
  const here = first * columns;
  const next = fraction > 0 ? here + columns : here;
  const { counts, step, origin } = dancer;
  for (let i = 0; i < columns; i++) {
    const a = counts[here + i];
    const b = counts[next + i];
    out[i] = a === MISSING || b === MISSING ? NaN : (a + (b - a) * fraction) * step + origin[i % 3];
  }
}
