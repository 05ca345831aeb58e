"""Response times of pages while a model trains in the same process, compared with those of an idle process.

    python -m benchmarks.pages [DATA] [--rounds 7]

"open" is the time from opening a page to the end of its script, in a new session; "answer" is the time of a rerun of
the script in an open page. The browser draws no dancers, so that the server is measured and not the graphics. It
uses the same cores as the server, unlike a visitor's browser. Pages are measured in turn; medians over rounds.
Nothing else should run meanwhile.
"""

import argparse
import os
import statistics
import tempfile
from collections import defaultdict

from playwright.sync_api import Browser, Page, sync_playwright

from mariel.motion.names import DEMO
from tests.support.serving import ROOT, app_server, launch_chromium

PAGES = {"browse": "", "preprocessing": "preprocessing", "training": "training"}

READY = '[data-testid="stApp"][data-test-script-state="notRunning"] h1'

WATCH_MESSAGES = """window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", () => { window.lastMessage = performance.now(); });
  }
};"""
"""Notes when the server's last message has come."""

RERUN = """async () => {
  const begun = performance.now();
  window.lastMessage = 0;
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "r", code: "KeyR", keyCode: 82, bubbles: true }));
  while (!window.lastMessage || performance.now() - window.lastMessage < 500) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return (window.lastMessage - begun) / 1000;
}"""
"""Presses "r", which reruns the page's script, and returns the seconds until its last message has come."""

Times = dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default=DEMO)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as runs, sync_playwright() as playwright:
        os.environ["MARIEL_CHECKPOINTS"] = runs
        with app_server(ROOT / "streamlit_app.py", options.data) as address:
            browser = launch_chromium(playwright, webgl=False)
            measure_pages(browser, address, 1)  # warm-up of imports and caches
            idle = measure_pages(browser, address, options.rounds)
            start_training(browser, address)
            busy = measure_pages(browser, address, options.rounds)
            browser.close()
    print_table(idle, busy)


def measure_pages(browser: Browser, address: str, rounds: int) -> Times:
    """Seconds of every opening and rerun, by page."""
    times: Times = defaultdict(list)
    for _ in range(rounds):
        for name, path in PAGES.items():
            page = browser.new_page()
            page.add_init_script(WATCH_MESSAGES)
            times[f"open {name}"].append(open_page(page, f"{address}/{path}"))
            page.wait_for_timeout(1500)  # charts are drawn after the script has ended
            if name != "training":  # which reruns a fragment of itself while it shows a run
                times[f"answer in {name}"].append(page.evaluate(RERUN))
            page.close()
    return times


def open_page(page: Page, address: str) -> float:
    page.goto(address)
    page.wait_for_selector(READY, timeout=60_000)
    return page.evaluate("() => performance.now()") / 1000  # since the navigation began


def start_training(browser: Browser, address: str) -> None:
    """Start a long run, and wait until some of its batches are done."""
    page = browser.new_page()
    page.goto(f"{address}/training")
    page.get_by_text("full", exact=True).click(timeout=60_000)
    page.wait_for_timeout(2000)
    page.get_by_role("button", name="Train", exact=True).click(timeout=60_000)
    page.wait_for_selector("text=/batch [0-9]{2} of/", timeout=300_000)
    page.close()


def print_table(idle: Times, busy: Times) -> None:
    """Print medians and ratios as a table."""
    print("\n| | idle | while training | ratio |\n|---|---|---|---|")
    for name in idle:
        before, during = statistics.median(idle[name]), statistics.median(busy[name])
        print(f"| {name} | {before:.2f} s | {during:.2f} s | {during / before:.1f} × |")


if __name__ == "__main__":
    main()
