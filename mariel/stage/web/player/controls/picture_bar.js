// What is drawn of a dancer: past poses, figure or markers; and the picture as a file.

import { icon, make, makeButton, setPressed } from "./dom.js";
import { styleOf } from "../stage_view.js";
import { saveStill } from "../still.js";

/** @import { Player } from "../player.js" */

const STROBE_SECONDS = [0.1, 0.2, 0.3, 0.4, 0.6, 1];

export class PictureBar {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.element = make("div", "mp-picture", { role: "group", "aria-label": "Picture" });
    this.strobe = makeButton("strobe", "Show past poses, as in a chronophotograph (S)", icon("strobe"), () => this.toggleStrobe());
    this.interval = make("select", "mp-speed mp-interval", { "aria-label": "Time between past poses", title: "Time between past poses" });
    for (const seconds of STROBE_SECONDS) this.interval.append(new Option(`${seconds} s`, String(seconds)));
    this.interval.addEventListener("change", () => this.setStrobe(Number(this.interval.value)));
    this.still = makeButton("still", "Save this picture as PNG (P)", "PNG", () => this.save());
    this.style = makeButton("style", "", icon("figure"), () => this.toggleStyle());
    this.more = make("div", "mp-picture-more");
    this.more.append(this.interval, this.still);
    this.element.append(this.strobe, this.more, this.style);
  }

  toggleStrobe() {
    const { memory } = this.player;
    this.setStrobe(memory.strobe === null ? memory.strobeSeconds : null);
  }

  /** @param {number | null} seconds between past poses; null for none */
  setStrobe(seconds) {
    const { player } = this;
    if (!player.activeView) return;
    player.memory.strobe = seconds;
    player.memory.strobeSeconds = seconds ?? player.memory.strobeSeconds;
    this.rebuild();
  }

  /** Figure or markers: remembered until the page asks for something else. */
  toggleStyle() {
    const { player } = this;
    if (!player.activeView) return;
    const chosen = styleOf(player.memory, player.header) === "figure" ? "markers" : "figure";
    player.memory.style = { chosen, requested: player.header.style };
    this.rebuild();
  }

  rebuild() {
    const { player } = this;
    player.build(player.header).catch((error) => player.showError(error));
  }

  save() {
    const { player } = this;
    saveStill(player).catch((error) => player.showError(error));
  }

  update() {
    const { header, memory } = this.player;
    const style = styleOf(memory, header);
    this.style.hidden = !header.dancers.some(({ body }) => body);
    setPressed(this.style, style === "figure");
    const title = style === "figure" ? "Draw markers and lines" : "Draw the figure";
    for (const attribute of ["aria-label", "title"]) this.style.setAttribute(attribute, title);
    setPressed(this.strobe, memory.strobe !== null);
    this.interval.hidden = memory.strobe === null;
    this.interval.value = String(memory.strobeSeconds);
  }
}
