// What outlives a player's element, while the browser tab lives: clocks and cameras, and what was done to each player.

import { Camera } from "../scene/camera.js";
import { Clock } from "../scene/clock.js";

/** @typedef {{ clock: Clock, camera: Camera }} SharedState of one player, or of all that are linked */

/**
 * What is remembered of one player.
 * @typedef {object} Memory
 * @property {string | null} selected label of the selected marker
 * @property {number | null} requestedFrame that the page asked for last
 * @property {string | null} requestedCamera likewise, as JSON
 * @property {{ chosen: DrawingStyle, requested: DrawingStyle } | null} style that the viewer has chosen, where the page
 * asked for another
 * @property {boolean} started whether it has been shown before
 */

/** @type {Map<string, SharedState>} */
const sharedStates = new Map();
/** @type {Map<string, Memory>} by the player's key */
const memories = new Map();

/**
 * @param {PlayerData} data
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
  const memory = memories.get(key) ?? { selected: null, requestedFrame: null, requestedCamera: null, style: null, started: false };
  memories.set(key, memory);
  return memory;
}
