// Starts the players of a dance that somebody took home. All that they need lies in the page itself: a page opened by
// a double click may fetch nothing, not even from the folder it lies in.

import { carry } from "mariel/assets.js";
import mount from "mariel/player.js";

const textOf = (id) => document.getElementById(id).textContent;

async function inflated(id) {
  const deflated = await fetch(`data:application/octet-stream;base64,${textOf(id)}`);
  return new Response(deflated.body.pipeThrough(new DecompressionStream("deflate"))).text();
}

async function start() {
  const script = document.createElement("script");
  script.textContent = await inflated("plotly");
  document.head.append(script);
  carry(window.Plotly);
  const players = JSON.parse(textOf("players")).map((data) => {
    const parentElement = document.createElement("div");
    document.getElementById("stage").append(parentElement);
    return { parentElement, data, setStateValue() {} };
  });
  document.getElementById("message").remove();
  const show = () => players.forEach((player) => mount(player));
  show();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show); // the player looks at the page anew
}

// The page itself has found out, and said, whether this browser is able.
if (able) {
  start().catch((error) => {
    document.getElementById("message").textContent = `The dance could not be started: ${error.message}`;
  });
}
