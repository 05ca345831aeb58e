// The buttons of a stage with tiles: from one dancer back to all, to the one before and after, and to other pages.

import { icon, make, makeButton } from "./dom.js";

/** @import { Player } from "../player.js" */

export class TileBar {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.element = make("div", "mp-tiles", { role: "group", "aria-label": "Dancers" });
    this.all = makeButton("all-tiles", "Show all dancers", icon("grid"), () => player.selection.enlarge(null));
    this.previous = makeButton("previous-tile", "Previous", icon("previous"), () => this.go(-1));
    this.text = make("span", "mp-tiles-text");
    this.next = makeButton("next-tile", "Next", icon("next"), () => this.go(1));
    this.element.append(this.all, this.previous, this.text, this.next);
    this.element.hidden = true;
  }

  /** @param {number} step to the next dancer, or, where all are shown, to the next page; -1 for the one before */
  go(step) {
    const { player } = this;
    const { tiles } = player.geometry;
    if (!tiles) return;
    if (tiles.enlarged === null) {
      const pages = tiles.pages(player.loadedView.size);
      player.selection.turnPage((tiles.page + step + pages) % pages);
    } else player.selection.enlarge(tiles.tileOf.indexOf((tiles.enlarged + step + tiles.count) % tiles.count));
  }

  update() {
    const { player, element, all, text } = this;
    const { tiles } = player.geometry;
    const pages = tiles ? tiles.pages(player.loadedView.size) : 1;
    const isLarge = tiles !== null && tiles.enlarged !== null;
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    element.hidden = !isLarge && pages === 1;
    all.hidden = !isLarge;
    // A button that goes takes the focus with it: whoever works by keys goes on at the stage.
    if (focused && (element.hidden || focused === all && all.hidden)) player.controls?.surface.focus();
    if (!tiles || element.hidden) return;
    text.textContent = isLarge ? `${(tiles.enlarged ?? 0) + 1} of ${tiles.count}` : `${tiles.page + 1} of ${pages}`;
  }
}
