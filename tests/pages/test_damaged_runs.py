"""Damaged run folders beside a good one: every page works with the good run, and says what is wrong with others."""

import json
import shutil
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mariel.training.runs import Run
from tests.conftest import MOCAP
from tests.support.opening import open_page, page_text
from tests.support.small_runs import trained_run

pytestmark = pytest.mark.slow

CASES_FOLDER = MOCAP.parent / "cases" / "security"

PAGES = {"training": "run", "reconstructions": "model", "sampling": "model", "latent_map": "model"}
"""Pages that show runs, and the query parameter that names the run."""

MODEL_PAGES = [page for page, key in PAGES.items() if key == "model"]


def json_changed(name: str, change: Callable[[dict], object]) -> Callable[[Path], None]:
    """A damage: a change of a JSON file."""

    def damage(folder: Path) -> None:
        data = json.loads((folder / name).read_text())
        change(data)
        (folder / name).write_text(json.dumps(data))

    return damage


def written(name: str, text: str | bytes) -> Callable[[Path], None]:
    """A damage: another content of a file."""
    content = text if isinstance(text, bytes) else text.encode()
    return lambda folder: (folder / name).write_bytes(content)


def settings(**values: object) -> Callable[[Path], None]:
    """A damage: other values of settings, named group__name."""

    def change(data: dict) -> None:
        for key, value in values.items():
            group, name = key.split("__")
            data["settings"][group][name] = value

    return json_changed("run.json", change)


def as_text(name: str, old: str, new: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return damage


def folder_in_place_of(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return damage


DEEP = "[" * 100_000
METRIC = '{"epoch": 1, "train": {"loss": 1, "reconstruction": 1, "kl": 1, "error_cm": 1}, "validation": null}\n'

DAMAGES: dict[str, Callable[[Path], None]] = {
    "run cut": written("run.json", "{"),
    "run empty": written("run.json", ""),
    "run noise": written("run.json", bytes(range(256))),
    "run deep": written("run.json", DEEP),
    "run null": written("run.json", "null"),
    "run is a folder": folder_in_place_of("run.json"),
    "created today": json_changed("run.json", lambda data: data.update(created="today")),
    "created 3": json_changed("run.json", lambda data: data.update(created=3)),
    "parent list": json_changed("run.json", lambda data: data.update(parent=["x"])),
    "epochs 10e400": as_text("run.json", '"epochs": 1', '"epochs": 1' + "0" * 400),
    "epochs inf": as_text("run.json", '"epochs": 1', '"epochs": 1e999'),
    "length word": settings(data__length="long"),
    "kind unknown": settings(model__kind="oracle"),
    "model of 10 GB": settings(model__encoder_hidden=200_000, model__latent=100_000),
    "settings list": json_changed("run.json", lambda data: data.update(settings=[])),
    "data cut": written("data.json", "{"),
    "data deep": written("data.json", DEEP),
    "data is a folder": folder_in_place_of("data.json"),
    "fps word": json_changed("data.json", lambda data: data.update(fps="fast")),
    "fps inf": as_text("data.json", '"fps": 35.0', '"fps": 1e999'),
    "fps zero": json_changed("data.json", lambda data: data.update(fps=0)),
    "markers list": json_changed("data.json", lambda data: data.update(marker_set=[])),
    "markers edge": json_changed("data.json", lambda data: data["marker_set"].update(styles={"body": [[0, 1e9]]})),
    "takes 3": json_changed("data.json", lambda data: data.update(takes=3)),
    "metrics noise": written("metrics.jsonl", bytes(range(256)) + b"\n{}\n"),
    "metrics deep": written("metrics.jsonl", DEEP + "\n"),
    "metrics epoch list": written("metrics.jsonl", METRIC.replace('"epoch": 1', '"epoch": [1]')),
    "metrics epoch 10e400": written("metrics.jsonl", METRIC.replace('"epoch": 1', '"epoch": 1' + "0" * 400)),
    "metrics loss word": written("metrics.jsonl", METRIC.replace('"loss": 1', '"loss": "low"')),
    "metrics is a folder": folder_in_place_of("metrics.jsonl"),
    "status cut": written("status.json", "{"),
    "status deep": written("status.json", DEEP),
    "status progress": json_changed("status.json", lambda data: data.update(progress="most")),
    "status inf": as_text("status.json", '"eta_seconds": ', '"eta_seconds": 1e999, "x": '),
    "status queued by pid 1": json_changed("status.json", lambda data: data.update(state="queued", pid=1)),
    "preview noise": written("preview.npz", bytes(range(256))),
    "preprocessing deep": written("preprocessing.json", DEEP),
    "weights noise": written("best.safetensors", bytes(range(256))),
    "weights header": written("best.safetensors", (2**60).to_bytes(8, "little") + b"{}"),
    "weights is a folder": folder_in_place_of("best.safetensors"),
}


def damaged_run(folder: Path, name: str) -> Run:
    run = trained_run(folder, name)
    DAMAGES[name](run.folder)
    return run


def open_with(folder: Path, page: str, run: str) -> AppTest:
    recordings = {"data": str(folder / "data"), "trim": "0"} if page in ("training", "reconstructions") else {}
    return open_page(page, **{PAGES[page]: run}, **recordings)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_the_good_run_beside_all_damaged_ones(folder, page):
    for name in DAMAGES:
        damaged_run(folder, name)
    trained_run(folder)
    app = open_with(folder, page, "waltz")
    assert not app.error
    assert app.get("bidi_component")
    assert app.selectbox(key=PAGES[page]).value == "waltz"


@pytest.mark.parametrize(("name", "page"), list(zip(DAMAGES, cycle(MODEL_PAGES), strict=False)), ids=DAMAGES)
def test_a_damaged_run_is_opened_or_refused_in_words(folder, name, page):
    """What is left of it is shown, or a message names the run; `page_failures` fails for anything else.

    Beside Training one of the other pages opens it: all three read it by the same function.
    """
    run = damaged_run(folder, name)
    trained_run(folder)
    app = open_with(folder, "training", name)
    shown = app.selectbox(key="run")
    assert shown.value == (name if name in shown.options else "waltz")
    assert (name in shown.options) != (str(run.folder / "run.json") in page_text(app))
    if name in shown.options:
        app = open_with(folder, page, name)
        assert not app.exception
        assert app.get("bidi_component") or name in page_text(app)
        assert app.selectbox(key="model").value in (name, "waltz")


@pytest.mark.skipif(not CASES_FOLDER.is_dir(), reason="no cases at ../shared/cases")
@pytest.mark.parametrize("page", PAGES)
def test_the_runs_of_the_cases_take_no_page_down(folder, page):
    good = trained_run(folder)
    names = []
    for hostile in sorted(CASES_FOLDER.glob("run-*/hostile")):
        names.append(hostile.parent.name)
        shutil.copytree(hostile, folder / "runs" / names[-1])
        if not (folder / "runs" / names[-1] / "best.safetensors").exists():
            shutil.copy(good.folder / "best.safetensors", folder / "runs" / names[-1])
    assert len(names) >= 6
    for name in ("waltz", *names):
        app = open_with(folder, page, name)
        assert not app.exception
        assert app.get("bidi_component") or name in page_text(app)
