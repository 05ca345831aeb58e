import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { formatTime } from "../../mariel/stage/web/player/dom.js";
import { stillName, stillRatio } from "../../mariel/stage/web/player/picture/still.js";
import { mix } from "../../mariel/stage/web/theme.js";

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

describe("a colour between two", () => {
  it("is mixed from red, green and blue", () => {
    assert.equal(mix("#000000", "#ff8000", 0.5), "#804000");
    assert.equal(mix("#102030", "#ffffff", 0), "#102030");
    assert.equal(mix("#102030", "#0a0b0c", 1), "#0a0b0c");
  });
});
