// What a viewer, or the page, has chosen on the stage: a marker, a dancer, the tile that is shown alone, a page of tiles.

/** @import { FoundMarker } from "../scene/scene_geometry.js" */
/** @import { Player } from "./player.js" */

export class Selection {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
  }

  /**
   * What was clicked on: a whole dancer where dancers are to be chosen, else a marker, at the second click no marker.
   * @param {FoundMarker} found
   */
  select(found) {
    const { player } = this;
    if (player.data.pick === "dancers") {
      const { tiles } = player.geometry;
      if (tiles) this.enlarge(tiles.enlarged === null ? found.index : null);
      else player.messages.reportState(found.index);
      return;
    }
    player.memory.selected = found.label === player.memory.selected ? null : found.label;
    player.activeView?.applyStyles();
    player.messages.reportState();
  }

  /**
   * Show one dancer's tile alone, on the same clock, or all of them again.
   * @param {number | null} dancer its index; null for all
   */
  enlarge(dancer) {
    const { memory, header, messages } = this.player;
    memory.enlarged = dancer === null ? null : header.dancers[dancer].label;
    this.showTiles();
    messages.reportState(dancer ?? -1);
  }

  /** Enlarge the dancer that the page has chosen, once; without tiles its name is marked. */
  takeChosen() {
    const { memory, data, geometry, activeView } = this.player;
    const chosen = data.chosen ?? null;
    if (chosen !== memory.requestedDancer) memory.enlarged = memory.requestedDancer = chosen;
    if (geometry.tiles) this.showTiles();
    else activeView?.applyCamera();
  }

  /** @param {number} page of tiles */
  turnPage(page) {
    const { tiles } = this.player.geometry;
    if (tiles) tiles.page = page;
    this.showTiles();
  }

  /** Arrange the tiles that are to be seen, as near as they fit. */
  showTiles() {
    const { geometry, header, memory, camera, controls } = this.player;
    const { tiles } = geometry;
    if (!tiles) return;
    const dancer = header.dancers.findIndex(({ label }) => label && label === memory.enlarged);
    tiles.enlarged = dancer < 0 ? null : tiles.tileOf[dancer];
    camera.fitAgain();
    controls?.update();
  }
}
