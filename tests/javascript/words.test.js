import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { formatTime } from "../../mariel/stage/web/player/dom.js";
import { describeDial, describeScene, describeTime } from "../../mariel/stage/web/scene/description.js";
import { mix } from "../../mariel/stage/web/theme.js";

describe("a time", () => {
  it("is written in minutes, seconds and hundredths", () => {
    const times = [0, 3.66, 59.999, 61, 600.5].map(formatTime);
    assert.deepEqual(times, ["0:00.00", "0:03.66", "0:59.99", "1:01.00", "10:00.50"]);
  });
});

describe("a colour between two", () => {
  it("is mixed from red, green and blue", () => {
    assert.equal(mix("#000000", "#ff8000", 0.5), "#804000");
    assert.equal(mix("#102030", "#ffffff", 0), "#102030");
    assert.equal(mix("#102030", "#0a0b0c", 1), "#0a0b0c");
  });
});

describe("the description of a stage", () => {
  /** @param {string[]} labels */
  const dancers = (...labels) => labels.map((label) => ({ label }));

  it("says whose dance it is, and who dances", () => {
    assert.equal(describeScene({ title: "adagio", dancers: dancers("") }), "adagio: 1 dancer");
    assert.equal(describeScene({ title: "", dancers: dancers("", "") }), "3-D stage: 2 dancers");
    const three = dancers("seed 0", "seed 1", "seed 2");
    assert.equal(describeScene({ title: "new", dancers: three }), "new: 3 dancers, seed 0, seed 1 and seed 2");
    assert.equal(describeScene({ title: "new", dancers: dancers("seed 7") }), "new: 1 dancer, seed 7");
  });

  it("says the time, and the frame counted from 1", () => {
    assert.equal(describeTime(35, { fps: 35, frames: 128 }), "0:01.00 of 0:03.65, frame 36 of 128");
  });

  it("says what the ends of a dial mean", () => {
    /** @type {[string, string]} */
    const ends = ["calm", "wild"];
    const data = { minimum: 0, maximum: 2, ends };
    assert.equal(describeDial(0, "0.00", data), "0.00, calm");
    assert.equal(describeDial(1.2, "1.20", data), "1.20");
    assert.equal(describeDial(2, "2.00", data), "2.00, wild");
    assert.equal(describeDial(2, "2.00", { ...data, ends: ["", ""] }), "2.00");
  });
});
