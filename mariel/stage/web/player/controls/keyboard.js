// Keys of the player: they work wherever the focus is in it.

/** @import { Controls } from "./controls.js" */

const TURN = 0.12; // radians that the camera rises per press

/**
 * What a key does; null for keys that the player leaves alone.
 * @param {KeyboardEvent} event
 * @param {Controls} controls
 * @returns {(() => void) | null}
 */
export function keyAction(event, controls) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target instanceof HTMLSelectElement) return null;
  if (event.target === controls.player.dial.input && event.key !== " ") return null; // arrow keys turn the dial
  const { player } = controls;
  const { clock, camera } = player;
  const onButton = event.target instanceof HTMLButtonElement; // whose key the space bar is
  const onStage = event.target === controls.surface;
  const frames = event.shiftKey ? Math.round(player.header.fps) : 1;
  /** @type {Record<string, (() => void) | null>} */
  const actions = {
    " ": onButton ? null : () => clock.toggle(),
    k: () => clock.toggle(),
    ArrowLeft: () => player.step(-frames),
    ArrowRight: () => player.step(frames),
    ArrowUp: onStage ? () => camera.rotate(0, TURN, player.fit) : null,
    ArrowDown: onStage ? () => camera.rotate(0, -TURN, player.fit) : null,
    Home: () => clock.scrub(clock.interval[0]),
    End: () => clock.scrub(clock.interval[1]),
    "[": () => controls.setSectionEnd("start"),
    "]": () => controls.setSectionEnd("stop"),
    "\\": () => clock.setLoop(clock.loop, null),
    l: () => clock.setLoop(!clock.loop),
    m: () => controls.toggleCamera("mirror"),
    c: () => controls.toggleCamera("follow"),
    f: () => controls.fullScreen.toggle(),
    s: () => controls.picture.toggleStrobe(),
    p: () => controls.picture.save(),
  };
  return Object.hasOwn(actions, event.key) ? actions[event.key] : null;
}
