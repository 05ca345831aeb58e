"""The Training page as people use it: start a run, watch it, leave and come back, pause, resume, stop."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from mariel.training.run_folder.status import RunStatus
from mariel.training.run_training import run_training
from mariel.training.runs import Run
from tests.support.playing import wait_for_script
from tests.support.serving import PLAYER, ROOT, app_server
from tests.support.small_runs import LENGTH, run_settings, write_takes

TINY = {
    "Epochs": 100_000,
    "Epochs per validation": 1,
    "Patience": 0,
    "Frames per phrase": LENGTH,
    "LSTM layers": 1,
    "Hidden units": 8,
    "Latent dimensions": 4,
}
"""Values for the form: a run with very short epochs that continues until it is stopped."""

STREAMLIT_BUTTON = '[data-testid="stButton"]'
"""Streamlit's buttons only: the player has a Pause button too."""

POINTS = """name => {
  for (const chart of document.querySelectorAll('[data-testid="chart"]')) {
    const line = (chart._fullData ?? []).find((trace) => trace.name === name);
    if (line) return line.x.length;
  }
  return 0;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with two small takes, and one for runs."""
    folder = tmp_path_factory.mktemp("training")
    write_takes(folder / "data")
    return folder


@pytest.fixture(scope="module")
def server(folder):
    """One app for all tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MARIEL_CHECKPOINTS", str(folder / "runs"))
        with app_server(ROOT / "streamlit_app.py") as address:
            yield address


@pytest.fixture
def app(server, folder):
    """The Training page on the small takes, without runs; a test ends its trainings."""
    yield f"{server}/training?data={folder / 'data'}&trim=0"
    shutil.rmtree(folder / "runs", ignore_errors=True)


@pytest.fixture
def tiny(folder):
    """A run that was stopped before its first epoch, and trains for long when it is resumed."""
    run = Run.create(folder / "runs", "tiny", run_settings(folder / "data", epochs=100_000))
    run.write_status(RunStatus(state="stopped"))
    return run


def fill_in(page, label: str, value: object) -> None:
    box = page.get_by_role("spinbutton", name=label, exact=True)
    box.fill(str(value))
    box.press("Enter")
    wait_for_script(page)


def start_tiny_run(page) -> None:
    page.get_by_text("notebook", exact=True).first.click(timeout=60_000)
    page.get_by_text("All settings").click()
    wait_for_script(page)
    for label, value in TINY.items():
        fill_in(page, label, value)
    page.get_by_role("button", name="Train", exact=True).click()


def wait_for_state(page, label: str) -> None:
    page.locator(".stMarkdownBadge", has_text=label).first.wait_for(timeout=60_000)


def points(page, line: str = "training") -> int:
    return page.evaluate(POINTS, line)


def wait_for_more(page, than: int) -> None:
    page.wait_for_function(f"than => ({POINTS})('training') > than", arg=than, timeout=60_000)


def press(page, label: str) -> None:
    page.locator(STREAMLIT_BUTTON).get_by_role("button", name=label, exact=True).click()


def stop(page) -> None:
    press(page, "Stop")
    wait_for_state(page, "stopped")


def progress_text(page) -> str:
    return page.locator('[data-testid="stProgress"]').inner_text()


def test_a_run_continues_while_people_come_and_go(page, app):
    page.goto(app)
    start_tiny_run(page)
    wait_for_state(page, "learning")
    wait_for_more(page, 1)  # the curve has its first points
    wait_for_more(page, points(page))  # and grows by itself
    page.wait_for_selector(f'{PLAYER}[data-ready="true"]', timeout=60_000)

    before = points(page)
    page.reload()
    wait_for_state(page, "learning")
    wait_for_more(page, before)  # it has continued meanwhile
    expect(page.get_by_role("combobox", name="Run")).to_have_count(1)

    press(page, "Pause")
    wait_for_state(page, "paused")
    page.wait_for_timeout(1500)  # the current batch is finished first
    paused_at = progress_text(page)
    page.wait_for_timeout(2000)
    assert progress_text(page) == paused_at

    press(page, "Resume")
    wait_for_state(page, "learning")
    wait_for_more(page, points(page))

    stop(page)
    assert points(page) > before


def resumed(page, app) -> None:
    page.goto(app)
    page.locator(STREAMLIT_BUTTON).get_by_role("button", name="Resume").wait_for(timeout=60_000)
    press(page, "Resume")
    wait_for_state(page, "learning")
    wait_for_more(page, 1)


def shown_epochs(page) -> list[int] | None:
    """The ends of the first chart's axis, 1/100 epochs; None while it shows all epochs."""
    return page.evaluate("""() => {
      const axis = document.querySelector('[data-testid="chart"]')._fullLayout.xaxis;
      return axis.autorange ? null : axis.range.map((end) => Math.round(end * 100));
    }""")


def zoom(page) -> list[int]:
    """Zoom into the first chart by a drag; again where the page grew under the pointer, as it may in a training."""
    chart = page.locator('[data-testid="chart"] .nsewdrag').first
    for _ in range(5):
        width = chart.bounding_box()["width"]
        chart.hover(position={"x": width * 0.1, "y": 20})
        page.mouse.down()
        chart.hover(position={"x": width * 0.5, "y": 20}, force=True)
        page.mouse.up()
        page.wait_for_timeout(600)
        if shown := shown_epochs(page):
            return shown
    raise AssertionError("the chart never zoomed")


def test_zoom_and_camera_stay_during_a_training(page, app, tiny):
    resumed(page, app)
    page.wait_for_selector(f'{PLAYER}[data-ready="true"]', timeout=60_000)
    side = page.locator(PLAYER).get_by_role("button", name="Side view")
    side.click()
    before = zoom(page)
    wait_for_more(page, points(page))
    wait_for_more(page, points(page))
    assert shown_epochs(page) == before
    assert side.get_attribute("aria-pressed") == "true"
    stop(page)


def test_a_second_run_waits_for_the_first_and_can_leave_the_queue(page, app, tiny):
    resumed(page, app)
    press(page, "New run like this")
    wait_for_script(page)
    page.get_by_role("button", name="Queue", exact=True).click()
    wait_for_state(page, "queued")
    assert "Waiting for tiny" in progress_text(page)
    press(page, "Remove from queue")
    wait_for_state(page, "stopped")
    page.goto(f"{app}&run=tiny")
    wait_for_state(page, "learning")
    stop(page)


def test_a_running_training_is_said_on_other_pages(page, app, tiny):
    page.set_viewport_size({"width": 1400, "height": 800})  # room for the links to all pages
    resumed(page, app)
    page.get_by_role("link", name="About").first.click()
    page.get_by_role("link", name=re.compile(r"Training: epoch \d+")).first.click()
    wait_for_state(page, "learning")
    stop(page)


def test_runs_are_compared_by_link_and_fit_a_phone(chromium, app, folder):
    for name in ("waltz", "tango"):
        run = Run.create(folder / "runs", name, run_settings(folder / "data", epochs=2))
        run_training(run, threads=1)
    phone = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = phone.new_page()
    try:
        page.goto(f"{app}&run=waltz&compare=tango")
        page.wait_for_function(f"() => ({POINTS})('tango') === 2", timeout=60_000)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        phone.close()
