import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { formatTime } from "../../mariel/stage/web/player/dom.js";
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
