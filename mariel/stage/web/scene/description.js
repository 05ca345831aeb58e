// What a stage shows, in words: for people who cannot see it, and their screen readers.

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

/**
 * @param {number} seconds
 * @returns {string} minutes, seconds and hundredths: "0:03.66"
 */
export function formatTime(seconds) {
  const hundredths = Math.floor(seconds * 100 + 1e-6);
  const pad = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return `${Math.floor(hundredths / 6000)}:${pad(Math.floor(hundredths / 100) % 60)}.${pad(hundredths % 100)}`;
}
