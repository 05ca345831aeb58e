"""Every page with every option of every control that it has: used one after the other, and opened by links.

Controls are found on the page. Links are made from the declared query parameters: all combinations of those that
decide what a page shows, while the others go through their values. Models are the one that comes with the program,
and one of a long name and another marker set.
"""

import shutil
from itertools import product

import pytest
import streamlit as st

from mariel.app.shell.navigation import PAGES
from mariel.app.shell.query_params import (
    COLOUR,
    COUNT,
    CURVE_X_AXIS,
    DELETE_RUN_NOW,
    DOWNLOAD,
    LAYOUT,
    LENGTH,
    MAP_SHOWS,
    MARKERS,
    MODE,
    NOTEBOOK_CURVE,
    PHRASE_SOURCE,
    PICTURE_OPTION,
    QUERY_PARAMS,
    RENAME_RUN_NOW,
    RESUME_RUN,
    ROW_COUNT,
    RUN_BUTTON,
    SAMPLE_LATENT,
    SECONDS,
    SECTION,
    SEED,
    START_RUN,
    TIMELINE_MEASURE,
    QueryParam,
)
from mariel.app.widgets.downloads import download_control
from mariel.app.widgets.models import SHIPPED_MODEL
from mariel.app.widgets.runs import run_manager
from mariel.files import shipped_runs_folder
from mariel.generation import from_pose, sweeps
from mariel.motion.io.formats.npz import write_npz
from mariel.training.run_training import run_training
from mariel.training.runs import Run
from tests.support.marker_sets import MARKER_SETS
from tests.support.opening import new_app, open_page
from tests.support.small_runs import run_settings
from tests.support.sweep import Sweep

pytestmark = pytest.mark.slow

LONG_NAME = "a model whose name has sixty letters and then some other end"

DECIDING: dict[str, tuple[QueryParam, ...]] = {
    "browse": (TIMELINE_MEASURE, ROW_COUNT),
    "preprocessing": (SECTION, MARKERS),
    "training": (CURVE_X_AXIS, NOTEBOOK_CURVE),
    "reconstructions": (PHRASE_SOURCE, LAYOUT, SAMPLE_LATENT),
    "sampling": (MODE, COUNT, SECONDS),
    "latent_map": (MAP_SHOWS, COLOUR),
    "about": (),
}
"""By page: parameters of which all combinations are opened."""

VALUES = {
    SEED.key: ("0", "999988"),  # the twelfth dance has the last seed
    SECONDS.key: ("", "3"),
    LENGTH.key: ("16", "64"),
}
"""Values of parameters whose limits depend on something else."""


def values_of(param: QueryParam) -> tuple[str, ...]:
    """The values of a parameter that are the same whatever the recordings; none for names of takes and the like."""
    if param.key in VALUES:
        return VALUES[param.key]
    if param.type is bool:
        return ("false", "true")
    if param.choices:
        return tuple(map(str, param.choices))
    if param.minimum is not None and param.maximum is not None and param.default is not None:
        return tuple(param.texts(each)[0] for each in (param.default, param.minimum, param.maximum))
    return ()


def links_to(page: str, *, combined: bool = True) -> list[dict[str, str]]:
    """Links to a page with all combinations of the deciding parameters; or as few as show each value once."""
    deciding = [param.key for param in DECIDING[page]]
    others = [param.key for param in QUERY_PARAMS.values() if page in param.pages and param.key not in deciding]
    values = {key: options for key in (*deciding, *others) if (options := values_of(QUERY_PARAMS[key]))}
    if combined:
        combinations = list(product(*(values[key] for key in deciding)))
    else:
        combinations = [() for _ in range(max(map(len, values.values()), default=1))]
    links = []
    for number, combination in enumerate(combinations):
        link = {key: options[number % len(options)] for key, options in values.items()}
        link |= dict(zip(deciding, combination, strict=False))
        links.append({str(key): value for key, value in link.items() if value})
    return links


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("combined", [True, False])
def test_every_value_of_a_page_is_in_a_link_to_it(page, combined):
    opened = {(name, value) for link in links_to(page, combined=combined) for name, value in link.items()}
    of_page = [param for param in QUERY_PARAMS.values() if page in param.pages]
    assert {(str(param.key), value) for param in of_page for value in values_of(param) if value} <= opened


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder with two models, and the recordings of each by the model's name."""
    folder = tmp_path_factory.mktemp("models")
    assert len(LONG_NAME) == 60
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MARIEL_CHECKPOINTS", str(folder / "runs"))
        patch.setattr(from_pose, "STEPS", 2)  # 64 steps take a second per dance
        patch.setattr(from_pose, "CANDIDATES", 4)
        patch.setattr(sweeps, "SWEEP_VALUES", 5)  # 21 values take some seconds for long dances
        patch.setattr(sweeps, "SWEEP_VALUES_OF_MANY", 5)
        # A copy: buttons that are pressed write into it.
        shutil.copytree(shipped_runs_folder() / SHIPPED_MODEL, folder / "runs" / SHIPPED_MODEL)
        takes = folder / "data"
        takes.mkdir()
        for name, take in MARKER_SETS["segments without feet"]().items():
            (takes / f"{name}.npz").write_bytes(write_npz([take]))
        settings = run_settings(takes, epochs=1)
        run_training(Run.create(folder / "runs", LONG_NAME, settings), threads=1)
        yield {SHIPPED_MODEL: "demo", LONG_NAME: str(takes)}
        run_manager().close()
        st.cache_resource.clear()
        st.cache_data.clear()


