"""The skeleton player against `st.plotly_chart` with animation frames, side by side in one browser.

    python -m benchmarks.player [--rounds 5] [--recording FILE.npy]

"chart" is a straightforward plotly figure, "chart-tuned" the one of `mariel.stage.figure`: no axes, and constant
bounds; "direct" and "public" are the player drawing lines and markers, "figure" is the player drawing bodies with
volume, "trails" and "strobe" the same with ribbons of hands and feet and with past poses. Prints frames drawn per
second, the duration of a phrase, the time to the first frame and bytes sent, as medians over rounds. Each round
measures all ways in turn, since a machine's speed drifts. Run it on a machine that does nothing else.
"""

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Response, sync_playwright

from tests.support.serving import PLAYER, app_server, launch_chromium, wait_ready

WAYS = ["chart", "chart-tuned", "direct", "public", "figure", "trails", "strobe"]
APP = Path(__file__).parent / "player_app.py"
PLOT = ".stPlotlyChart .js-plotly-plot"

COUNT_PLAYER_FRAMES = """async seconds => {
  const element = document.querySelector('[data-testid="skeleton-player"]');
  let drawn = 0;
  const observer = new MutationObserver(() => { drawn += 1; });
  observer.observe(element, { attributes: true, attributeFilter: ["data-frame"] });
  const begun = performance.now();
  await new Promise(resolve => setTimeout(resolve, seconds * 1000));
  observer.disconnect();
  return drawn / (performance.now() - begun) * 1000;
}"""

COUNT_CHART_FRAMES = """async seconds => {
  const plot = document.querySelector(".stPlotlyChart .js-plotly-plot");
  let drawn = 0;
  plot.on("plotly_animatingframe", () => { drawn += 1; });
  const begun = performance.now();
  let over = false;
  plot.on("plotly_animated", () => { over = true; });
  while (!over && performance.now() - begun < seconds * 1000) await new Promise(resolve => setTimeout(resolve, 20));
  return drawn / (performance.now() - begun) * 1000;
}"""

TIME_CHART_PHRASE = """async () => {
  const plot = document.querySelector(".stPlotlyChart .js-plotly-plot");
  const begun = performance.now();
  await new Promise(resolve => plot.on("plotly_animated", resolve));
  return (performance.now() - begun) / 1000;
}"""

TIME_PLAYER_PHRASE = """async () => {
  const element = document.querySelector('[data-testid="skeleton-player"]');
  const state = () => element.dataset.playing;
  const begun = performance.now();
  while (state() === "true") await new Promise(resolve => requestAnimationFrame(resolve));
  return (performance.now() - begun) / 1000;
}"""


class Traffic:
    """Bytes a page has received: over the websocket, and as motion blocks over HTTP."""

    def __init__(self, page: Page) -> None:
        self.websocket = self.blocks = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))
        page.on("response", self._block)

    def _count(self, frame: str | bytes) -> None:
        self.websocket += len(frame)

    def _block(self, response: Response) -> None:
        if "/media/" in response.url:
            self.blocks += len(response.body())

    @property
    def total(self) -> int:
        """Bytes so far."""
        return self.websocket + self.blocks


def open_page(context: BrowserContext, address: str, **choices: str | int) -> tuple[Page, Traffic]:
    page = context.new_page()
    traffic = Traffic(page)
    page.goto(f"{address}/?" + "&".join(f"{name}={value}" for name, value in choices.items()))
    return page, traffic


def wait_shown(page: Page, way: str, scenes: int = 1) -> None:
    if way.startswith("chart"):
        page.wait_for_selector(f"{PLOT} canvas", timeout=120_000)
        page.wait_for_function(
            f"document.querySelector('{PLOT}')?._fullLayout?.scene?._scene?.glplot", timeout=120_000
        )
    else:
        wait_ready(page, scenes)


def start(page: Page, way: str, *, loop: bool = True) -> None:
    if way.startswith("chart"):
        page.locator(f"{PLOT} .updatemenu-button").first.click()
        return
    player = page.locator(PLAYER).first
    if not loop and player.locator(".mp-loop").get_attribute("aria-pressed") == "true":
        player.locator(".mp-loop").click()
    player.locator(".mp-play").click()


def frames_per_second(context: BrowserContext, address: str, way: str, scene: str, seconds: float) -> float:
    """Frames drawn per second while a phrase of 128 frames plays: over and over in the player, once in a chart."""
    page, _ = open_page(context, address, way=way, scene=scene, frames=128)
    wait_shown(page, way, 2 if scene == "linked" and not way.startswith("chart") else 1)
    page.wait_for_timeout(1500)
    if way == "strobe":
        for button in page.locator(f"{PLAYER} .mp-strobe").all():
            button.click()
        wait_ready(page, page.locator(PLAYER).count())
    start(page, way)
    page.wait_for_timeout(500)
    drawn = page.evaluate(COUNT_CHART_FRAMES if way.startswith("chart") else COUNT_PLAYER_FRAMES, seconds)
    page.close()
    return drawn


def phrase_seconds(context: BrowserContext, address: str, way: str, speed: float = 1.0) -> float:
    page, _ = open_page(context, address, way=way, scene="one", frames=128)
    wait_shown(page, way)
    page.wait_for_timeout(1500)
    if speed != 1.0:
        page.locator(f"{PLAYER} .mp-speed").select_option(f"{speed:g}")
    if way.startswith("chart"):
        start(page, way)
        lasted = page.evaluate(TIME_CHART_PHRASE)
    else:
        page.locator(f"{PLAYER} .mp-loop").click()
        lasted = page.evaluate(
            f"async () => {{ document.querySelector('.mp-play').click(); return await ({TIME_PLAYER_PHRASE})(); }}"
        )
    page.close()
    return lasted


