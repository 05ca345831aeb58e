import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { deflateSync } from "node:zlib";

import { MISSING, loadBlock, positionsAt, unpackBlock } from "../../mariel/stage/web/scene/block.js";

const STEP = 0.5; // metres per count: large, so that positions are round

/**
 * @param {object} changes
 * @returns {object}
 */
const dancerHeader = (changes) => ({
  label: "", frames: 3, labels: ["LHAND"], origin: [10, 0, 0], step: STEP, values: 0, ...changes,
});

/**
 * A block as mariel/stage/packing.py describes it.
 * @param {object[]} dancers
 * @param {ArrayBufferView[]} parts of the payload
 */
function makeBlock(dancers, parts) {
  const text = Buffer.from(JSON.stringify({ fps: 35, frames: 3, dancers }));
  const header = Buffer.concat([text, Buffer.alloc(-text.length & 3, " ")]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const payload = Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
  return arrayBuffer(Buffer.concat([Buffer.from("MRL1"), length, header, deflateSync(payload)]));
}

/** @param {Uint8Array} bytes */
const arrayBuffer = (bytes) => new Uint8Array(bytes).buffer;

/**
 * @param {Dancer} dancer
 * @param {number} frame
 */
function positions(dancer, frame) {
  const out = new Float32Array(dancer.labels.length * 3);
  positionsAt(dancer, frame, out);
  return [...out];
}

/** Second differences of x = 2, 4, 8 counts: 2, then 4 - 2 - 2 = 0, then 8 - 2 · 4 + 2 = 2. */
const DOUBLING = Int16Array.of(2, 0, 0, 0, 0, 0, 2, 0, 0);

describe("a block", () => {
  it("gives positions back from second differences", async () => {
    const { fps, dancers } = await unpackBlock(makeBlock([dancerHeader({})], [DOUBLING]));
    assert.equal(fps, 35);
    assert.deepEqual([...dancers[0].counts], [2, 0, 0, 4, 0, 0, 8, 0, 0]);
    assert.deepEqual([0, 1, 2].map((frame) => positions(dancers[0], frame)[0]), [11, 12, 14]);
  });

  it("gives positions between two frames, and the last pose after the end", async () => {
    const { dancers } = await unpackBlock(makeBlock([dancerHeader({})], [DOUBLING]));
    assert.equal(positions(dancers[0], 1.5)[0], 13);
    assert.equal(positions(dancers[0], 99.5)[0], 14);
  });

  it("keeps missing markers missing, also halfway to them", async () => {
    // x is missing, 0, 0: the differences wrap at 2^16, 2 · 32768 being 0
    const differences = Int16Array.of(MISSING, MISSING, MISSING, 0, 0, 0, MISSING, MISSING, MISSING);
    const { dancers } = await unpackBlock(makeBlock([dancerHeader({})], [differences]));
    assert.deepEqual(positions(dancers[0], 0), [NaN, NaN, NaN]);
    assert.deepEqual(positions(dancers[0], 0.5), [NaN, NaN, NaN]);
    assert.deepEqual(positions(dancers[0], 1), [10, 0, 0]);
  });

  it("holds several dancers, with values for those that have any", async () => {
    const first = dancerHeader({ values: 1, labels: ["LHAND", "RHAND"], frames: 1 });
    const second = dancerHeader({ values: 0 });
    const parts = [Int16Array.of(2, 0, 0, 4, 0, 0), Uint8Array.of(0, 255), DOUBLING];
    const { dancers } = await unpackBlock(makeBlock([first, second], parts));
    assert.deepEqual(positions(dancers[0], 0), [11, 0, 0, 12, 0, 0]);
    assert.deepEqual([...(dancers[0].valueTable ?? [])], [0, 255]);
    assert.equal(dancers[1].valueTable, null);
    assert.equal(positions(dancers[1], 2)[0], 14);
  });

  it("that is something else is refused", async () => {
    await assert.rejects(unpackBlock(arrayBuffer(Buffer.from("PNG....and more"))), /not a packed scene/);
    await assert.rejects(unpackBlock(new ArrayBuffer(2)), /not a packed scene/);
  });
});

describe("loading", () => {
  /** @param {(calls: number) => Response} respond */
  function fetchOf(respond) {
    let calls = 0;
    globalThis.fetch = async () => respond(++calls);
    return () => calls;
  }

  const block = makeBlock([dancerHeader({})], [DOUBLING]);

  it("fetches a block once", async () => {
    const calls = fetchOf(() => new Response(block));
    assert.equal(await loadBlock("once"), await loadBlock("once"));
    assert.equal(calls(), 1);
  });

  it("keeps the four used last", async () => {
    const calls = fetchOf(() => new Response(block));
    for (const url of ["a", "b", "c", "d", "a", "e", "a", "b"]) await loadBlock(url);
    assert.equal(calls(), 6); // the fifth takes the place of b, not of a
  });

  it("tries again where a block is not there yet", async () => {
    const calls = fetchOf((call) => (call === 1 ? new Response(null, { status: 404 }) : new Response(block)));
    assert.equal((await loadBlock("late")).frames, 3);
    assert.equal(calls(), 2);
  });

  it("says so where it does not come, and asks again the next time", async () => {
    const calls = fetchOf(() => new Response(null, { status: 503 }));
    await assert.rejects(loadBlock("never"), /could not be fetched \(503\)/);
    await assert.rejects(loadBlock("never"), /503/);
    assert.equal(calls(), 6);
  });
});

// Written by mariel.stage.packing.pack in tests/javascript/test_javascript.py, with the positions that it packed.
const { PACKED_SCENE, PACKED_POSITIONS } = process.env;

describe("a block of mariel.stage.packing", { skip: !PACKED_SCENE && "pytest writes it" }, () => {
  it("holds the positions that Python packed", async () => {
    const { frames, dancers } = await unpackBlock(arrayBuffer(readFileSync(String(PACKED_SCENE))));
    /** @type {(number | null)[][][]} frames, markers and xyz of each dancer; null where a marker is missing */
    const expected = JSON.parse(readFileSync(String(PACKED_POSITIONS), "utf8"));
    assert.equal(dancers.length, expected.length);
    dancers.forEach((dancer, number) => {
      assert.equal(dancer.frames, expected[number].length);
      expected[number].forEach((markers, frame) => {
        const found = positions(dancer, frame);
        markers.flat().forEach((value, i) => {
          if (value === null) assert.ok(Number.isNaN(found[i]));
          else assert.ok(Math.abs(found[i] - value) <= dancer.step, `frame ${frame}: ${found[i]} is not ${value}`);
        });
      });
    });
    assert.equal(frames, Math.max(...dancers.map((dancer) => dancer.frames)));
  });
});
