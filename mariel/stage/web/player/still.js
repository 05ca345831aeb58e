// The stage as a picture file: what is drawn on it, its background, names, and a caption with title and time.

import { formatTime } from "../scene/description.js";

/** @import { Player } from "./player.js" */

const SMALLEST_RATIO = 2; // pixels of the picture per pixel of the page
const LARGEST_RATIO = 4;
const WANTED_WIDTH = 2400; // pixels
const [MARGIN, TITLE_SIZE, TEXT_SIZE] = [18, 15, 12]; // pixels of the page
const ELLIPSE = { x: 0.5, y: 0.42, width: 0.75, height: 0.85 }; // of the background, as in player.css

/** @param {number} width of the stage */
export const stillRatio = (width) => Math.min(LARGEST_RATIO, Math.max(SMALLEST_RATIO, WANTED_WIDTH / width));

/**
 * @param {string} title
 * @param {string} time as `formatTime` gives it
 * @returns {string} a file's name without what file systems forbid
 */
export function stillName(title, time) {
  const words = `${title || "dance"} ${time.replace(":", "m")}s`;
  return `${words.replace(/[^\p{L}\p{N}.]+/gu, "-").replace(/^[-.]+/, "")}.png`;
}

/**
 * Draw the stage as it is now, and let the browser save it.
 * @param {Player} player
 */
export async function saveStill(player) {
  const view = player.activeView;
  if (!view?.picture) return;
  const { header, size } = view;
  const time = formatTime(Math.floor(player.frame) / header.fps);
  const ratio = stillRatio(size.width);
  const scene = await view.picture.snapshot(ratio);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: Math.round(size.width * ratio), height: Math.round(size.height * ratio) });
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(ratio, ratio);
  drawBackground(context, player);
  context.save();
  if (player.camera.mirror) context.transform(-1, 0, 0, 1, size.width, 0);
  context.drawImage(scene, 0, 0, size.width, size.height);
  context.restore();
  drawTexts(context, player, time);
  const blob = await new Promise((/** @type {BlobCallback} */ resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob) download(blob, stillName(header.title, time));
}

/**
 * The gradient that the page has behind the dancers.
 * @param {CanvasRenderingContext2D} context
 * @param {Player} player
 */
function drawBackground(context, { loadedView: { theme, size } }) {
  const { width, height } = size;
  const gradient = context.createRadialGradient(0, 0, 0, 0, 0, 1);
  for (const stop of theme.colours.gradient.split(",")) {
    const [colour, share] = stop.trim().split(" ");
    gradient.addColorStop(parseFloat(share) / 100, colour);
  }
  context.save();
  context.translate(width * ELLIPSE.x, height * ELLIPSE.y);
  context.scale(width * ELLIPSE.width, height * ELLIPSE.height);
  context.fillStyle = gradient;
  context.fillRect(-1, -1, 2, 2);
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Player} player
 * @param {string} time
 */
function drawTexts(context, player, time) {
  const { theme, size, header } = player.loadedView;
  const family = getComputedStyle(player.root).fontFamily;
  const write = (/** @type {string} */ text, /** @type {string} */ font, /** @type {string} */ colour) => {
    Object.assign(context, { font: `${font} ${family}`, fillStyle: colour });
    return (/** @type {number} */ x, /** @type {number} */ y) => context.fillText(text, x, y);
  };
  context.textAlign = "center";
  header.dancers.forEach(({ label }, index) => {
    const foot = player.geometry.footPoint(index);
    const [x, y, depth] = player.projection.project(...foot);
    if (!label || depth <= 0 || !Number.isFinite(x)) return;
    write(label, `${TEXT_SIZE}px`, theme.colours.soft_ink)(x, y + 2 * TEXT_SIZE);
  });
  context.textAlign = "left";
  const bottom = size.height - MARGIN;
  write(header.title, `600 ${TITLE_SIZE}px`, theme.colours.ink)(MARGIN, bottom);
  const across = header.title ? MARGIN + context.measureText(`${header.title}  `).width : MARGIN;
  write(time, `${TEXT_SIZE}px`, theme.colours.soft_ink)(across, bottom);
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function download(blob, name) {
  const link = document.createElement("a");
  Object.assign(link, { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers read it after the click
}
