"""Start an app and a browser, for browser tests and benchmarks."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

from tests.browser_setup import installed_browser, playwright_browser

ROOT = Path(__file__).resolve().parents[2]
PLAYER = '[data-testid="skeleton-player"]'

CHROMIUM_FLAGS = """--no-sandbox --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --use-angle=swiftshader --enable-unsafe-swiftshader
--ignore-gpu-blocklist""".split()


def free_port() -> int:
    """A port that nothing listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def app_server(script: Path, *arguments: str, options: dict[str, str] | None = None) -> Iterator[str]:
    """Run `streamlit run script -- arguments` on a free port; yield its address once it answers.

    The project's Streamlit settings are passed as flags, because a script in another folder would not find them.
    """
    port = free_port()
    settings = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.enableStaticServing": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        **(options or {}),
    }
    flags = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), *flags, "--", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the app did not start:\n{server.stdout.read() if server.stdout else ''}")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(30)  # a training saves its run first
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def launch_chromium(playwright: Playwright, *, webgl: bool = True) -> Browser:
    """Chromium with software graphics, or without WebGL."""
    flags = CHROMIUM_FLAGS if webgl else [*CHROMIUM_FLAGS[:6], "--disable-3d-apis"]
    return playwright.chromium.launch(executable_path=installed_browser() or playwright_browser(), args=flags)


def wait_ready(page: Page, count: int = 1) -> None:
    """Wait until this many players have drawn their first frame."""
    page.wait_for_function(
        f"count => document.querySelectorAll('{PLAYER}[data-ready=\"true\"]').length === count",
        arg=count,
        timeout=60_000,
    )


def player_state(page: Page, index: int = 0) -> dict[str, str]:
    """The `data-*` attributes of a player."""
    return page.locator(PLAYER).nth(index).evaluate("element => ({...element.dataset})")