def time_to_first_frame(context: BrowserContext, address: str, way: str, frames: int) -> float:
    """Seconds from requesting the page to the first frame, in a browser that has plotly.js in its cache."""
    begun = time.perf_counter()
    page, _ = open_page(context, address, way=way, scene="one", frames=frames)
    wait_shown(page, way)
    lasted = time.perf_counter() - begun
    page.close()
    return lasted


def bytes_sent(context: BrowserContext, address: str, way: str, frames: int) -> tuple[int, int]:
    """Bytes for the first display, and for a rerun that changes nothing."""
    page, traffic = open_page(context, address, way=way, scene="one", frames=frames)
    wait_shown(page, way)
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Rerun").click()
    page.wait_for_timeout(1500)
    empty = traffic.total
    page.get_by_role("button", name="Rerun").click()
    page.wait_for_timeout(2000)
    rerun = traffic.total - empty
    page.close()
    page, bare = open_page(context, address, way="nothing", scene="one", frames=frames)
    page.get_by_text("nothing").wait_for()
    page.wait_for_timeout(1500)
    bare_total = bare.total
    page.close()
    page, traffic = open_page(context, address, way=way, scene="one", frames=frames)
    wait_shown(page, way)
    page.wait_for_timeout(1500)
    first = traffic.total - bare_total
    page.close()
    return first, rerun


def measure_in_turn(count: int, ways: list[str], measure: Callable[[str], float]) -> dict[str, list[float]]:
    """Measure all ways in turn, `count` times."""
    results = defaultdict(list)
    for _ in range(count):
        for way in ways:
            results[way].append(measure(way))
    return results


def median_ratio(results: dict[str, list[float]], way: str, against: str) -> float:
    """Median over rounds of the ratio of two ways within the same round."""
    return statistics.median(a / b for a, b in zip(results[way], results[against], strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=["frames", "phrase", "paint", "bytes"])
    parser.add_argument("--ways", nargs="*", help="of the frame rates; all by default, the first is compared with")
    parser.add_argument("--scenes", nargs="*", default=["one", "linked", "ghost", "four", "gallery"])
    parser.add_argument("--recording", default="", help="recordings to play; the demo dancer by default")
    options = parser.parse_args()
    with app_server(APP, options.recording) as address, sync_playwright() as playwright:
        # One context for all, so that everything but the motion is in its cache, as on a second visit.
        context = launch_chromium(playwright).new_context(viewport={"width": 1100, "height": 760})
        warm_up(context, address)
        for name in options.only:
            {
                "frames": partial(print_frame_rates, options.scenes, options.ways or WAYS),
                "phrase": print_phrase_seconds,
                "paint": print_first_frame_times,
                "bytes": print_bytes_sent,
            }[name](context, address, options.rounds)


def warm_up(context: BrowserContext, address: str) -> None:
    for way in ("chart", "direct"):
        time_to_first_frame(context, address, way, 128)


def print_frame_rates(scenes: list[str], ways: list[str], context: BrowserContext, address: str, rounds: int) -> None:
    print(f"\nFrames drawn per second (35 possible), and ratio to the {ways[0]}'s")
    for scene in scenes:
        results = measure_in_turn(
            rounds, ways, lambda way, scene=scene: frames_per_second(context, address, way, scene, 5)
        )
        for way in ways:
            drawn = statistics.median(results[way])
            print(f"  {scene:8} {way:12} {drawn:6.1f}   {median_ratio(results, way, ways[0]):5.2f}×", flush=True)


def print_phrase_seconds(context: BrowserContext, address: str, rounds: int) -> None:
    print("\nSeconds that a phrase of 3.657 s takes, and deviation from its true duration")
    for way, speed in [("chart", 1.0), *(("direct", s) for s in (0.25, 0.5, 1.0, 1.5, 2.0)), ("public", 1.0)]:
        lasted = statistics.median(phrase_seconds(context, address, way, speed) for _ in range(min(rounds, 3)))
        print(f"  {way:8} {speed:4g}×  {lasted:7.3f}   {lasted * speed / (128 / 35) - 1:+7.2%}", flush=True)


def print_first_frame_times(context: BrowserContext, address: str, rounds: int) -> None:
    print("\nSeconds to the first frame, with a warm cache, and ratio to the chart's")
    for frames in (128, 1000):
        ways = ["chart", "direct"]
        results = measure_in_turn(
            rounds, ways, lambda way, frames=frames: time_to_first_frame(context, address, way, frames)
        )
        for way in ways:
            seconds = statistics.median(results[way])
            print(f"  {frames:5} {way:8} {seconds:6.2f}   {median_ratio(results, way, 'chart'):5.2f}×", flush=True)


def print_bytes_sent(context: BrowserContext, address: str, rounds: int) -> None:
    print("\nBytes sent for a scene (websocket and blocks), and for a rerun that changes nothing")
    for frames in (128, 1000, 9000):
        sent = {}
        for way in ("chart", "direct") if frames < 9000 else ("direct",):
            sent[way], rerun = bytes_sent(context, address, way, frames)
            share = f"1/{sent['chart'] / sent[way]:.1f}" if "chart" in sent else ""
            print(f"  {frames:5} {way:8} {sent[way]:10,} {share:>7}   rerun {rerun:7,}", flush=True)


if __name__ == "__main__":
    main()
