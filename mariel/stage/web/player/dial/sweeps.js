// Sweeps that the page has announced. A page sends one after its dances, so that the first dance is seen before.

import { loadSweep } from "../../scene/sweep.js";

const KEPT_ADDRESSES = 16;

/** @type {Map<string, string>} addresses by the sweep's name */
const addresses = new Map();
/** @type {Set<() => void>} called when a sweep has been announced */
const listeners = new Set();

/** @param {SweepData} data */
export function announceSweep({ sweep, block }) {
  addresses.set(sweep, new URL(block, document.baseURI).href);
  if (addresses.size > KEPT_ADDRESSES) {
    const [oldest] = addresses.keys();
    addresses.delete(oldest);
  }
  for (const listener of listeners) listener();
}

/**
 * Call back now and whenever another sweep is announced.
 * @param {() => void} listener
 * @returns {() => void} stops it
 */
export function onSweep(listener) {
  listeners.add(listener);
  listener();
  return () => listeners.delete(listener);
}

/**
 * @param {string} name
 * @returns {Promise<Sweep> | null} null before it has been announced
 */
export function findSweep(name) {
  const address = addresses.get(name);
  return address ? loadSweep(address) : null;
}

/**
 * The component through which a page announces a sweep; it shows nothing.
 * @param {Pick<ComponentArguments<SweepData>, "data">} component
 */
export default function mount({ data }) {
  announceSweep(data);
}
