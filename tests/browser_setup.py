"""Find a Chromium for the browser tests, installing one where there is none: `python -m tests.browser_setup`.

In order: an installed Chromium or Chrome (or the one that $CHROMIUM names); Debian's package, when root may install
it; else Playwright's own download. Chromium without windows comes first: a page takes it a seventh less of a core.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def installed_browser() -> str | None:
    """Path of an installed Chromium or Chrome, or None."""
    candidates = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in NAMES), MAC]
    return next((path for path in candidates if path and Path(path).exists()), None)


def playwright_browser() -> str | None:
    """Path of the Chromium that Playwright downloaded, or None."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (not installed for the app alone)

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_browser() -> None:
    """Install Chromium: from Debian's packages as root, else by Playwright's download."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium-headless-shell"]):
            subprocess.run(["apt-get", "-qq", *arguments], check=True, env=environment, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    if not (installed_browser() or playwright_browser()):
        print("No Chromium or Chrome found: installing one for the browser tests", flush=True)
        install_browser()
    print(f"Browser tests use {installed_browser() or playwright_browser()}")
