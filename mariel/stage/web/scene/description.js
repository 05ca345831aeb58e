// What a stage shows, in words: for people who cannot see it, and their screen readers.

import { formatTime } from "../player/dom.js";

/**
 * Who is seen: "adagio: 1 dancer", "Sampling: 2 dancers, seed 0 and seed 1".
 * @param {Pick<SceneHeader, "title"> & { dancers: Pick<Dancer, "label">[] }} header
 * @returns {string}
 */
export function describeScene({ title, dancers }) {
  const count = dancers.length === 1 ? "1 dancer" : `${dancers.length} dancers`;
  const names = dancers.map(({ label }) => label).filter(Boolean);
  const last = names.pop();
  const listed = names.length ? `${names.join(", ")} and ${last}` : last;
  return `${title || "3-D stage"}: ${listed ? `${count}, ${listed}` : count}`;
}

/**
 * A moment: "0:01.00 of 0:03.66, frame 36 of 128".
 * @param {number} frame from 0
 * @param {Pick<SceneHeader, "fps" | "frames">} header
 * @returns {string}
 */
export function describeTime(frame, { fps, frames }) {
  return `${formatTime(frame / fps)} of ${formatTime(frames / fps)}, frame ${frame + 1} of ${frames}`;
}

/**
 * A dial's value; at either end also what the end means: "2.00, wild".
 * @param {number} value
 * @param {string} text the value as it is written beside the dial
 * @param {Pick<DialData, "minimum" | "maximum" | "ends">} data
 * @returns {string}
 */
export function describeDial(value, text, { minimum, maximum, ends }) {
  const meaning = value <= minimum ? ends[0] : value >= maximum ? ends[1] : "";
  return meaning ? `${text}, ${meaning}` : text;
}
