// The binary block that mariel/stage/packing.py writes: see there for its layout.

const MISSING = -32768;
const KEPT = 4; // blocks unpacked last, so that coming back to a page fetches nothing
const blocks = new Map();

export function loadBlock(url) {
  const known = blocks.get(url);
  if (known) {
    blocks.delete(url);
    blocks.set(url, known);
    return known;
  }
  const loading = fetchBlock(url);
  blocks.set(url, loading);
  loading.catch(() => blocks.delete(url));
  if (blocks.size > KEPT) blocks.delete(blocks.keys().next().value);
  return loading;
}

async function fetchBlock(url) {
  let answer = await fetch(url);
  for (let again = 0; !answer.ok && again < 2; again++) {
    await new Promise((resolve) => setTimeout(resolve, 400)); // a rerun may just be putting it back
    answer = await fetch(url);
  }
  if (!answer.ok) throw new Error(`the motion could not be fetched (${answer.status})`);
  return unpack(await answer.arrayBuffer());
}

export async function unpack(buffer) {
  const view = new DataView(buffer);
  if (view.getUint32(0) !== 0x4d524c31) throw new Error("this is not a packed scene");
  const length = view.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const deflated = new Blob([new Uint8Array(buffer, 8 + length)]).stream();
  const payload = await new Response(deflated.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
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

// Twice a running sum over time; Int16Array wraps at 2^16 just as the differences did.
function undoDifferences(counts, columns) {
  for (let round = 0; round < 2; round++) {
    for (let i = columns; i < counts.length; i++) counts[i] += counts[i - columns];
  }
  return counts;
}

// Positions of one dancer at a frame, which may lie between two, into `out` (markers × xyz, metres).
export function positionsAt(dancer, frame, out) {
  const columns = dancer.labels.length * 3;
  const last = dancer.frames - 1;
  const first = Math.min(Math.floor(frame), last);
  const share = Math.min(frame, last) - first;
  const here = first * columns;
  const next = share > 0 ? here + columns : here;
  const { counts, step, origin } = dancer;
  for (let i = 0; i < columns; i++) {
    const a = counts[here + i];
    const b = counts[next + i];
    out[i] = a === MISSING || b === MISSING ? NaN : (a + (b - a) * share) * step + origin[i % 3];
  }
}
