"""README's moving picture: the demo model's dance in the player, while its dial is turned from calm to wild and back.

python -m benchmarks.moving_picture --out docs/player.webp
"""

import argparse
import io
import math
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from mariel.export.html import render_html
from mariel.generation.sampling_requests import SamplingRequest, generate_samples
from mariel.generation.sweeps import generate_sweep, request_dial
from mariel.stage.scene import Dancer, Scene
from mariel.stage.sweep import pack_sweep
from mariel.training.checkpoints import load_checkpoint
from tests.support.playing import seek
from tests.support.serving import PLAYER, launch_chromium, wait_ready

WIDTH, HEIGHT = 640, 560


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="demo-dancer")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--step", type=int, default=2, metavar="N", help="every so many frames are in the picture")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("docs/player.webp"))
    options = parser.parse_args()
    page_html, frames, fps = dance_page(options.model, options.seed)
    first, *others = record(page_html, frames, options.step, "dark" if options.dark else "light")
    milliseconds = round(1000 * options.step / fps)
    first.save(options.out, save_all=True, append_images=others, duration=milliseconds, loop=0, quality=75, method=6)
    print(f"{options.out}: {1 + len(others)} pictures, {options.out.stat().st_size / 1e6:.1f} MB")


def dance_page(run: str, seed: int) -> tuple[bytes, int, float]:
    """A page that plays a new dance with its dial, the number of its frames, and its frame rate."""
    checkpoint = load_checkpoint(run)
    model, request = checkpoint.model, SamplingRequest(seed=seed, count=1)
    dances = generate_samples(checkpoint, request)
    dial = request_dial(model, request, sweep="temperature")
    scene = Scene([Dancer(dances[0], checkpoint.marker_set)], fps=checkpoint.fps)
    sweep = pack_sweep(generate_sweep(model, request))
    return render_html(scene, title=" ", dial=dial, sweep=sweep), dances.shape[1], checkpoint.fps


def record(page_html: bytes, frames: int, step: int, theme: str) -> list[Image.Image]:
    """A picture of stage and dial for every `step`-th frame, while the dial turns to wild and back."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "dance.html"
        file.write_bytes(page_html)
        browser = launch_chromium(playwright)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=theme)
        page.goto(file.as_uri())
        wait_ready(page, 1)
        page.wait_for_selector(f"{PLAYER}[data-sweep]")
        page.keyboard.press("Space")  # an exported page plays by itself
        pictures = []
        for frame in range(0, frames, step):
            turn_dial(page, 1 - math.cos(2 * math.pi * frame / frames))
            seek(page, frame)
            page.wait_for_timeout(150)  # until the frame is drawn
            pictures.append(stage_and_dial(page))
        browser.close()
    return pictures


def turn_dial(page: Page, value: float) -> None:
    """Turn the dial to a value, as a drag does."""
    page.locator(".mp-dial-input").evaluate(
        """(dial, value) => {
            dial.value = value;
            dial.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        f"{value:.2f}",
    )


def stage_and_dial(page: Page) -> Image.Image:
    """A picture of the stage and of the dial below it."""
    stage, dial = (page.locator(name).bounding_box() for name in (".mp-stage", ".mp-dial"))
    assert stage
    assert dial
    clip = {
        "x": stage["x"],
        "y": stage["y"],
        "width": stage["width"],
        "height": dial["y"] + dial["height"] - stage["y"],
    }
    return Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")


if __name__ == "__main__":
    main()
