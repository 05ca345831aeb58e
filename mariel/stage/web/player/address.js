// The camera in the page's address, so that a link shows a scene from where it was looked at:
// `?camera=left`, from the dancer's left, or azimuth, elevation, distance and pan, "1.571,0.2,3.4,0,0,0", with f and m for follow and mirror.
// A distance of 0 is the one at which everything fits.

/** @type {CameraPreset[]} */
const PRESETS = ["three-quarter", "front", "left", "right", "top"];
const FORMER_LEFT = "side"; // what older links call it

const LARGEST = 100; // of angles and metres
const [MIN_DISTANCE, MAX_DISTANCE] = [0.6, 60]; // metres
const WRITE_MILLISECONDS = 350;

/**
 * The camera that the page's address asks for.
 * @param {string | null | undefined} name of the query parameter
 */
export function cameraInAddress(name) {
  return name ? parseCamera(new URLSearchParams(window.location.search).get(name)) : null;
}

/**
 * @param {string | null} text
 * @returns {CameraPreset | CameraState | null} null where the text makes no sense
 */
export function parseCamera(text) {
  const preset = text === FORMER_LEFT ? "left" : PRESETS.find((name) => name === text);
  if (preset || !text) return preset ?? null;
  const [, numbers, flags] = text.match(/^(-?[\d.]+(?:,-?[\d.]+){5})((?:,[fm])*)$/) ?? [];
  const [azimuth, elevation, distance, x, y, z] = (numbers ?? "").split(",").map(Number);
  const inRange = [azimuth, elevation, x, y, z].every((value) => Math.abs(value) < LARGEST);
  if (!inRange || !(distance === 0 || (distance >= MIN_DISTANCE && distance <= MAX_DISTANCE))) return null;
  const [follow, mirror] = [flags.includes("f"), flags.includes("m")];
  return { preset: null, azimuth, elevation, distance: distance || null, pan: [x, y, z], follow, mirror };
}

/**
 * @param {CameraState} camera
 * @returns {string} what `parseCamera` reads
 */
export function formatCamera({ preset, azimuth, elevation, distance, pan, follow, mirror }) {
  if (preset && !follow && !mirror) return preset;
  const numbers = [azimuth ?? 0, elevation, distance ?? 0, ...pan].map((value) => Number(value.toFixed(3)));
  return [...numbers, ...(follow ? ["f"] : []), ...(mirror ? ["m"] : [])].join(",");
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let pendingWrite;

/**
 * Write the camera into the address once it has not moved for a moment.
 * @param {string} name of the query parameter
 * @param {CameraState | null} camera null for the default camera, which is left out
 */
export function writeCamera(name, camera) {
  clearTimeout(pendingWrite);
  pendingWrite = setTimeout(() => {
    const url = new URL(window.location.href);
    if (camera) url.searchParams.set(name, formatCamera(camera));
    else url.searchParams.delete(name);
    // Commas may stand in an address as they are, and are easier to read.
    const search = url.searchParams.toString().replaceAll("%2C", ",");
    const address = `${url.pathname}${search ? `?${search}` : ""}${url.hash}`;
    if (address !== `${url.pathname}${window.location.search}${url.hash}`) {
      window.history.replaceState(window.history.state, "", address);
    }
  }, WRITE_MILLISECONDS);
}
