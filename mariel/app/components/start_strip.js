// What a newcomer sees first: what this is, whose dance is seen, and three things to try. Closing it is remembered in
// this browser, so the server asks nobody who they are.

const CLOSED = "mariel.start"; // in the browser's storage
const HEIGHT = "--start-strip-height"; // how much lower stages are while this is open, see first_screen.py
const GAP = 16; // pixels below the strip
const TURN_MILLISECONDS = 6000;

/** @typedef {typeof import("../../stage/web/player/memory.js")} PlayerMemory */

/**
 * @typedef {object} StartData
 * @property {string} text
 * @property {string} turn label of the button that turns the dancer around
 * @property {string} player key of the player that is turned
 * @property {string} memory address of the module that keeps the players' cameras
 */

/**
 * Called by Streamlit for every rerun, as the player's `mount` is.
 * @param {ComponentArguments<StartData>} component
 */
export default function mount({ parentElement, data, setTriggerValue }) {
  /** @type {HTMLElement | null} */
  const strip = parentElement.querySelector(".mariel-start");
  if (!strip) return () => {};
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (strip.querySelector(`[data-part="${name}"]`));
  part("text").textContent = data.text;
  part("turn").textContent = data.turn;
  part("turn").onclick = () => turnAround(data);
  part("wilder").onclick = () => setTriggerValue("wilder", true);
  part("own").onclick = () => showUpload();
  part("close").onclick = () => {
    remember();
    strip.hidden = true;
    document.documentElement.style.removeProperty(HEIGHT);
  };
  strip.hidden = isClosed();
  const observer = new ResizeObserver(() => {
    const height = strip.offsetHeight;
    if (height) document.documentElement.style.setProperty(HEIGHT, `${height + GAP}px`);
  });
  observer.observe(strip);
  return () => {
    observer.disconnect();
    document.documentElement.style.removeProperty(HEIGHT);
  };
}

/** Whether it was closed in this browser; browsers may refuse to say. */
function isClosed() {
  try {
    return localStorage.getItem(CLOSED) === "closed";
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(CLOSED, "closed");
  } catch {
    // it stays closed until the page is opened again
  }
}

/**
 * Play, and lead the camera once around the dancer; whoever takes hold of the stage meanwhile stops it.
 * @param {StartData} data
 */
async function turnAround({ player, memory }) {
  /** @type {PlayerMemory} */
  const { sharedStateOf } = await import(new URL(memory, document.baseURI).href);
  const { clock, camera } = sharedStateOf(/** @type {PlayerData} */ ({ key: player, linked: null }));
  if (camera.azimuth === null) return; // it is not drawn yet
  if (!clock.playing) clock.play();
  const before = camera.state;
  const began = performance.now();
  let azimuth = camera.azimuth;
  const step = () => {
    if (camera.azimuth !== azimuth) return;
    const share = Math.min((performance.now() - began) / TURN_MILLISECONDS, 1);
    if (share === 1) {
      camera.state = before;
      return;
    }
    azimuth = (before.azimuth ?? 0) + 2 * Math.PI * share;
    camera.state = { ...before, preset: null, azimuth };
    requestAnimationFrame(step);
  };
  step();
}

/** Open the sidebar where it is closed, and in it the place where files are uploaded. */
function showUpload() {
  /** @type {HTMLElement | null} */
  const opener = document.querySelector('[data-testid="stExpandSidebarButton"]');
  opener?.click();
  let tries = 40;
  const focus = () => {
    // Streamlit makes two buttons, one for touch and one for a mouse; the sidebar may still be coming in.
    /** @type {NodeListOf<HTMLButtonElement>} */
    const buttons = document.querySelectorAll(".st-key-upload-open button");
    const button = [...buttons].find((each) => each.offsetParent && each.getBoundingClientRect().left >= 0);
    if (button?.getAttribute("aria-expanded") === "true") return;
    button?.focus();
    button?.click();
    tries -= 1;
    // A run of the page can close it again, or replace the button.
    if (tries) setTimeout(focus, button ? 500 : 50);
  };
  focus();
}
