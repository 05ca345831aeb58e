// What outlives a player's element, while the browser tab lives: clocks and cameras, and what was done to each player.

import { Camera } from "../scene/camera.js";
import { Clock } from "../scene/clock.js";

const STROBE_SECONDS = 0.4;

/** @typedef {{ clock: Clock, camera: Camera }} SharedState of one player, or of all that are linked */

/**
 * What is remembered of one player.
 * @typedef {object} Memory
 * @property {string | null} selected label of the selected marker
 * @property {number | null} requestedFrame that the page asked for last
 * @property {string | null} requestedCamera likewise, as JSON
 * @property {string | null} enlarged label of the dancer whose tile is shown alone
 * @property {string | null} requestedDancer that the page asked for last
 * @property {{ chosen: DrawingStyle, requested: DrawingStyle } | null} style that the viewer has chosen, where the page
 * asked for another
 * @property {number | null} strobe seconds between past poses that are shown; null for none
 * @property {number} strobeSeconds that the viewer has chosen last
 * @property {number | null} row direction of the front of the row of dancers shown last, radians; null if it was none
 * @property {boolean} started whether it has been shown before
 */

/**
 * A number that a dial changes.
 * @typedef {object} DialState
 * @property {number | null} value null before there is a dial
 * @property {boolean} held whether the viewer is changing it, and the page does not know yet
 * @property {Set<{ show: () => void }>} dials that show it
 */

/** @type {Map<string, SharedState>} */
const sharedStates = new Map();
/** @type {Map<string, DialState>} by the number's name */
const dialStates = new Map();
/** @type {Map<string, Memory>} by the player's key */
const memories = new Map();

/**
 * @param {Pick<PlayerData, "key" | "linked">} data
 * @returns {SharedState}
 */
export function sharedStateOf(data) {
  const name = data.linked ? `linked ${data.linked}` : data.key;
  const state = sharedStates.get(name) ?? { clock: new Clock(), camera: new Camera() };
  sharedStates.set(name, state);
  return state;
}

/**
 * @param {string} key
 * @returns {Memory}
 */
export function memoryOf(key) {
  const memory = memories.get(key) ?? {
    selected: null,
    requestedFrame: null,
    requestedCamera: null,
    enlarged: null,
    requestedDancer: null,
    style: null,
    strobe: null,
    strobeSeconds: STROBE_SECONDS,
    row: null,
    started: false,
  };
  memories.set(key, memory);
  return memory;
}

/**
 * @param {string} name
 * @returns {DialState}
 */
export function dialStateOf(name) {
  const state = dialStates.get(name) ?? { value: null, held: false, dials: new Set() };
  dialStates.set(name, state);
  return state;
}
