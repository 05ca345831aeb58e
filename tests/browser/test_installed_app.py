"""`mariel app` of an installed package: dancers play, a dance is made, nothing is written beside the package."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.installed import built_wheel, install
from tests.support.playing import let_play
from tests.support.serving import PLAYER, free_port
from tests.support.small_runs import write_takes


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = install(built_wheel(tmp_path_factory), tmp_path_factory.mktemp("site"))
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)
    return folder


@pytest.fixture(scope="module")
def installed_app(site, tmp_path_factory) -> Iterator[str]:
    """The address of the installed app, started in a folder that cannot be written to."""
    data = write_takes(tmp_path_factory.mktemp("data"), frames=1500)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    elsewhere.chmod(0o555)
    port = free_port()
    words = ["app", str(data), "--home", str(tmp_path_factory.mktemp("home")), "--port", str(port), "--no-browser"]
    server = subprocess.Popen(
        [sys.executable, "-m", "mariel", *words],
        env={**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=elsewhere,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address = f"http://localhost:{port}"
    try:
        wait_for_health(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for_health(address: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urlopen(f"{address}/_stcore/health").read()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the app did not start:\n{server.stdout.read()}") from None
            time.sleep(0.2)


def test_in_an_installed_app_a_recorded_dancer_plays_and_the_shipped_model_makes_a_dance(installed_app, site, page):
    let_play(page)
    before = sorted(site.rglob("*"))
    for path in ("", "sampling?count=1"):
        page.goto(f"{installed_app}/{path}")
        page.wait_for_function(f"+document.querySelector('{PLAYER}')?.dataset.frame > 5", timeout=60_000)
        assert page.get_by_text("Something went wrong").count() == 0
        assert page.locator('[data-testid="stException"]').count() == 0
    assert sorted(site.rglob("*")) == before
