import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { FullScreen } from "../../mariel/stage/web/player/controls/full_screen.js";

/** Stands for the page: it tells listeners when full screen begins and ends, as a browser does. */
class FakeDocument extends EventTarget {
  fullscreenEnabled = true;
  /** @type {object | null} */
  fullscreenElement = null;

  /** @param {object | null} element */
  show(element) {
    this.fullscreenElement = element;
    this.dispatchEvent(new Event("fullscreenchange"));
  }

  async exitFullscreen() {
    this.show(null);
  }

  /** @param {string} key */
  press(key) {
    this.dispatchEvent(Object.assign(new Event("keydown"), { key }));
  }
}

/** @type {FakeDocument} */
let page;
/** @type {Set<string>} */
let classes;

/** @param {() => Promise<void>} requestFullscreen */
function fakeElement(requestFullscreen) {
  classes = new Set();
  const classList = {
    /** @type {(name: string, on: boolean) => unknown} */
    toggle: (name, on) => (on ? classes.add(name) : classes.delete(name)),
  };
  const element = {
    classList, requestFullscreen,
    /** @type {string | null} */
    popover: null,
    shown: false,
    showPopover() {
      this.shown = true;
    },
    hidePopover() {
      this.shown = false;
    },
  };
  return /** @type {typeof element & HTMLElement} */ (/** @type {unknown} */ (element));
}

const realDocument = globalThis.document;

beforeEach(() => {
  page = new FakeDocument();
  globalThis.document = /** @type {Document} */ (/** @type {unknown} */ (page));
});

afterEach(() => {
  globalThis.document = realDocument;
});

describe("full screen", () => {
  it("is the browser's where it has one, and ends with the browser's own key", async () => {
    const element = fakeElement(async () => page.show(element));
    const full = new FullScreen(element, () => {});
    await full.toggle();
    assert.deepEqual([full.mode, element.shown, classes.size], ["screen", false, 1]);
    page.show(null);
    assert.deepEqual([full.mode, classes.size], ["off", 0]);
  });

  it("is left by the same button", async () => {
    const element = fakeElement(async () => page.show(element));
    const full = new FullScreen(element, () => {});
    await full.toggle();
    await full.toggle();
    assert.deepEqual([full.mode, page.fullscreenElement], ["off", null]);
  });

  for (const [why, enabled] of /** @type {const} */ ([["has none", false], ["refuses it", true]])) {
    it(`fills the window where the browser ${why}, until Escape`, async () => {
      page.fullscreenEnabled = enabled;
      let changes = 0;
      const element = fakeElement(() => Promise.reject(new TypeError("refused")));
      const full = new FullScreen(element, () => (changes += 1));
      await full.toggle();
      assert.deepEqual([full.mode, element.popover, element.shown], ["window", "manual", true]);
      page.press("a");
      page.show(null); // something else on the page has left its own full screen
      assert.equal(full.mode, "window");
      page.press("Escape");
      assert.deepEqual([full.mode, element.popover, element.shown, changes], ["off", null, false, 2]);
    });
  }

  it("of another element is not this player's", async () => {
    const element = fakeElement(async () => page.show(element));
    const full = new FullScreen(element, () => {});
    page.show({});
    assert.equal(full.isOn, false);
  });

  it("ends with the player", async () => {
    const element = fakeElement(async () => page.show(element));
    const full = new FullScreen(element, () => {});
    await full.toggle();
    full.dispose();
    assert.equal(page.fullscreenElement, null);
  });
});
