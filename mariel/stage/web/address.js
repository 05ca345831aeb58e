// The camera in the page's address, so that a link shows a dance from where it was looked at:
// `?camera=front`, or azimuth, elevation, distance and pan, "1.571,0.2,3.4,0,0,0", with f and m to follow and mirror. A
// distance of 0 is one at which everything fits.

const PRESETS = ["three-quarter", "front", "side", "top"];

export function cameraInAddress(name) {
  return name ? parseCamera(new URLSearchParams(window.location.search).get(name)) : null;
}

// What a camera parameter says: a preset's name, a camera's state, or null where it makes no sense.
export function parseCamera(text) {
  if (!text || PRESETS.includes(text)) return text || null;
  const [, numbers, flags] = text.match(/^(-?[\d.]+(?:,-?[\d.]+){5})((?:,[fm])*)$/) ?? [];
  const [azimuth, elevation, distance, ...pan] = (numbers ?? "").split(",").map(Number);
  const near = [azimuth, elevation, ...pan].every((value) => Math.abs(value) < 100);
  if (!near || pan.length !== 3 || !(distance === 0 || (distance >= 0.6 && distance <= 60))) return null;
  const state = { preset: null, azimuth, elevation, distance: distance || null, pan };
  return { ...state, follow: flags.includes("f"), mirror: flags.includes("m") };
}

export function formatCamera({ preset, azimuth, elevation, distance, pan, follow, mirror }) {
  if (preset && !follow && !mirror) return preset;
  const numbers = [azimuth, elevation, distance ?? 0, ...pan].map((value) => Number(value.toFixed(3)));
  return [...numbers, ...(follow ? ["f"] : []), ...(mirror ? ["m"] : [])].join(",");
}

let writing = 0;

// Written when the hand rests; a camera that stands where the page put it needs no word.
export function writeCamera(name, camera, usual) {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const url = new URL(window.location.href);
    const text = formatCamera(camera);
    if (text === usual) url.searchParams.delete(name);
    else url.searchParams.set(name, text);
    // Commas may stand in an address as they are, and are easier to read.
    const search = url.searchParams.toString().replaceAll("%2C", ",");
    const address = `${url.pathname}${search ? `?${search}` : ""}${url.hash}`;
    if (address !== `${url.pathname}${window.location.search}${url.hash}`) {
      window.history.replaceState(window.history.state, "", address);
    }
  }, 350);
}
