"""The Sampling page opened as the app opens it: without a model, with one, with a damaged one."""

from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mariel.app.training import run_manager
from mariel.learning.runs import Run
from tests.learning.small import trained_run

ROUTER = str(Path(__file__).resolve().parents[2] / "streamlit_app.py")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "runs"))
    yield tmp_path
    run_manager().close()
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def run(folder) -> Run:
    return trained_run(folder)


def opened(**choices: str) -> AppTest:
    app = AppTest.from_file(ROUTER, default_timeout=120)
    for name, value in choices.items():
        app.query_params[name] = value
    app.run()
    app.switch_page("pages/sampling.py").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.error, app.warning, app.info)
    return " ".join(str(element.value) for kind in kinds for element in kind)


def test_without_a_model_it_says_how_to_get_one(folder):
    assert "three minutes" in words(opened())


def test_four_dancers_and_one_of_them_large(run):
    app = opened()
    assert len(app.get("bidi_component")) == 2
    assert app.selectbox(key="large").options == ["seed 0", "seed 1", "seed 2", "seed 3"]
    assert {metric.label for metric in app.metric} == {"Speed", "Skull bends by", "From the nearest real phrase"}
    assert "real: " in words(app)


def test_others_are_the_next_seeds(run):
    app = opened()
    next(button for button in app.button if button.label == "Others").click().run()
    assert app.number_input(key="seed").value == 4
    assert app.selectbox(key="large").options[0] == "seed 4"


def test_a_link_brings_back_the_dance(run):
    app = opened(temperature="0.5", seed="7", count="1")
    assert app.slider(key="temperature").value == 0.5
    assert app.number_input(key="seed").value == 7
    assert len(app.get("bidi_component")) == 1


def test_without_the_recordings_dances_are_still_drawn(run, folder):
    for path in (folder / "data").iterdir():
        path.unlink()
    assert "not known here" in words(opened())


def test_a_damaged_model_is_named(run):
    path = run.folder / "best.safetensors"
    path.write_bytes(path.read_bytes()[:500])
    assert "best.safetensors" in words(opened())


def test_another_run_that_takes_the_name_brings_its_own_dances(run, folder):
    before = dances_of(run)
    run.rename("old waltz")
    after = dances_of(trained_run(folder, "waltz", seed=1))
    assert not np.allclose(before, after)


def dances_of(run: Run) -> np.ndarray:
    """What the page draws from a run."""
    app = AppTest.from_function(_page)
    app.query_params["model"] = run.name
    app.run(timeout=120)
    assert not app.exception
    return app.session_state["danced"]


def _page() -> None:  # runs from its own source, so it imports what it needs
    import streamlit as st  # noqa: PLC0415

    from mariel.app.sampling_draw import Draw, drawn_dances  # noqa: PLC0415
    from mariel.app.sampling_model import pick_model  # noqa: PLC0415

    st.session_state.danced = drawn_dances(pick_model(), Draw(count=1))
