"""How soon a new dance moves on the Sampling page after the temperature slider was moved.

    python -m benchmarks.sampling [--moves 12]

From the key that moves the slider to the second frame that every dancer on the page has drawn of the new dance: the
slider's own wait, the page's script, the model, the way to the browser and plotly's picture are in it. Beside it, how
long the model takes for one phrase, and Streamlit to write a slider's value on an empty page. On the shipped model;
the browser draws in software on the same cores as the app. Nothing else should run meanwhile.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from mariel.generation.sampling import decode, drawn
from mariel.training.checkpoints import load_checkpoint
from mariel.training.runs import runs_root
from tests.support.serving import PLAYER, ROOT, app_server, launch_chromium, wait_ready

MODEL = "demo-dancer"
EMPTY = """import streamlit as st
st.text(f"at {st.slider('Temperature', 0.0, 2.0, 1.0, 0.05):g}")
"""

LOOKS = {"one dancer": ("count=1", 1), "four, and one of them large": ("count=4", 2)}

WATCH = """(selector) => {
  window.took = new Promise((resolve) => {
    let begun;
    addEventListener("keydown", () => (begun = performance.now()), { capture: true, once: true });
    const waiting = new Map([...document.querySelectorAll(selector)].map((player) => [player, "old"]));
    let picture = 0;
    const observer = new MutationObserver(() => {
      for (const [player, state] of waiting) {
        const { ready, frame } = player.dataset;
        if (state === "old" && ready === "false") waiting.set(player, "building");
        else if (state === "building" && ready === "true") waiting.set(player, frame);
        else if (!["old", "building", "moves"].includes(state) && frame !== state) waiting.set(player, "moves");
      }
      const states = [...waiting.values()];
      if (!picture && !states.some((state) => state === "old" || state === "building")) picture = performance.now();
      if (!states.every((state) => state === "moves")) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve([picture - begun, performance.now() - begun]));
    });
    const attributes = ["data-ready", "data-frame"];
    for (const player of waiting.keys()) observer.observe(player, { attributes: true, attributeFilter: attributes });
  });
}"""
"""Gives, in `window.took`, milliseconds from the next key to the new dances' first picture and to their second."""


WRITTEN = """() => {
  window.took = new Promise((resolve) => {
    let begun;
    addEventListener("keydown", () => (begun = performance.now()), { capture: true, once: true });
    const text = () => document.querySelector('[data-testid="stText"]')?.textContent;
    const before = text();
    const observer = new MutationObserver(() => {
      if (!text() || text() === before) return;
      observer.disconnect();
      resolve(performance.now() - begun);
    });
    observer.observe(document.body, { characterData: true, childList: true, subtree: true });
  });
}"""
"""Gives, in `window.took`, milliseconds from the next key to another text on the page."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=12)
    options = parser.parse_args()
    os.environ.pop("MARIEL_CHECKPOINTS", None)
    print(f"| | median | slowest of {options.moves} |\n|---|---|---|")
    show("one phrase from its latent", decoded(options.moves))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY)
        with app_server(script) as address:
            browser = launch_chromium(playwright)
            page = browser.new_page(viewport={"width": 1400, "height": 1050})
            page.goto(address)
            page.get_by_text("at 1").wait_for()
            show("slider to text, an empty page of Streamlit", moved(page, options.moves, WRITTEN))
            browser.close()
    with app_server(ROOT / "streamlit_app.py") as address, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for look, (link, players) in LOOKS.items():
            page = browser.new_page(viewport={"width": 1400, "height": 1050})
            page.goto(f"{address}/sampling?model={MODEL}&{link}")
            wait_ready(page, players)
            page.wait_for_timeout(8000)  # real phrases are looked at, once
            first, second = zip(*moved(page, options.moves, WATCH), strict=True)
            show(f"slider to first picture, {look}", first)
            show(f"slider to moving, {look}", second)
            page.close()
        browser.close()


def decoded(rounds: int) -> list[float]:
    """Milliseconds to decode one phrase, the first left out."""
    model = load_checkpoint(runs_root() / MODEL).model
    took = []
    for seed in range(rounds + 1):
        latent = drawn(model, 1, seed)
        begin = time.perf_counter()
        decode(model, latent)
        took.append(1000 * (time.perf_counter() - begin))
    return took[1:]


def moved(page: Page, moves: int, watch: str) -> list:
    """What a script that watches says took so long, for each move of the slider but the first."""
    slider = page.get_by_role("slider", name="Temperature")
    slider.focus()
    took = []
    for _ in range(moves + 1):
        page.evaluate(watch, PLAYER)
        page.keyboard.press("ArrowLeft")
        took.append(page.evaluate("() => window.took"))
        page.wait_for_timeout(1500)
    return took[1:]


def show(what: str, took: list[float] | tuple[float, ...]) -> None:
    print(f"| {what} | {statistics.median(took):.0f} ms | {max(took):.0f} ms |", flush=True)


if __name__ == "__main__":
    main()