def of_page(page: str, model: str, data: str) -> dict[str, str]:
    """The parameters of a link to a page with a model and its recordings."""
    chosen = {"model": model, "run": model, "data": data, "trim": "0"}
    return {name: value for name, value in chosen.items() if page in QUERY_PARAMS[name].pages}


OF_MODELS = ("reconstructions", "sampling", "latent_map")
"""Pages that show what a model draws: opened with the shipped one too."""

CASES = [
    *((LONG_NAME, page, link) for page in PAGES for link in links_to(page)),
    *((SHIPPED_MODEL, page, link) for page in OF_MODELS for link in links_to(page, combined=False)),
]


@pytest.mark.parametrize(
    ("model", "page", "link"), CASES,
    ids=[f"{model[:9]} {page} {' '.join(link[param.key] for param in DECIDING[page] if param.key in link)}"
         for model, page, link in CASES],
)  # fmt: skip
def test_a_page_opens_with_every_option(models, model, page, link):
    app = open_page(page, **of_page(page, model, models[model]), **link)
    assert not app.exception
    assert not app.error
    if page in ("training", "reconstructions", "sampling", "latent_map"):
        assert not app.warning
        assert app.get("bidi_component")


SAVING = (DOWNLOAD, PICTURE_OPTION)
"""Controls of downloads: on every stage they are the same, and have tests of their own."""

STARTING = (START_RUN, RESUME_RUN, RUN_BUTTON, DELETE_RUN_NOW, RENAME_RUN_NOW)
"""Buttons that train, remove or rename what other tests of this file need."""


@pytest.mark.parametrize(
    ("model", "page"), [*((LONG_NAME, page) for page in PAGES), *((SHIPPED_MODEL, page) for page in OF_MODELS)],
    ids=[*PAGES, *(f"shipped {page}" for page in OF_MODELS)],
)  # fmt: skip
def test_every_control_can_be_used(models, model, page, page_failures):
    """Whatever is found on a page is used, and every control shows what the page was made with."""

    def open_app():
        app = new_app(page)
        for name, value in of_page(page, model, models[model]).items():
            app.query_params[name] = value
        return app.run()

    def check(app, what: str) -> None:
        assert not page_failures, f"after {what}"
        assert not app.exception, f"after {what}"

    sweep = Sweep(open_app, check, avoid=(*STARTING, *SAVING), largest={SECONDS.key: 12, COUNT.key: 4})
    assert sweep.run() > len(sweep.seen)


def test_the_sweep_finds_two_downloads_of_one_name(models, monkeypatch, page_failures):
    """The fault that it was written for: two downloads got one key, as names were cut after 60 characters."""

    def without_stage(label, make, *, key, file_name, media_type, **options):
        st.download_button(label, b"", file_name, key=label)

    monkeypatch.setattr(download_control, "download_button", without_stage)
    with pytest.raises(AssertionError, match="after "):
        Sweep(
            lambda: open_page("reconstructions", **of_page("reconstructions", LONG_NAME, models[LONG_NAME])),
            lambda app, what: check_page(page_failures, what),
            avoid=SAVING,
        ).run()
    page_failures.clear()


def check_page(page_failures: list[str], what: str) -> None:
    assert not page_failures, f"after {what}"
