// Mouse, touch and wheel on the stage: they turn, move and zoom the camera, and name and choose what is under them.

/** @import { Player } from "../player.js" */

const TOUCH_REACH = 22; // pixels around a marker that count as it
const MARKER_REACH = 12;
const DANCER_REACH = 26; // a whole dancer is easier to hit
const CLICK_TOLERANCE = 5; // pixels that the mouse may move in a click
const [ROTATION_X, ROTATION_Y] = [3, 2.4]; // radians for a drag across the height of the picture
const ZOOM_PER_PIXEL = 0.0012; // of the wheel

export class StageInput {
  /**
   * @param {Player} player
   * @param {HTMLElement} surface lies over the picture
   * @param {HTMLElement} tip for the name of what is under the mouse
   */
  constructor(player, surface, tip) {
    this.player = player;
    this.surface = surface;
    this.tip = tip;
    /** @type {Map<number, { x: number, y: number }>} pressed buttons and fingers by the pointer's id */
    this.pointers = new Map();
    this.moved = 0; // pixels since the button was pressed
    surface.addEventListener("pointerdown", (event) => this.onDown(event));
    surface.addEventListener("pointermove", (event) => this.onMove(event));
    surface.addEventListener("pointerup", (event) => this.onUp(event));
    surface.addEventListener("pointercancel", (event) => this.release(event));
    surface.addEventListener("pointerleave", () => this.hideTip());
    surface.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    surface.addEventListener("dblclick", () => player.placeCamera(player.camera.preset ?? "three-quarter"));
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    this.surface.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.moved = 0;
    this.surface.classList.add("mp-dragging");
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    const held = this.pointers.get(event.pointerId);
    if (!held) {
      this.showTip(event);
      return;
    }
    const { camera, fit } = this.player;
    const dx = (event.clientX - held.x) * (camera.mirror ? -1 : 1);
    const dy = event.clientY - held.y;
    this.moved += Math.abs(dx) + Math.abs(dy);
    const height = this.surface.clientHeight;
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other && this.pointers.size === 2) {
      const before = Math.hypot(held.x - other.x, held.y - other.y);
      const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      if (before > 0 && after > 0) camera.zoom(before / after, fit);
    } else if (event.buttons & 2 || event.shiftKey) camera.move(-dx / height, dy / height, fit);
    else camera.rotate((dx / height) * ROTATION_X, (dy / height) * ROTATION_Y, fit);
    Object.assign(held, { x: event.clientX, y: event.clientY });
    this.hideTip();
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    this.release(event);
    if (this.moved > CLICK_TOLERANCE) return;
    const found = this.find(event, event.pointerType === "touch" ? TOUCH_REACH : this.reach);
    if (found) this.player.selection.select(found);
  }

  /** @param {PointerEvent} event */
  release(event) {
    this.pointers.delete(event.pointerId);
    if (!this.pointers.size) this.surface.classList.remove("mp-dragging");
  }

  /**
   * The wheel scrolls the page, unless this player has the focus.
   * @param {WheelEvent} event
   */
  onWheel(event) {
    if (!event.ctrlKey && !this.player.root.contains(document.activeElement)) return;
    event.preventDefault();
    this.player.camera.zoom(Math.exp(event.deltaY * ZOOM_PER_PIXEL), this.player.fit);
  }

  get picksDancers() {
    return this.player.data.pick === "dancers";
  }

  get reach() {
    return this.picksDancers ? DANCER_REACH : MARKER_REACH;
  }

  /**
   * @param {PointerEvent} event
   * @param {number} reach pixels
   */
  find(event, reach) {
    const box = this.surface.getBoundingClientRect();
    const { geometry, projection } = this.player;
    if (geometry.figure && !this.picksDancers) return null; // markers that are not drawn have no names
    return geometry.nearest(projection, event.clientX - box.left, event.clientY - box.top, reach);
  }

  /** @param {PointerEvent} event */
  showTip(event) {
    const found = this.find(event, this.reach);
    this.surface.classList.toggle("mp-hovering", Boolean(found));
    if (!found) {
      this.hideTip();
      return;
    }
    const names = this.picksDancers ? [found.dancer.label] : [found.label, found.dancer.label];
    this.tip.textContent = names.filter(Boolean).join(" · ");
    this.tip.style.transform = `translate(${Math.round(found.x + 12)}px, ${Math.round(found.y - 30)}px)`;
    this.tip.classList.add("mp-shown");
  }

  hideTip() {
    this.tip.classList.remove("mp-shown");
  }
}
