// The player on the whole screen; where the browser keeps that to videos, as an iPhone does, in the whole window.

const FULL = "mp-fills-screen";

export class FullScreen {
  /**
   * @param {HTMLElement} root that fills the screen
   * @param {() => void} onChange called when it has begun or ended, also by the browser's own key
   */
  constructor(root, onChange) {
    this.root = root;
    this.onChange = onChange;
    /** @type {"off" | "screen" | "window"} */
    this.mode = "off";
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    document.addEventListener("fullscreenchange", () => this.followBrowser(), { signal });
    document.addEventListener("keydown", (event) => this.onKey(event), { signal });
  }

  get isOn() {
    return this.mode !== "off";
  }

  async toggle() {
    if (this.isOn) this.leave();
    else {
      try {
        if (!document.fullscreenEnabled) throw new Error("this browser has no full screen");
        await this.root.requestFullscreen({ navigationUI: "hide" });
      } catch {
        this.fillWindow();
      }
    }
  }

  leave() {
    if (this.mode === "screen") document.exitFullscreen().catch(() => {}); // the browser has left already
    if (this.mode !== "window") return;
    if (this.root.popover) {
      this.root.hidePopover();
      this.root.popover = null;
    }
    this.change("off");
  }

  /** As a popover it is above everything else, whatever it lies in; older browsers have the style sheet alone. */
  fillWindow() {
    if ("showPopover" in this.root) {
      this.root.popover = "manual";
      this.root.showPopover();
    }
    this.change("window");
  }

  followBrowser() {
    if (document.fullscreenElement === this.root) this.change("screen");
    else if (this.mode === "screen") this.change("off");
  }

  /** @param {KeyboardEvent} event anywhere on the page */
  onKey(event) {
    if (event.key === "Escape" && this.mode === "window") this.leave();
  }

  /** @param {FullScreen["mode"]} mode */
  change(mode) {
    this.mode = mode;
    this.root.classList.toggle(FULL, this.isOn);
    this.onChange();
  }

  dispose() {
    this.listeners.abort();
    this.leave();
  }
}
