"""README's picture of the app: pages on the demo dancer, in both themes and three sizes of window.

python -m benchmarks.screenshots --out docs/screens.webp
"""

import argparse
import io
import os
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.support.serving import PLAYER, ROOT, app_server, launch_chromium

LAPTOP, PHONE, LARGE = (1366, 768), (390, 844), (1920, 1080)
GAP = 40
"""Pixels between two windows of a laptop's size, before the picture is made smaller."""


@dataclass(frozen=True)
class Window:
    """A window of the app.

    Args:
        link: of the page.
        size: of the window, pixels.
        theme: "light" or "dark".
        frame: that the dancer is stopped at.
    """

    link: str
    size: tuple[int, int]
    theme: str
    frame: int


WIDE = (
    Window("browse?compared=waltz_for_one@400", LAPTOP, "light", 62),
    Window("sampling?temperature=1.4", LAPTOP, "dark", 90),
    Window("latent_map?map=UMAP&map_shows=Dance a path", LARGE, "light", 150),
    Window("reconstructions", LAPTOP, "dark", 70),
)
NARROW = (Window("sampling?count=1&seed=3", PHONE, "light", 100), Window("browse", PHONE, "dark", 100))


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/screens.webp"))
    parser.add_argument("--width", type=int, default=1600, help="of the picture, pixels")
    options = parser.parse_args()
    os.environ.pop("MARIEL_CHECKPOINTS", None)
    with app_server(ROOT / "streamlit_app.py") as address, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        wide = [take_picture(browser, address, window).resize(LAPTOP) for window in WIDE]
        narrow = [take_picture(browser, address, window) for window in NARROW]
        browser.close()
    picture = arrange(wide, narrow)
    picture = picture.resize((options.width, round(picture.height * options.width / picture.width)))
    picture.save(options.out, quality=80, method=6)
    print(f"{options.out}: {picture.width} × {picture.height}, {options.out.stat().st_size / 1e6:.1f} MB")


def take_picture(browser: Browser, address: str, window: Window) -> Image.Image:
    """A picture of a window once its dancers stand at their frame."""
    width, height = window.size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=window.theme)
    page.goto(f"{address}/{window.link}")
    page.wait_for_selector(f'{PLAYER}[data-ready="true"]', timeout=60_000)
    page.wait_for_timeout(4000)  # charts, figures and the dial's sweep come after the dancer
    for player in page.locator(PLAYER).all():
        player.locator(".mp-surface").press("Space")
        player.locator(".mp-scrub").fill(str(window.frame))
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(2, height - 2)
    page.wait_for_timeout(800)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return picture


def arrange(wide: list[Image.Image], narrow: list[Image.Image]) -> Image.Image:
    """Laptops in two columns, phones in a third one of the same height; transparent between them."""
    (width, height), rows = LAPTOP, len(wide) // 2
    total = rows * height + (rows - 1) * GAP
    phone_height = (total - (len(narrow) - 1) * GAP) // len(narrow)
    phone_width = round(phone_height * PHONE[0] / PHONE[1])
    picture = Image.new("RGBA", (2 * (width + GAP) + phone_width, total), (0, 0, 0, 0))
    for number, each in enumerate(wide):
        picture.paste(each, (number % 2 * (width + GAP), number // 2 * (height + GAP)))
    for number, each in enumerate(narrow):
        place = (2 * (width + GAP), number * (phone_height + GAP))
        picture.paste(each.resize((phone_width, phone_height)), place)
    return picture


if __name__ == "__main__":
    main()
