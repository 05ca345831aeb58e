"""README's moving picture: a phrase of the demo dancer as the player shows it, stepped frame by frame in a browser.

python -m benchmarks.moving_picture --out docs/player.webp
"""

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from mariel.export.html import render_html
from mariel.motion.io.loading import load_recordings
from mariel.stage.scene import Scene
from tests.support.playing import seek
from tests.support.serving import PLAYER, launch_chromium, wait_ready

WIDTH, HEIGHT = 520, 430


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--take", default="waltz_for_one")
    parser.add_argument("--start", type=float, default=12.0, metavar="S", help="seconds into the take")
    parser.add_argument("--frames", type=int, default=128)
    parser.add_argument("--step", type=int, default=2, metavar="N", help="every so many frames are in the picture")
    parser.add_argument("--out", type=Path, default=Path("docs/player.webp"))
    options = parser.parse_args()
    take = load_recordings("demo")[options.take]
    start = round(options.start * take.fps)
    phrase = take.frames(start, start + options.frames)
    scene = Scene.from_recording(phrase, trails=("LIWR", "RIWR"))
    pictures = record(render_html(scene, title=" "), options.frames, options.step)
    first, *others = pictures
    milliseconds = round(1000 * options.step / take.fps)
    first.save(options.out, save_all=True, append_images=others, duration=milliseconds, loop=0, quality=70, method=6)
    print(f"{options.out}: {len(pictures)} pictures, {options.out.stat().st_size / 1e6:.1f} MB")


def record(page_html: bytes, frames: int, step: int) -> list[Image.Image]:
    """A picture of the stage for every `step`-th frame of an exported page."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "dance.html"
        file.write_bytes(page_html)
        browser = launch_chromium(playwright)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT + 220})
        page.goto(file.as_uri())
        wait_ready(page, 1)
        page.keyboard.press("Space")  # an exported page plays by itself
        player = page.locator(PLAYER)
        pictures = []
        for frame in range(0, frames, step):
            seek(page, frame)
            page.wait_for_timeout(150)  # until the frame is drawn
            pictures.append(Image.open(io.BytesIO(player.locator("canvas").first.screenshot())).convert("RGB"))
        browser.close()
    return pictures


if __name__ == "__main__":
    main()
