"""Time on the Sampling page from a key press until the dance changes.

    python -m benchmarks.sampling [--moves 12]

- **The dial in the player**: to the first picture with the dance at the dial's next value, which the browser blends.
- **The page's slider, and other seeds**: to the first and the second frame of the new dance. This includes the
  slider's delay, the page's script, the model, the transfer to the browser and plotly's rendering.

For comparison it prints the time of the model alone for one phrase and for a sweep, and of Streamlit to show a
slider's value on an empty page. It uses the shipped model; the browser renders in software on the same cores as the
app. Nothing else should run meanwhile.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import torch
from playwright.sync_api import Page, sync_playwright

from mariel.files import runs_folder
from mariel.generation.sampling import decode, sample_latents
from mariel.generation.sampling_requests import SamplingRequest
from mariel.generation.sweeps import generate_sweep
from mariel.stage.sweep import pack_sweep
from mariel.training.checkpoints import load_checkpoint
from tests.support.serving import PLAYER, ROOT, app_server, launch_chromium, wait_ready

MODEL = "demo-dancer"
EMPTY_PAGE = """import streamlit as st
st.text(f"at {st.slider('Temperature', 0.0, 2.0, 1.0, 0.05):g}")
"""

LAYOUTS = {"one dancer": "count=1", "four dancers": "count=4"}

HIGHEST = "temperature=2"
"""Where the dial and then the slider begin: every press lowers the temperature, which must not reach its end."""

SLIDER, DIAL, NEXT = (
    '[data-testid="stSlider"] input',
    ".mp-dial-input",
    '[data-testid="stButton"] button[kind="primary"]',
)

WATCH_DANCERS = """(selector) => {
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
"""Sets `window.took` to the milliseconds from the next key press to the new dances' first and second frame."""


WATCH_DIAL = """(selector) => {
  window.took = new Promise((resolve) => {
    const player = document.querySelector(selector);
    addEventListener("keydown", () => {
      const begun = performance.now();
      new MutationObserver((_, observer) => {
        observer.disconnect();
        resolve(performance.now() - begun);
      }).observe(player, { attributes: true, attributeFilter: ["data-dial"] });
    }, { capture: true, once: true });
  });
}"""
"""Sets `window.took` to the milliseconds from the next key press until the dance at the dial's value is drawn."""

WATCH_TEXT = """() => {
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
"""Sets `window.took` to the milliseconds from the next key press to a changed text on the page."""


NO_ANSWER = 'new Promise((_, fail) => setTimeout(() => fail(new Error("nothing changed for 30 s")), 30000))'
"""Fails where a press changes nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=12)
    options = parser.parse_args()
    os.environ.pop("MARIEL_CHECKPOINTS", None)
    print(f"| | median | slowest of {options.moves} |\n|---|---|---|")
    print_times("decoding one phrase", time_decoding(options.moves))
    print_times("making the sweep of one phrase", time_sweep(options.moves))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY_PAGE)
        with app_server(script) as address:
            browser = launch_chromium(playwright)
            page = browser.new_page(viewport={"width": 1400, "height": 1050})
            page.goto(address)
            page.get_by_text("at 1").wait_for()
            print_times(
                "slider to text, on an empty Streamlit page",
                time_presses(page, options.moves, WATCH_TEXT, SLIDER, "ArrowLeft"),
            )
            browser.close()
    with app_server(ROOT / "streamlit_app.py") as address, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for layout, link in LAYOUTS.items():
            page = browser.new_page(viewport={"width": 1400, "height": 1050})
            page.goto(f"{address}/sampling?model={MODEL}&{link}&{HIGHEST}")
            wait_ready(page)
            page.wait_for_selector(f"{PLAYER}[data-sweep]")
            page.wait_for_timeout(8000)  # the page analyses the real phrases, once
            dial = time_presses(page, options.moves, WATCH_DIAL, DIAL, "ArrowLeft")
            print_times(f"dial to changed dance, {layout}", dial)
            for name, selector, key in (("slider", SLIDER, "ArrowLeft"), ("other seeds", NEXT, "Enter")):
                first, second = zip(*time_presses(page, options.moves, WATCH_DANCERS, selector, key), strict=True)
                print_times(f"{name} to first frame, {layout}", first)
                print_times(f"{name} to playing, {layout}", second)
            page.close()
        browser.close()


def time_decoding(rounds: int) -> list[float]:
    """Milliseconds to decode one phrase, without the first, which is a warm-up."""
    torch.set_num_threads(1)  # as the app does on two cores
    model = load_checkpoint(runs_folder() / MODEL).model
    milliseconds = []
    for seed in range(rounds + 1):
        latent = sample_latents(model, 1, seed)
        begin = time.perf_counter()
        decode(model, latent)
        milliseconds.append(1000 * (time.perf_counter() - begin))
    return milliseconds[1:]


def time_sweep(rounds: int) -> list[float]:
    """Milliseconds to make and pack the sweep of one dance, without the first, which is a warm-up."""
    torch.set_num_threads(1)  # as the app does on two cores
    model = load_checkpoint(runs_folder() / MODEL).model
    milliseconds = []
    for seed in range(rounds + 1):
        begin = time.perf_counter()
        pack_sweep(generate_sweep(model, SamplingRequest(seed=seed, count=1)))
        milliseconds.append(1000 * (time.perf_counter() - begin))
    return milliseconds[1:]


def time_presses(page: Page, moves: int, script: str, selector: str, key: str) -> list:
    """The times that a watching script reports, for each press of a key on an element but the first."""
    milliseconds = []
    for _ in range(moves + 1):
        page.locator(selector).first.focus()
        page.evaluate(script, PLAYER)
        page.keyboard.press(key)
        milliseconds.append(page.evaluate(f"() => Promise.race([window.took, {NO_ANSWER}])"))
        page.wait_for_timeout(1500)
    return milliseconds[1:]


def print_times(what: str, milliseconds: list[float] | tuple[float, ...]) -> None:
    print(f"| {what} | {statistics.median(milliseconds):.0f} ms | {max(milliseconds):.0f} ms |", flush=True)


if __name__ == "__main__":
    main()
