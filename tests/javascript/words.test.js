import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { formatTime } from "../../mariel/stage/web/player/dom.js";
import { colourByValue } from "../../mariel/stage/web/chart/chart.js";
import { stillName, stillRatio } from "../../mariel/stage/web/player/picture/still.js";
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
