import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { colourByValue } from "../../mariel/stage/web/chart/chart.js";
import { stillName, stillRatio } from "../../mariel/stage/web/player/still.js";
import { describeDial, describeScene, describeTime, formatTime } from "../../mariel/stage/web/scene/description.js";
import { Theme, mix } from "../../mariel/stage/web/theme.js";

describe("a time", () => {
  it("is written in minutes, seconds and hundredths", () => {
    const times = [0, 3.66, 59.999, 61, 600.5].map(formatTime);
    assert.deepEqual(times, ["0:00.00", "0:03.66", "0:59.99", "1:01.00", "10:00.50"]);
  });
});

describe("a picture file", () => {
  it("is named after what is shown and the time, without what file systems forbid", () => {
    assert.equal(stillName("A walk: left / right?", "0:01.95"), "A-walk-left-right-0m01.95s.png");
    assert.equal(stillName("Ballett für zwei", "10:00.50"), "Ballett-für-zwei-10m00.50s.png");
    assert.equal(stillName("", "0:00.00"), "dance-0m00.00s.png");
    assert.equal(stillName("../..", "0:00.00"), "0m00.00s.png");
  });

  it("has at least two pixels for each of the page's, more on a small stage, and not too many", () => {
    assert.deepEqual([1400, 800, 358].map(stillRatio), [2, 3, 4]);
  });
});

describe("a theme", () => {
  /** @param {string} background */
  function themeOn(background) {
    const page = { createElement: () => ({ style: {}, remove() {} }) };
    const getComputedStyle = () => ({ getPropertyValue: () => "", color: background });
    Object.assign(globalThis, { document: page, getComputedStyle });
    const palette = JSON.parse(readFileSync(new URL("../../mariel/stage/web/palette.json", import.meta.url), "utf-8"));
    return new Theme(/** @type {any} */ ({ append() {} }), palette);
  }

  it("gives a ghost one colour in both styles, whatever its dancer's", () => {
    for (const theme of [themeOn("rgb(250, 250, 250)"), themeOn("rgb(10, 10, 10)")]) {
      const { ghost } = theme.colours;
      for (const colour of [null, "#ff0000"]) {
        assert.deepEqual(theme.sideColours({ ghost: true, colour }), { L: ghost, R: ghost, M: ghost });
        const { L, R, M } = theme.figureColours({ ghost: true, colour });
        assert.deepEqual([L, R], [M, M]);
        assert.equal(M[0], parseInt(ghost.slice(1, 3), 16) / 255);
      }
    }
  });

  it("has values from the first to the last colour of its scale", () => {
    const dark = themeOn("rgb(10, 10, 10)");
    assert.equal(dark.name, "dark");
    assert.deepEqual([dark.valueColour(0), dark.valueColour(1)], [dark.colours.scale[0], dark.colours.scale.at(-1)]);
  });
});

describe("a chart", () => {
  it("colours by value in the colours of the theme, and leaves all else", () => {
    const traces = [{ meta: "values", marker: {} }, { marker: { colorscale: "kept" } }, { meta: "notebook" }];
    colourByValue(traces, ["#000000", "#888888", "#ffffff"]);
    assert.deepEqual(traces[0].marker, { colorscale: [[0, "#000000"], [0.5, "#888888"], [1, "#ffffff"]] });
    assert.deepEqual(traces.slice(1), [{ marker: { colorscale: "kept" } }, { meta: "notebook" }]);
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
