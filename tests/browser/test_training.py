"""The Training page as people use it: begin a run, watch it learn, leave and come back, pause, go on, stop."""

import pytest

from mariel.training.run_training import execute
from mariel.training.runs import Run, RunStatus
from tests.support.serving import PLAYER, ROOT, app_server
from tests.support.small_runs import LENGTH, run_settings, written_takes

TINY = {
    "Epochs": 100_000,
    "Validate every": 1,
    "Patience": 0,
    "Length": LENGTH,
    "Layers": 1,
    "Hidden": 8,
    "Latent": 4,
}
"""What is typed into the form: a run that has an epoch in an instant, and goes on until it is stopped."""

STREAMLIT_BUTTON = '[data-testid="stButton"]'
"""Told apart from the player's buttons, which have a Pause too."""

POINTS = """name => {
  for (const chart of document.querySelectorAll('[data-testid="chart"]')) {
    const line = (chart._fullData ?? []).find((trace) => trace.name === name);
    if (line) return line.x.length;
  }
  return 0;
}"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two small takes, and where runs are kept."""
    written_takes(tmp_path / "data")
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "runs"))
    return tmp_path


@pytest.fixture
def app(folder):
    """The Training page on the small takes."""
    with app_server(ROOT / "streamlit_app.py") as address:
        yield f"{address}/training?data={folder / 'data'}&trim=0"


@pytest.fixture
def tiny(folder):
    """A run that was stopped before it began, and goes on for long when it is resumed."""
    run = Run.create(folder / "runs", "tiny", run_settings(folder / "data", epochs=100_000))
    run.write_status(RunStatus("stopped"))
    return run


def fill_in(page, label: str, value: object) -> None:
    box = page.get_by_role("spinbutton", name=label, exact=True)
    box.fill(str(value))
    box.press("Enter")
    settled(page)


def settled(page) -> None:
    """Until the script that something set off has run."""
    page.wait_for_timeout(200)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def begin_tiny_run(page) -> None:
    page.get_by_text("notebook", exact=True).first.click(timeout=60_000)
    page.get_by_text("All settings").click()
    settled(page)
    for label, value in TINY.items():
        fill_in(page, label, value)
    page.get_by_role("button", name="Train", exact=True).click()


def wait_for_state(page, words: str) -> None:
    page.locator(".stMarkdownBadge", has_text=words).first.wait_for(timeout=60_000)


def points(page, line: str = "training") -> int:
    return page.evaluate(POINTS, line)


def wait_for_more(page, than: int) -> None:
    page.wait_for_function(f"than => ({POINTS})('training') > than", arg=than, timeout=60_000)


def press(page, label: str) -> None:
    page.locator(STREAMLIT_BUTTON).get_by_role("button", name=label, exact=True).click()


def epochs_said(page) -> str:
    return page.locator('[data-testid="stProgress"]').inner_text()


def test_a_run_learns_on_while_people_come_and_go(page, app):
    page.goto(app)
    begin_tiny_run(page)
    wait_for_state(page, "learning")
    wait_for_more(page, 1)  # the curve has begun
    wait_for_more(page, points(page))  # and grows by itself
    page.wait_for_selector(f'{PLAYER}[data-ready="true"]', timeout=60_000)

    before = points(page)
    page.reload()
    wait_for_state(page, "learning")
    wait_for_more(page, before)  # as if one had never been away
    assert page.get_by_role("combobox", name="Run").count() == 1

    press(page, "Pause")
    wait_for_state(page, "paused")
    page.wait_for_timeout(1500)  # the batch under way is done first
    paused_at = epochs_said(page)
    page.wait_for_timeout(2000)
    assert epochs_said(page) == paused_at

    press(page, "Go on")
    wait_for_state(page, "learning")
    wait_for_more(page, points(page))

    press(page, "Stop")
    wait_for_state(page, "stopped")
    reached = points(page)
    assert reached > before

    press(page, "Resume")
    wait_for_state(page, "learning")
    wait_for_more(page, reached)
    press(page, "Stop")
    wait_for_state(page, "stopped")


def resumed(page, app) -> None:
    page.goto(app)
    page.locator(STREAMLIT_BUTTON).get_by_role("button", name="Resume").wait_for(timeout=60_000)
    press(page, "Resume")
    wait_for_state(page, "learning")
    wait_for_more(page, 1)


def test_zoom_and_camera_stay_while_a_run_learns(page, app, tiny):
    resumed(page, app)
    page.wait_for_selector(f'{PLAYER}[data-ready="true"]', timeout=60_000)
    side = page.locator(PLAYER).get_by_role("button", name="Side view")
    side.click()
    chart = page.locator('[data-testid="chart"] .nsewdrag').first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    page.wait_for_timeout(600)
    zoomed = "document.querySelector('[data-testid=chart]')._fullLayout.xaxis"
    before = page.evaluate(f"{zoomed}.range.map((end) => Math.round(end * 100))")
    assert page.evaluate(f"{zoomed}.autorange") is False
    wait_for_more(page, points(page))
    wait_for_more(page, points(page))
    assert page.evaluate(f"{zoomed}.range.map((end) => Math.round(end * 100))") == before
    assert side.get_attribute("aria-pressed") == "true"


def test_a_second_run_waits_for_the_first_and_can_leave_the_queue(page, app, tiny):
    resumed(page, app)
    press(page, "New run like this")
    settled(page)
    page.get_by_role("button", name="Queue", exact=True).click()
    wait_for_state(page, "waiting its turn")
    assert "Waits for tiny" in epochs_said(page)
    press(page, "Take off the queue")
    wait_for_state(page, "stopped")
    page.goto(f"{app}&run=tiny")
    wait_for_state(page, "learning")


def test_runs_are_compared_by_link_and_fit_a_phone(chromium, app, folder):
    for name in ("waltz", "tango"):
        run = Run.create(folder / "runs", name, run_settings(folder / "data", epochs=2))
        execute(run, threads=1)
    phone = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = phone.new_page()
    try:
        page.goto(f"{app}&run=waltz&compare=tango")
        page.wait_for_function(f"() => ({POINTS})('tango') === 2", timeout=60_000)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        phone.close()
