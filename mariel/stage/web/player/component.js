// The player as a component: mounts into the element that Streamlit gives it, and outlives the script's reruns.

import { Player } from "./player.js";

/** @type {WeakMap<HTMLElement, Player>} */
const players = new WeakMap();

/**
 * Called by Streamlit for every rerun, new data and change of theme; what it returns is called when the element goes,
 * or when a newer call has taken over. Only the newest call may dispose of the player.
 * @param {ComponentArguments<PlayerData>} component
 */
export default function mount({ parentElement, data, setStateValue, setTriggerValue }) {
  let player = players.get(parentElement);
  if (player?.key !== data.key) {
    player?.dispose();
    player = new Player(parentElement, data);
    players.set(parentElement, player);
  }
  const mounted = player;
  const owner = Symbol("owner");
  mounted.owner = owner;
  mounted.receive(data, setStateValue, setTriggerValue);
  return () => {
    if (mounted.owner !== owner) return;
    mounted.dispose();
    players.delete(parentElement);
  };
}
